//! What the peer gets: messages, whole or in parts, and what the connection owes.

use super::WebSocketDriver;
#[cfg(all(feature = "std", feature = "deflate"))]
use super::compressing::SLICE;
use crate::Tick;
use crate::drive::output::Output;
use crate::drive::websocket::{AsUtf8, Message};
use crate::drive::{Error, Payload};
use crate::ws::{Close, CloseCode, FrameHeader, MessageKind, SendError, Utf8Validator};

impl WebSocketDriver {
    /// How many octets wait to be written.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.output.len()
    }

    /// Whether a message is being sent part by part. Another one has to wait for its end.
    #[must_use]
    #[inline]
    pub fn is_streaming(&self) -> bool {
        self.outgoing.is_some() && !self.connection.is_closing()
    }

    /// Whether there is room for another message: the output is below the high-water mark, and nothing of a long
    /// message waits to be compressed.
    #[must_use]
    #[inline]
    pub fn can_write(&self) -> bool {
        !self.is_compressing() && self.is_below_mark()
    }

    /// Whether there is room for a ping. A long message that is compressed keeps the output at the high-water mark,
    /// and pings go between its frames.
    #[cfg(feature = "std")]
    pub(in crate::drive) fn can_ping(&self) -> bool {
        #[cfg(feature = "deflate")]
        if self.is_compressing() {
            return self.output.len() < self.rules.limits.output.saturating_add(2 * SLICE);
        }
        self.is_below_mark()
    }

    /// Whether a part of a message waits to be compressed.
    #[inline]
    pub(in crate::drive) fn is_compressing(&self) -> bool {
        #[cfg(feature = "deflate")]
        return self.compression.as_ref().is_some_and(|compression| compression.rest.is_some());
        #[cfg(not(feature = "deflate"))]
        return false;
    }

    #[inline]
    pub(super) fn is_below_mark(&self) -> bool {
        self.output.len() < self.rules.limits.output.max(1)
    }

    /// Whether a deadline has passed: nothing can be sent any more.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    #[inline]
    pub fn check(&self) -> Result<(), Error> {
        if self.overdue { Err(Error::TimedOut) } else { Ok(()) }
    }

    /// Sends a text message, which has to be UTF-8.
    ///
    /// Of a long message that is compressed only the first 64 KiB are at once; the rest is, frame by frame, as the
    /// output is written, or when something else is sent. Until then the driver has it.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close frame.
    pub fn send_text(&mut self, text: impl Payload + AsUtf8) -> Result<(), Error> {
        self.send_whole(MessageKind::Text, text)
    }

    /// Sends a binary message: see [`WebSocketDriver::send_text`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close frame.
    pub fn send_binary(&mut self, payload: impl Payload) -> Result<(), Error> {
        self.send_whole(MessageKind::Binary, payload)
    }

    /// Sends a message, such as one that was received: see [`WebSocketDriver::send_text`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close frame.
    #[inline]
    pub fn send(&mut self, message: Message) -> Result<(), Error> {
        match message {
            Message::Text(text) => self.send_whole(MessageKind::Text, text),
            Message::Binary(payload) => self.send_whole(MessageKind::Binary, payload),
        }
    }

    /// Sends a part of a message, which the peer can read before the next one; the message ends with the
    /// `last`. A character of a text may be cut between two parts.
    ///
    /// # Errors
    ///
    /// [`SendError::Fragmentation`] for another kind than the message has, [`SendError::Utf8`],
    /// [`SendError::Closed`].
    pub fn send_part(&mut self, kind: MessageKind, data: impl Payload, last: bool) -> Result<(), Error> {
        self.check()?;
        if self.connection.is_closing() {
            return Err(SendError::Closed.into());
        }
        let (begun, mut utf8) = self.outgoing.unwrap_or((kind, Utf8Validator::new()));
        if begun != kind {
            return Err(SendError::Fragmentation.into());
        }
        if kind == MessageKind::Text && (utf8.check(data.as_slice()).is_err() || (last && !utf8.is_complete())) {
            return Err(SendError::Utf8.into());
        }
        self.transmit();
        self.push_part(kind, data, last)?;
        self.outgoing = (!last).then_some((kind, utf8));
        Ok(())
    }

    fn push_part(&mut self, kind: MessageKind, data: impl Payload, last: bool) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if self.compression.is_some() {
            return self.push_deflated(kind, data, last);
        }
        if last || !data.as_slice().is_empty() {
            self.push_frame(kind, data, last)?;
        }
        Ok(())
    }

    #[inline]
    fn send_whole(&mut self, kind: MessageKind, payload: impl Payload) -> Result<(), Error> {
        self.check()?;
        if self.is_streaming() {
            return Err(SendError::Fragmentation.into());
        }
        self.transmit();
        #[cfg(feature = "deflate")]
        if let Some(compression) = &self.compression {
            if compression.is_worthwhile(payload.as_slice().len()) {
                return Ok(self.push_deflated(kind, payload, true)?);
            }
            self.compress_all();
        }
        Ok(self.push_frame(kind, payload, true)?)
    }

    #[inline]
    fn push_frame(&mut self, kind: MessageKind, payload: impl Payload, last: bool) -> Result<(), SendError> {
        let Self { connection, output, .. } = self;
        let octets = payload.as_slice();
        // A mask goes over a copy.
        if Output::is_shared(octets.len()) && !connection.is_client() {
            let start = connection.frame_data(kind, octets.len() as u64, last)?;
            output.push(start.as_bytes());
            output.push_payload(payload);
            return Ok(());
        }
        output.write(FrameHeader::MAX_LEN + octets.len(), |out| connection.send_data(kind, octets, last, out))
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlFrame`], [`SendError::Closed`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.check()?;
        let Self { connection, output, .. } = self;
        Ok(output.emit(|out| connection.send_ping(payload, out), SendError::required)?)
    }

    /// Begins the closing handshake with a reason of at most 123 octets, behind all that was sent before;
    /// [`poll_message`](Self::poll_message) then waits for its end.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlFrame`] if the reason is too long.
    pub fn close(&mut self, code: CloseCode, reason: &str, now: Tick) -> Result<(), Error> {
        self.check()?;
        self.connection.close(Some(Close { code, reason }), now)?;
        self.transmit();
        Ok(())
    }

    /// Begins the closing handshake with 1001, because the server shuts down. Messages that still
    /// come are thrown away.
    pub fn go_away(&mut self, now: Tick) {
        self.going_away = true;
        // A reason that is empty is not too long.
        let _ = self.close(CloseCode::GOING_AWAY, "", now);
    }

    /// Moves what the connection owes into the output, as long as that is not too full: a peer
    /// that sends pings and takes no pongs costs a bounded amount of memory.
    #[inline]
    pub(super) fn transmit(&mut self) {
        if self.connection.wants_transmit() {
            self.transmit_owed();
        }
    }

    #[cold]
    pub(super) fn transmit_owed(&mut self) {
        // A Close frame waits for the end of what was sent before.
        if self.is_compressing() && self.connection.is_closing() {
            return;
        }
        let Self { connection, output, rules, .. } = self;
        // Behind a frame that was cut off nothing can be read.
        if !self.overdue && (output.len() < rules.limits.output.max(1) || connection.is_closing()) {
            let _ = output.emit(|out| connection.transmit(out), SendError::required);
        }
    }
}
