//! Short texts for field values, on the stack.

use core::fmt;
use core::str::from_utf8;

/// As many octets as the longest has: a media type with its charset.
const ROOM: usize = 128;

/// A text that needs no heap.
#[derive(Clone, Copy)]
pub(super) struct Text {
    octets: [u8; ROOM],
    len: usize,
}

impl Text {
    /// What is formatted; empty if it has no room.
    pub(super) fn new(text: fmt::Arguments<'_>) -> Self {
        let mut written = Self { octets: [0; ROOM], len: 0 };
        if fmt::write(&mut written, text).is_err() {
            written.len = 0;
        }
        written
    }

    pub(super) fn as_str(&self) -> &str {
        self.octets.get(..self.len).and_then(|octets| from_utf8(octets).ok()).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.octets.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
