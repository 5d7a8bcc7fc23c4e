//! A WebSocket as an application has it: one thing, or a receiving and a sending half.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::poll_fn;
use core::task::{Context, Poll, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cork::Cork;
use super::shutdown::{Member, Phase};
use super::wakers::{Waiter, Wakers};
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
    pub(super) receiver: Receiver<T>,
    pub(super) sender: Sender<T>,
}

/// The half that receives.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// What came with the message that was received last. Mostly there is none, so it takes little room.
    burst: Option<Box<Burst>>,
    /// As a stream it has come to its end.
    #[cfg(feature = "futures")]
    pub(super) has_ended: bool,
}

/// The half that sends. It can be cloned; messages of several senders do not mix.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    /// Who waits when it is polled as a sink.
    waiter: Waiter,
}

pub(super) struct Shared<T> {
    state: Mutex<State<T>>,
    wakers: Wakers,
    cork: Arc<Cork<T>>,
}

pub(super) struct State<T> {
    pub(super) transport: T,
    pub(super) seat: Seat,
    member: Option<Member>,
}

impl<T> Shared<T> {
    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for something that sends.
    pub(super) fn waiter(&self) -> Waiter {
        self.wakers.waiter()
    }

    /// Has every task that waits look again.
    pub(super) fn wake(&self) {
        self.wakers.waker().wake();
    }
}

impl<T> State<T> {
    fn phase(&self) -> Phase {
        self.member.as_ref().map_or(Phase::Serving, |member| member.shutdown().phase())
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
        let mut state = self.lock();
        let mut first = None;
        if state.phase() == Phase::Serving {
            let State { transport, seat, .. } = &mut *state;
            let polled = step(seat.driver(), transport);
            // Mostly there is a message, or room for one.
            if let Poll::Ready(Ok(_)) = &polled {
                drop(state);
                self.wakers.remove(*waiter);
                return polled;
            }
            first = Some(polled);
        }
        let polled = self.poll_turns(&mut state, waiter, context, first, step);
        drop(state);
        if polled.is_ready() {
            self.wakers.remove(*waiter);
        }
        polled
    }

    /// Goes on after the first step, if that has been taken.
    fn poll_turns<R>(
        &self,
        state: &mut State<T>,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        mut first: Option<Poll<Result<R, Error>>>,
        mut step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        let waker = self.wakers.waker();
        loop {
            let phase = state.phase();
            let State { transport, seat, member } = &mut *state;
            let driver = seat.driver();
            match phase {
                Phase::Serving => {}
                Phase::Draining => driver.go_away(transport.now()),
                Phase::Ended => return Poll::Ready(Err(Error::Disconnected)),
            }
            let polled = first.take().unwrap_or_else(|| step(driver, transport));
            if matches!(polled, Poll::Ready(Ok(_))) {
                return polled;
            }
            if polled.is_ready() {
                if driver.output_len() > 0 {
                    // Perhaps the last that is heard of this connection: a Close frame is to leave.
                    let _ = transport.poll_turn(driver, &mut Context::from_waker(&waker));
                }
                return polled;
            }
            // Before the transport is polled, or it could wake nobody just after.
            self.wakers.add(waiter, context);
            if member.as_mut().is_some_and(|member| member.phase(&waker) != phase) {
                continue;
            }
            match transport.poll_turn(driver, &mut Context::from_waker(&waker)) {
                Poll::Ready(Ok(())) => self.wakers.wake_others(waiter, context),
                Poll::Ready(Err(error)) => {
                    self.wakers.wake_others(waiter, context);
                    return Poll::Ready(Err(error.into()));
                }
                Poll::Pending => {
                    seat.rest();
                    return Poll::Pending;
                }
            }
        }
    }

    /// Waits until all that was queued has left, or nothing more can. An error is for whoever receives or sends
    /// next.
    pub(super) fn poll_flushed(&self, context: &mut Context<'_>) -> Poll<()> {
        // At rest it stays so: nothing waits there.
        if self.lock().seat.is_resting() {
            self.wakers.remove(Waiter::server());
            return Poll::Ready(());
        }
        self.poll(&mut Waiter::server(), context, |driver, _| flushed(driver)).map(drop)
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
        let state = Mutex::new(State { transport, seat: Seat::new(driver), member });
        let shared = Arc::new(Shared { state, wakers: Wakers::new(), cork: Arc::new(Cork::new()) });
        let receiver = Receiver {
            shared: Arc::clone(&shared),
            burst: None,
            #[cfg(feature = "futures")]
            has_ended: false,
        };
        let waiter = shared.waiter();
        Self { receiver, sender: Sender { shared, waiter } }
    }

    /// For the task that polls the handler which has this.
    pub(super) fn cork(&self) -> Arc<Cork<T>> {
        Arc::clone(&self.receiver.shared.cork)
    }

