//! A server connection: a driver on its transport.

use alloc::boxed::Box;
use core::cell::LazyCell;
use core::task::{Context, Poll, ready};

use super::members::Member;
use super::patient::Patient;
use super::shutdown::Phase;
use super::slot::{Lent, Slot};
use super::successor::Successor;
use super::{Driver, Error, ServerDriver, Settings, Transport, pool};
use crate::Tick;
use crate::http::server::Idle;

/// One connection of a server that has something to do. It goes to and fro between the task that
/// serves it and the handlers of its requests.
///
/// Two boxes: it is moved several times for each request, and a future of the handler's has room for each
/// place that it can be in.
#[derive(Debug)]
pub(super) struct ServerConnection<T> {
    pub(super) transport: Box<T>,
    pub(super) driver: Box<ServerDriver>,
}

pub(super) type ConnectionSlot<T> = Slot<ServerConnection<T>, Successor<T>>;
pub(super) type LentConnection<T> = Lent<ServerConnection<T>, Successor<T>>;

impl<T: Transport> ServerConnection<T> {
    /// A connection that was at rest, with a driver.
    pub(super) fn resume(transport: Box<T>, idle: &Idle, settings: &Settings) -> Self {
        let mut driver = pool::take(|stacks| &stacks.servers)
            .unwrap_or_else(|| Box::new(ServerDriver::new(settings.limits, settings.deadlines, Tick::ZERO)));
        driver.resume(idle, settings);
        Self { transport, driver }
    }

    /// Whether all that was to be written has left.
    fn is_flushed(&self) -> bool {
        self.driver.output_len() == 0 && self.transport.is_flushed()
    }

    /// Gives the driver up, if nothing is in flight.
    pub(super) fn rest(mut self) -> Result<(Box<T>, Idle), Self> {
        let Some(idle) = self.driver.rest() else { return Err(self) };
        pool::give(|stacks| &stacks.servers, self.driver);
        Ok((self.transport, idle))
    }

    /// Waits for the next request: `false` if the connection is over and can be dropped. The member watches
    /// for this task already. If the Date `is_current`, it is looked at again only once time may have passed.
    pub(super) fn poll_request(
        &mut self,
        settings: &Settings,
        member: &mut Member,
        mut is_current: bool,
        context: &mut Context<'_>,
    ) -> Poll<bool> {
        // A blocking transport waits within a turn, so time and phase can be others after each.
        loop {
            let phase = member.shutdown().phase();
            match phase {
                Phase::Serving => {}
                Phase::Draining => self.driver.close_after_next(),
                Phase::Ended => return Poll::Ready(false),
            }
            let Self { transport, driver } = self;
            let now = LazyCell::new(|| transport.now());
            if settings.date && !is_current && !driver.awaits_request() && driver.wants_unix_time(*now) {
                driver.set_unix_time(transport.unix_time());
            }
            if let Poll::Ready(more) = driver.poll_request_at(|| *now) {
                return Poll::Ready(more);
            }
            is_current = false;
            let mut patient = Patient::new::<T>(&mut **driver, Some(member));
            match transport.poll_turn(&mut patient, context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Pending if phase == Phase::Draining && self.driver.is_idle() && self.is_flushed() => {
                    // A runtime may have a task yield, whatever has arrived: only at its next poll is it sure
                    // that there is no request.
                    if member.has_looked() {
                        return Poll::Ready(false);
                    }
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Writes what waits to be written, as far as that goes now.
    pub(super) fn send_output(&mut self, context: &mut Context<'_>) {
        while !self.is_flushed() {
            match self.transport.poll_turn(&mut *self.driver, context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return self.driver.abort(),
                Poll::Pending => return,
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
        while !self.is_flushed() {
            ready!(self.poll_turn(context))?;
        }
        // A write deadline that has passed leaves nothing to be written either.
        Poll::Ready(if self.driver.is_aborted() { Err(Error::TimedOut) } else { Ok(()) })
    }
}
