//! Serving connections: what they share, and what each of them is.

use alloc::boxed::Box;
use core::borrow::Borrow;
use core::fmt;
use core::future::poll_fn;
use core::mem;
use core::ops::Deref;
use core::pin::Pin;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;

use super::connection::{ConnectionSlot, LentConnection, ServerConnection};
use super::handler::{Desk, Outcome};
use super::members::Member;
use super::patience::Patience;
use super::pool::Shelf;
use super::shutdown::Phase;
use super::slot::{Return, Slot};
use super::successor::Successor;
use super::{Driver, Exchange, Settings, Transport};
use crate::http::server::Idle;

/// Between what a runtime knows to have arrived, and what has, are its turns: a request that came before the shutdown is
/// there by then.
const LAST_LOOK: Duration = Duration::from_millis(1);

/// What a server's connections share: the settings, the handler, and places for handlers to run in.
///
/// One `Service` for all connections of a server keeps those that are idle small: what a request
/// needs is lent to its connection while it lasts.
pub struct Service<T: Transport, H, F, S = Settings> {
    settings: S,
    handler: H,
    places: Shelf<Place<T, F>>,
    promptness: Promptness,
}

/// Whether handlers are done at once, as those before them were. Answers to requests that came together then leave
/// together; else none waits for the next one's handler.
#[derive(Debug, Default)]
struct Promptness(AtomicU32);

impl Promptness {
    /// So many have to have been, one after another.
    const ENOUGH: u32 = 32;
    /// Where a handler blocks, it has waited if it took so long.
    const AT_ONCE: Duration = Duration::from_millis(1);

    #[inline]
    fn is_expected(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= Self::ENOUGH
    }

    /// A handler was polled for the first time.
    #[inline]
    fn note(&self, was_done: bool) {
        // Threads may overlook each other: one more or less does not matter.
        let prompt = self.0.load(Ordering::Relaxed);
        if !was_done {
            self.0.store(0, Ordering::Relaxed);
        } else if prompt < Self::ENOUGH {
            self.0.store(prompt + 1, Ordering::Relaxed);
        }
    }
}

/// Where a handler runs, and where its connection comes back to. A connection keeps its place for the
/// next request if that has arrived already, and gives it back before it waits for one.
struct Place<T: Transport, F> {
    desk: Desk<T, F>,
    slot: ConnectionSlot<T>,
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
        Self { settings, handler, places: Shelf::new(), promptness: Promptness::default() }
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
        let mut serving = Serving { member, state: State::Resting(ServerConnection::new(transport), idle) };
        poll_fn(move |context| serving.poll(&this, context))
    }

    /// Hands a request to the handler.
    #[inline]
    fn begin(&self, connection: ServerConnection<T>, place: Option<Place<T, F>>) -> Place<T, F> {
        let settings = self.settings();
        let Place { mut desk, slot } = place
            .or_else(|| self.places.take())
            .unwrap_or_else(|| Place { desk: Desk::new(), slot: Slot::new(&settings.shutdown) });
        if let Some(wait) = settings.deadlines.handler {
            desk.limit(connection.transport.sleep(wait));
        }
        let exchange = Exchange::new(LentConnection::new(connection, &slot));
        desk.begin(|| (self.handler)(exchange));
        Place { desk, slot }
    }
}

impl<T: Transport, F> Place<T, F> {
    /// Waits for the end of the exchange whose handler is done, and says what has come back.
    #[inline]
    fn poll_end(&mut self, outcome: Outcome, context: &Context<'_>) -> Poll<Return<ServerConnection<T>, Successor<T>>> {
        self.slot.poll_take(context).map(|mut returned| {
            let Return::Back(connection) = &mut returned else { return returned };
            if self.slot.has_waited() {
                connection.date_anew();
            }
            if outcome == Outcome::Overdue {
                connection.driver.give_up();
            }
            connection.driver.end_exchange();
            returned
        })
    }

