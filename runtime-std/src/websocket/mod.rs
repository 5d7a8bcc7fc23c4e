//! A WebSocket over a blocking stream.
//!
//! The driver is shared behind a lock that is never held over a read or a write. Whoever writes
//! holds the writer's lock, takes a piece of the output out of the driver and writes it; so frames
//! of several senders, and the replies of the receiver, leave one after another.
//! A sender waits until the peer has taken its message. The receiver does not wait for that, nor for the writer: the
//! peer may be one that reads when it has been read.

mod message_writer;
mod receiver;
mod sender;
mod shared;

use std::fmt;
use std::io;
use std::mem;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::Waker;

use sanderling::drive::{self, Member, WebSocketDriver};

pub use message_writer::MessageWriter;
pub use receiver::Receiver;
pub use sender::Sender;
use shared::{Goodbye, Patience, Shared, lock};

use crate::{AsUtf8, CloseCode, Closed, Error, Message, MessageKind, MessagePart, Payload, Stream, Transport};

/// An open WebSocket. Pings are answered while something is received.
pub struct WebSocket<S: Stream = TcpStream> {
    receiver: Receiver<S>,
    sender: Sender<S>,
}

impl<S: Stream + Send + Sync + 'static> WebSocket<S> {
    /// The core's WebSocket, waited for.
    pub(crate) fn blocking(socket: drive::WebSocket<Transport<S>>) -> Result<Self, Error> {
        let (transport, driver, member) = socket.into_parts().ok_or(Error::Disconnected)?;
        Ok(Self::new(transport, driver, member))
    }

    /// A WebSocket whose opening handshake is complete, on a stream that the user brings: see
    /// [`ClientConnection`](crate::ClientConnection) and [`WebSocketDriver::client`].
    #[must_use]
    pub fn from_parts(transport: Transport<S>, driver: WebSocketDriver) -> Self {
        Self::new(transport, driver, None)
    }

    fn new(transport: Transport<S>, driver: WebSocketDriver, member: Option<Member>) -> Self {
        let clock = transport.clock();
        let stream = transport.into_inner();
        let shared = Shared::new(driver, &stream, clock);
        let member = member.map(|member| {
            let goodbye = Goodbye::new(&shared, member.shutdown().clone(), &stream);
            (member, Waker::from(Arc::new(goodbye)))
        });
        let receiver = Receiver::new(&shared, stream, member);
        Self { receiver, sender: Sender { shared } }
    }
}

impl<S: Stream> WebSocket<S> {
    /// The subprotocol agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        lock(&self.sender.shared.driver).subprotocol()
    }

    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv(&mut self) -> Result<Option<Message>, Error> {
        self.receiver.recv()
    }

    /// Waits for the next part of a message: see [`Receiver::recv_part`].
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> Result<Option<MessagePart>, Error> {
        self.receiver.recv_part()
    }

    /// Begins a message that is sent part by part: see [`Sender::stream`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&mut self, kind: MessageKind) -> Result<MessageWriter<'_, S>, Error> {
        MessageWriter::new(&self.sender.shared, Some(&mut self.receiver.stream), kind)
    }

    /// How many octets wait to be written.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.sender.buffered()
    }

    /// Sends a message, such as one that was received.
    ///
    /// On a server, if more was received already, the first that is sent after receiving only joins what is to be
    /// sent: that leaves by one write, when the handler has received the last that came, asks for another one, or
    /// sends more. So the replies to messages that came together leave together. [`WebSocket::flush`] does not wait
    /// for that, nor do the halves of [`WebSocket::split`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send(&mut self, message: Message) -> Result<(), Error> {
        self.queue(|driver| driver.send(message))
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&mut self, text: impl Payload + AsUtf8) -> Result<(), Error> {
        self.queue(|driver| driver.send_text(text))
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&mut self, payload: impl Payload) -> Result<(), Error> {
        self.queue(|driver| driver.send_binary(payload))
    }

    /// Waits until the stream has taken all that was sent: for a handler that turns to something else while it
    /// leaves messages unread.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn flush(&mut self) -> Result<(), Error> {
        let Self { receiver, sender: Sender { shared } } = self;
        shared.finish(lock(&shared.writer), Some(&mut receiver.stream))
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.sender.shared.queue_control(Some(&mut self.receiver.stream), |driver| driver.ping(payload))
    }

    /// Closes with a code and a reason of at most 123 octets, and waits for the end of the closing
    /// handshake. Messages that still come are thrown away.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.sender.shared.clock.now();
        lock(&self.sender.shared.driver).close(code, reason, now)?;
        while self.recv()?.is_some() {}
        Ok(())
    }

    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.receiver.closed()
    }

    fn queue(&mut self, send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>) -> Result<(), Error> {
        let Self { receiver, sender: Sender { shared } } = self;
        let _turn = lock(&shared.message);
        {
            let mut driver = lock(&shared.driver);
            send(&mut driver)?;
            // One answer to each message may wait; whoever sends more has turned from receiving to sending.
            receiver.holds_back = mem::take(&mut receiver.is_to_answer) && receiver.leaves_later(&driver);
            if receiver.holds_back {
                return Ok(());
            }
        }
        shared.finish(lock(&shared.writer), Some(&mut receiver.stream))
    }

    /// Splits it in two halves that can go to different threads.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] if the stream has no second handle; those of the stream, if something that
    /// was sent is still to be written.
    pub fn split(mut self) -> io::Result<(Receiver<S>, Sender<S>)> {
        if lock(&self.sender.shared.writer).stream.is_none() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let Self { receiver, sender } = &mut self;
        sender.shared.flush(lock(&sender.shared.writer), Some(&mut receiver.stream), Patience::Deadline)?;
        self.receiver.holds_back = false;
        self.receiver.is_split = true;
        Ok((self.receiver, self.sender))
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {
        $(impl<S: Stream> fmt::Debug for $name<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })*
    };
}

opaque! { WebSocket Receiver Sender }
