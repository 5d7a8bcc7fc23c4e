//! Field lines and sections of them (RFC 9110 section 5, RFC 9112 section 5).

use core::fmt;
use core::str::from_utf8;

use crate::octet::{class, text};

/// One field line: a name in its own case, and a value without the blanks around it.
///
/// A value is octets, not text: RFC 9110 section 5.5 lets anything but control octets pass.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldLine<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> FieldLine<'a> {
    /// A field line to send. Emission refuses a name that is no token and a value with a control
    /// octet, so nothing is checked here.
    #[must_use]
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name: name.as_bytes(), value: value.as_bytes() }
    }

    /// The name as it was written.
    #[must_use]
    pub fn name(&self) -> &'a str {
        text::text(self.name)
    }

    /// The value's octets.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The value as text; `None` if it is not UTF-8.
    #[must_use]
    pub fn value_str(&self) -> Option<&'a str> {
        from_utf8(self.value).ok()
    }

    /// Whether the name is this one, in any case (RFC 9110 section 5.1).
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl fmt::Debug for FieldLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.value.escape_ascii())
    }
}

/// What can be sent as a field line: a [`FieldLine`], or a pair of a name and a value, each text
/// or octets, owned or borrowed.
///
/// ```
/// use sanderling::http::Field;
///
/// fn name_of(field: &impl Field) -> &[u8] {
///     field.name()
/// }
/// assert_eq!(name_of(&("Content-Type", "text/plain")), b"Content-Type");
/// ```
pub trait Field {
    /// The name's octets.
    fn name(&self) -> &[u8];
    /// The value's octets.
    fn value(&self) -> &[u8];
}

impl Field for FieldLine<'_> {
    fn name(&self) -> &[u8] {
        self.name
    }

    fn value(&self) -> &[u8] {
        self.value
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> Field for (N, V) {
    fn name(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn value(&self) -> &[u8] {
        self.1.as_ref()
    }
}

impl<F: Field> Field for &F {
    fn name(&self) -> &[u8] {
        (**self).name()
    }

    fn value(&self) -> &[u8] {
        (**self).value()
    }
}

/// No field lines: for a message that has none of its own.
pub const NO_FIELDS: &[FieldLine<'static>] = &[];

/// A section of field lines that a parser has accepted: an iterator in the order received,
/// duplicates and all.
#[derive(Clone, Copy, Default)]
pub struct FieldSection<'a> {
    octets: &'a [u8],
}

impl<'a> FieldSection<'a> {
    /// `octets` is whole validated lines, each ended by CRLF, or by LF where that is let pass, without
    /// the empty line.
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets }
    }

    /// The value of the first line of this name, in any case.
    #[must_use]
    pub fn first(self, name: &str) -> Option<&'a [u8]> {
        self.named(name).next()
    }

    /// The values of all lines of this name, in any case, in order.
    pub fn named(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.filter(move |line| line.is_named(name)).map(|line| line.value)
    }

    /// The lines as received.
    #[cfg(feature = "alloc")]
    pub(crate) const fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// Whether there are no lines.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }
}

impl<'a> Iterator for FieldSection<'a> {
    type Item = FieldLine<'a>;

    fn next(&mut self) -> Option<FieldLine<'a>> {
        // The lines are right: no name has a colon, and no value a line end.
        let (name, rest) = self.octets.split_at_checked(text::find(self.octets, b':')?)?;
        let (value, rest) = rest.split_at_checked(text::find(rest, b'\n')?)?;
        let value = value.strip_suffix(b"\r").unwrap_or(value).get(1..)?;
        self.octets = rest.get(1..)?;
        Some(FieldLine { name, value: class::trim(value) })
    }
}

impl fmt::Debug for FieldSection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}
