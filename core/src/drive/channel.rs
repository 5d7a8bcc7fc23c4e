//! A WebSocket as an application has it: one thing, or a receiving and a sending half.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::poll_fn;
#[cfg(feature = "futures")]
use core::sync::atomic::AtomicBool;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll, Waker, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cork::{Attendance, Cork};
use super::handle::Handle;
use super::members::{Member, Spot};
use super::patient::Patient;
use super::shutdown::Phase;
use super::wakers::{Aside, Waiter, Wakers};
use super::websocket::Seat;
use super::{
    AsUtf8, Burst, Closed, Driver, Error, Message, MessagePart, MessageWriter, Payload, Transport, WebSocketDriver,
    pool,
};
use crate::ws::{CloseCode, MessageKind};

/// An open WebSocket.
///
/// Pings are answered while something is received. A future that is dropped loses nothing: a
/// message was either handed over wholly or not at all.
pub struct WebSocket<T> {
    pub(super) shared: Handle<T>,
    /// What came with the message that was received last. Mostly there is none, so it takes little room.
    pub(super) burst: Option<Box<Burst>>,
}

/// The half that receives.
pub struct Receiver<T> {
    pub(super) shared: Handle<T>,
    /// As in [`WebSocket`].
    pub(super) burst: Option<Box<Burst>>,
}

/// The half that sends. It can be cloned; messages of several senders do not mix.
pub struct Sender<T> {
    shared: Handle<T>,
    /// Who waits when it is polled as a sink.
    waiter: Waiter,
}

/// The number of all that sends before there are halves.
pub(super) const ALONE: u32 = 0;

/// What the halves share, and the task that serves the connection.
pub(super) struct Shared<T> {
    /// There until its users have gone, or one has taken it.
    state: Mutex<Option<State<T>>>,
    /// How many [`Handle`]s there are.
    pub(super) handles: AtomicU32,
    /// How many waiters were given a number.
    waiters: AtomicU32,
    pub(super) attendance: Attendance,
    pub(super) cork: Cork,
    /// As a stream it has come to its end. Here it takes no room.
    #[cfg(feature = "futures")]
    has_ended: AtomicBool,
}

pub(super) struct State<T> {
    pub(super) transport: T,
    pub(super) seat: Seat,
    /// Where it is among the members of a server's shutdown. It is woken by what the transport was polled with last.
    spot: Option<Spot>,
    wakers: Wakers,
}

impl<T> Shared<T> {
    pub(super) fn lock(&self) -> MutexGuard<'_, Option<State<T>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the connection, if it is still there.
    pub(super) fn look<R>(&self, look: impl FnOnce(&mut State<T>) -> R) -> Option<R> {
        self.lock().as_mut().map(look)
    }

    /// A number for something that sends.
    fn waiter(&self) -> Waiter {
        Waiter::Sender(self.waiters.fetch_add(1, Ordering::Relaxed))
    }

