//! Writing field values into the caller's buffer.

use core::fmt;

use crate::octet::number::Digits;

/// The caller's buffer is too short for what is to be written. What lies in it now means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs)]
pub struct TooSmall {
    /// How many octets would do.
    pub required: usize,
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the buffer needs room for {} octets", self.required)
    }
}

impl core::error::Error for TooSmall {}

/// A buffer that is written from the front, and counts on when it is full.
#[derive(Debug)]
pub(super) struct Pen<'b> {
    octets: &'b mut [u8],
    len: usize,
}

impl<'b> Pen<'b> {
    pub(super) fn new(octets: &'b mut [u8]) -> Self {
        Self { octets, len: 0 }
    }

    pub(super) fn put(&mut self, octets: &[u8]) {
        let end = self.len.saturating_add(octets.len());
        if let Some(room) = self.octets.get_mut(self.len..end) {
            room.copy_from_slice(octets);
        }
        self.len = end;
    }

    pub(super) fn put_number(&mut self, number: u64) {
        self.put(Digits::decimal(number).as_bytes());
    }

    /// `, ` before each member of a list but the first.
    pub(super) fn put_separator(&mut self, at: usize) {
        if at > 0 {
            self.put(b", ");
        }
    }

    /// How many octets were written, if they all had room.
    pub(super) fn finish(self) -> Result<usize, TooSmall> {
        if self.len <= self.octets.len() { Ok(self.len) } else { Err(TooSmall { required: self.len }) }
    }
}

/// So that what is text is written by its `Display`, and in one place.
impl fmt::Write for Pen<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

/// Writes what is text.
pub(super) fn write_text(text: &impl fmt::Display, out: &mut [u8]) -> Result<usize, TooSmall> {
    let mut pen = Pen::new(out);
    // A pen takes everything, so this cannot fail.
    let _ = fmt::Write::write_fmt(&mut pen, format_args!("{text}"));
    pen.finish()
}
