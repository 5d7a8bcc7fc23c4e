//! Arguments as tokens or quoted strings (RFC 9110 section 5.6.4).

use core::fmt;

use super::pen::Pen;
use crate::octet::{class, scan};

/// A value that stands in a field as a token or as a quoted string. Two of them are equal if what they
/// mean is.
#[derive(Clone, Copy)]
pub struct Argument<'a> {
    /// Without the quotes, but with the backslashes.
    octets: &'a [u8],
    is_escaped: bool,
}

impl<'a> Argument<'a> {
    /// Any octets that a field value may have; `None` if there is a control octet among them.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Option<Self> {
        (scan::value_len(octets) == octets.len()).then_some(Self::plain(octets))
    }

    pub(super) const fn plain(octets: &'a [u8]) -> Self {
        Self { octets, is_escaped: false }
    }

    /// Reads a token or a quoted string; `None` if it is neither.
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        if class::all(value, class::TOKEN) { Some(Self::plain(value)) } else { unquoted(value) }
    }

    /// What it means: without quotes, and without the backslash of each quoted pair.
    pub fn octets(self) -> impl Iterator<Item = u8> + use<'a> {
        let mut octets = self.octets.iter().copied();
        core::iter::from_fn(move || match octets.next()? {
            b'\\' if self.is_escaped => octets.next(),
            octet => Some(octet),
        })
    }

    /// The same as a slice, if there are no quoted pairs.
    pub(super) fn as_plain(self) -> Option<&'a [u8]> {
        (!self.is_escaped || !self.octets.contains(&b'\\')).then_some(self.octets)
    }

    /// As a token if it is one, else quoted.
    pub(super) fn write(self, pen: &mut Pen<'_>) {
        if !self.is_escaped && class::all(self.octets, class::TOKEN) {
            return pen.put(self.octets);
        }
        pen.put(b"\"");
        for octet in self.octets() {
            if matches!(octet, b'"' | b'\\') {
                pen.put(b"\\");
            }
            pen.put(&[octet]);
        }
        pen.put(b"\"");
    }
}

impl PartialEq for Argument<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.octets().eq(other.octets())
    }
}

impl Eq for Argument<'_> {}

impl fmt::Debug for Argument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.octets.escape_ascii())
    }
}

/// `DQUOTE *( qdtext / quoted-pair ) DQUOTE`
pub(super) fn unquoted(value: &[u8]) -> Option<Argument<'_>> {
    let [b'"', octets @ .., b'"'] = value else { return None };
    if scan::value_len(octets) != octets.len() {
        return None;
    }
    let mut is_escaped = false;
    for &octet in octets {
        if octet == b'"' && !is_escaped {
            return None;
        }
        is_escaped = octet == b'\\' && !is_escaped;
    }
    (!is_escaped).then_some(Argument { octets, is_escaped: true })
}
