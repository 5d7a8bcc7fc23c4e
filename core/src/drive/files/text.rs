//! Short texts for field values, on the stack.

use core::fmt;
use core::str::from_utf8;

/// A text that needs no heap. As much room as there is by default is enough for a media type with its charset.
#[derive(Clone, Copy)]
pub(super) struct Text<const ROOM: usize = 128> {
    octets: [u8; ROOM],
    len: usize,
}

impl<const ROOM: usize> Text<ROOM> {
    /// What is formatted; empty if it has no room.
    pub(super) fn new(text: fmt::Arguments<'_>) -> Self {
        Self::written(|written| fmt::write(written, text))
    }

    /// Texts behind each other, which is quicker; empty if there is no room.
    pub(super) fn of(texts: &[&str]) -> Self {
        Self::written(|written| texts.iter().try_for_each(|text| fmt::Write::write_str(written, text)))
    }

    fn written(write: impl FnOnce(&mut Self) -> fmt::Result) -> Self {
        let mut written = Self { octets: [0; ROOM], len: 0 };
        if write(&mut written).is_err() {
            written.len = 0;
        }
        written
    }

    pub(super) fn as_str(&self) -> &str {
        self.octets.get(..self.len).and_then(|octets| from_utf8(octets).ok()).unwrap_or_default()
    }
}

impl<const ROOM: usize> fmt::Write for Text<ROOM> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.octets.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
