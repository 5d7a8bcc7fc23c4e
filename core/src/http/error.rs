//! What a peer did wrong, and what the local application did wrong.

use core::fmt;

use super::StatusCode;

/// The rule that a peer's octets broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The method is not a token followed by one SP (RFC 9112 section 3.1).
    Method,
    /// The request-target has an octet or a form that its method does not allow (RFC 9112 section 3.2).
    RequestTarget,
    /// The request line passes [`Limits::request_line`](super::Limits::request_line) (RFC 9112 section 3).
    RequestLineTooLong,
    /// The version is not `HTTP/` digit `.` digit, or CRLF does not follow (RFC 9112 section 2.3).
    Version,
    /// The major version is not 1 (RFC 9110 section 15.6.6).
    MajorVersion,
    /// The status code is not three digits from 100 on (RFC 9112 section 4).
    StatusCode,
    /// The reason phrase has a control octet (RFC 9112 section 4).
    ReasonPhrase,
    /// More empty lines before a request than [`Limits::leading_empty_lines`](super::Limits::leading_empty_lines)
    /// (RFC 9112 section 2.2).
    LeadingEmptyLines,
    /// A field name is not a token followed at once by a colon (RFC 9112 section 5.1).
    FieldName,
    /// A line is folded (RFC 9112 section 5.2).
    ObsFold,
    /// A field value has a control octet, a bare CR or a bare LF (RFC 9110 section 5.5, RFC 9112 section 2.2).
    FieldValue,
    /// The field lines pass [`Limits::field_section`](super::Limits::field_section) or
    /// [`Limits::fields`](super::Limits::fields) (RFC 6585 section 5).
    FieldSectionTooLarge,
    /// Host is missing, repeated or not a host (RFC 9112 section 3.2).
    Host,
    /// Content-Length is not one number (RFC 9112 section 6.3).
    ContentLength,
    /// Transfer-Encoding stands beside Content-Length, in HTTP/1.0, or where no message may have
    /// one (RFC 9112 sections 6.1 and 6.3).
    TransferEncodingNotAllowed,
    /// `chunked` is not the last transfer coding, exactly once (RFC 9112 section 6.1).
    TransferEncoding,
    /// A transfer coding other than `chunked` in a request (RFC 9112 section 6.1).
    UnknownTransferCoding,
    /// CONNECT with content, whose framing intermediaries read differently (RFC 9110 section 9.3.6).
    ContentInConnect,
    /// An expectation other than `100-continue` (RFC 9110 section 10.1.1).
    Expectation,
    /// A chunk size is not hexadecimal digits within bounds (RFC 9112 section 7.1).
    ChunkSize,
    /// A chunk extension is malformed (RFC 9112 section 7.1.1).
    ChunkExtension,
    /// The chunk extensions of one body pass [`Limits::chunk_extensions`](super::Limits::chunk_extensions).
    ChunkExtensionsTooLarge,
    /// CRLF is missing after a chunk (RFC 9112 section 7.1).
    ChunkEnd,
    /// A trailer field that may not be one (RFC 9110 section 6.5.1).
    TrailerField,
    /// The content passes the limit that the application set (RFC 9110 section 15.5.14).
    ContentTooLarge,
    /// The peer closed in the middle of a message (RFC 9112 section 8).
    Incomplete,
    /// The peer took too long to send a head or the next part of a body (RFC 9110 section 15.5.9).
    Timeout,
    /// A response came although no request awaits one (RFC 9112 section 9.2).
    UnexpectedResponse,
    /// More interim responses than [`Limits::interim_responses`](super::Limits::interim_responses) before a final
    /// one (RFC 9110 section 15.2).
    InterimResponses,
}

/// A rule that a peer broke, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    rule: Rule,
    offset: u64,
}

impl Error {
    pub(crate) const fn new(rule: Rule, offset: u64) -> Self {
        Self { rule, offset }
    }

