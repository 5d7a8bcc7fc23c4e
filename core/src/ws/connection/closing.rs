//! The closing handshake (RFC 6455 section 7).

use super::{Connection, Event, Reading};
use crate::Tick;
use crate::ws::MaskingKey;
use crate::ws::close::{Close, CloseCode};
use crate::ws::error::{Rule, SendError};

/// The payload of a control frame that waits to be sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    payload: [u8; 125],
    len: u8,
}

impl Control {
    fn new(payload: &[u8]) -> Option<Self> {
        let mut control = Self { payload: [0; 125], len: u8::try_from(payload.len()).ok()? };
        control.payload.get_mut(..payload.len())?.copy_from_slice(payload);
        Some(control)
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.payload.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl<K: FnMut() -> MaskingKey> Connection<K> {
    /// Begins the closing handshake: [`Connection::transmit`] owes a Close frame. The close
    /// deadline runs from `now`. Does nothing if one was sent or is owed already.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlFrame`] if the reason has more than 123 octets.
    pub fn close(&mut self, close: Option<Close<'_>>, now: Tick) -> Result<(), SendError> {
        if self.is_closing() {
            return Ok(());
        }
        let mut payload = [0; 125];
        let mut len = 0;
        if let Some(Close { code, reason }) = close {
            len = 2 + reason.len();
            let room = payload.get_mut(..len).ok_or(SendError::ControlFrame)?;
            let (code_room, reason_room) = room.split_at_mut(2);
            code_room.copy_from_slice(&code.as_u16().to_be_bytes());
            reason_room.copy_from_slice(reason.as_bytes());
        }
        self.close = Control::new(payload.get(..len).unwrap_or_default());
        self.close_deadline = self.deadlines.close.map(|wait| now + wait);
        self.is_leaving = true;
        Ok(())
    }

    pub(super) fn closed_by_peer<'b>(&mut self, payload: &'b [u8], now: Tick) -> Result<Event<'b>, Rule> {
        let close = Close::parse(payload)?;
        self.reading = Reading::Closed;
        self.owe_close(close.map(|close| close.code), now);
        Ok(Event::Close(close))
    }

    pub(super) fn owe_close(&mut self, code: Option<CloseCode>, now: Tick) {
        if !self.is_closing() {
            let octets = code.map(|code| code.as_u16().to_be_bytes());
            self.close = Control::new(octets.as_ref().map_or(&[], |octets| octets.as_slice()));
        }
        if self.close_deadline.is_none() {
            self.close_deadline = self.deadlines.close.map(|wait| now + wait);
            self.is_leaving = true;
        }
    }
}