    /// Has every task that waits look again.
    pub(super) fn wake(&self) {
        let waker = self.look(|state| state.wakers.waker()).flatten();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<T> State<T> {
    fn phase(&self) -> Phase {
        self.spot.as_ref().map_or(Phase::Serving, Spot::phase)
    }
}

impl<T: Transport> Shared<T> {
    /// Tries `step` again after each turn of the transport until it is ready.
    #[inline]
    pub(super) fn poll<R>(
        &self,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        mut step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        let mut place = self.lock();
        let Some(state) = &mut *place else { return Poll::Ready(Err(Error::Disconnected)) };
        let mut first = None;
        if state.phase() == Phase::Serving {
            let State { transport, seat, wakers, .. } = state;
            let polled = step(seat.driver(), transport);
            // Mostly there is a message, or room for one.
            if let Poll::Ready(Ok(_)) = &polled {
                let left = wakers.remove(*waiter);
                drop(place);
                drop(left);
                return polled;
            }
            first = Some(polled);
        }
        if *waiter == Waiter::New {
            *waiter = self.waiter();
        }
        let mut aside = Aside::default();
        let polled = state.poll_turns(*waiter, context, &mut aside, first, step);
        if polled.is_ready() {
            aside.left = state.wakers.remove(*waiter);
            // The transport may not have taken the last that is to be heard of this connection.
            if matches!(polled, Poll::Ready(Err(_))) && state.seat.buffered() > 0 {
                self.cork_if_attended();
            }
        }
        drop(place);
        aside.settle(*waiter);
        polled
    }

    /// Waits until all that was queued has left, or nothing more can. An error is for whoever receives or sends
    /// next.
    pub(super) fn poll_flushed(&self, context: &mut Context<'_>) -> Poll<()> {
        // At rest it stays so: nothing waits there.
        let mut left = None;
        let is_resting = self.look(|state| {
            let is_resting = state.seat.is_resting();
            if is_resting {
                left = state.wakers.remove(Waiter::Server);
            }
            is_resting
        });
        drop(left);
        if is_resting == Some(true) {
            return Poll::Ready(());
        }
        self.poll(&mut Waiter::Server, context, |driver, _| flushed(driver)).map(drop)
    }
}

impl<T: Transport> State<T> {
    /// Goes on after the first step, if that has been taken.
    fn poll_turns<R>(
        &mut self,
        waiter: Waiter,
        context: &mut Context<'_>,
        aside: &mut Aside,
        mut first: Option<Poll<Result<R, Error>>>,
        mut step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        loop {
            let phase = self.phase();
            let Self { transport, seat, spot, wakers } = self;
            let driver = seat.driver();
            match phase {
                Phase::Serving => {}
                Phase::Draining => driver.go_away(transport.now()),
                Phase::Ended => return Poll::Ready(Err(Error::Disconnected)),
            }
            let polled = first.take().unwrap_or_else(|| step(driver, transport));
            if matches!(polled, Poll::Ready(Ok(_))) {
                seat.rest_again();
                return polled;
            }
            if polled.is_ready() {
                if driver.output_len() > 0 {
                    // Perhaps the last that is heard of this connection: a Close frame is to leave.
                    let waker = wakers.waker().unwrap_or_else(|| context.waker().clone());
                    let _ = transport.poll_turn(driver, &mut Context::from_waker(&waker));
                }
                return polled;
            }
            // Before the transport is polled, or it could wake nobody just after.
            let (common, is_new) = wakers.add(waiter, context, aside);
            let waker = common.as_ref().unwrap_or(context.waker());
            if let Some(spot) = spot {
                if is_new {
                    aside.replaced(spot.watch(waker.clone()));
                }
                if spot.phase() != phase {
                    continue;
                }
            }
            let mut patient = Patient::new::<T>(driver, spot.as_ref());
            let polled = transport.poll_turn(&mut patient, &mut Context::from_waker(waker));
            aside.sweepers(patient.into_sweepers());
            match polled {
                Poll::Ready(Ok(())) => wakers.wake_others(waiter, aside),
                Poll::Ready(Err(error)) => {
                    wakers.wake_others(waiter, aside);
                    return Poll::Ready(Err(error.into()));
                }
                Poll::Pending => {
                    seat.rest();
                    return Poll::Pending;
                }
            }
        }
    }
}

/// Whether all that was queued has left.
fn flushed(driver: &WebSocketDriver) -> Poll<Result<(), Error>> {
    if driver.output_len() == 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
}

impl<T: Transport> WebSocket<T> {
    /// A WebSocket whose opening handshake is complete. As a member of a server's shutdown it is
    /// closed with 1001 when that begins.
    #[must_use]
    pub fn new(transport: T, driver: WebSocketDriver, member: Option<Member>) -> Self {
        let spot = member.map(Member::into_spot);
        let state = State { transport, seat: Seat::new(driver), spot, wakers: Wakers::default() };
        let shared = Handle::new(Shared {
            state: Mutex::new(Some(state)),
            handles: AtomicU32::new(1),
            waiters: AtomicU32::new(ALONE + 1),
            attendance: Attendance::default(),
            cork: Cork::default(),
            #[cfg(feature = "futures")]
            has_ended: AtomicBool::new(false),
        });
        Self { shared, burst: None }
    }

    /// For the task that polls the handler which has this.
    pub(super) fn shared(&self) -> Arc<Shared<T>> {
        self.shared.shared()
    }

    /// The subprotocol agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.shared.look(|state| state.seat.subprotocol()).flatten()
    }

    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv(&mut self) -> impl Future<Output = Result<Option<Message>, Error>> {
        poll_fn(|context| self.shared.poll_recv(&mut self.burst, context))
    }

    /// Waits for the next part of a message: see [`Receiver::recv_part`].
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> impl Future<Output = Result<Option<MessagePart>, Error>> {
        poll_fn(|context| self.shared.poll_recv_part(&mut self.burst, context))
    }

    /// Begins a message that is sent part by part: see [`Sender::stream`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&mut self, kind: MessageKind) -> impl Future<Output = Result<MessageWriter<T>, Error>> {
        self.shared.stream(kind)
    }