    /// The same error, seen from a beginning that lies `octets` further back.
    pub(crate) const fn after(self, octets: u64) -> Self {
        Self { rule: self.rule, offset: self.offset.saturating_add(octets) }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// How many octets of the connection came before the one at which the rule was seen broken.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The status that a server answers with: the one place where a rule becomes a status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.rule {
            Rule::RequestLineTooLong => StatusCode::URI_TOO_LONG,
            Rule::MajorVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Rule::FieldSectionTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Rule::UnknownTransferCoding => StatusCode::NOT_IMPLEMENTED,
            Rule::Expectation => StatusCode::EXPECTATION_FAILED,
            Rule::ContentTooLarge => StatusCode::CONTENT_TOO_LARGE,
            Rule::Timeout => StatusCode::REQUEST_TIMEOUT,
            Rule::Method
            | Rule::RequestTarget
            | Rule::Version
            | Rule::StatusCode
            | Rule::ReasonPhrase
            | Rule::LeadingEmptyLines
            | Rule::FieldName
            | Rule::ObsFold
            | Rule::FieldValue
            | Rule::Host
            | Rule::ContentLength
            | Rule::TransferEncodingNotAllowed
            | Rule::TransferEncoding
            | Rule::ContentInConnect
            | Rule::ChunkSize
            | Rule::ChunkExtension
            | Rule::ChunkExtensionsTooLarge
            | Rule::ChunkEnd
            | Rule::TrailerField
            | Rule::Incomplete
            | Rule::UnexpectedResponse
            | Rule::InterimResponses => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.rule {
            Rule::Method => "malformed method",
            Rule::RequestTarget => "malformed request-target",
            Rule::RequestLineTooLong => "request line too long",
            Rule::Version => "malformed HTTP version",
            Rule::MajorVersion => "unsupported HTTP version",
            Rule::StatusCode => "malformed status code",
            Rule::ReasonPhrase => "malformed reason phrase",
            Rule::LeadingEmptyLines => "too many empty lines before a request",
            Rule::FieldName => "malformed field name",
            Rule::ObsFold => "folded field line",
            Rule::FieldValue => "malformed field value",
            Rule::FieldSectionTooLarge => "field section too large",
            Rule::Host => "missing, repeated or malformed Host",
            Rule::ContentLength => "malformed Content-Length",
            Rule::TransferEncodingNotAllowed => "Transfer-Encoding where it is not allowed",
            Rule::TransferEncoding => "chunked is not the last transfer coding, once",
            Rule::UnknownTransferCoding => "unknown transfer coding",
            Rule::ContentInConnect => "content in a CONNECT request",
            Rule::Expectation => "unknown expectation",
            Rule::ChunkSize => "malformed chunk size",
            Rule::ChunkExtension => "malformed chunk extension",
            Rule::ChunkExtensionsTooLarge => "chunk extensions too large",
            Rule::ChunkEnd => "chunk not ended by CRLF",
            Rule::TrailerField => "field not allowed in a trailer section",
            Rule::ContentTooLarge => "content too large",
            Rule::Incomplete => "connection closed in the middle of a message",
            Rule::Timeout => "the peer took too long",
            Rule::UnexpectedResponse => "response without a request",
            Rule::InterimResponses => "too many interim responses",
        };
        write!(f, "{what} at octet {}", self.offset)
    }
}

impl core::error::Error for Error {}

/// Why something was not sent. The connection's state is as before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// The buffer holds fewer than `required` octets.
    TooSmall {
        /// How many octets would do.
        required: usize,
    },
    /// The method is not a token, or the target has an octet that no target may have or a form that
    /// its method does not allow (RFC 9112 section 3).
    RequestLine,
    /// A field name is not a token (RFC 9110 section 5.1).
    FieldName,
    /// A field value or reason phrase has CR, LF, NUL or another control octet (RFC 9110 section 5.5).
    FieldValue,
    /// A second Host in a request, or one that is none (RFC 9112 section 3.2).
    Host,
    /// A 101 has no Upgrade field (RFC 9110 section 15.2.2), or names a protocol there that was not offered (section 7.8).
    Upgrade,
    /// The application gave a field of an opening handshake itself, as which it would be there twice or say something
    /// else: Connection, Upgrade or one of those that begin with `Sec-WebSocket-` (RFC 6455 section 4.1).
    HandshakeField,
    /// A subprotocol that is proposed is not a token, or is there twice (RFC 6455 section 4.1).
    Subprotocol,
    /// The application gave Content-Length or Transfer-Encoding as a field: the body's length is
    /// said by [`BodyLength`](super::BodyLength) alone.
    FramingField,
    /// A trailer field that may not be one (RFC 9110 section 6.5.1), or trailers where the framing
    /// has no room for them (RFC 9112 section 7.1.2).
    Trailer,
    /// An interim status where a final one belongs or the reverse, or one that the client's version
    /// does not know (RFC 9110 section 15.2).
    Status,
    /// Content in a request by CONNECT or TRACE (RFC 9110 sections 9.3.6 and 9.3.8).
    ForbiddenContent,
    /// A body of unknown length to a server that has answered in HTTP/1.0, which knows no chunks (RFC 9112 section 6.1).
    UnknownLength,
    /// `Expect: 100-continue` in a request without content (RFC 9110 section 10.1.1).
    Expect,
    /// More body than was declared.
    BodyTooLong,
    /// The body ended before the declared length. The connection will not be used again.
    BodyTooShort,
    /// Nothing is awaited from this side now: no request to answer, a head already sent, or the
    /// connection closed.
    OutOfTurn,
}

#[cfg(feature = "alloc")]
impl SendError {
    /// How many octets the buffer needs, if that is all.
    pub(crate) const fn required(&self) -> Option<usize> {
        match *self {
            Self::TooSmall { required } => Some(required),
            _ => None,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { required } => write!(f, "the buffer needs room for {required} octets"),
            Self::RequestLine => f.write_str("malformed method or request-target"),
            Self::FieldName => f.write_str("malformed field name"),
            Self::FieldValue => f.write_str("control octet in a field value"),
            Self::Host => f.write_str("a second Host, or one that is malformed"),
            Self::HandshakeField => f.write_str("fields of the opening handshake are written by the client"),
            Self::Subprotocol => f.write_str("subprotocols are tokens, and each is there once"),
            Self::Upgrade => f.write_str("a 101 names the new protocol in Upgrade, one that was offered"),
            Self::FramingField => f.write_str("framing fields are written by the connection"),
            Self::Trailer => f.write_str("a trailer field that may not be one, or no chunked body before it"),
            Self::Status => f.write_str("status not allowed here"),
            Self::ForbiddenContent => f.write_str("a request by CONNECT or TRACE has no content"),
            Self::UnknownLength => f.write_str("the server knows no bodies of unknown length"),
            Self::Expect => f.write_str("100-continue is expected for content, and there is none"),
            Self::BodyTooLong => f.write_str("more body than declared"),
            Self::BodyTooShort => f.write_str("less body than declared"),
            Self::OutOfTurn => f.write_str("nothing may be sent now"),
        }
    }
}

impl core::error::Error for SendError {}
