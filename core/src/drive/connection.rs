//! A server connection: a driver on its transport.

use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};
use core::task::{Context, Poll, Waker, ready};

use bytes::Bytes;

use super::members::Member;
use super::patience::Patience;
use super::patient::Patient;
use super::shutdown::{Phase, Shutdown};
use super::slot::{Return, Slot};
use super::successor::Successor;
use super::{Driver, Error, ServerDriver, Settings, Transport, pool};
use crate::Tick;
use crate::http::server::Idle;

/// One connection of a server. It goes to and fro between the task that serves it and the handlers of its
/// requests.
///
/// One box: it is moved several times for each request, and a future of the handler's has room for each
/// place that it can be in.
pub(super) struct ServerConnection<T>(Box<Parts<T>>);

/// The parts of a connection.
pub(super) struct Parts<T> {
    pub(super) transport: T,
    pub(super) driver: ServerSeat,
    /// Where it comes back to, while it is lent: here, so that an exchange is one pointer.
    slot: Option<ConnectionSlot<T>>,
}

/// The place of a connection's driver, which is taken as long as there is something to do.
#[derive(Debug)]
pub(super) struct ServerSeat(Option<Box<ServerDriver>>);

impl<T> Deref for ServerConnection<T> {
    type Target = Parts<T>;

    fn deref(&self) -> &Parts<T> {
        &self.0
    }
}

impl<T> DerefMut for ServerConnection<T> {
    fn deref_mut(&mut self) -> &mut Parts<T> {
        &mut self.0
    }
}

impl Deref for ServerSeat {
    type Target = ServerDriver;

    #[inline]
    fn deref(&self) -> &ServerDriver {
        match &self.0 {
            Some(driver) => driver,
            None => unreachable!("a connection at rest was resumed first"),
        }
    }
}

impl DerefMut for ServerSeat {
    #[inline]
    fn deref_mut(&mut self) -> &mut ServerDriver {
        match &mut self.0 {
            Some(driver) => driver,
            None => unreachable!("a connection at rest was resumed first"),
        }
    }
}

pub(super) type ConnectionSlot<T> = Slot<ServerConnection<T>, Successor<T>>;

/// A connection that goes back to its [`Slot`] when this is dropped: it is there until then, or until it is kept.
pub(super) struct LentConnection<T>(Option<ServerConnection<T>>);

impl<T> LentConnection<T> {
    pub(super) fn new(mut connection: ServerConnection<T>, slot: &ConnectionSlot<T>) -> Self {
        connection.slot = Some(slot.lend());
        Self(Some(connection))
    }

    fn slot(&self) -> &ConnectionSlot<T> {
        match &self.slot {
            Some(slot) => slot,
            None => unreachable!("it is lent"),
        }
    }

    /// Tells the lender that the answer begins.
    pub(super) fn note_answer(&mut self)
    where
        T: Transport,
    {
        self.slot().note_answer();
        self.renew_date();
    }

    /// What is answered now has another Date than the request if time has passed.
    pub(super) fn renew_date(&mut self)
    where
        T: Transport,
    {
        if T::BLOCKS || self.slot().has_waited() {
            self.date_anew();
        }
    }

    /// The shutdown of the server that lends.
    pub(super) fn shutdown(&self) -> &Shutdown {
        self.slot().shutdown()
    }

    /// Keeps the connection for good.
    pub(super) fn keep(self) -> ServerConnection<T> {
        self.replace(|connection| (connection, None))
    }

