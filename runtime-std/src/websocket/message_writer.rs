//! A message that is sent part by part.

use std::fmt;
use std::net::TcpStream;
use std::sync::MutexGuard;

use super::shared::{Shared, lock};
use crate::{CloseCode, Error, MessageKind, Payload, Stream};

/// A message under way. Control frames go between its parts, other messages wait for its end.
///
/// It ends with [`MessageWriter::finish`]. If it is dropped before, the peer must not take it for whole:
/// the connection is closed with 1011.
pub struct MessageWriter<'a, S: Stream = TcpStream> {
    shared: &'a Shared<S>,
    own: Option<&'a mut S>,
    kind: MessageKind,
    _turn: MutexGuard<'a, ()>,
}

impl<'a, S: Stream> MessageWriter<'a, S> {
    pub(super) fn new(shared: &'a Shared<S>, own: Option<&'a mut S>, kind: MessageKind) -> Result<Self, Error> {
        let turn = lock(&shared.message);
        lock(&shared.driver).send_part(kind, "", false)?;
        Ok(Self { shared, own, kind, _turn: turn })
    }

    /// Sends a part, and waits until the stream has taken it. A character of a text may be cut between
    /// two parts.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame or for text that is not UTF-8; [`Error::TimedOut`] and [`Error::Io`]
    /// as for [`Sender::send`](super::Sender::send).
    pub fn write(&mut self, data: impl Payload) -> Result<(), Error> {
        let kind = self.kind;
        self.shared.queue(self.own.as_deref_mut(), |driver| driver.send_part(kind, data, false))
    }

    /// Sends the last part, which may be empty.
    ///
    /// # Errors
    ///
    /// As [`MessageWriter::write`].
    pub fn finish(mut self, data: impl Payload) -> Result<(), Error> {
        let kind = self.kind;
        self.shared.queue(self.own.as_deref_mut(), |driver| driver.send_part(kind, data, true))
    }
}

impl<S: Stream> Drop for MessageWriter<'_, S> {
    fn drop(&mut self) {
        if lock(&self.shared.driver).is_streaming() {
            let now = self.shared.clock.now();
            // Where it cannot be written the connection is gone, which its next use tells.
            let _ = self
                .shared
                .queue_control(self.own.as_deref_mut(), |driver| driver.close(CloseCode::INTERNAL_ERROR, "", now));
        }
    }
}

impl<S: Stream> fmt::Debug for MessageWriter<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageWriter").field("kind", &self.kind).finish_non_exhaustive()
    }
}
