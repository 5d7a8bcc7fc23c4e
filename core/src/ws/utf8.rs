//! UTF-8 that arrives in pieces (RFC 6455 section 8.1).

use core::str::from_utf8;

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
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8Validator {
    /// The beginning of a character whose rest is still to come.
    begun: [u8; 4],
    len: u8,
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

impl Utf8Validator {
    /// Stands before the first character.
    #[must_use]
    pub const fn new() -> Self {
        Self { begun: [0; 4], len: 0 }
    }

    /// Goes on with the next piece.
    ///
    /// # Errors
    ///
    /// [`InvalidUtf8`] at the first octet that no continuation could make valid.
    pub fn check(&mut self, mut piece: &[u8]) -> Result<(), InvalidUtf8> {
        while self.len > 0 {
            let Some((octet, rest)) = piece.split_first() else { return Ok(()) };
            piece = rest;
            let at = usize::from(self.len);
            *self.begun.get_mut(at).ok_or(InvalidUtf8)? = *octet;
            self.len += 1;
            match from_utf8(self.begun.get(..=at).unwrap_or_default()) {
                Ok(_) => self.len = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(InvalidUtf8),
            }
        }
        let Err(error) = from_utf8(piece) else { return Ok(()) };
        if error.error_len().is_some() {
            return Err(InvalidUtf8);
        }
        for octet in piece.get(error.valid_up_to()..).unwrap_or_default() {
            if let Some(place) = self.begun.get_mut(usize::from(self.len)) {
                *place = *octet;
                self.len += 1;
            }
        }
        Ok(())
    }

    /// Whether the text so far ends with a whole character.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.len == 0
    }
}
