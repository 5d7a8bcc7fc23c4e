//! `multipart/byteranges` (RFC 9110 section 14.6).
//!
//! ```text
//! --boundary CRLF
//! [ Content-Type: media-type CRLF ]
//! Content-Range: bytes first-last/length CRLF
//! CRLF
//! octets CRLF
//! ... and so on for each part, then
//! --boundary-- CRLF
//! ```

use core::fmt;
use core::str::from_utf8;

use super::set::{ByteRange, ByteRangeSet};
use crate::octet::scan::value_len;
use crate::semantics::pen::{Pen, TooSmall};

/// What separates the parts, and must not be found in them: sixteen octets that nobody can guess, in
/// hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary([u8; 32]);

impl Boundary {
    /// A boundary of random octets, fresh ones for each answer. Whoever could guess them could put
    /// parts of their own into a representation.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        let mut hex = [0; 32];
        for (digits, octet) in hex.chunks_exact_mut(2).zip(random) {
            for (digit, half) in digits.iter_mut().zip([octet >> 4, octet & 15]) {
                *digit = if half < 10 { b'0' + half } else { b'a' - 10 + half };
            }
        }
        Self(hex)
    }

    /// The boundary as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        from_utf8(&self.0).unwrap_or_default()
    }
}

/// The content of a 206 with several ranges. Its length is known before it is written.
///
/// ```
/// use sanderling::semantics::{Boundary, Multipart, RangeRequest};
///
/// let data = b"It is a truth universally acknowledged";
/// let RangeRequest::Multiple(ranges) = RangeRequest::parse(b"bytes=0-1,-12", data.len() as u64) else { panic!() };
/// let multipart = Multipart::new(ranges, Some("text/plain"), Boundary::new([0xab; 16])).unwrap();
/// let (mut content, mut buffer) = (Vec::new(), [0; 256]);
/// for part in multipart.parts() {
///     let len = part.write_head(&mut buffer)?;
///     content.extend_from_slice(&buffer[..len]);
///     let range = part.range();
///     content.extend_from_slice(&data[range.first() as usize..=range.last() as usize]);
/// }
/// let len = multipart.write_end(&mut buffer)?;
/// content.extend_from_slice(&buffer[..len]);
/// assert_eq!(content.len() as u64, multipart.content_length());
/// # Ok::<(), sanderling::semantics::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Multipart<'a> {
    ranges: ByteRangeSet,
    content_type: Option<&'a str>,
    boundary: Boundary,
    content_length: u64,
}

impl<'a> Multipart<'a> {
    /// The content for these ranges, each with the Content-Type that the whole representation would
    /// have. `None` if that has an octet that no field value may have (section 5.5), or if all
    /// together passes `u64`.
    #[must_use]
    pub fn new(ranges: ByteRangeSet, content_type: Option<&'a str>, boundary: Boundary) -> Option<Self> {
        if content_type.is_some_and(|value| value_len(value.as_bytes()) != value.len()) {
            return None;
        }
        let multipart = Self { ranges, content_type, boundary, content_length: 0 };
        let end = multipart.write_end(&mut []);
        let mut content_length = measured(end)?;
        for part in multipart.parts() {
            let len = measured(part.write_head(&mut []))?.checked_add(part.range.len())?;
            content_length = content_length.checked_add(len)?;
        }
        Some(Self { content_length, ..multipart })
    }

    /// The value for the Content-Type of the answer. The parts have the representation's.
    #[must_use]
    pub fn content_type(&self) -> impl fmt::Display + AsRef<[u8]> + use<> {
        let mut value = MediaType(*b"multipart/byteranges; boundary=01234567890123456789012345678901");
        if let Some(room) = value.0.last_chunk_mut() {
            *room = self.boundary.0;
        }
        value
    }

    /// The value for the Content-Length of the answer.
    #[must_use]
    pub const fn content_length(&self) -> u64 {
        self.content_length
    }

    /// The parts, in the order of the ranges.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.ranges.ranges().iter().enumerate().map(|(at, range)| Part {
            multipart: self,
            range: *range,
            is_first: at == 0,
        })
    }

    /// Writes what stands behind the last part to the front of `out`, and says how many octets that is.
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write_end(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        let mut pen = Pen::new(out);
        pen.put(b"\r\n--");
        pen.put(&self.boundary.0);
        pen.put(b"--\r\n");
        pen.finish()
    }
}

/// One part: a head, and behind it the octets of the range.
#[derive(Clone, Copy, Debug)]
pub struct Part<'m> {
    multipart: &'m Multipart<'m>,
    range: ByteRange,
    is_first: bool,
}

impl Part<'_> {
    /// The octets of the representation that go behind the head.
    #[must_use]
    pub const fn range(&self) -> ByteRange {
        self.range
    }

    /// Writes the head to the front of `out`, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write_head(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        let mut pen = Pen::new(out);
        pen.put(if self.is_first { b"--" } else { b"\r\n--" });
        pen.put(&self.multipart.boundary.0);
        if let Some(content_type) = self.multipart.content_type {
            pen.put(b"\r\nContent-Type: ");
            pen.put(content_type.as_bytes());
        }
        let content_range = self.range.content_range(self.multipart.ranges.complete_length());
        // A pen takes everything, so this cannot fail.
        let _ = fmt::Write::write_fmt(&mut pen, format_args!("\r\nContent-Range: {content_range}\r\n\r\n"));
        pen.finish()
    }
}

/// The media type of the whole, with its boundary.
struct MediaType([u8; 63]);

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(from_utf8(&self.0).unwrap_or_default())
    }
}

impl AsRef<[u8]> for MediaType {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// How long something would be.
fn measured(written: Result<usize, TooSmall>) -> Option<u64> {
    let len = match written {
        Ok(len) => len,
        Err(TooSmall { required }) => required,
    };
    u64::try_from(len).ok()
}