    /// How many octets wait to be written.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.buffered()
    }

    /// Sends a message, such as one that was received.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send(&mut self, message: Message) -> impl Future<Output = Result<(), Error>> {
        self.queue_alone(message, WebSocketDriver::send)
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&mut self, text: impl Payload + AsUtf8) -> impl Future<Output = Result<(), Error>> {
        self.queue_alone(text, WebSocketDriver::send_text)
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&mut self, payload: impl Payload) -> impl Future<Output = Result<(), Error>> {
        self.queue_alone(payload, WebSocketDriver::send_binary)
    }

    /// Queues where nobody else sends: one number for all that does will do, and the future is smaller.
    fn queue_alone<M>(
        &mut self,
        message: M,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> impl Future<Output = Result<(), Error>> {
        let (shared, mut message) = (&self.shared, Some(message));
        poll_fn(move |context| {
            let mut waiter = Waiter::Sender(ALONE);
            shared.poll_send(&mut waiter, context, &mut message, |driver| !driver.is_streaming(), &send)
        })
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&mut self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        self.shared.ping(payload)
    }

    /// Closes with a code and a reason of at most 123 octets, and waits for the end of the closing
    /// handshake. Messages that still come are thrown away.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn close(&mut self, code: CloseCode, reason: &str) -> impl Future<Output = Result<(), Error>> {
        poll_fn(move |context| {
            self.burst = None;
            self.shared.poll(&mut Waiter::Receiver, context, |driver, transport| {
                let now = transport.now();
                driver.close(code, reason, now)?;
                while let Poll::Ready(message) = driver.poll_message(now) {
                    if message?.is_none() {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending
            })
        })
    }

    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.shared.closed()
    }

    /// Splits it in two halves that can go to different tasks.
    #[must_use]
    pub fn split(self) -> (Receiver<T>, Sender<T>) {
        let Self { shared, burst } = self;
        let sender = Sender { shared: shared.clone(), waiter: shared.waiter() };
        (Receiver { shared, burst }, sender)
    }

    /// The transport and the driver, if no half of it is elsewhere.
    #[must_use]
    pub fn into_parts(self) -> Option<(T, WebSocketDriver, Option<Member>)> {
        let Self { shared, burst } = self;
        if shared.handles.load(Ordering::Acquire) > 1 {
            return None;
        }
        shared.pull_cork();
        let state = shared.lock().take()?;
        let State { transport, seat, spot, wakers } = state;
        // The task that serves the connection may wait to see its output leave.
        wakers.waker().into_iter().for_each(Waker::wake);
        let mut driver = seat.into_driver();
        burst.into_iter().for_each(|burst| driver.put_back(*burst));
        Some((transport, driver, spot.map(Member::from)))
    }
}

impl<T: Transport> Receiver<T> {
    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// What the peer did wrong, after it has been told so; [`Error::Disconnected`] if it left
    /// without a closing handshake, [`Error::TimedOut`], [`Error::Io`].
    pub fn recv(&mut self) -> impl Future<Output = Result<Option<Message>, Error>> {
        poll_fn(|context| self.poll_recv(context))
    }

