//! Decompression, piece by piece.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::{fmt, iter, mem};

use super::ContentCoding;
use crate::http::{FieldLine, list};
use crate::ws::deflate::Corrupt;

/// Why content cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// A coding that is not known here.
    Unsupported,
    /// More than two codings on top of each other: each could make a thousand octets of one.
    TooMany,
    /// The octets are not of their coding.
    Corrupt,
    /// What was decoded is not what was encoded.
    Checksum,
    /// The content was cut short.
    Truncated,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsupported => "unknown content coding",
            Self::TooMany => "too many content codings",
            Self::Corrupt => "encoded content is corrupt",
            Self::Checksum => "decoded content has another checksum",
            Self::Truncated => "encoded content was cut short",
        })
    }
}

impl core::error::Error for DecodeError {}

impl From<Corrupt> for DecodeError {
    fn from(_: Corrupt) -> Self {
        Self::Corrupt
    }
}

/// How far a [`Decoder`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // there is nothing else to say
pub struct Decoded {
    /// How many octets of the input were read.
    pub read: usize,
    /// How many octets were written to the output.
    pub written: usize,
}

/// What each coding does: goes on until the output is full, or all of the input is read and what comes of
/// it written.
pub(super) trait Decode: Send + Sync {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError>;

    /// Whether the content may end here.
    fn is_complete(&self) -> bool;
}

/// Undoes the codings of one message's content. Nothing is decoded ahead of the output: a kilobyte that
/// stands for a megabyte takes no more room than what the caller has given. Nor does it take much longer:
/// octets of which nothing comes, such as a gzip header's file name that does not end, are
/// [`DecodeError::Corrupt`] once there is a mebibyte of them, whichever coding they are in, and so are many blocks of
/// DEFLATE of which nothing comes. What lies in another coding cost its sender next to nothing, and may do less yet:
/// it has to make half as many octets as it has, and they may not be in tiny blocks.
pub struct Decoder {
    /// The coding that was applied last, first.
    layers: Vec<Layer>,
    has_begun: bool,
}

struct Layer {
    coder: Box<dyn Decode>,
    /// What the layer before has decoded for this one, and it has not read: `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// What was read of which nothing came.
    barren: usize,
    bounds: &'static Bounds,
}

/// How much a layer may do of which nothing comes.
struct Bounds {
    /// How many octets.
    barren: usize,
    /// How many of them one octet of content makes up for.
    worth: usize,
    /// How many octets of content a block has to make, if it is one of many.
    price: usize,
}

/// Of what was received: as many octets for one of content as no encoder spends on it, were each a member of its own.
const OUTER: Bounds = Bounds { barren: 1024 * 1024, worth: 64, price: 1 };
/// Of what was decoded, a kilobyte of which can have been a gigabyte of empty gzip members before.
const INNER: Bounds = Bounds { barren: 64 * 1024, worth: 2, price: 64 };
/// How many octets wait between two layers at most.
const BETWEEN: usize = 4 * 1024;
/// How many codings may lie on top of each other.
const MAX_LAYERS: usize = 2;

impl Layer {
    fn new(coding: ContentCoding, bounds: &'static Bounds) -> Self {
        let coder: Box<dyn Decode> = match coding {
            ContentCoding::Gzip => Box::new(super::gzip::Gunzip::new(bounds.price)),
            ContentCoding::Deflate => Box::new(super::zlib::Unzlib::new(bounds.price)),
            #[cfg(feature = "brotli")]
            ContentCoding::Brotli => Box::new(super::brotli::Unbrotli::new()),
            #[cfg(feature = "zstd")]
            ContentCoding::Zstd => Box::new(super::zstd::Unzstd::new()),
        };
        Self { coder, buffer: Vec::new(), start: 0, end: 0, barren: 0, bounds }
    }

