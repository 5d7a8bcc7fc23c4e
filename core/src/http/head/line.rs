//! The end of a line of a head (RFC 9112 section 2.2).

use crate::http::Leniency;

/// What stands where a line may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// A line end of so many octets.
    Found(usize),
    /// It may become one.
    Partial,
    /// Something else.
    Absent,
}

impl LineEnd {
    #[inline]
    pub(super) fn read(octets: &[u8], leniency: Leniency) -> Self {
        match octets {
            [b'\r', b'\n', ..] => Self::Found(2),
            [] | [b'\r'] => Self::Partial,
            [b'\n', ..] if leniency.bare_lf => Self::Found(1),
            _ => Self::Absent,
        }
    }
}