    /// The handler is done, and what the connection has become, if anything, is with somebody else. What was sent is to
    /// leave: gives what to do if that takes long.
    fn hand_over(
        self,
        successor: Option<Successor<T>>,
        places: &Shelf<Self>,
        member: &Member,
        context: &mut Context<'_>,
    ) -> Option<State<T, F>> {
        if let Some(successor) = successor {
            member.accompany();
            if successor.release(context).is_pending() {
                return Some(State::Handling(self.desk, Loan::Changed(Some(successor))));
            }
        }
        places.give(self);
        None
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
    Resting(ServerConnection<T>, Idle),
    /// Something has, or the connection is about to end.
    Reading(ServerConnection<T>, Option<Place<T, F>>),
    /// The server shuts down, and nothing is in flight, as far as is known. When the wait is over, it is looked for once
    /// more.
    Leaving(ServerConnection<T>, Option<Pin<Box<T::Sleep>>>),
    /// A handler has it.
    Handling(Desk<T, F>, Loan<T>),
    /// The handler is done, and the exchange elsewhere.
    Returning(Place<T, F>, Outcome),
    Over,
}

/// What a handler has.
enum Loan<T: Transport> {
    /// The connection, which comes back to the slot.
    Out(ConnectionSlot<T>),
    /// Nothing any more, but it is not done.
    Back(ConnectionSlot<T>, ServerConnection<T>),
    /// What the connection has become.
    Changed(Option<Successor<T>>),
}

impl<T: Transport> Loan<T> {
    fn is_answered(&self) -> bool {
        match self {
            Self::Out(slot) => slot.is_answered(),
            Self::Back(..) | Self::Changed(_) => true,
        }
    }

    /// The handler goes on, perhaps for long. What it is through with does not wait for it: an answer
    /// leaves, and what a WebSocket has no use for is given up.
    fn look_after(self, member: &mut Member, context: &mut Context<'_>) -> Self {
        let mut loan = match self {
            Self::Out(mut slot) => match slot.poll_take(context) {
                Poll::Ready(Return::Back(mut connection)) => {
                    if slot.has_waited() {
                        connection.date_anew();
                    }
                    connection.driver.end_exchange();
                    Self::Back(slot, connection)
                }
                Poll::Ready(Return::Gone(successor)) => {
                    if let Some(successor) = &successor {
                        member.accompany();
                        // If it takes long, this task is woken.
                        let _ = successor.release(context);
                    }
                    Self::Changed(successor)
                }
                Poll::Pending => {
                    slot.note_wait();
                    Self::Out(slot)
                }
            },
            other => other,
        };
        if let Self::Back(_, connection) = &mut loan {
            connection.send_output(context);
            if connection.driver.is_aborted() && connection.driver.output_len() == 0 {
                // The client is to see that the answer was cut short, however long the handler goes on.
                return Self::Changed(None);
            }
        }
        loan
    }

    /// The handler is about to be polled.
    fn attend(&self) {
        if let Self::Changed(Some(successor)) = self {
            successor.attend();
        }
    }

