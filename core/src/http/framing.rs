//! Message body length (RFC 9112 section 6.3) as pure functions.

use super::error::Rule;
use super::{Method, StatusCode, Version};

/// How the end of a message's body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // RFC 9112 section 6.3 names these
pub enum BodyFraming {
    /// There is no body.
    None,
    /// So many octets.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
    /// All until the peer closes; only in responses.
    UntilClose,
}

/// What the Transfer-Encoding lines of a message say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // all cases of RFC 9112 section 6.1
pub enum TransferCodings {
    /// There is no such field.
    #[default]
    Absent,
    /// `chunked` and nothing else.
    Chunked,
    /// `chunked`, once and last, after codings that this crate does not know.
    UnknownThenChunked,
    /// Codings without `chunked`.
    NotChunkedLast,
    /// `chunked` once, and another coding after it.
    ChunkedNotLast,
    /// A list that no sender may make: empty, `chunked` twice, or with a member that is no coding.
    Malformed,
}

/// The framing of a request's body.
///
/// # Errors
///
/// Names the clause of RFC 9112 section 6.3 (or 6.1) that the request breaks. What that section
/// lets a server repair is refused here: Transfer-Encoding with Content-Length, or in HTTP/1.0.
pub fn request(
    method: Method<'_>,
    version: Version,
    content_length: Option<u64>,
    codings: TransferCodings,
) -> Result<BodyFraming, Rule> {
    request_framing(method == Method::CONNECT, version, content_length, codings)
}

/// All of the method that matters is whether it is CONNECT.
#[inline]
pub(crate) fn request_framing(
    is_connect: bool,
    version: Version,
    content_length: Option<u64>,
    codings: TransferCodings,
) -> Result<BodyFraming, Rule> {
    if codings != TransferCodings::Absent && (version == Version::Http10 || content_length.is_some()) {
        return Err(Rule::TransferEncodingNotAllowed);
    }
    // That there are no octets may be said (RFC 9110 section 9.3.6).
    if is_connect && (codings != TransferCodings::Absent || content_length.is_some_and(|length| length > 0)) {
        return Err(Rule::ContentInConnect);
    }
    match codings {
        TransferCodings::Absent => Ok(of_length(content_length)),
        TransferCodings::Chunked => Ok(BodyFraming::Chunked),
        TransferCodings::UnknownThenChunked => Err(Rule::UnknownTransferCoding),
        TransferCodings::NotChunkedLast | TransferCodings::ChunkedNotLast | TransferCodings::Malformed => {
            Err(Rule::TransferEncoding)
        }
    }
}

/// The framing of the body of a response to a request of this method.
///
/// # Errors
///
/// Names the clause of RFC 9112 section 6.3 (or 6.1) that the response breaks.
pub fn response(
    request_method: Method<'_>,
    status: StatusCode,
    version: Version,
    content_length: Option<u64>,
    codings: TransferCodings,
) -> Result<BodyFraming, Rule> {
    // The clauses in the order of the section: the first two look at no field. Section 6.1 makes
    // Transfer-Encoding in HTTP/1.0 a fault of its own, which only a tunnel does not care for.
    if request_method == Method::CONNECT && status.is_success() {
        return Ok(BodyFraming::None);
    }
    if codings != TransferCodings::Absent && version == Version::Http10 {
        return Err(Rule::TransferEncodingNotAllowed);
    }
    if forbids_content(request_method, status) {
        return Ok(BodyFraming::None);
    }
    if codings != TransferCodings::Absent && content_length.is_some() {
        return Err(Rule::TransferEncodingNotAllowed);
    }
    match codings {
        TransferCodings::Absent => Ok(content_length.map_or(BodyFraming::UntilClose, length)),
        TransferCodings::Chunked | TransferCodings::UnknownThenChunked => Ok(BodyFraming::Chunked),
        TransferCodings::NotChunkedLast | TransferCodings::ChunkedNotLast => Ok(BodyFraming::UntilClose),
        TransferCodings::Malformed => Err(Rule::TransferEncoding),
    }
}

/// The first two clauses: whether no field can give the response content.
pub(crate) fn forbids_content(request_method: Method<'_>, status: StatusCode) -> bool {
    request_method == Method::HEAD
        || status.forbids_content()
        || (request_method == Method::CONNECT && status.is_success())
}

/// The framing of a request's body without a transfer coding.
#[inline]
pub(crate) fn of_length(content_length: Option<u64>) -> BodyFraming {
    content_length.map_or(BodyFraming::None, length)
}

const fn length(length: u64) -> BodyFraming {
    if length == 0 { BodyFraming::None } else { BodyFraming::Length(length) }
}
