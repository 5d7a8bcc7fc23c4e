//! Comma-separated lists (RFC 9110 section 5.6.1).

use crate::octet::class;

/// The members of a list, blanks trimmed, empty ones left out as section 5.6.1.2 asks of a
/// recipient.
pub(crate) fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(value, b',').filter(|member| !member.is_empty())
}

/// The parts between separators, blanks trimmed. A separator within a quoted string (section
/// 5.6.4) does not count.
pub(crate) fn split(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let is_separator = move |&octet: &u8| {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ => {}
        }
        octet == separator && !quoted
    };
    value.split(is_separator).map(class::trim)
}

/// Whether a list holds this token, in any case.
#[cfg(feature = "ws")]
pub(crate) fn has_token(value: &[u8], token: &str) -> bool {
    members(value).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
}
