//! What is kept of a WebSocket on which nothing is under way.

use alloc::boxed::Box;

use alloc::sync::Arc;

#[cfg(feature = "deflate")]
use super::compression::Compression;
use super::rules::Rules;
use super::{WebSocketDriver, WebSocketOptions};
use crate::drive::{Driver, pool};
use crate::ws::{KeepAlive, MaskingKey, Role};

/// All that has to be remembered between two messages.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) role: Role<fn() -> MaskingKey>,
    pub(super) rules: Arc<Rules>,
    pub(super) keep_alive: KeepAlive,
    pub(super) subprotocol: Option<&'static str>,
    #[cfg(feature = "deflate")]
    pub(super) compression: Option<Box<Compression>>,
    pub(super) streamed: u64,
}

/// The place of a connection's driver, which serves other connections while this one is idle.
#[derive(Debug)]
pub(in crate::drive) struct Seat {
    /// There if `idle` is not.
    driver: Option<Box<WebSocketDriver>>,
    idle: Option<Idle>,
}

impl Seat {
    pub(in crate::drive) fn new(driver: WebSocketDriver) -> Self {
        Self { driver: Some(Box::new(driver)), idle: None }
    }

    #[inline]
    pub(in crate::drive) fn driver(&mut self) -> &mut WebSocketDriver {
        let Self { driver, idle } = self;
        driver.get_or_insert_with(|| Self::resume(idle))
    }

    #[cold]
    fn resume(idle: &mut Option<Idle>) -> Box<WebSocketDriver> {
        let blank = || Box::new(WebSocketDriver::server(&WebSocketOptions::default(), &[]));
        let mut driver = pool::take(|stacks| &stacks.websockets).unwrap_or_else(blank);
        if let Some(idle) = idle.take() {
            driver.resume(idle);
        }
        driver
    }

    /// Gives the driver up, if nothing is under way.
    pub(in crate::drive) fn rest(&mut self) {
        if let Some(mut driver) = self.driver.take() {
            self.idle = driver.rest();
            if self.idle.is_some() {
                pool::give(|stacks| &stacks.websockets, driver);
            } else {
                self.driver = Some(driver);
            }
        }
    }

    pub(in crate::drive) fn into_driver(mut self) -> WebSocketDriver {
        self.driver();
        match self.driver {
            Some(driver) => *driver,
            None => unreachable!("it was just seated"),
        }
    }
}

impl WebSocketDriver {
    /// What is to be remembered if nothing is under way but the wait for a message. The driver can then
    /// serve another connection.
    fn rest(&mut self) -> Option<Idle> {
        let may_rest = self.is_between_messages();
        let keep_alive = self.connection.rest().filter(|_| may_rest)?;
        self.release_room();
        Some(Idle {
            role: self.connection.role(),
            rules: Arc::clone(&self.rules),
            keep_alive,
            subprotocol: self.subprotocol,
            #[cfg(feature = "deflate")]
            compression: self.compression.take(),
            streamed: self.streamed,
        })
    }
}