    /// The handler was polled: what it has sent is to leave.
    fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Changed(Some(successor)) => successor.release(context),
            _ => Poll::Ready(()),
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
        member.watch(context.waker());
        // The requests of one poll have the Date that was looked at for the first.
        let (mut is_dated, mut patience) = (false, Patience::default());
        let mut state = mem::replace(&mut self.state, State::Over);
        loop {
            state = match state {
                State::Resting(mut connection, idle) => {
                    connection.resume(&idle, settings);
                    State::Reading(connection, None)
                }
                // Most handlers are done at once: request after request, with nothing to be remembered in between.
                State::Reading(mut connection, mut place) => loop {
                    let polled = connection.poll_request(settings, member, is_dated, context);
                    if polled != Poll::Ready(true) {
                        place.into_iter().for_each(|place| service.places.give(place));
                        if polled.is_ready() {
                            return Poll::Ready(());
                        }
                        let is_leaving = member.shutdown().phase() != Phase::Serving && connection.is_idle();
                        self.state = match connection.rest() {
                            Some(idle) => State::Resting(connection, idle),
                            None if is_leaving => {
                                let wait = Box::pin(connection.transport.sleep(LAST_LOOK));
                                break State::Leaving(connection, Some(wait));
                            }
                            None => State::Reading(connection, None),
                        };
                        return Poll::Pending;
                    }
                    if patience.gives_way::<T>(context) {
                        connection.send_output(context);
                        self.state = State::Reading(connection, place);
                        return Poll::Pending;
                    }
                    patience.spend(Patience::REQUEST);
                    is_dated = !T::BLOCKS;
                    if !service.promptness.is_expected() {
                        connection.send_output(context);
                        if connection.driver.is_aborted() {
                            // Nobody is there to be answered.
                            connection.driver.end_exchange();
                            continue;
                        }
                    }
                    let start = T::BLOCKS.then(|| connection.transport.now());
                    let mut begun = service.begin(connection, place);
                    let Poll::Ready(outcome) = begun.desk.poll(|| begun.slot.is_answered(), context) else {
                        let Place { desk, slot } = begun;
                        let loan = Loan::Out(slot).look_after(member, context);
                        service.promptness.note(matches!(loan, Loan::Changed(_)));
                        self.state = State::Handling(desk, loan);
                        return Poll::Pending;
                    };
                    begun.desk.clear();
                    match begun.poll_end(outcome, context) {
                        Poll::Ready(Return::Back(back)) => {
                            let is_late = |start| back.transport.now().since(start) > Promptness::AT_ONCE;
                            service.promptness.note(!start.is_some_and(is_late));
                            (connection, place) = (back, Some(begun));
                        }
                        Poll::Ready(Return::Gone(successor)) => {
                            let Some(state) = begun.hand_over(successor, &service.places, member, context) else {
                                return Poll::Ready(());
                            };
                            self.state = state;
                            return Poll::Pending;
                        }
                        Poll::Pending => {
                            service.promptness.note(false);
                            begun.slot.note_wait();
                            break State::Returning(begun, outcome);
                        }
                    }
                },
                State::Leaving(mut connection, mut wait) => {
                    match connection.poll_request(settings, member, is_dated, context) {
                        Poll::Ready(true) => State::Reading(connection, None),
                        Poll::Ready(false) => return Poll::Ready(()),
                        Poll::Pending if !connection.is_idle() => {
                            self.state = State::Reading(connection, None);
                            return Poll::Pending;
                        }
                        Poll::Pending => {
                            connection.driver.release();
                            let Some(timer) = &mut wait else { return Poll::Ready(()) };
                            if timer.as_mut().poll(context).is_ready() {
                                // A runtime may have a task yield, whatever has arrived: its next poll is the one.
                                wait = None;
                                context.waker().wake_by_ref();
                            }
                            self.state = State::Leaving(connection, wait);
                            return Poll::Pending;
                        }
                    }
                }
                State::Handling(mut desk, loan) => {
                    loan.attend();
                    let phase = member.shutdown().phase();
                    let polled = match phase {
                        Phase::Ended => Poll::Ready(Outcome::Done),
                        Phase::Serving | Phase::Draining => desk.poll(|| loan.is_answered(), context),
                    };
                    let released = loan.release(context);
                    let Poll::Ready(outcome) = polled else {
                        self.state = State::Handling(desk, loan.look_after(member, context));
                        return Poll::Pending;
                    };
                    desk.clear();
                    if released.is_pending() && phase != Phase::Ended {
                        // The desk is empty, and the handler done; what it has sent last is not.
                        self.state = State::Handling(desk, loan);
                        return Poll::Pending;
                    }
                    match loan {
                        Loan::Out(slot) => State::Returning(Place { desk, slot }, outcome),
                        Loan::Back(slot, connection) => State::Reading(connection, Some(Place { desk, slot })),
                        Loan::Changed(_) => return Poll::Ready(()),
                    }
                }
                State::Returning(Place { slot, .. }, _) if member.shutdown().phase() == Phase::Ended => {
                    slot.end();
                    return Poll::Ready(());
                }
                State::Returning(mut place, outcome) => match place.poll_end(outcome, context) {
                    Poll::Ready(Return::Back(connection)) => State::Reading(connection, Some(place)),
                    Poll::Ready(Return::Gone(successor)) => {
                        let Some(state) = place.hand_over(successor, &service.places, member, context) else {
                            return Poll::Ready(());
                        };
                        self.state = state;
                        return Poll::Pending;
                    }
                    Poll::Pending => {
                        self.state = State::Returning(place, outcome);
                        return Poll::Pending;
                    }
                },
                State::Over => return Poll::Ready(()),
            };
        }
    }
}
