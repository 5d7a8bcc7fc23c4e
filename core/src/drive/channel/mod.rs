//! A WebSocket as an application has it: one thing, or a receiving and a sending half.

mod cork;
#[cfg(feature = "futures")]
mod futures;
mod handle;
mod message_writer;
mod receiver;
mod sender;
mod shared;
mod wakers;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::poll_fn;
use core::sync::atomic::Ordering;
use core::task::{Poll, Waker};

pub use message_writer::MessageWriter;
pub use receiver::Receiver;
pub use sender::Sender;
pub(super) use shared::Shared;

use super::members::Member;
use super::patience::Patience;
use super::{AsUtf8, Burst, Closed, Error, Message, MessagePart, Payload, Transport, WebSocketDriver};
use crate::ws::{CloseCode, MessageKind};
use handle::Handle;
use shared::{ALONE, State};
use wakers::Waiter;

/// An open WebSocket.
///
/// Pings are answered while something is received. A future that is dropped loses nothing: a
/// message was either handed over wholly or not at all.
pub struct WebSocket<T> {
    shared: Handle<T>,
    /// What came with the message that was received last. Mostly there is none, so it takes little room.
    burst: Option<Box<Burst>>,
}

impl<T: Transport> WebSocket<T> {
    /// A WebSocket whose opening handshake is complete. As a member of a server's shutdown it is
    /// closed with 1001 when that begins.
    #[must_use]
    pub fn new(transport: T, driver: WebSocketDriver, member: Option<Member>) -> Self {
        Self { shared: Handle::new(Shared::new(transport, driver, member)), burst: None }
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
            shared.poll_send(&mut waiter, context, &mut message, sender::is_free, &send)
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
                while !driver.patience.is_over::<T>()
                    && let Poll::Ready(message) = driver.poll_message_at(!T::BLOCKS, || now)
                {
                    if message?.is_none() {
                        return Poll::Ready(Ok(()));
                    }
                    driver.patience.spend(Patience::MESSAGE);
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
