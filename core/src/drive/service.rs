//! Serving connections: what they share, and what each of them is.

use core::borrow::Borrow;
use core::fmt;
use core::future::poll_fn;
use core::mem;
use core::ops::Deref;
use core::task::{Context, Poll};

use super::connection::{ConnectionSlot, ServerConnection, Successor};
use super::handler::{Desk, Outcome};
use super::pool::Shelf;
use super::shutdown::{Member, Phase};
use super::slot::Slot;
use super::{Exchange, Settings, Transport};
use crate::http::server::Idle;

/// What a server's connections share: the settings, the handler, and places for handlers to run in.
///
/// One `Service` for all connections of a server keeps those that are idle small: what a request
/// needs is lent to its connection while it lasts.
pub struct Service<T: Transport, H, F, S = Settings> {
    settings: S,
    handler: H,
    desks: Shelf<Desk<T, F>>,
    slots: Shelf<ConnectionSlot<T>>,
}

impl<T, H, F, S> Service<T, H, F, S>
where
    T: Transport,
    H: Fn(Exchange<T>) -> F,
    F: Future,
    S: Borrow<Settings>,
{
    /// A service that hands each exchange to `handler`.
    #[must_use]
    pub fn new(settings: S, handler: H) -> Self {
        Self { settings, handler, desks: Shelf::new(), slots: Shelf::new() }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.settings.borrow()
    }

    /// Serves a connection until it is over: hands its exchanges to the handler, one after another.
    /// `member` is the task's part in the server's shutdown. `this` is a reference or an
    /// [`Arc`](alloc::sync::Arc).
    ///
    /// A handler that fails or panics costs only its own exchange. One that has not begun to answer
    /// by [`Deadlines::handler`](crate::http::Deadlines::handler) is dropped, and the client gets 503.
    pub fn serve(this: impl Deref<Target = Self>, transport: T, member: Member) -> impl Future<Output = ()> {
        let idle = Idle::accepted(&this.settings().deadlines, transport.now());
        let mut serving = Serving { member, state: State::Resting(transport, idle) };
        poll_fn(move |context| serving.poll(&this, context))
    }

    /// Hands a request to the handler.
    fn begin(&self, connection: ServerConnection<T>) -> State<T, F> {
        let settings = self.settings();
        let overdue = settings.deadlines.handler.map(|wait| connection.transport.sleep(wait));
        let slot = self.slots.take().unwrap_or_else(|| Slot::new(&settings.shutdown));
        let exchange = Exchange::new(slot.lend(connection));
        let mut desk = self.desks.take().unwrap_or_else(Desk::new);
        desk.begin(|| (self.handler)(exchange), overdue);
        State::Handling(desk, Loan { slot: Some(slot), successor: None })
    }
}

impl<T: Transport, H, F, S: Borrow<Settings>> fmt::Debug for Service<T, H, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", self.settings.borrow()).finish_non_exhaustive()
    }
}

/// A connection that is being served.
struct Serving<T: Transport, F> {
    member: Member,
    state: State<T, F>,
}

enum State<T: Transport, F> {
    /// Nothing has come since the last request.
    Resting(T, Idle),
    /// Something has, or the connection is about to end.
    Reading(ServerConnection<T>),
    /// A handler has it.
    Handling(Desk<T, F>, Loan<T>),
    /// The handler is done, and the exchange perhaps elsewhere.
    Returning(ConnectionSlot<T>, Outcome),
    Over,
}

/// What a handler has.
struct Loan<T> {
    /// Where the connection comes back to, if it does.
    slot: Option<ConnectionSlot<T>>,
    /// What it has become.
    #[cfg_attr(not(feature = "ws"), allow(dead_code))]
    successor: Option<Successor<T>>,
}

impl<T: Transport> Loan<T> {
    fn is_answered(&self) -> bool {
        self.slot.as_ref().is_none_or(Slot::is_answered)
    }

