//! UTF-8 that arrives in pieces (RFC 6455 section 8.1).

use crate::octet::utf8::{self, State};

/// Checks text piece by piece, and fails at the first octet that can be in no valid text.
///
/// ```
/// use sanderling::ws::Utf8Validator;
///
/// let mut validator = Utf8Validator::new();
/// assert!(validator.check(b"gr\xc3").is_ok());
/// assert!(!validator.is_complete());
/// assert!(validator.check(b"\xbcn").is_ok());
/// assert!(validator.is_complete());
/// assert!(validator.check(b"\xed\xa0").is_err()); // half of a surrogate
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Utf8Validator {
    state: State,
}

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct InvalidUtf8;

impl core::fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("text is not UTF-8")
    }
}

impl core::error::Error for InvalidUtf8 {}

impl Default for Utf8Validator {
    fn default() -> Self {
        Self::new()
    }
}

impl Utf8Validator {
    /// Stands before the first character.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::BETWEEN }
    }

    /// Whether these octets are a whole text.
    #[inline]
    pub(crate) fn is_valid(text: &[u8]) -> bool {
        utf8::check(State::BETWEEN, text) == State::BETWEEN
    }

    /// Goes on with the next piece.
    ///
    /// # Errors
    ///
    /// [`InvalidUtf8`] at the first octet that no continuation could make valid, and for ever after.
    #[inline]
    pub fn check(&mut self, piece: &[u8]) -> Result<(), InvalidUtf8> {
        self.state = utf8::check(self.state, piece);
        if self.state == State::INVALID { Err(InvalidUtf8) } else { Ok(()) }
    }

    /// Whether the text so far ends with a whole character.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state == State::BETWEEN
    }
}
