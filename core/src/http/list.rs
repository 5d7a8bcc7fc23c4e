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
    let mut quotes = Quotes::default();
    value.split(move |&octet| !quotes.pass(octet) && octet == separator).map(class::trim)
}

/// Whether every quoted string comes to its end.
pub(crate) fn is_closed(value: &[u8]) -> bool {
    let mut quotes = Quotes::default();
    !value.iter().fold(false, |_, &octet| quotes.pass(octet))
}

/// Where in quoted strings a value has been read to.
#[derive(Default)]
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    /// Whether a quoted string is open after this octet.
    fn pass(&mut self, octet: u8) -> bool {
        match octet {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = self.is_open,
            b'"' => self.is_open = !self.is_open,
            _ => {}
        }
        self.is_open
    }
}

/// Whether a list holds this token, in any case.
#[cfg(feature = "ws")]
pub(crate) fn has_token(value: &[u8], token: &str) -> bool {
    members(value).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
}