    /// The same for who polls.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Message>, Error>> {
        self.shared.poll_recv(&mut self.burst, context)
    }

    /// Waits for the next part of a message, as much of it as has come, so that a message of any size
    /// passes in constant memory; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> impl Future<Output = Result<Option<MessagePart>, Error>> {
        poll_fn(|context| self.shared.poll_recv_part(&mut self.burst, context))
    }
}

impl<T> Receiver<T> {
    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.shared.closed()
    }
}

/// The next message of a burst, which needs no lock.
#[inline(always)] // a few steps for each message
fn next_of(burst: &mut Option<Box<Burst>>) -> Option<Message> {
    let messages = burst.as_mut()?;
    let message = messages.next();
    if messages.is_empty() {
        give_up(burst);
    }
    message
}

#[cold]
fn give_up(burst: &mut Option<Box<Burst>>) {
    if let Some(place) = burst.take() {
        pool::give(|stacks| &stacks.bursts, place);
    }
}

impl<T: Transport> Shared<T> {
    /// As a stream: up to the closing handshake, or to the first error.
    #[cfg(feature = "futures")]
    pub(super) fn poll_next(
        &self,
        burst: &mut Option<Box<Burst>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        if self.has_ended() {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_recv(burst, context)).transpose();
        self.has_ended.store(!matches!(next, Some(Ok(_))), Ordering::Relaxed);
        Poll::Ready(next)
    }

    fn poll_recv(
        &self,
        burst: &mut Option<Box<Burst>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Message>, Error>> {
        if let Some(message) = next_of(burst) {
            return Poll::Ready(Ok(Some(message)));
        }
        self.poll(&mut Waiter::Receiver, context, |driver, transport| {
            let message = ready!(driver.poll_message_at(|| transport.now()));
            let came = driver.take_burst();
            if !came.is_empty() {
                let mut place = pool::take(|stacks| &stacks.bursts).unwrap_or_default();
                *place = came;
                *burst = Some(place);
            }
            Poll::Ready(message)
        })
    }

    fn poll_recv_part(
        &self,
        burst: &mut Option<Box<Burst>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<MessagePart>, Error>> {
        match next_of(burst) {
            Some(message) => Poll::Ready(Ok(Some(message.into()))),
            None => self.poll(&mut Waiter::Receiver, context, |driver, transport| driver.poll_part(transport.now())),
        }
    }
}

impl<T: Transport> Sender<T> {
    /// Sends a message, such as one that was received, and waits until the transport has taken it.
    ///
    /// In the handler of a server's exchange, if more was received already, it only joins what is to be
    /// sent: that leaves by one write, at the latest when the handler next waits for anything. So the
    /// replies to messages that came together leave together.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame; [`Error::Io`] if the peer is gone.
    pub fn send(&self, message: Message) -> impl Future<Output = Result<(), Error>> {
        self.queue(message, WebSocketDriver::send)
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&self, text: impl Payload + AsUtf8) -> impl Future<Output = Result<(), Error>> {
        self.queue(text, WebSocketDriver::send_text)
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&self, payload: impl Payload) -> impl Future<Output = Result<(), Error>> {
        self.queue(payload, WebSocketDriver::send_binary)
    }

    /// Begins a message that is sent part by part, when the one that is being sent so has ended.
    /// Messages of other senders wait until this one has.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&self, kind: MessageKind) -> impl Future<Output = Result<MessageWriter<T>, Error>> {
        self.shared.stream(kind)
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        self.shared.ping(payload)
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> impl Future<Output = Result<(), Error>> {
        let mut waiter = Waiter::New;
        poll_fn(move |context| self.shared.poll_close_with(&mut waiter, code, reason, context))
    }

    /// As [`Sender::close`] with 1000, for who polls.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_close(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_close_with(&mut self.waiter.clone(), CloseCode::NORMAL, "", context)
    }

    fn queue<M>(
        &self,
        message: M,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut message) = (Waiter::New, Some(message));
        poll_fn(move |context| {
            self.shared.poll_send(&mut waiter, context, &mut message, |driver| !driver.is_streaming(), &send)
        })
    }