    /// As [`Decode::decode`], as long as something comes of it.
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
        let decoded = self.coder.decode(input, output)?;
        let worth = decoded.written.saturating_mul(self.bounds.worth);
        self.barren = self.barren.saturating_add(decoded.read).saturating_sub(worth);
        if self.barren > self.bounds.barren { Err(DecodeError::Corrupt) } else { Ok(decoded) }
    }

    /// The same, with what the layer before has left for this one.
    fn decode_waiting(&mut self, output: &mut [u8]) -> Result<usize, DecodeError> {
        let buffer = mem::take(&mut self.buffer);
        let decoded = self.decode(buffer.get(self.start..self.end).unwrap_or_default(), output);
        self.buffer = buffer;
        let decoded = decoded?;
        self.start += decoded.read;
        Ok(decoded.written)
    }
}

impl Decoder {
    /// A decoder of one coding.
    #[must_use]
    pub fn new(coding: ContentCoding) -> Self {
        Self { layers: vec![Layer::new(coding, &OUTER)], has_begun: false }
    }

    /// A decoder of what the Content-Encoding lines name (RFC 9110 section 8.4); `None` if they name
    /// nothing that changes the content.
    ///
    /// ```
    /// use sanderling::coding::{DecodeError, Decoder};
    /// use sanderling::http::FieldLine;
    ///
    /// let of = |value| Decoder::of([FieldLine::new("Content-Encoding", value)]);
    /// assert!(of("gzip")?.is_some());
    /// assert!(of("identity")?.is_none());
    /// assert_eq!(of("compress").err(), Some(DecodeError::Unsupported));
    /// # Ok::<(), DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError::Unsupported`] and [`DecodeError::TooMany`].
    pub fn of<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>) -> Result<Option<Self>, DecodeError> {
        let mut codings = Vec::new();
        let lines = fields.into_iter().filter(|line| line.is_named("Content-Encoding"));
        for name in lines.flat_map(|line| list::members(line.value())) {
            if name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            let coding = ContentCoding::named(name).ok_or(DecodeError::Unsupported)?;
            if codings.len() == MAX_LAYERS {
                return Err(DecodeError::TooMany);
            }
            codings.push(coding);
        }
        let bounds = iter::once(&OUTER).chain(iter::repeat(&INNER));
        let layers: Vec<_> = codings.into_iter().rev().zip(bounds).map(|(coding, of)| Layer::new(coding, of)).collect();
        Ok((!layers.is_empty()).then_some(Self { layers, has_begun: false }))
    }

    /// Goes on with `input`, and writes to `output`. If that is then full, there may be more: it is to be
    /// called again with the rest of the input, be that nothing. If it is not, all of the input was read.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Corrupt`] and [`DecodeError::Checksum`]. Nothing more can be decoded then.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
        self.has_begun |= !input.is_empty();
        decode(&mut self.layers, input, output)
    }

    /// Says that nothing more comes. Content without an octet is none, whatever its coding.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there should have been more.
    pub fn finish(&self) -> Result<(), DecodeError> {
        let is_complete = self.layers.iter().all(|layer| layer.start == layer.end && layer.coder.is_complete());
        if is_complete || !self.has_begun { Ok(()) } else { Err(DecodeError::Truncated) }
    }
}

/// Through all of these layers.
fn decode(layers: &mut [Layer], input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
    let (mut read, mut written) = (0, 0);
    match layers.split_last_mut() {
        None => Ok(Decoded { read, written }),
        Some((only, [])) => only.decode(input, output),
        Some((last, before)) => loop {
            written += last.decode_waiting(output.get_mut(written..).unwrap_or_default())?;
            if written == output.len() {
                return Ok(Decoded { read, written });
            }
            last.buffer.resize(BETWEEN, 0);
            let decoded = decode(before, input.get(read..).unwrap_or_default(), &mut last.buffer)?;
            read += decoded.read;
            (last.start, last.end) = (0, decoded.written);
            if decoded.written == 0 {
                return Ok(Decoded { read, written });
            }
        },
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}
