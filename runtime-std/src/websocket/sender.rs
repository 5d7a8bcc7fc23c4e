//! The half that sends.

use std::net::TcpStream;
use std::sync::Arc;

use sanderling::drive::WebSocketDriver;

use super::message_writer::MessageWriter;
use super::shared::{Shared, lock};
use crate::{AsUtf8, CloseCode, Error, Message, MessageKind, Payload, Stream};

/// The half that sends. It can be cloned; messages of several senders do not mix.
pub struct Sender<S: Stream = TcpStream> {
    pub(super) shared: Arc<Shared<S>>,
}

impl<S: Stream> Sender<S> {
    /// Sends a message, such as one that was received, and waits until the stream has taken it.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame; [`Error::TimedOut`] if a deadline passes before the stream has taken
    /// all of it, and [`Error::Io`] if the peer is gone.
    pub fn send(&self, message: Message) -> Result<(), Error> {
        self.queue(|driver| driver.send(message))
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&self, text: impl Payload + AsUtf8) -> Result<(), Error> {
        self.queue(|driver| driver.send_text(text))
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&self, payload: impl Payload) -> Result<(), Error> {
        self.queue(|driver| driver.send_binary(payload))
    }

    /// Begins a message that is sent part by part, when the one that is being sent has ended. Messages
    /// of other senders wait until this one has.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&self, kind: MessageKind) -> Result<MessageWriter<'_, S>, Error> {
        MessageWriter::new(&self.shared, None, kind)
    }

    /// How many octets wait to be written, of all senders.
    #[must_use]
    pub fn buffered(&self) -> usize {
        lock(&self.shared.driver).buffered()
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&self, payload: &[u8]) -> Result<(), Error> {
        self.shared.queue_control(None, |driver| driver.ping(payload))
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.shared.clock.now();
        self.shared.queue_control(None, |driver| driver.close(code, reason, now))
    }

    /// The queue is bounded by the number of senders: each waits until what it queued is written.
    fn queue(&self, send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>) -> Result<(), Error> {
        let _turn = lock(&self.shared.message);
        self.shared.queue(None, send)
    }
}

impl<S: Stream> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}