    /// Waits until a message can be queued with [`Sender::start_send`], for who polls.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_ready(self.waiter, context)
    }

    /// Queues a message, which leaves with [`Sender::poll_flush`] or whatever is received or sent next.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame.
    pub fn start_send(&self, message: Message) -> Result<(), Error> {
        self.shared.start_send(message)
    }

    /// Waits until all that was queued has left.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_flush(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_flush(self.waiter, context)
    }
}

impl<T> Sender<T> {
    /// How many octets wait to be written, of all senders.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.buffered()
    }
}

impl<T> Shared<T> {
    fn buffered(&self) -> usize {
        self.look(|state| state.seat.buffered()).unwrap_or_default()
    }

    fn closed(&self) -> Option<Closed> {
        self.look(|state| state.seat.closed().cloned()).flatten()
    }

    pub(super) fn start_send(&self, message: Message) -> Result<(), Error> {
        self.look(|state| state.seat.driver().send(message)).unwrap_or(Err(Error::Disconnected))
    }

    #[cfg(feature = "futures")]
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Whether what was queued just now may wait until the handler that has the WebSocket was polled, which then
    /// sees to it. To be asked under the lock of the state.
    pub(super) fn cork_if_attended(&self) -> bool {
        let is_attended = self.attendance.is_mine();
        if is_attended {
            self.cork.put_in();
        }
        is_attended
    }
}

