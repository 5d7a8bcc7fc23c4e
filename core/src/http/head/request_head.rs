//! A request head that was found, read where it lies (RFC 9112 section 3).

use core::fmt;
use core::num::NonZeroU32;
use core::str::from_utf8;

use super::facts::Facts;
use super::notes::Notes;
use super::request::VERSION_LEN;
use super::whole::LINE_END_LEN;
use crate::http::framing::{self, TransferCodings};
use crate::http::{BodyFraming, FieldSection, Method, RequestTarget, Version};
use crate::octet::text;

/// Where the parts of a head lie in its octets, and what was noted of them. So little that it is handed over in
/// registers; what can be read where it lies is not in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLayout {
    target_end: NonZeroU32,
    fields_end: u32,
    length_at: u32,
    method_end: u16,
    notes: Notes,
}

/// The end of a method that is longer than any that is known.
const FAR: u16 = u16::MAX;

impl RequestLayout {
    #[inline]
    pub(super) fn new(method_end: usize, target_end: usize, fields_end: usize, facts: Facts) -> Option<Self> {
        Some(Self {
            target_end: NonZeroU32::new(target_end as u32)?,
            fields_end: fields_end as u32,
            length_at: facts.length_at(),
            method_end: u16::try_from(method_end).unwrap_or(FAR),
            notes: facts.notes(),
        })
    }
}

/// The head of a request, borrowed from the octets that it was parsed from.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    octets: &'a [u8],
    layout: RequestLayout,
}

impl<'a> RequestHead<'a> {
    /// The head of these octets, or of a copy of them.
    #[inline]
    pub(crate) fn of(octets: &'a [u8], layout: RequestLayout) -> Self {
        Self { octets, layout }
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn layout(&self) -> RequestLayout {
        self.layout
    }

    /// The head in front of the input, of the layout that was found there.
    #[inline]
    pub(crate) fn whole(input: &'a [u8], layout: RequestLayout) -> Self {
        let len = layout.fields_end as usize + LINE_END_LEN;
        Self::of(input.get(..len).unwrap_or_default(), layout)
    }

    fn slice(&self, from: usize, to: usize) -> &'a [u8] {
        self.octets.get(from..to).unwrap_or_default()
    }

    #[inline]
    fn method_end(&self) -> usize {
        match self.layout.method_end {
            FAR => self.far_method_end(),
            end => end.into(),
        }
    }

    #[cold]
    #[inline(never)]
    fn far_method_end(&self) -> usize {
        self.octets.iter().position(|&octet| octet == b' ').unwrap_or_default()
    }

    #[inline]
    fn target_end(&self) -> usize {
        self.layout.target_end.get() as usize
    }

    /// The method.
    #[must_use]
    pub fn method(self) -> Method<'a> {
        Method::from_token(self.slice(0, self.method_end()))
    }

    /// The request-target (RFC 9112 section 3.2).
    #[inline]
    #[must_use]
    pub fn target(self) -> RequestTarget<'a> {
        let target = text::text(self.slice(self.method_end() + 1, self.target_end()));
        // The octets and the form were checked when the head was parsed.
        if target.starts_with('/') { RequestTarget::Origin(target) } else { self.other_target(target) }
    }

    #[inline(never)]
    fn other_target(&self, target: &'a str) -> RequestTarget<'a> {
        match target {
            "*" => RequestTarget::Asterisk,
            _ if self.is_connect() => RequestTarget::Authority(target),
            _ => RequestTarget::Absolute(target),
        }
    }

    /// Whether it is neither HEAD nor CONNECT, which are longer, and a request of HTTP/1.1 that ends where its head
    /// does, after which the connection goes on.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.layout.method_end == 3 && self.layout.notes.are_plain()
    }

    /// A method ends before the only SP that it can stand before.
    #[inline]
    pub(crate) fn is_head(&self) -> bool {
        self.octets.starts_with(b"HEAD ")
    }

    #[inline]
    pub(crate) fn is_connect(&self) -> bool {
        self.octets.starts_with(b"CONNECT ")
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.layout.notes.version()
    }

    /// The field lines, in the order and case received.
    #[must_use]
    pub fn fields(&self) -> FieldSection<'a> {
        // A line ends with CRLF, or LF alone where that is let through (RFC 9112 section 2.2).
        let line_end = self.target_end() + 1 + VERSION_LEN as usize;
        let start = line_end + 1 + usize::from(self.octets.get(line_end) == Some(&b'\r'));
        FieldSection::new(self.slice(start, self.layout.fields_end as usize))
    }

    /// The value of the first field line of this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields().first(name)
    }

    /// The authority that the request is for: that of a target in absolute or authority form, else Host's
    /// (RFC 9112 section 3.3). `None` in HTTP/1.0 without Host, and for an absolute form without an authority,
    /// beside which Host does not count (section 3.2.2).
    #[must_use]
    pub fn authority(&self) -> Option<&'a str> {
        match self.target() {
            target @ (RequestTarget::Absolute(_) | RequestTarget::Authority(_)) => target.authority(),
            RequestTarget::Origin(_) | RequestTarget::Asterisk => {
                self.field("host").and_then(|host| from_utf8(host).ok())
            }
        }
    }

    /// How the body's end is found.
    #[must_use]
    pub fn body_framing(&self) -> BodyFraming {
        // What is refused was refused when the head was parsed, CONNECT with content among it.
        match self.layout.notes.codings() {
            TransferCodings::Absent => framing::of_length(self.content_length()),
            _ => BodyFraming::Chunked,
        }
    }

    /// The Content-Length, if there is one.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        let RequestLayout { notes, length_at, .. } = self.layout;
        Facts::new(notes, length_at).content_length(self.octets)
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section
    /// 10.1.1).
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.asks_for_continue() && self.body_framing() != BodyFraming::None
    }

    /// The same, whether there is a body or not: before a 101 a 100 has to go out either way (RFC 9110 section 7.8).
    pub(crate) fn asks_for_continue(&self) -> bool {
        self.layout.notes.expects_continue() && self.version() == Version::Http11
    }

    /// Whether the client offers to switch to another protocol (RFC 9110 section 7.8): an Upgrade
    /// field, named in Connection, in HTTP/1.1.
    #[must_use]
    pub fn offers_upgrade(&self) -> bool {
        self.layout.notes.offers_upgrade() && self.version() == Version::Http11
    }

    /// Whether the client wants the connection kept after this exchange (RFC 9112 section 9.3).
    #[must_use]
    pub fn wants_keep_alive(&self) -> bool {
        self.layout.notes.wants_keep_alive()
    }

    /// The octets of the head as received, its empty line included.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }
}

impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method())
            .field("target", &self.target())
            .field("version", &self.version())
            .field("fields", &self.fields())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Limits, RequestParser};

    /// Its end is not noted, so it is found again.
    #[test]
    fn a_method_may_be_longer_than_any_that_is_known() {
        let limits = Limits { request_line: 1 << 20, ..Limits::default() };
        for len in [usize::from(FAR) - 1, FAR.into(), usize::from(FAR) + 1, 1 << 19] {
            let method = "M".repeat(len);
            let mut input =
                format!("\r\n{method} /there HTTP/1.1\r\nHost: a\r\nContent-Length:\t 7\r\n\r\n").into_bytes();
            for start in [0, 2] {
                let input = &mut input[start..];
                let (_, head) = RequestParser::new().parse(input, &limits).unwrap().unwrap();
                assert_eq!((head.method().as_str(), head.target()), (&*method, RequestTarget::Origin("/there")));
                assert_eq!((head.fields().count(), head.content_length()), (2, Some(7)));
            }
        }
    }
}
