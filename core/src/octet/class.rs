//! Octet classes as one table of bits.

/// `tchar` (RFC 9110 section 5.6.2).
pub(crate) const TOKEN: u8 = 1;
/// What may stand in a request-target: visible ASCII without `"`, `#`, `<` and `>`.
/// RFC 3986 also leaves out `[ ] \ ^ ` { | }`, which browsers send unescaped in queries.
pub(crate) const TARGET: u8 = 2;
/// `field-vchar`, SP and HTAB (RFC 9110 section 5.5): no control octet, no DEL.
pub(crate) const VALUE: u8 = 4;
/// `reg-name` of RFC 3986 section 3.2.2, but for escapes.
pub(crate) const HOST: u8 = 8;

#[allow(clippy::indexing_slicing)] // at compile time
const TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = bits(octet as u8);
        octet += 1;
    }
    table
};

const fn bits(octet: u8) -> u8 {
    let mut bits = 0;
    if octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
    {
        bits |= TOKEN;
    }
    if octet.is_ascii_graphic() && !matches!(octet, b'"' | b'#' | b'<' | b'>') {
        bits |= TARGET;
    }
    if octet == b'\t' || (octet >= b' ' && octet != 0x7f) {
        bits |= VALUE;
    }
    if octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        )
    {
        bits |= HOST;
    }
    bits
}

/// Whether the octet is in the class (one of the constants above).
#[inline]
#[allow(clippy::indexing_slicing)] // an octet cannot leave a table of 256
pub(crate) const fn is(octet: u8, class: u8) -> bool {
    TABLE[octet as usize] & class != 0
}

/// `OWS` and `BWS` octets: SP and HTAB, nothing else (RFC 9110 section 5.6.3).
#[inline]
pub(crate) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// Whether all octets, at least one, are in the class.
pub(crate) fn all(octets: &[u8], class: u8) -> bool {
    !octets.is_empty() && octets.iter().all(|&octet| is(octet, class))
}

/// Whether a token or value is this token of lower case letters and `-`, in any case.
///
/// Setting the bit that tells the cases apart makes no other octet of theirs one of these.
#[inline(always)]
pub(crate) fn is_token<const N: usize>(octets: &[u8], lower: &[u8; N]) -> bool {
    match octets.first_chunk::<N>() {
        Some(first) if octets.len() == N => {
            first.iter().zip(lower).fold(0, |other, (octet, lower)| other | ((octet | 0x20) ^ lower)) == 0
        }
        _ => false,
    }
}

/// The octets without SP and HTAB at both ends.
#[inline]
pub(crate) fn trim(mut octets: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = octets {
        if !is_blank(*first) {
            break;
        }
        octets = rest;
    }
    while let [rest @ .., last] = octets {
        if !is_blank(*last) {
            break;
        }
        octets = rest;
    }
    octets
}
