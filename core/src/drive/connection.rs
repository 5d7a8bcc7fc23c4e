//! A server connection: a driver on its transport.

use alloc::boxed::Box;
use core::future::poll_fn;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use super::shutdown::{Member, Phase};
use super::{Driver, Error, Exchange, ServerDriver, Shutdown, Slot, Transport};
use crate::http::{Deadlines, Limits};

/// What a server's connections have in common.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How much a client may make a connection hold.
    pub limits: Limits,
    /// How long it may take.
    pub deadlines: Deadlines,
    /// How long what is in flight may still take once the server shuts down. Default 10 s.
    pub grace: Duration,
    /// The most connections at a time; more wait to be accepted. Default `usize::MAX`.
    pub max_connections: usize,
    /// Whether answers have a Date field. Default true.
    pub date: bool,
    /// The server's shutdown.
    pub shutdown: Shutdown,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            deadlines: Deadlines::default(),
            grace: Duration::from_secs(10),
            max_connections: usize::MAX,
            date: true,
            shutdown: Shutdown::new(),
        }
    }
}

/// One connection of a server. It goes to and fro between the loop that serves it and the handlers
/// of its requests, boxed once.
#[derive(Debug)]
pub struct ServerConnection<T> {
    pub(super) transport: T,
    pub(super) driver: ServerDriver,
    pub(super) shutdown: Shutdown,
    /// So that an exchange hears of the end wherever its handler has put it.
    observer: Member,
    sends_date: bool,
}

impl<T: Transport> ServerConnection<T> {
    /// A connection that was just accepted.
    #[must_use]
    pub fn new(transport: T, settings: &Settings) -> Box<Self> {
        let now = transport.now();
        Box::new(Self {
            driver: ServerDriver::new(settings.limits, settings.deadlines, now),
            transport,
            shutdown: settings.shutdown.clone(),
            observer: settings.shutdown.observe(),
            sends_date: settings.date,
        })
    }

    /// Waits for the next request: `false` if the connection is over and can be dropped. `member`
    /// is the task's part in the server's shutdown.
    pub fn next_request(&mut self, member: &mut Member) -> impl Future<Output = bool> {
        poll_fn(|context| self.poll_request(member, context))
    }

    fn poll_request(&mut self, member: &mut Member, context: &mut Context<'_>) -> Poll<bool> {
        loop {
            let phase = member.phase(context.waker());
            match phase {
                Phase::Serving => {}
                Phase::Draining => self.driver.close_after_next(),
                Phase::Ended => return Poll::Ready(false),
            }
            if self.sends_date {
                self.driver.set_unix_time(self.transport.unix_time());
            }
            if let Poll::Ready(more) = self.driver.poll_request(self.transport.now()) {
                return Poll::Ready(more);
            }
            self.driver.release_room();
            match self.poll_turn(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                // A request that has arrived already was found by this turn, so there is none.
                Poll::Pending if phase == Phase::Draining && self.driver.is_idle() => return Poll::Ready(false),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Lends the connection to the handler of the current request.
    #[must_use]
    pub fn lend(self: Box<Self>, slot: &Slot<Box<Self>>) -> Exchange<T> {
        Exchange::new(slot.lend(self))
    }

    /// The handler is done: the client gets an answer if it has none.
    pub fn end_exchange(&mut self) {
        self.driver.end_exchange();
    }

    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.observer.phase(context.waker()) == Phase::Ended {
            self.driver.abort();
            return Poll::Ready(Err(Error::Disconnected));
        }
        let result = ready!(self.transport.poll_turn(&mut self.driver, context));
        if result.is_err() {
            self.driver.abort();
        }
        Poll::Ready(result.map_err(Error::Io))
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.driver.output_len() > 0 || !self.transport.is_flushed() {
            ready!(self.poll_turn(context))?;
        }
        // A write deadline that has passed leaves nothing to be written either.
        Poll::Ready(if self.driver.is_aborted() { Err(Error::TimedOut) } else { Ok(()) })
    }
}
