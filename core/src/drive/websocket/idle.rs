//! What is kept of a WebSocket on which nothing is under way.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::mem;

#[cfg(feature = "deflate")]
use super::compression::Compression;
use super::rules::Rules;
use super::{Closed, WebSocketDriver, WebSocketOptions};
use crate::drive::pool;
use crate::ws::Silence;

/// All that has to be remembered between two messages.
#[derive(Debug)]
pub(in crate::drive) struct Idle {
    pub(super) rules: Arc<Rules>,
    pub(super) silence: Silence,
    #[cfg(feature = "deflate")]
    pub(super) compression: Option<Box<Compression>>,
}

/// The place of a connection's driver, which serves other connections while this one is idle.
#[derive(Debug)]
pub(in crate::drive) enum Seat {
    Taken(Box<WebSocketDriver>),
    Resting(Idle),
}

impl Seat {
    pub(in crate::drive) fn new(driver: WebSocketDriver) -> Self {
        Self::Taken(Box::new(driver))
    }

    #[inline]
    pub(in crate::drive) fn driver(&mut self) -> &mut WebSocketDriver {
        if let Self::Resting(idle) = self {
            *self = Self::Taken(idle.resume());
        }
        match self {
            Self::Taken(driver) => driver,
            Self::Resting(_) => unreachable!("it was just taken"),
        }
    }

    pub(in crate::drive) const fn is_resting(&self) -> bool {
        matches!(self, Self::Resting(_))
    }

    /// Gives the driver up, if nothing is under way.
    pub(in crate::drive) fn rest(&mut self) {
        if let Self::Taken(driver) = self
            && let Some(idle) = driver.rest()
            && let Self::Taken(driver) = mem::replace(self, Self::Resting(idle))
            // One that rests for the first time has no buffers, which others would then be without.
            && (driver.rests || !pool::has(|stacks| &stacks.websockets))
        {
            pool::give(|stacks| &stacks.websockets, driver);
        }
    }

    /// Gives the driver up again that was taken to do something which is done: it has kept its buffers.
    pub(in crate::drive) fn rest_again(&mut self) {
        if let Self::Taken(driver) = self
            && driver.rests
            && driver.is_between_messages()
        {
            self.rest();
        }
    }

    /// The subprotocol agreed on.
    pub(in crate::drive) fn subprotocol(&self) -> Option<&'static str> {
        match self {
            Self::Taken(driver) => driver.subprotocol(),
            Self::Resting(idle) => idle.rules.subprotocol,
        }
    }

    /// How many octets wait to be written.
    pub(in crate::drive) fn buffered(&self) -> usize {
        match self {
            Self::Taken(driver) => driver.buffered(),
            Self::Resting(_) => 0,
        }
    }

    /// How the peer closed, once it has.
    pub(in crate::drive) fn closed(&self) -> Option<&Closed> {
        match self {
            Self::Taken(driver) => driver.closed(),
            Self::Resting(_) => None,
        }
    }

    pub(in crate::drive) fn into_driver(self) -> WebSocketDriver {
        let mut driver = match self {
            Self::Taken(driver) => *driver,
            Self::Resting(mut idle) => *idle.resume(),
        };
        driver.rests = false;
        driver
    }
}

impl Idle {
    /// A driver that goes on with the connection.
    #[cold]
    fn resume(&mut self) -> Box<WebSocketDriver> {
        let blank = || Box::new(WebSocketDriver::server(&WebSocketOptions::default(), &[]));
        let mut driver = pool::take(|stacks| &stacks.websockets).unwrap_or_else(blank);
        driver.resume(self);
        driver
    }
}

impl WebSocketDriver {
    /// What is to be remembered if nothing is under way but the wait for a message. The driver can then
    /// serve another connection.
    fn rest(&mut self) -> Option<Idle> {
        let may_rest = self.is_between_messages();
        let Some(silence) = self.connection.rest().filter(|_| may_rest) else {
            self.release();
            return None;
        };
        self.renew();
        Some(Idle {
            rules: Arc::clone(&self.rules),
            silence,
            #[cfg(feature = "deflate")]
            compression: self.compression.take(),
        })
    }
}