    /// Makes something else of the connection; the lender is told what.
    pub(super) fn replace<R>(mut self, change: impl FnOnce(ServerConnection<T>) -> (R, Option<Successor<T>>)) -> R {
        match self.0.take() {
            Some(mut connection) => {
                let slot = connection.slot.take();
                let (changed, successor) = change(connection);
                if let Some(slot) = slot {
                    slot.fill(Return::Gone(successor));
                }
                changed
            }
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T> Deref for LentConnection<T> {
    type Target = ServerConnection<T>;

    fn deref(&self) -> &ServerConnection<T> {
        match &self.0 {
            Some(connection) => connection,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T> DerefMut for LentConnection<T> {
    fn deref_mut(&mut self) -> &mut ServerConnection<T> {
        match &mut self.0 {
            Some(connection) => connection,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T> Drop for LentConnection<T> {
    fn drop(&mut self) {
        if let Some(mut connection) = self.0.take()
            && let Some(slot) = connection.slot.take()
        {
            slot.fill(Return::Back(connection));
        }
    }
}

impl<T: Transport> ServerConnection<T> {
    /// A connection at rest.
    pub(super) fn new(transport: T) -> Self {
        Self(Box::new(Parts { transport, driver: ServerSeat(None), slot: None }))
    }

    /// Gives a connection that was at rest a driver.
    pub(super) fn resume(&mut self, idle: &Idle, settings: &Settings) {
        let mut driver = pool::take(|stacks| &stacks.servers)
            .unwrap_or_else(|| Box::new(ServerDriver::new(settings.limits, settings.deadlines, Tick::ZERO)));
        // A blocking transport waits within its turns.
        driver.resume(idle, settings, !T::BLOCKS);
        self.driver = ServerSeat(Some(driver));
    }

    /// A Date is that of the answer, not of the request (RFC 9110 section 6.6.1).
    #[cold] // for who has waited
    pub(super) fn date_anew(&mut self) {
        if self.driver.unix_time().is_some() {
            let now = self.transport.unix_time();
            self.driver.set_unix_time(now);
        }
    }

    /// The transport, and the octets that were read and not used.
    pub(super) fn into_leftover(self) -> (T, Bytes) {
        let Parts { transport, driver, .. } = *self.0;
        (transport, driver.0.map(|driver| driver.into_leftover()).unwrap_or_default())
    }

    /// The transport alone.
    #[cfg(feature = "ws")]
    pub(super) fn into_transport(self) -> T {
        self.0.transport
    }

    /// Whether nothing is in flight in either direction.
    pub(super) fn is_idle(&self) -> bool {
        self.driver.is_idle() && self.is_flushed()
    }

    /// Whether all that was to be written has left.
    fn is_flushed(&self) -> bool {
        self.driver.output_len() == 0 && self.transport.is_flushed()
    }

    /// Gives the driver up, if nothing is in flight.
    pub(super) fn rest(&mut self) -> Option<Idle> {
        let Some(idle) = self.driver.rest() else {
            self.driver.release();
            return None;
        };
        if let Some(driver) = self.driver.0.take() {
            pool::give(|stacks| &stacks.servers, driver);
        }
        Some(idle)
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
            match member.shutdown().phase() {
                Phase::Serving => {}
                Phase::Draining => self.driver.close_after_next(),
                Phase::Ended => return Poll::Ready(false),
            }
            let Parts { transport, driver, .. } = &mut *self.0;
            let driver = &mut **driver;
            if settings.date && !is_current && !driver.awaits_request() {
                driver.set_unix_time(transport.unix_time());
            }
            if let Poll::Ready(more) = driver.poll_request_at(|| transport.now()) {
                return Poll::Ready(more);
            }
            is_current = false;
            let mut patient = Patient::new::<T>(driver, Some(member.spot()));
            let polled = transport.poll_turn(&mut patient, context);
            patient.into_sweepers().into_iter().for_each(Waker::wake);
            match polled {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Writes what waits to be written, and shuts down behind the last answer, as far as that goes now.
    #[cold] // not where answers leave together
    pub(super) fn send_output(&mut self, context: &mut Context<'_>) {
        // What is behind an answer that cannot go on never comes, but what was said before it leaves.
        while self.driver.output_len() > 0
            || self.driver.wants_shutdown()
            || !(self.transport.is_flushed() || self.driver.is_aborted())
        {
            let Parts { transport, driver, .. } = &mut *self.0;
            match transport.poll_turn(&mut **driver, context) {
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
        let Parts { transport, driver, .. } = &mut ***self;
        if !is_ended {
            match transport.poll_turn(&mut **driver, context) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => {
                    driver.abort();
                    return Poll::Ready(Err(Error::Io(error)));
                }
                Poll::Pending if !self.slot().waits(context) => {
                    self.driver.patience.renew();
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
        self.driver.abort();
        Poll::Ready(Err(Error::Disconnected))
    }

    /// Waits for the next part of the request's body.
    pub(super) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            let Parts { transport, driver, .. } = &mut ***self;
            let driver = &mut **driver;
            if driver.patience.gives_way::<T>(context) {
                return Poll::Pending;
            }
            if let Poll::Ready(data) = driver.poll_data(transport.now()) {
                driver.patience.spend(Patience::PIECE);
                return Poll::Ready(data);
            }
            ready!(self.poll_turn(context))?;
        }
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // A write deadline that has passed leaves nothing to be written; what a stream still holds will never leave.
        while !self.is_flushed() && !self.driver.is_aborted() {
            if self.driver.patience.gives_way::<T>(context) {
                return Poll::Pending;
            }
            ready!(self.poll_turn(context))?;
        }
        Poll::Ready(if self.driver.is_aborted() { Err(Error::TimedOut) } else { Ok(()) })
    }
}
