//! Content-Range (RFC 9110 section 14.4).
//!
//! ```text
//! Content-Range = range-unit SP ( first-pos "-" last-pos "/" ( complete-length / "*" )
//!                               / "*/" complete-length )
//! ```

use core::fmt;

use super::set::ByteRange;
use crate::octet::number::parse_decimal;
use crate::semantics::pen::{TooSmall, write_text};

/// Which octets of a representation an answer has.
///
/// ```
/// use sanderling::semantics::{ByteRange, ContentRange};
///
/// let range = ContentRange::parse(b"bytes 42-1233/1234").unwrap();
/// assert_eq!(range, ContentRange::Range(ByteRange::new(42, 1233).unwrap(), Some(1234)));
///
/// let mut out = [0; ContentRange::LONGEST];
/// let len = ContentRange::Unsatisfied(1234).write(&mut out)?;
/// assert_eq!(&out[..len], b"bytes */1234");
/// # Ok::<(), sanderling::semantics::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the grammar has these two
pub enum ContentRange {
    /// This range of a representation of this complete length; `None` if that is unknown.
    Range(ByteRange, Option<u64>),
    /// In a 416: nothing of a representation of this length.
    Unsatisfied(u64),
}

impl ContentRange {
    /// As many octets as a value can have.
    pub const LONGEST: usize = 68;

    /// Reads a Content-Range of the unit `bytes`; `None` if it is of another one or invalid: the last
    /// position before the first, or not within the complete length.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (unit, rest) = split_at(value, b' ')?;
        let (range, length) = split_at(rest, b'/')?;
        if !unit.eq_ignore_ascii_case(b"bytes") {
            return None;
        }
        if range == b"*" {
            return Some(Self::Unsatisfied(parse_decimal(length)?));
        }
        let (first, last) = split_at(range, b'-')?;
        let range = ByteRange::new(parse_decimal(first)?, parse_decimal(last)?)?;
        if length == b"*" {
            return Some(Self::Range(range, None));
        }
        let length = parse_decimal(length)?;
        (range.last() < length).then_some(Self::Range(range, Some(length)))
    }

    /// Writes the value to the front of `out`, and says how many octets it has: at most
    /// [`LONGEST`](Self::LONGEST).
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        write_text(self, out)
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range, Some(length)) => write!(f, "bytes {}-{}/{length}", range.first(), range.last()),
            Self::Range(range, None) => write!(f, "bytes {}-{}/*", range.first(), range.last()),
            Self::Unsatisfied(length) => write!(f, "bytes */{length}"),
        }
    }
}

fn split_at(octets: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = octets.iter().position(|&octet| octet == separator)?;
    Some((octets.get(..at)?, octets.get(at + 1..)?))
}
