//! Percent-encoding (RFC 3986 section 2.1).

use crate::octet::number::hex_digit;

/// A percent sign without two hexadecimal digits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct InvalidEscape;

impl core::fmt::Display for InvalidEscape {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("malformed percent-encoding")
    }
}

impl core::error::Error for InvalidEscape {}

/// The octets that a part of a URI stands for, decoded once.
///
/// ```
/// use sanderling::semantics::percent_decode;
///
/// let decoded: Result<Vec<u8>, _> = percent_decode(b"a%2Fb").collect();
/// assert_eq!(decoded.unwrap(), b"a/b");
/// assert!(percent_decode(b"%f").any(|octet| octet.is_err()));
/// ```
pub fn percent_decode(encoded: &[u8]) -> impl Iterator<Item = Result<u8, InvalidEscape>> {
    let mut octets = encoded.iter();
    core::iter::from_fn(move || {
        let octet = *octets.next()?;
        if octet != b'%' {
            return Some(Ok(octet));
        }
        let mut digit = || octets.next().copied().and_then(hex_digit).ok_or(InvalidEscape);
        Some(digit().and_then(|high| Ok(high << 4 | digit()?)))
    })
}
