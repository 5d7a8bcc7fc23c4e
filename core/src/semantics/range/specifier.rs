//! The value of Range (RFC 9110 sections 14.1.1 and 14.1.2).
//!
//! ```text
//! ranges-specifier = range-unit "=" 1#( int-range / suffix-range )
//! int-range        = 1*DIGIT "-" [ 1*DIGIT ]
//! suffix-range     = "-" 1*DIGIT
//! ```

use super::set::ByteRange;
use crate::http::list;
use crate::semantics::pen::{Pen, TooSmall};

/// One range of octets as a request names it. Positions beyond `u64` are its largest value, which
/// no representation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // byte ranges have these forms
pub enum RangeSpec {
    /// `first-`: from this position to the end.
    From(u64),
    /// `first-last`: both positions are within the range.
    FromTo(u64, u64),
    /// `-length`: so many octets at the end.
    Suffix(u64),
}

impl RangeSpec {
    /// The range within a representation of this length in octets; `None` if it has none of them.
    #[must_use]
    pub fn of(self, length: u64) -> Option<ByteRange> {
        let end = length.checked_sub(1)?;
        match self {
            Self::From(first) => ByteRange::new(first, end),
            Self::FromTo(first, last) => ByteRange::new(first, last.min(end)),
            // No octets at the end begin behind it.
            Self::Suffix(suffix) => ByteRange::new(length.saturating_sub(suffix), end),
        }
    }

    fn parse(spec: &[u8]) -> Option<Self> {
        let dash = spec.iter().position(|&octet| octet == b'-')?;
        let (first, last) = (spec.get(..dash)?, spec.get(dash + 1..)?);
        match (first, last) {
            ([], suffix) => Some(Self::Suffix(position(suffix)?)),
            (first, []) => Some(Self::From(position(first)?)),
            (first, last) => {
                let range = Self::FromTo(position(first)?, position(last)?);
                is_at_most(first, last).then_some(range)
            }
        }
    }
}

/// The ranges in the value of a Range field, in order; `None` if the unit is not `bytes` or any of
/// them is invalid.
///
/// ```
/// use sanderling::semantics::{RangeSpec, range_specs};
///
/// let specs: Vec<_> = range_specs(b"bytes=0-0, 500-, -1").unwrap().collect();
/// assert_eq!(specs, [RangeSpec::FromTo(0, 0), RangeSpec::From(500), RangeSpec::Suffix(1)]);
/// assert!(range_specs(b"bytes=0-0, 9-5").is_none());
/// assert!(range_specs(b"lines=0-0").is_none());
/// ```
pub fn range_specs(value: &[u8]) -> Option<impl Iterator<Item = RangeSpec>> {
    let (unit, set) = value.split_at_checked(value.iter().position(|&octet| octet == b'=')?)?;
    let members = || list::members(set.get(1..).unwrap_or_default()).map(RangeSpec::parse);
    let is_valid = unit.eq_ignore_ascii_case(b"bytes") && members().all(|spec| spec.is_some());
    (is_valid && members().next().is_some()).then(|| members().flatten())
}

/// Writes the value of a Range field to the front of `out`, and says how many octets it has. It is
/// for the caller to see that there is at least one range, and that none ends before it begins.
///
/// # Errors
///
/// If `out` is shorter than that.
pub fn write_range(specs: &[RangeSpec], out: &mut [u8]) -> Result<usize, TooSmall> {
    let mut pen = Pen::new(out);
    pen.put(b"bytes=");
    for (at, spec) in specs.iter().enumerate() {
        pen.put_separator(at);
        match *spec {
            RangeSpec::From(first) => pen.put_number(first),
            RangeSpec::FromTo(first, _) => pen.put_number(first),
            RangeSpec::Suffix(_) => {}
        }
        pen.put(b"-");
        match *spec {
            RangeSpec::From(_) => {}
            RangeSpec::FromTo(_, number) | RangeSpec::Suffix(number) => pen.put_number(number),
        }
    }
    pen.finish()
}

/// `1*DIGIT`, of any length.
fn position(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |value: u64, digit: &u8| value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(digits.iter().fold(0, add))
}

/// Compares numbers of any length.
fn is_at_most(one: &[u8], other: &[u8]) -> bool {
    let zeros = |digits: &[u8]| digits.iter().take_while(|&&digit| digit == b'0').count();
    let (one, other) = (one.get(zeros(one)..), other.get(zeros(other)..));
    (one.map(<[u8]>::len), one) <= (other.map(<[u8]>::len), other)
}
