//! Messages that are compressed, long ones slice by slice: one as it is sent, the others as the output is written.
//!
//! Each slice is a frame that the peer can read without the next one (RFC 7692 section 7.2.1), so that while any of
//! a message waits to be compressed there is output, whose writing goes on with it.

use bytes::{Buf, Bytes};

use super::WebSocketDriver;
use crate::drive::Payload;
use crate::drive::patience::Patience;
use crate::ws::{MessageKind, SendError};

/// As much is compressed at a time. What is no longer is one frame.
pub(super) const SLICE: usize = 64 * 1024;

/// What is still to be compressed of a message, or of a part of one.
#[derive(Debug)]
pub(in crate::drive::websocket) struct Rest {
    kind: MessageKind,
    data: Bytes,
    /// The message ends with it.
    last: bool,
}

impl WebSocketDriver {
    pub(super) fn push_deflated(&mut self, kind: MessageKind, data: impl Payload, last: bool) -> Result<(), SendError> {
        // Before anything is compressed, which cannot be taken back.
        if self.connection.is_closing() {
            return Err(SendError::Closed);
        }
        self.compress_all();
        let octets = data.as_slice();
        let slice = octets.get(..SLICE).unwrap_or(octets);
        let is_all = slice.len() == octets.len();
        self.push_slice(kind, slice, last && is_all);
        if !is_all && let Some(compression) = &mut self.compression {
            let mut data = data.into_bytes();
            data.advance(SLICE);
            compression.rest = Some(Rest { kind, data, last });
        }
        Ok(())
    }

    /// Goes on with what waits to be compressed, if there is room for what comes of it.
    pub(super) fn compress_rest(&mut self) {
        if self.is_below_mark() {
            self.compress_slice();
        }
    }

    /// The same with all of it, room or not: the application did not wait. Where nothing may be sent behind it there
    /// is no need.
    pub(super) fn compress_all(&mut self) {
        while self.is_compressing() && !self.connection.is_closing() {
            self.compress_slice();
        }
    }

    #[cold]
    fn compress_slice(&mut self) {
        let Some(mut rest) = self.compression.as_mut().and_then(|compression| compression.rest.take()) else { return };
        let slice = rest.data.split_to(rest.data.len().min(SLICE));
        let is_all = rest.data.is_empty();
        self.push_slice(rest.kind, &slice, rest.last && is_all);
        if !is_all && let Some(compression) = &mut self.compression {
            compression.rest = Some(rest);
        }
    }

    /// Compresses octets into a frame.
    fn push_slice(&mut self, kind: MessageKind, slice: &[u8], last: bool) {
        let Self { connection, compression, output, .. } = self;
        let Some(compression) = compression else { return };
        let payload = compression.deflate(slice, last);
        if last || !payload.is_empty() {
            let start = connection.frame_accepted(kind, payload.len() as u64, last);
            output.push(start.as_bytes());
            output.push_with(payload, |octets| start.mask(0, octets));
        }
        self.patience.spend(Patience::coded(slice.len()));
    }
}