impl<T: Transport> Shared<T> {
    pub(super) fn poll_ready(&self, mut waiter: Waiter, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(&mut waiter, context, |driver, _| {
            driver.check()?;
            if driver.can_write() && !driver.is_streaming() { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
    }

    pub(super) fn poll_flush(&self, mut waiter: Waiter, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(&mut waiter, context, |driver, _| {
            driver.check()?;
            flushed(driver)
        })
    }

    pub(super) fn poll_close_with(
        &self,
        waiter: &mut Waiter,
        code: CloseCode,
        reason: &str,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        self.poll(waiter, context, |driver, transport| {
            driver.close(code, reason, transport.now())?;
            flushed(driver)
        })
    }

    fn ping(&self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut payload) = (Waiter::New, Some(payload));
        poll_fn(move |context| self.poll_send(&mut waiter, context, &mut payload, |_| true, WebSocketDriver::ping))
    }

    /// Waits for room below the high-water mark and for its turn, queues, and waits until that is flushed,
    /// unless more was received already and the handler that has the WebSocket is being polled.
    pub(super) fn poll_send<M>(
        &self,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        message: &mut Option<M>,
        may_send: impl Fn(&WebSocketDriver) -> bool,
        mut send: impl FnMut(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> Poll<Result<(), Error>> {
        self.poll(waiter, context, |driver, _| {
            driver.check()?;
            if let Some(message) = message.take_if(|_| driver.can_write() && may_send(driver)) {
                send(driver, message)?;
            } else if message.is_some() {
                return Poll::Pending;
            }
            // More has come already: what is sent to it leaves together.
            if driver.has_input() && driver.can_write() && self.cork_if_attended() {
                return Poll::Ready(Ok(()));
            }
            flushed(driver)
        })
    }
}

impl<T: Transport> Handle<T> {
    fn stream(&self, kind: MessageKind) -> impl Future<Output = Result<MessageWriter<T>, Error>> {
        let mut waiter = Waiter::New;
        poll_fn(move |context| {
            let begun = self.poll(&mut waiter, context, |driver, _| {
                driver.check()?;
                if driver.is_streaming() {
                    return Poll::Pending;
                }
                driver.send_part(kind, "", false)?;
                Poll::Ready(Ok(()))
            });
            begun.map_ok(|()| MessageWriter::new(self.clone(), kind))
        })
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), waiter: self.shared.waiter() }
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {
        $(impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })*
    };
}

opaque! { WebSocket Receiver Sender }

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloc::task::Wake;
    use core::pin::pin;
    use core::sync::atomic::AtomicUsize;
    use core::time::Duration;
    use std::io;

    use super::*;
    use crate::Tick;
    use crate::drive::{Shutdown, WebSocketOptions};

    /// Has so many turns that do something, whatever that is.
    struct Turning(Arc<AtomicUsize>);

    impl Transport for Turning {
        type Sleep = core::future::Pending<()>;

        fn poll_turn<D: Driver>(&mut self, driver: &mut D, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.0.load(Ordering::Relaxed) == 0 {
                return Poll::Pending;
            }
            self.0.fetch_sub(1, Ordering::Relaxed);
            driver.written(driver.output_len(), Tick::ZERO);
            Poll::Ready(Ok(()))
        }
        fn is_flushed(&self) -> bool {
            true
        }
        fn is_readable(&mut self) -> bool {
            false
        }
        fn now(&self) -> Tick {
            Tick::ZERO
        }
        fn sleep(&self, _: Duration) -> Self::Sleep {
            core::future::pending()
        }
        fn unix_time(&self) -> u64 {
            0
        }
    }

    /// A task that drops its hold on the connection when it is woken or dropped itself, as those of an executor that
    /// has ended are. It only looks whether it could.
    struct Task {
        shared: Arc<Shared<Turning>>,
        /// Once for each time that it could, and a thousand for each that it could not.
        looks: Arc<AtomicUsize>,
    }

    impl Task {
        fn look(&self) {
            let is_free = self.shared.state.try_lock().is_ok();
            self.looks.fetch_add(if is_free { 1 } else { 1_000 }, Ordering::Relaxed);
        }
    }

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.look();
        }
    }

    impl Drop for Task {
        fn drop(&mut self) {
            self.look();
        }
    }

    struct Line {
        turns: Arc<AtomicUsize>,
        receiver: Receiver<Turning>,
        sender: Sender<Turning>,
    }

    impl Line {
        fn new(member: Option<Member>) -> Self {
            let turns = Arc::new(AtomicUsize::new(0));
            let driver = WebSocketDriver::server(&WebSocketOptions::default(), &[]);
            let (receiver, sender) = WebSocket::new(Turning(Arc::clone(&turns)), driver, member).split();
            Self { turns, receiver, sender }
        }

        fn task(&self) -> (Arc<AtomicUsize>, Waker) {
            let looks = Arc::new(AtomicUsize::new(0));
            let task = Task { shared: self.sender.shared.shared(), looks: Arc::clone(&looks) };
            (looks, Waker::from(Arc::new(task)))
        }

        fn receive(&mut self, waker: &Waker) {
            assert!(self.receiver.poll_recv(&mut Context::from_waker(waker)).is_pending());
        }
    }

    #[test]
    fn others_are_woken_where_nothing_is_locked() {
        let mut line = Line::new(None);
        let ((one, first), (_, second)) = (line.task(), line.task());
        // In one task, and in two.
        for (sending, woken) in [(&first, 1), (&second, 2)] {
            line.receive(&first);
            line.turns.store(1, Ordering::Relaxed);
            let sent = pin!(line.sender.send_text("hi")).poll(&mut Context::from_waker(sending));
            assert!(matches!(sent, Poll::Ready(Ok(()))));
            assert_eq!(one.load(Ordering::Relaxed), woken);
        }
    }

    #[test]
    fn a_task_that_waits_no_more_is_dropped_where_nothing_is_locked() {
        let shutdown = Shutdown::new();
        for member in [None, Some(shutdown.join())] {
            let mut line = Line::new(member);
            let ((one, first), (other, second)) = (line.task(), line.task());
            line.receive(&first);
            drop(first);
            line.receive(&second);
            assert_eq!(one.load(Ordering::Relaxed), 1, "another waits in its place");
            // With a second one they are several.
            let (sender, sending) = line.task();
            let mut send = pin!(line.sender.send_text("hi"));
            assert!(send.as_mut().poll(&mut Context::from_waker(&sending)).is_pending());
            drop(sending);
            line.turns.store(1, Ordering::Relaxed);
            assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            assert_eq!(sender.load(Ordering::Relaxed), 1);
            assert_eq!(other.load(Ordering::Relaxed), 1, "woken for what was read");
        }
    }
}
