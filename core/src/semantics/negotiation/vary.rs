//! Vary (RFC 9110 section 12.5.5).

use core::fmt;

use crate::octet::class;
use crate::semantics::pen::{TooSmall, write_text};

/// The names of the request fields that an answer was chosen by, each once. To be sent whenever one of
/// them could have made a difference, whether the request had it or not, and with 304 and 406 too.
///
/// ```
/// use sanderling::semantics::Vary;
///
/// let mut vary = Vary::new();
/// vary.add("Accept-Encoding");
/// vary.add("accept-encoding");
/// vary.add("Accept-Language");
/// assert_eq!(vary.to_string(), "Accept-Encoding, Accept-Language");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Vary<'a> {
    names: [&'a str; 8],
    count: usize,
    is_unlimited: bool,
}

impl<'a> Vary<'a> {
    /// No names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field's name. `*`, what is no name, and a ninth name make it `*`, which no cache takes
    /// for the same without asking.
    pub fn add(&mut self, name: &'a str) {
        if self.names().iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return;
        }
        let is_name = name != "*" && class::all(name.as_bytes(), class::TOKEN);
        match self.names.get_mut(self.count) {
            Some(slot) if is_name => {
                *slot = name;
                self.count += 1;
            }
            _ => self.is_unlimited = true,
        }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0 && !self.is_unlimited
    }

    /// Writes the value to the front of `out`, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        write_text(self, out)
    }

    fn names(&self) -> &[&'a str] {
        self.names.get(..self.count).unwrap_or_default()
    }
}

impl fmt::Display for Vary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unlimited {
            return f.write_str("*");
        }
        for (at, name) in self.names().iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}