    /// The subprotocol agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.receiver.shared.lock().seat.driver().subprotocol()
    }

    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv(&mut self) -> impl Future<Output = Result<Option<Message>, Error>> {
        self.receiver.recv()
    }

    /// Waits for the next part of a message: see [`Receiver::recv_part`].
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> impl Future<Output = Result<Option<MessagePart>, Error>> {
        self.receiver.recv_part()
    }

    /// Begins a message that is sent part by part: see [`Sender::stream`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&mut self, kind: MessageKind) -> impl Future<Output = Result<MessageWriter<T>, Error>> {
        self.sender.stream(kind)
    }

    /// How many octets wait to be written.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.sender.buffered()
    }

    /// Sends a message, such as one that was received.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send(&mut self, message: Message) -> impl Future<Output = Result<(), Error>> {
        self.sender.send(message)
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&mut self, text: impl Payload + AsUtf8) -> impl Future<Output = Result<(), Error>> {
        self.sender.send_text(text)
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&mut self, payload: impl Payload) -> impl Future<Output = Result<(), Error>> {
        self.sender.send_binary(payload)
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&mut self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        self.sender.ping(payload)
    }

    /// Closes with a code and a reason of at most 123 octets, and waits for the end of the closing
    /// handshake. Messages that still come are thrown away.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn close(&mut self, code: CloseCode, reason: &str) -> impl Future<Output = Result<(), Error>> {
        poll_fn(move |context| {
            self.receiver.burst = None;
            self.receiver.shared.poll(&mut Waiter::receiver(), context, |driver, transport| {
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
        self.receiver.closed()
    }

    /// Splits it in two halves that can go to different tasks.
    #[must_use]
    pub fn split(self) -> (Receiver<T>, Sender<T>) {
        (self.receiver, self.sender)
    }

    /// The transport and the driver, if no half of it is elsewhere.
    #[must_use]
    pub fn into_parts(self) -> Option<(T, WebSocketDriver, Option<Member>)> {
        let Self { receiver, sender } = self;
        drop(sender);
        receiver.shared.cork.pull();
        let shared = Arc::into_inner(receiver.shared)?;
        let State { transport, seat, member, .. } = shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut driver = seat.into_driver();
        receiver.burst.into_iter().for_each(|burst| driver.put_back(*burst));
        Some((transport, driver, member))
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
        if let Some(message) = self.next_of_burst() {
            return Poll::Ready(Ok(Some(message)));
        }
        let Self { shared, burst, .. } = self;
        shared.poll(&mut Waiter::receiver(), context, |driver, transport| {
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

    /// The next message, if it needs no lock.
    #[inline]
    fn next_of_burst(&mut self) -> Option<Message> {
        let burst = self.burst.as_mut()?;
        let message = burst.next();
        if burst.is_empty()
            && let Some(place) = self.burst.take()
        {
            pool::give(|stacks| &stacks.bursts, place);
        }
        message
    }

    /// Waits for the next part of a message, as much of it as has come, so that a message of any size
    /// passes in constant memory; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> impl Future<Output = Result<Option<MessagePart>, Error>> {
        poll_fn(|context| match self.next_of_burst() {
            Some(message) => Poll::Ready(Ok(Some(message.into()))),
            None => self
                .shared
                .poll(&mut Waiter::receiver(), context, |driver, transport| driver.poll_part(transport.now())),
        })
    }
}

impl<T> Receiver<T> {
    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.shared.lock().seat.driver().closed().cloned()
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
        let mut waiter = Waiter::NEW;
        poll_fn(move |context| {
            self.shared.poll(&mut waiter, context, |driver, _| {
                driver.check()?;
                if driver.is_streaming() {
                    return Poll::Pending;
                }
                driver.send_part(kind, "", false)?;
                let (number, _) = driver.streamed();
                Poll::Ready(Ok(MessageWriter::new(Arc::clone(&self.shared), kind, number)))
            })
        })
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut payload) = (Waiter::NEW, Some(payload));
        poll_fn(move |context| {
            self.shared.poll_send(&mut waiter, context, &mut payload, |_| true, WebSocketDriver::ping)
        })
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> impl Future<Output = Result<(), Error>> {
        let mut waiter = Waiter::NEW;
        poll_fn(move |context| self.poll_close_with(&mut waiter, code, reason, context))
    }

    fn poll_close_with(
        &self,
        waiter: &mut Waiter,
        code: CloseCode,
        reason: &str,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        self.shared.poll(waiter, context, |driver, transport| {
            driver.close(code, reason, transport.now())?;
            flushed(driver)
        })
    }

    /// As [`Sender::close`] with 1000, for who polls.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_close(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_close_with(&mut self.waiter.clone(), CloseCode::NORMAL, "", context)
    }

    fn queue<M>(
        &self,
        message: M,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut message) = (Waiter::NEW, Some(message));
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
        self.shared.poll(&mut self.waiter.clone(), context, |driver, _| {
            driver.check()?;
            if driver.can_write() && !driver.is_streaming() { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
    }

    /// Queues a message, which leaves with [`Sender::poll_flush`] or whatever is received or sent next.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame.
    pub fn start_send(&self, message: Message) -> Result<(), Error> {
        self.shared.lock().seat.driver().send(message)
    }

    /// Waits until all that was queued has left.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_flush(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll(&mut self.waiter.clone(), context, |driver, _| {
            driver.check()?;
            flushed(driver)
        })
    }
}

impl<T> Sender<T> {
    /// How many octets wait to be written, of all senders.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.lock().seat.driver().buffered()
    }
}

impl<T> Shared<T> {
    /// Whether what was queued just now may wait until the handler that has the WebSocket was polled, which then
    /// sees to it. To be asked under the lock of the state.
    pub(super) fn cork_if_attended(self: &Arc<Self>) -> bool {
        let is_attended = self.cork.is_attended();
        if is_attended {
            self.cork.put_in(self);
        }
        is_attended
    }
}

impl<T: Transport> Shared<T> {
    /// Waits for room below the high-water mark and for its turn, queues, and waits until that is flushed,
    /// unless more was received already and the handler that has the WebSocket is being polled.
    pub(super) fn poll_send<M>(
        self: &Arc<Self>,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        message: &mut Option<M>,
        may_send: impl Fn(&WebSocketDriver) -> bool,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
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

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), waiter: self.shared.waiter() }
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
