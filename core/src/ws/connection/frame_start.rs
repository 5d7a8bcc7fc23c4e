//! What comes before a payload, for who writes that by itself.

use crate::ws::frame::FrameHeader;
use crate::ws::mask::{self, MaskingKey};

/// The header of a data frame to be sent, and the mask to put over its payload.
#[derive(Clone, Copy, Debug)]
pub struct FrameStart {
    octets: [u8; FrameHeader::MAX_LEN],
    pub(super) len: usize,
    key: Option<MaskingKey>,
}

impl FrameStart {
    #[inline]
    pub(super) fn new(header: &FrameHeader) -> Self {
        let (octets, len) = header.write();
        Self { octets, len, key: header.key }
    }

    /// The header's octets, 14 at most.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    /// Whether [`FrameStart::mask`] changes anything: a client has to, a server's payload goes out as it is.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.key.is_some()
    }

    /// Masks a part of the payload that begins `offset` octets into it.
    pub fn mask(&self, offset: u64, payload: &mut [u8]) {
        if let Some(key) = self.key {
            mask::apply(key, offset, payload);
        }
    }
}
