//! A WebSocket as an application has it: one thing, or a receiving and a sending half.

use alloc::sync::{Arc, Weak};
use core::fmt;
use core::future::poll_fn;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::shutdown::{Member, Phase};
use super::wakers::{Waiter, Wakers};
use super::websocket::Seat;
use super::{AsUtf8, Closed, Driver, Error, Message, MessagePart, MessageWriter, Payload, Transport, WebSocketDriver};
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
    /// The handler that has the WebSocket is being polled, and what it sends may wait for the end of
    /// that. Like the next one it only changes under the lock of the state.
    is_attended: AtomicBool,
    /// Something does wait for it.
    is_corked: AtomicBool,
}

pub(super) struct State<T> {
    pub(super) transport: T,
    pub(super) seat: Seat,
    member: Option<Member>,
    /// The connection itself, so that it lives until what waits in it has left.
    corked: Option<Arc<Shared<T>>>,
}

impl<T> Shared<T> {
    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for something that sends.
    pub(super) fn waiter(&self) -> Waiter {
        self.wakers.waiter()
    }

    /// What waits keeps the connection no longer.
    pub(super) fn uncork(&self) {
        // Dropped outside the lock.
        let corked = self.lock().corked.take();
        drop(corked);
    }

    /// Has every task that waits look again.
    pub(super) fn wake(&self) {
        self.wakers.waker().wake();
    }
}

impl<T: Transport> Shared<T> {
    /// Tries `step` again after each turn of the transport until it is ready.
    pub(super) fn poll<R>(
        &self,
        waiter: Waiter,
        context: &mut Context<'_>,
        step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        let polled = self.poll_as(waiter, context, step);
        if polled.is_ready() {
            self.wakers.remove(waiter);
        }
        polled
    }