    /// What is for HTTP is of use elsewhere while a handler has a WebSocket.
    fn reclaim<H, F, S>(&mut self, service: &Service<T, H, F, S>, member: &mut Member) {
        if let Some(successor) = self.slot.as_ref().and_then(Slot::take_gone) {
            self.successor = successor;
            #[cfg(feature = "ws")]
            if self.successor.is_some() {
                member.accompany();
            }
            #[cfg(not(feature = "ws"))]
            let _ = member;
            self.slot.take().into_iter().for_each(|slot| service.slots.give(slot));
        }
    }

    fn into_slot(mut self) -> Option<ConnectionSlot<T>> {
        self.slot.take()
    }

    /// The handler is about to be polled.
    fn attend(&self) {
        #[cfg(feature = "ws")]
        if let Some(cork) = &self.successor {
            cork.attend();
        }
    }

    /// The handler was polled: what it has sent is to leave.
    fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        #[cfg(feature = "ws")]
        if let Some(cork) = &self.successor {
            return cork.release(context);
        }
        #[cfg(not(feature = "ws"))]
        let _ = context;
        Poll::Ready(())
    }
}

#[cfg(feature = "ws")]
impl<T> Drop for Loan<T> {
    fn drop(&mut self) {
        if let Some(cork) = &self.successor {
            cork.pull();
        }
    }
}

impl<T: Transport, F: Future> Serving<T, F> {
    fn poll<H, S>(&mut self, service: &Service<T, H, F, S>, context: &mut Context<'_>) -> Poll<()>
    where
        H: Fn(Exchange<T>) -> F,
        S: Borrow<Settings>,
    {
        let settings = service.settings();
        let member = &mut self.member;
        loop {
            self.state = match mem::replace(&mut self.state, State::Over) {
                State::Resting(transport, idle) => State::Reading(ServerConnection::resume(transport, &idle, settings)),
                State::Reading(mut connection) => match connection.poll_request(settings, member, context) {
                    Poll::Ready(true) => service.begin(connection),
                    Poll::Ready(false) => return Poll::Ready(()),
                    Poll::Pending => {
                        self.state = match connection.rest() {
                            Ok((transport, idle)) => State::Resting(transport, idle),
                            Err(connection) => State::Reading(connection),
                        };
                        return Poll::Pending;
                    }
                },
                State::Handling(mut desk, mut loan) => {
                    loan.attend();
                    let phase = member.phase(context.waker());
                    let polled = match phase {
                        Phase::Ended => Poll::Ready(Outcome::Done),
                        Phase::Serving | Phase::Draining => desk.poll(|| loan.is_answered(), context),
                    };
                    let released = loan.release(context);
                    let Poll::Ready(outcome) = polled else {
                        loan.reclaim(service, member);
                        self.state = State::Handling(desk, loan);
                        return Poll::Pending;
                    };
                    desk.clear();
                    if released.is_pending() && phase != Phase::Ended {
                        // The desk is empty, and the handler done; what it has sent last is not.
                        self.state = State::Handling(desk, loan);
                        return Poll::Pending;
                    }
                    service.desks.give(desk);
                    match loan.into_slot() {
                        Some(slot) => State::Returning(slot, outcome),
                        None => return Poll::Ready(()),
                    }
                }
                State::Returning(slot, _) if member.phase(context.waker()) == Phase::Ended => {
                    slot.end();
                    return Poll::Ready(());
                }
                State::Returning(slot, outcome) => match slot.poll_take(context) {
                    Poll::Ready(returned) => {
                        service.slots.give(slot);
                        let Some(mut connection) = returned else { return Poll::Ready(()) };
                        if outcome == Outcome::Overdue {
                            connection.driver.give_up();
                        }
                        connection.driver.end_exchange();
                        State::Reading(connection)
                    }
                    Poll::Pending => {
                        self.state = State::Returning(slot, outcome);
                        return Poll::Pending;
                    }
                },
                State::Over => return Poll::Ready(()),
            };
        }
    }
}
