//! A server connection: a driver on its transport.

use alloc::boxed::Box;
use core::future::poll_fn;
use core::task::{Context, Poll, ready};

use super::shutdown::{Member, Phase};
use super::{Driver, Error, Exchange, ServerDriver, Settings, Shutdown, Slot, Transport, handler};

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
        #[allow(unused_mut)] // nothing is set without compression
        let mut driver = ServerDriver::new(settings.limits, settings.deadlines, now);
        #[cfg(feature = "deflate")]
        driver.set_compression(settings.compression);
        Box::new(Self {
            driver,
            transport,
            shutdown: settings.shutdown.clone(),
            observer: settings.shutdown.observe(),
            sends_date: settings.date,
        })
    }

    /// Serves the connection until it is over: hands each exchange to `handler`, one after another.
    /// `member` is the task's part in the server's shutdown.
    ///
    /// A handler that fails or panics costs only its own exchange. One that has not begun to answer
    /// by [`Deadlines::handler`](crate::http::Deadlines::handler) is dropped, and the client gets 503.
    pub async fn serve<F: Future>(self: Box<Self>, mut member: Member, mut handler: impl FnMut(Exchange<T>) -> F) {
        let (mut connection, slot) = (self, Slot::new());
        while connection.next_request(&mut member).await {
            let overdue = connection.driver.handler_wait().map(|wait| connection.transport.sleep(wait));
            let exchange = Exchange::new(slot.lend(connection));
            let is_overdue = handler::run(|| handler(exchange), overdue, &slot, &mut member).await;
            // The handler may have put the exchange elsewhere, so this can take a while.
            match slot.take(&mut member).await {
                Some(returned) => connection = returned,
                None => return,
            }
            if is_overdue {
                connection.driver.give_up();
            }
            connection.driver.end_exchange();
        }
    }

    /// Waits for the next request: `false` if the connection is over and can be dropped.
    fn next_request(&mut self, member: &mut Member) -> impl Future<Output = bool> {
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
