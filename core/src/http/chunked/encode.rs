//! Encoding: what stands around the data.

use crate::octet::number::Digits;

/// What to write before and after some body data: nothing, or the two ends of a chunk.
///
/// The data itself stays where it is, so that it can be written without a copy.
#[derive(Clone, Copy, Debug)]
pub struct DataFrame {
    before: [u8; 18],
    before_len: u8,
    after: &'static [u8],
}

impl DataFrame {
    /// Data that stands for itself.
    pub(crate) const BARE: Self = Self { before: [0; 18], before_len: 0, after: b"" };

    /// A chunk of `len` octets; `len` is not zero, which would end the body.
    pub(crate) fn chunk(len: usize) -> Self {
        let mut frame = Self { before: [0; 18], before_len: 0, after: b"\r\n" };
        let size = Digits::hex(len as u64);
        let line = size.as_bytes().iter().chain(b"\r\n");
        for (octet, from) in frame.before.iter_mut().zip(line) {
            *octet = *from;
            frame.before_len += 1;
        }
        frame
    }

    /// What comes before the data, 18 octets at most.
    #[must_use]
    pub fn before(&self) -> &[u8] {
        self.before.get(..usize::from(self.before_len)).unwrap_or_default()
    }

    /// What comes after the data.
    #[must_use]
    pub const fn after(&self) -> &'static [u8] {
        self.after
    }
}
