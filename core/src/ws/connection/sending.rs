//! What the peer gets: the frames of messages, and control frames between them (RFC 6455 sections 5.4, 5.5 and 6.1).

use super::{Connection, FrameStart, MessageKind, Role};
use crate::octet::copy::copy;
use crate::ws::MaskingKey;
use crate::ws::error::SendError;
use crate::ws::frame::{FrameHeader, Opcode};

impl<K: FnMut() -> MaskingKey> Connection<K> {
    /// Announces a frame of `length` octets of a message: its header, and the mask for its payload.
    /// Fragments of one message follow each other until one is the `last`; control frames may
    /// come between. That text is UTF-8 is the caller's to see to.
    ///
    /// # Errors
    ///
    /// [`SendError::Fragmentation`], [`SendError::Closed`].
    #[inline]
    pub fn frame_data(&mut self, kind: MessageKind, length: u64, last: bool) -> Result<FrameStart, SendError> {
        Ok(FrameStart::new(&self.data_header(kind, length, last)?))
    }

    /// The same for a message that is compressed: RSV1 of its first frame says so (RFC 7692 section 6.1).
    /// To be used for all frames of the message, after [`Connection::allow_compression`].
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`].
    pub fn frame_compressed(&mut self, kind: MessageKind, length: u64, last: bool) -> Result<FrameStart, SendError> {
        let mut header = self.data_header(kind, length, last)?;
        header.rsv1 = header.opcode != Opcode::Continuation;
        Ok(FrameStart::new(&header))
    }

    /// The same for a message that was accepted before a Close frame was owed, which waits for its end.
    #[cfg(feature = "deflate")]
    pub(crate) fn frame_accepted(&mut self, kind: MessageKind, length: u64, last: bool) -> FrameStart {
        let opcode = self.outgoing.map_or(kind.opcode(), |_| Opcode::Continuation);
        self.outgoing = (!last).then_some(kind);
        let mut header = FrameHeader::new(opcode, last, length, self.role.next_key());
        header.rsv1 = opcode != Opcode::Continuation;
        FrameStart::new(&header)
    }

    /// Writes a frame of a message, header and payload, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`], and [`SendError::TooSmall`].
    #[inline(always)] // a call costs as much as a header
    pub fn send_data(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        last: bool,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let opcode = self.outgoing_opcode(kind)?;
        let len = Self::write_frame(&mut self.role, opcode, last, payload, out)?;
        self.outgoing = if last { None } else { Some(kind) };
        Ok(len)
    }

    /// Writes a ping, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlFrame`] above 125 octets, [`SendError::Closed`], [`SendError::TooSmall`].
    pub fn send_ping(&mut self, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        self.send_control(Opcode::Ping, payload, out)
    }

    /// Writes a pong that no ping asked for, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// As [`Connection::send_ping`].
    pub fn send_pong(&mut self, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        self.send_control(Opcode::Pong, payload, out)
    }

    /// Writes of what is owed as much as there is room for: pongs in the order of their pings, a ping, a
    /// Close frame. Says how many octets that has; zero if nothing is owed.
    ///
    /// Pongs wait in 254 octets. One that does not fit stands for those that wait (section 5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::TooSmall`] if there is room for nothing of it; 131 octets always do.
    pub fn transmit(&mut self, out: &mut [u8]) -> Result<usize, SendError> {
        if self.close_sent {
            return Ok(0);
        }
        let mut len = 0;
        loop {
            match self.transmit_one(out.get_mut(len..).unwrap_or_default()) {
                Ok(0) => return Ok(len),
                Ok(more) => len += more,
                // The rest goes with the next call.
                Err(SendError::TooSmall { .. }) if len > 0 => return Ok(len),
                Err(error) => return Err(error),
            }
        }
    }

    fn transmit_one(&mut self, out: &mut [u8]) -> Result<usize, SendError> {
        if self.close_sent {
            Ok(0)
        } else if let Some(payload) = self.pongs.first() {
            let len = Self::write_frame(&mut self.role, Opcode::Pong, true, payload, out)?;
            self.pongs.pop();
            Ok(len)
        } else if self.keep_alive.owes_ping() {
            let len = Self::write_frame(&mut self.role, Opcode::Ping, true, &[], out)?;
            self.keep_alive.sent_ping();
            Ok(len)
        } else if let Some(close) = &self.close {
            let len = Self::write_frame(&mut self.role, Opcode::Close, true, close.payload(), out)?;
            self.close = None;
            self.close_sent = true;
            Ok(len)
        } else {
            Ok(0)
        }
    }

    /// The header of the next frame of the message that is being sent.
    fn data_header(&mut self, kind: MessageKind, length: u64, last: bool) -> Result<FrameHeader, SendError> {
        let opcode = self.outgoing_opcode(kind)?;
        self.outgoing = if last { None } else { Some(kind) };
        Ok(FrameHeader::new(opcode, last, length, self.role.next_key()))
    }

    fn outgoing_opcode(&self, kind: MessageKind) -> Result<Opcode, SendError> {
        match self.outgoing {
            _ if self.is_closing() => Err(SendError::Closed),
            None => Ok(kind.opcode()),
            Some(begun) if begun == kind => Ok(Opcode::Continuation),
            Some(_) => Err(SendError::Fragmentation),
        }
    }

    fn send_control(&mut self, opcode: Opcode, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        if self.is_closing() {
            return Err(SendError::Closed);
        }
        if payload.len() > 125 {
            return Err(SendError::ControlFrame);
        }
        Self::write_frame(&mut self.role, opcode, true, payload, out)
    }

    #[inline]
    fn write_frame(
        role: &mut Role<K>,
        opcode: Opcode,
        last: bool,
        payload: &[u8],
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let header = FrameHeader::new(opcode, last, payload.len() as u64, role.next_key());
        // Nearly all that a server sends has one of these, which are moved and not copied.
        if let Some(header) = header.short() {
            place(header, payload, out)
        } else if let Some(header) = header.medium() {
            place(header, payload, out)
        } else {
            place_any(&header, payload, out)
        }
    }
}

/// Writes a payload behind its header.
#[inline]
fn place<const N: usize>(header: [u8; N], payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
    let required = N + payload.len();
    let room = out.get_mut(..required).and_then(|room| room.split_first_chunk_mut());
    let (header_room, payload_room) = room.ok_or(SendError::TooSmall { required })?;
    *header_room = header;
    copy(payload_room, payload);
    Ok(required)
}

/// The same for any header, with the mask over the payload.
#[inline(never)]
fn place_any(header: &FrameHeader, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
    let start = FrameStart::new(header);
    let required = start.len + payload.len();
    let room = out.get_mut(..required).ok_or(SendError::TooSmall { required })?;
    let (header_room, payload_room) = room.split_at_mut(start.len);
    header_room.copy_from_slice(start.as_bytes());
    payload_room.copy_from_slice(payload);
    start.mask(0, payload_room);
    Ok(required)
}
