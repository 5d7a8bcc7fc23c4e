//! Messages that came together, to be handed out one by one where the driver is not at hand.

use core::ops::Range;

use bytes::{Buf, Bytes};

use super::Message;
use crate::ws::MessageKind;

/// Small messages, received and in order: from [`WebSocketDriver::take_burst`](super::WebSocketDriver::take_burst).
///
/// They lie side by side: whoever keeps one of them for long keeps the KiB of all.
#[derive(Debug, Default)]
pub struct Burst {
    /// Their frames as they came, but unmasked.
    frames: Bytes,
}

/// Where the payload lies of the frame at the front, if that is a message whose length takes one octet.
#[inline]
pub(super) fn payload(frames: &[u8]) -> Option<(MessageKind, Range<usize>)> {
    let [first @ (0x81 | 0x82), second, ..] = frames else { return None };
    let kind = if *first == 0x81 { MessageKind::Text } else { MessageKind::Binary };
    let start = if second & 0x80 == 0 { 2 } else { 6 };
    match usize::from(second & 0x7f) {
        length @ ..=125 => Some((kind, start..start + length)),
        _ => None,
    }
}

impl Burst {
    /// As many octets are not yet too many for one.
    pub(super) const LEN: usize = 1024;

    /// Frames of such messages, unmasked.
    pub(super) fn new(frames: Bytes) -> Self {
        Self { frames }
    }

    /// Frames that give the same messages to whoever receives them: their masking keys change nothing.
    #[cfg(feature = "std")]
    pub(super) fn into_frames(self) -> alloc::vec::Vec<u8> {
        let mut frames = self.frames.to_vec();
        let mut rest = frames.as_mut_slice();
        while let Some((_, Range { start, end })) = payload(rest) {
            let (frame, later) = rest.split_at_mut(end.min(rest.len()));
            frame.get_mut(2..start).unwrap_or_default().fill(0);
            rest = later;
        }
        frames
    }

    /// How many octets their frames have.
    #[cfg(feature = "std")]
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

impl Iterator for Burst {
    type Item = Message;

    #[inline]
    fn next(&mut self) -> Option<Message> {
        let (kind, range) = payload(&self.frames)?;
        self.frames.advance(range.start);
        Some(Message::new(kind, self.frames.split_to(range.len())))
    }
}
