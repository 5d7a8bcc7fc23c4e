//! Emission into the caller's buffer. What would let an application forge a message, a CR, LF or
//! NUL where none belongs, is refused here and nowhere else.

use super::error::SendError;
use super::{Field, StatusCode};
use crate::octet::class;
use crate::octet::number::Digits;

/// A buffer that is written from the front, and counts on when it is full.
#[derive(Debug)]
pub(crate) struct Out<'a> {
    octets: &'a mut [u8],
    len: usize,
}

impl<'a> Out<'a> {
    pub(crate) fn new(octets: &'a mut [u8]) -> Self {
        Self { octets, len: 0 }
    }

    #[inline]
    pub(crate) fn put(&mut self, octets: &[u8]) {
        let end = self.len.saturating_add(octets.len());
        if let Some(room) = self.octets.get_mut(self.len..end) {
            room.copy_from_slice(octets);
        }
        self.len = end;
    }

    /// How many octets were written, if they all had room.
    pub(crate) fn finish(self) -> Result<usize, SendError> {
        if self.len <= self.octets.len() { Ok(self.len) } else { Err(SendError::TooSmall { required: self.len }) }
    }
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112 section 4).
/// A server says the highest version that it conforms to (RFC 9110 section 2.5).
pub(crate) fn write_status_line(out: &mut Out<'_>, status: StatusCode) {
    out.put(b"HTTP/1.1 ");
    out.put(Digits::decimal(status.as_u16().into()).as_bytes());
    out.put(b" ");
    out.put(status.reason().as_bytes());
    out.put(b"\r\n");
}

/// `field-line CRLF` (RFC 9112 section 5).
pub(crate) fn write_field(out: &mut Out<'_>, name: &[u8], value: &[u8]) -> Result<(), SendError> {
    if !class::all(name, class::TOKEN) {
        return Err(SendError::FieldName);
    }
    if crate::octet::scan::value_len(value) != value.len() {
        return Err(SendError::FieldValue);
    }
    out.put(name);
    out.put(b": ");
    out.put(value);
    out.put(b"\r\n");
    Ok(())
}

/// The application's own field lines, as given. Framing fields are not among them.
pub(crate) fn write_fields(out: &mut Out<'_>, fields: impl IntoIterator<Item = impl Field>) -> Result<(), SendError> {
    for field in fields {
        let name = field.name();
        if name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"transfer-encoding") {
            return Err(SendError::FramingField);
        }
        write_field(out, name, field.value())?;
    }
    Ok(())
}

/// `Content-Length: length`.
pub(crate) fn write_content_length(out: &mut Out<'_>, length: u64) {
    out.put(b"Content-Length: ");
    out.put(Digits::decimal(length).as_bytes());
    out.put(b"\r\n");
}

/// `Transfer-Encoding: chunked`.
pub(crate) fn write_chunked(out: &mut Out<'_>) {
    out.put(b"Transfer-Encoding: chunked\r\n");
}
