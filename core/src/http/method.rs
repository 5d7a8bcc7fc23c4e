//! Request methods (RFC 9110 section 9).

use core::fmt;

use crate::octet::{class, text};

/// A request method: a case-sensitive token.
///
/// ```
/// use sanderling::http::Method;
///
/// assert!(Method::GET.is_safe());
/// assert_eq!(Method::new("PURGE").map(|method| method.is_idempotent()), Some(false));
/// assert_eq!(Method::new("NOT A TOKEN"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method<'a>(&'a str);

impl<'a> Method<'a> {
    /// RFC 9110 section 9.3.1.
    pub const GET: Method<'static> = Method("GET");
    /// RFC 9110 section 9.3.2.
    pub const HEAD: Method<'static> = Method("HEAD");
    /// RFC 9110 section 9.3.3.
    pub const POST: Method<'static> = Method("POST");
    /// RFC 9110 section 9.3.4.
    pub const PUT: Method<'static> = Method("PUT");
    /// RFC 9110 section 9.3.5.
    pub const DELETE: Method<'static> = Method("DELETE");
    /// RFC 9110 section 9.3.6.
    pub const CONNECT: Method<'static> = Method("CONNECT");
    /// RFC 9110 section 9.3.7.
    pub const OPTIONS: Method<'static> = Method("OPTIONS");
    /// RFC 9110 section 9.3.8.
    pub const TRACE: Method<'static> = Method("TRACE");
    /// RFC 5789.
    pub const PATCH: Method<'static> = Method("PATCH");

    /// A method of any name; `None` if it is not a token (RFC 9110 section 9.1).
    #[must_use]
    pub fn new(name: &'a str) -> Option<Self> {
        class::all(name.as_bytes(), class::TOKEN).then_some(Self(name))
    }

    /// A name that the head parser found to be a token.
    pub(crate) fn from_token(octets: &'a [u8]) -> Self {
        // Nearly every request has one of these, whose names need not be checked again.
        match octets {
            b"GET" => Self::GET,
            b"POST" => Self::POST,
            b"HEAD" => Self::HEAD,
            b"PUT" => Self::PUT,
            b"OPTIONS" => Self::OPTIONS,
            _ => Self(text::text(octets)),
        }
    }

    /// The name, in its own case.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether the method is defined as safe (RFC 9110 section 9.2.1).
    #[must_use]
    pub fn is_safe(self) -> bool {
        matches!(self.0, "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// Whether the method is defined as idempotent (RFC 9110 section 9.2.2).
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        self.is_safe() || matches!(self.0, "PUT" | "DELETE")
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<str> for Method<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Method<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