    fn poll_as<R>(
        &self,
        waiter: Waiter,
        context: &mut Context<'_>,
        mut step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        let mut state = self.lock();
        let State { transport, seat, member, .. } = &mut *state;
        // Made when it is needed: mostly there is a message, or room for one.
        let mut waker = None;
        loop {
            let driver = seat.driver();
            let phase = member.as_ref().map_or(Phase::Serving, |member| member.shutdown().phase());
            match phase {
                Phase::Serving => {}
                Phase::Draining => driver.go_away(transport.now()),
                Phase::Ended => return Poll::Ready(Err(Error::Disconnected)),
            }
            let polled = step(driver, transport);
            if matches!(polled, Poll::Ready(Ok(_))) {
                return polled;
            }
            let waker = waker.get_or_insert_with(|| self.wakers.waker());
            if polled.is_ready() {
                if driver.output_len() > 0 {
                    // Perhaps the last that is heard of this connection: a Close frame is to leave.
                    let _ = transport.poll_turn(driver, &mut Context::from_waker(waker));
                }
                return polled;
            }
            // Before the transport is polled, or it could wake nobody just after.
            self.wakers.add(waiter, context);
            if member.as_mut().is_some_and(|member| member.phase(waker) != phase) {
                continue;
            }
            match transport.poll_turn(driver, &mut Context::from_waker(waker)) {
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

    /// The handler that has the WebSocket is about to be polled by the task that serves it.
    pub(super) fn attend(&self) {
        let _state = self.lock();
        self.is_attended.store(true, Ordering::Relaxed);
    }

    /// It was polled. What it has sent is not to wait for it any longer: pending as long as the transport
    /// does not take it.
    pub(super) fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        let state = self.lock();
        self.is_attended.store(false, Ordering::Relaxed);
        let is_corked = self.is_corked.load(Ordering::Relaxed);
        drop(state);
        if is_corked {
            // An error is for whoever receives or sends next.
            let _ = ready!(self.poll(Waiter::SERVER, context, |driver, _| flushed(driver)));
            self.is_corked.store(false, Ordering::Relaxed);
            self.uncork();
        }
        Poll::Ready(())
    }

    /// What waits is to keep the connection until it has left, if it is to wait at all.
    fn cork(self: &Arc<Self>) {
        let mut state = self.lock();
        if self.is_attended.load(Ordering::Relaxed) {
            state.corked = Some(Arc::clone(self));
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
        let state = Mutex::new(State { transport, seat: Seat::new(driver), member, corked: None });
        let shared = Arc::new(Shared {
            state,
            wakers: Wakers::new(),
            is_attended: AtomicBool::new(false),
            is_corked: AtomicBool::new(false),
        });
        let receiver = Receiver {
            shared: Arc::clone(&shared),
            #[cfg(feature = "futures")]
            has_ended: false,
        };
        let waiter = shared.waiter();
        Self { receiver, sender: Sender { shared, waiter } }
    }

    /// Something that knows the connection without keeping it.
    pub(super) fn downgrade(&self) -> Weak<Shared<T>> {
        Arc::downgrade(&self.receiver.shared)
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
            self.receiver.shared.poll(Waiter::RECEIVER, context, |driver, transport| {
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
        receiver.shared.uncork();
        let shared = Arc::into_inner(receiver.shared)?;
        let State { transport, seat, member, .. } = shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        Some((transport, seat.into_driver(), member))
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
        self.shared.poll(Waiter::RECEIVER, context, |driver, transport| driver.poll_message(transport.now()))
    }

    /// Waits for the next part of a message, as much of it as has come, so that a message of any size
    /// passes in constant memory; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> impl Future<Output = Result<Option<MessagePart>, Error>> {
        poll_fn(|context| {
            self.shared.poll(Waiter::RECEIVER, context, |driver, transport| driver.poll_part(transport.now()))
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
        let waiter = self.shared.waiter();
        poll_fn(move |context| {
            self.shared.poll(waiter, context, |driver, _| {
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
        let (waiter, mut payload) = (self.shared.waiter(), Some(payload));
        poll_fn(move |context| self.shared.poll_send(waiter, context, &mut payload, |_| true, WebSocketDriver::ping))
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> impl Future<Output = Result<(), Error>> {
        let waiter = self.shared.waiter();
        poll_fn(move |context| self.poll_close_with(waiter, code, reason, context))
    }

    fn poll_close_with(
        &self,
        waiter: Waiter,
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
        self.poll_close_with(self.waiter, CloseCode::NORMAL, "", context)
    }

    fn queue<M>(
        &self,
        message: M,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> impl Future<Output = Result<(), Error>> {
        let (waiter, mut message) = (self.shared.waiter(), Some(message));
        poll_fn(move |context| {
            self.shared.poll_send(waiter, context, &mut message, |driver| !driver.is_streaming(), &send)
        })
    }

    /// Waits until a message can be queued with [`Sender::start_send`], for who polls.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll(self.waiter, context, |driver, _| {
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
        self.shared.poll(self.waiter, context, |driver, _| {
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

impl<T: Transport> Shared<T> {
    /// Waits for room below the high-water mark and for its turn, queues, and waits until that is flushed,
    /// unless more was received already and the handler that has the WebSocket is being polled.
    pub(super) fn poll_send<M>(
        self: &Arc<Self>,
        waiter: Waiter,
        context: &mut Context<'_>,
        message: &mut Option<M>,
        may_send: impl Fn(&WebSocketDriver) -> bool,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> Poll<Result<(), Error>> {
        let mut corks = false;
        let sent = self.poll(waiter, context, |driver, _| {
            driver.check()?;
            if driver.can_write()
                && may_send(driver)
                && let Some(message) = message.take()
            {
                send(driver, message)?;
            }
            if message.is_some() {
                return Poll::Pending;
            }
            // More has come already: what is sent to it leaves together.
            if self.is_attended.load(Ordering::Relaxed) && driver.has_input() && driver.can_write() {
                corks = !self.is_corked.swap(true, Ordering::Relaxed);
                return Poll::Ready(Ok(()));
            }
            flushed(driver)
        });
        if corks {
            self.cork();
        }
        sent
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
