//! Range requests (RFC 9110 section 14).

mod content;
mod multipart;
mod set;
mod specifier;

pub use content::ContentRange;
pub use multipart::{Boundary, Multipart, Part};
pub use set::{ByteRange, ByteRangeSet, MAX_RANGES};
pub use specifier::{RangeSpec, range_specs, write_range};

use crate::http::{FieldLine, Method};

/// What of a representation a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // an answer has one of these four forms
#[allow(clippy::large_enum_variant)] // there may be no heap to put it on
pub enum RangeRequest {
    /// All of it: 200.
    Whole,
    /// Nothing that there is: 416, with [`ContentRange::Unsatisfied`].
    Unsatisfiable,
    /// One range: 206, with the Content-Range that [`ByteRange::content_range`] gives.
    Single(ByteRange),
    /// Several: 206, as a [`Multipart`].
    Multiple(ByteRangeSet),
}

impl RangeRequest {
    /// What the Range field of a request asks of a representation of this length in octets, content
    /// coding and all.
    ///
    /// Range is defined for GET alone (section 14.2). A server that wants HEAD to look the same says
    /// GET here in either case. Two Range lines are as good as none.
    ///
    /// ```
    /// use sanderling::http::{FieldLine, Method};
    /// use sanderling::semantics::RangeRequest;
    ///
    /// let fields = [FieldLine::new("Range", "bytes=-500")];
    /// let RangeRequest::Single(range) = RangeRequest::read(Method::GET, fields, 10_000) else { panic!() };
    /// assert_eq!((range.first(), range.last(), range.len()), (9_500, 9_999, 500));
    /// assert_eq!(range.content_range(10_000).to_string(), "bytes 9500-9999/10000");
    /// ```
    #[must_use]
    pub fn read<'f>(method: Method<'_>, fields: impl IntoIterator<Item = FieldLine<'f>>, length: u64) -> Self {
        if method != Method::GET {
            return Self::Whole;
        }
        let mut lines = fields.into_iter().filter(|line| line.is_named("Range"));
        match (lines.next(), lines.next()) {
            (Some(line), None) => Self::parse(line.value(), length),
            _ => Self::Whole,
        }
    }

    /// The same for the value of a Range field.
    ///
    /// What is invalid or of another unit is ignored. Ranges that overlap or touch become one, in the
    /// place of the first of them; more than [`MAX_RANGES`] apart from each other are an attack or a
    /// mistake, and all is sent once instead (section 17.15). Of a representation without octets
    /// no part can be named, so a suffix of it is all of it.
    #[must_use]
    pub fn parse(value: &[u8], length: u64) -> Self {
        let Some(specs) = range_specs(value) else { return Self::Whole };
        let mut set = ByteRangeSet::new(length);
        let mut is_satisfiable = false;
        for spec in specs {
            // With no length, only a suffix is satisfiable (section 14.1.2).
            is_satisfiable |= matches!(spec, RangeSpec::Suffix(1..));
            if let Some(range) = spec.of(length)
                && !set.insert(range)
            {
                return Self::Whole;
            }
        }
        match set.ranges() {
            [] if is_satisfiable => Self::Whole,
            [] => Self::Unsatisfiable,
            [range] => Self::Single(*range),
            _ => Self::Multiple(set),
        }
    }
}
