//! A response head that was found, read where it lies (RFC 9112 section 4).

use core::fmt;
use core::num::NonZeroU32;

use super::facts::Facts;
use super::notes::Notes;
use super::response::STATUS_LEN;
use super::whole::LINE_END_LEN;
use crate::http::error::Rule;
use crate::http::{BodyFraming, FieldSection, Method, StatusCode, Version, framing};

/// Where the parts of a head lie in its octets, and what was noted of them. So little that it is handed over in
/// registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseLayout {
    reason_end: NonZeroU32,
    fields_end: u32,
    length_at: u32,
    status: StatusCode,
    notes: Notes,
}

impl ResponseLayout {
    #[inline]
    pub(super) fn new(reason_end: usize, fields_end: usize, status: StatusCode, facts: Facts) -> Option<Self> {
        let reason_end = NonZeroU32::new(reason_end as u32)?;
        Some(Self {
            reason_end,
            fields_end: fields_end as u32,
            length_at: facts.length_at(),
            status,
            notes: facts.notes(),
        })
    }

    /// The length of a head that ends with CRLF.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.fields_end as usize + LINE_END_LEN
    }
}

/// The head of a response, borrowed from the octets that it was parsed from.
#[derive(Clone, Copy)]
pub struct ResponseHead<'a> {
    octets: &'a [u8],
    layout: ResponseLayout,
}

impl<'a> ResponseHead<'a> {
    /// The head of these octets, or of a copy of them.
    #[inline]
    pub(crate) fn of(octets: &'a [u8], layout: ResponseLayout) -> Self {
        Self { octets, layout }
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn layout(&self) -> ResponseLayout {
        self.layout
    }

    /// The octets of the head as received, its empty line included.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.layout.notes.version()
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.layout.status
    }

    /// The reason phrase, often empty. It means nothing to a program.
    #[must_use]
    pub fn reason(&self) -> &'a [u8] {
        self.octets.get(STATUS_LEN as usize + 1..self.reason_end()).unwrap_or_default()
    }

    /// The field lines, in the order and case received.
    #[must_use]
    pub fn fields(&self) -> FieldSection<'a> {
        // A line ends with CRLF, or LF alone where that is let through (RFC 9112 section 2.2).
        let start = self.reason_end() + 1 + usize::from(self.octets.get(self.reason_end()) == Some(&b'\r'));
        FieldSection::new(self.octets.get(start..self.layout.fields_end as usize).unwrap_or_default())
    }

    #[inline]
    fn reason_end(&self) -> usize {
        self.layout.reason_end.get() as usize
    }

    /// The value of the first field line of this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields().first(name)
    }

    /// How the body's end is found in an answer to this method (RFC 9112 section 6.3).
    ///
    /// # Errors
    ///
    /// The rule that the framing fields break.
    pub fn body_framing(&self, request_method: Method<'_>) -> Result<BodyFraming, Rule> {
        let ResponseLayout { status, notes, length_at, .. } = self.layout;
        let length = Facts::new(notes, length_at).content_length(self.octets);
        let content_length = length.or(notes.has_invalid_length().then_some(0));
        let framing = framing::response(request_method, status, notes.version(), content_length, notes.codings())?;
        if notes.has_invalid_length() && !framing::forbids_content(request_method, status) {
            return Err(Rule::ContentLength);
        }
        Ok(framing)
    }

    /// The transfer codings of the body. It is handed out as it comes, but for the chunks: where there are other
    /// codings, still in them.
    #[must_use]
    pub fn transfer_codings(&self) -> framing::TransferCodings {
        self.layout.notes.codings()
    }

    /// Whether the server is willing to keep the connection (RFC 9112 section 9.3).
    #[must_use]
    pub fn wants_keep_alive(&self) -> bool {
        self.layout.notes.wants_keep_alive()
    }

    /// The Content-Length, if there is a valid one.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        let ResponseLayout { notes, length_at, .. } = self.layout;
        Facts::new(notes, length_at).content_length(self.octets).filter(|_| !notes.has_invalid_length())
    }
}

impl fmt::Debug for ResponseHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("version", &self.version())
            .field("status", &self.status())
            .field("fields", &self.fields())
            .finish()
    }
}
