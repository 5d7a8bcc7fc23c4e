//! Quality values (RFC 9110 section 12.4.2).
//!
//! ```text
//! weight = OWS ";" OWS "q=" qvalue
//! qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
//! ```

use core::fmt;

use crate::octet::class;

/// How much something is wanted, in thousandths: 1 the most, 0 not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u16);

impl Quality {
    /// Not acceptable.
    pub const ZERO: Self = Self(0);
    /// The least that is acceptable.
    pub const LEAST: Self = Self(1);
    /// What holds without a weight.
    pub const ONE: Self = Self(1000);

    /// Reads a `qvalue`; `None` if it is none.
    ///
    /// ```
    /// use sanderling::semantics::Quality;
    ///
    /// assert_eq!(Quality::parse(b"0.25").map(Quality::thousandths), Some(250));
    /// assert_eq!(Quality::parse(b"1.001"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (whole, fraction) = match value {
            [whole @ (b'0' | b'1')] => (whole, &[][..]),
            [whole @ (b'0' | b'1'), b'.', fraction @ ..] if fraction.len() <= 3 => (whole, fraction),
            _ => return None,
        };
        let mut thousandths = u16::from(whole - b'0');
        for at in 0..3 {
            let digit = *fraction.get(at).unwrap_or(&b'0');
            if !digit.is_ascii_digit() {
                return None;
            }
            thousandths = thousandths * 10 + u16::from(digit - b'0');
        }
        (thousandths <= 1000).then_some(Self(thousandths))
    }

    /// The quality times 1000.
    #[must_use]
    pub const fn thousandths(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 1000, self.0 % 1000);
        match fraction {
            0 => write!(f, "{whole}"),
            _ if fraction % 100 == 0 => write!(f, "{whole}.{}", fraction / 100),
            _ if fraction % 10 == 0 => write!(f, "{whole}.{:02}", fraction / 10),
            _ => write!(f, "{whole}.{fraction:03}"),
        }
    }
}

/// A member of a list, and its weight, which has to be all that stands behind the first semicolon;
/// `None` if something else does.
pub(super) fn weighted_member(member: &[u8]) -> Option<(&[u8], Quality)> {
    let mut parts = member.splitn(2, |&octet| octet == b';');
    let wanted = class::trim(parts.next()?);
    let Some(weight) = parts.next() else { return Some((wanted, Quality::ONE)) };
    Some((wanted, weight_of(class::trim(weight))??))
}

/// The quality in a parameter `q`, `Some(None)` if that is malformed; `None` if the parameter is
/// another one.
pub(super) fn weight_of(parameter: &[u8]) -> Option<Option<Quality>> {
    match parameter {
        [b'q' | b'Q', b'=', value @ ..] => Some(Quality::parse(value)),
        _ => None,
    }
}
