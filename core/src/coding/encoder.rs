//! Compression, piece by piece.

use alloc::boxed::Box;
use core::{fmt, mem};

use super::ContentCoding;

/// What is to come behind a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // there are three
pub enum Flush {
    /// More; what was read may wait within the encoder.
    None,
    /// More, but later: all that was read can be decoded from what is written.
    Sync,
    /// Nothing: the content ends. What is encoded next begins another.
    Finish,
}

/// How far an [`Encoder`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoded {
    /// How many octets of the piece were read.
    pub read: usize,
    /// How many octets were written.
    pub written: usize,
    /// All is done: the piece read, the flush carried out, and what came of it written. If not, the
    /// output is full, and it is to be called again with the rest of the piece and the same flush.
    pub done: bool,
}

/// What each coding does. After [`Flush::Finish`] is done the next octet begins other content.
pub(super) trait Encode: Send + Sync {
    fn encode(&mut self, input: &[u8], flush: Flush, out: &mut [u8]) -> Encoded;

    /// Forgets what was begun, and keeps the memory if it can.
    fn reset(&mut self);
}

/// Compresses content.
pub struct Encoder {
    coding: ContentCoding,
    level: u8,
    coder: Box<dyn Encode>,
    has_begun: bool,
}

impl Encoder {
    /// An encoder of this level, from 1, the fastest, to 9, the shortest; what lies outside counts as the
    /// nearest.
    #[must_use]
    pub fn new(coding: ContentCoding, level: u8) -> Self {
        let level = level.clamp(1, 9);
        let coder: Box<dyn Encode> = match coding {
            ContentCoding::Gzip => Box::new(super::gzip::Gzip::new(level)),
            ContentCoding::Deflate => Box::new(super::zlib::Zlib::new(level)),
            #[cfg(feature = "brotli")]
            ContentCoding::Brotli => Box::new(super::brotli::Brotli::new(level)),
            #[cfg(feature = "zstd")]
            ContentCoding::Zstd => Box::new(super::zstd::Zstd::new(level)),
        };
        Self { coding, level, coder, has_begun: false }
    }

    /// The coding.
    #[must_use]
    pub fn coding(&self) -> ContentCoding {
        self.coding
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Goes on with `input`, and writes to `out` until that is full or all is done.
    pub fn encode(&mut self, input: &[u8], flush: Flush, out: &mut [u8]) -> Encoded {
        let encoded = self.coder.encode(input, flush, out);
        self.has_begun = !(encoded.done && flush == Flush::Finish);
        encoded
    }

    /// Forgets what was begun: the next octet begins other content. The memory is kept.
    pub fn reset(&mut self) {
        if mem::take(&mut self.has_begun) {
            self.coder.reset();
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("coding", &self.coding).field("level", &self.level).finish_non_exhaustive()
    }
}
