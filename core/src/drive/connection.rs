//! A server connection: a driver on its transport.

use alloc::boxed::Box;
use core::task::{Context, Poll, ready};

use super::shutdown::{Member, Phase};
use super::slot::{Lent, Slot};
use super::{Driver, Error, ServerDriver, Settings, Transport, pool};
use crate::Tick;
use crate::http::server::Idle;

/// One connection of a server that has something to do. It goes to and fro between the task that
/// serves it and the handlers of its requests.
#[derive(Debug)]
pub(super) struct ServerConnection<T> {
    pub(super) transport: T,
    pub(super) driver: Box<ServerDriver>,
}

/// The WebSocket that a connection has become.
#[cfg(feature = "ws")]
pub(super) type Successor<T> = alloc::sync::Arc<super::cork::Cork<T>>;
/// There is nothing that a connection could become.
#[cfg(not(feature = "ws"))]
pub(super) type Successor<T> = core::marker::PhantomData<T>;

pub(super) type ConnectionSlot<T> = Slot<ServerConnection<T>, Successor<T>>;
pub(super) type LentConnection<T> = Lent<ServerConnection<T>, Successor<T>>;

impl<T: Transport> ServerConnection<T> {
    /// A connection that was at rest, with a driver.
    pub(super) fn resume(transport: T, idle: &Idle, settings: &Settings) -> Self {
        let mut driver = pool::take(|stacks| &stacks.servers)
            .unwrap_or_else(|| Box::new(ServerDriver::new(settings.limits, settings.deadlines, Tick::ZERO)));
        driver.resume(idle, settings);
        Self { transport, driver }
    }

    /// Whether nothing is in flight, nor an answer still on its way.
    fn is_at_rest(&self) -> bool {
        self.driver.is_idle() && self.driver.output_len() == 0 && self.transport.is_flushed()
    }

    /// Gives the driver up, if nothing is in flight.
    pub(super) fn rest(mut self) -> Result<(T, Idle), Self> {
        let Some(idle) = self.driver.rest() else { return Err(self) };
        pool::give(|stacks| &stacks.servers, self.driver);
        Ok((self.transport, idle))
    }

    /// Waits for the next request: `false` if the connection is over and can be dropped.
    pub(super) fn poll_request(
        &mut self,
        settings: &Settings,
        member: &mut Member,
        context: &mut Context<'_>,
    ) -> Poll<bool> {
        // A blocking transport waits within a turn, so time and phase can be others after each.
        loop {
            let phase = member.phase(context.waker());
            match phase {
                Phase::Serving => {}
                Phase::Draining => self.driver.close_after_next(),
                Phase::Ended => return Poll::Ready(false),
            }
            if settings.date {
                self.driver.set_unix_time(self.transport.unix_time());
            }
            if let Poll::Ready(more) = self.driver.poll_request(self.transport.now()) {
                return Poll::Ready(more);
            }
            match self.transport.poll_turn(&mut *self.driver, context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                // A request that has arrived already was found by this turn, so there is none.
                Poll::Pending if phase == Phase::Draining && self.is_at_rest() => return Poll::Ready(false),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// What the borrower does with it.
impl<T: Transport> LentConnection<T> {
    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let is_ended = self.shutdown().phase() == Phase::Ended;
        let ServerConnection { transport, driver } = &mut **self;
        if !is_ended {
            match transport.poll_turn(&mut **driver, context) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => {
                    driver.abort();
                    return Poll::Ready(Err(Error::Io(error)));
                }
                Poll::Pending if !self.waits(context) => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        self.driver.abort();
        Poll::Ready(Err(Error::Disconnected))
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.driver.output_len() > 0 || !self.transport.is_flushed() {
            ready!(self.poll_turn(context))?;
        }
        // A write deadline that has passed leaves nothing to be written either.
        Poll::Ready(if self.driver.is_aborted() { Err(Error::TimedOut) } else { Ok(()) })
    }
}
