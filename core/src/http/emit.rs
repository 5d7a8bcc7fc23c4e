//! Emission into the caller's buffer. What would let an application forge a message, a CR, LF or
//! NUL where none belongs, is refused here and nowhere else.

use super::error::SendError;
use super::{Field, StatusCode};
use crate::octet::class;
use crate::octet::number::Digits;
use crate::octet::scan::{self, Scalar, Scan, Task};

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

    /// A field line, which is right if what was written reads back as what was given.
    #[inline(always)] // so that it is compiled for the scanner
    fn put_line(&mut self, scan: impl Scan, name: &[u8], value: &[u8]) -> Result<(), SendError> {
        let start = self.len;
        self.put(name);
        self.put(b": ");
        self.put(value);
        self.put(b"\r\n");
        let name_end = start + name.len();
        let (is_name, is_value) = if self.len <= self.octets.len() {
            let (written_name_end, written_end) = scan.line_ends(self.octets, start);
            (written_name_end == name_end, written_end == name_end + 2 + value.len())
        } else {
            // It was not written. More room will be asked for only if that is all that is wrong.
            is_line(name, value)
        };
        if !is_name || name.is_empty() {
            return Err(SendError::FieldName);
        }
        if !is_value {
            return Err(SendError::FieldValue);
        }
        Ok(())
    }

    /// How many octets were written, if they all had room.
    pub(crate) fn finish(self) -> Result<usize, SendError> {
        if self.len <= self.octets.len() { Ok(self.len) } else { Err(SendError::TooSmall { required: self.len }) }
    }
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112 section 4).
#[inline]
pub(crate) fn write_status_line(out: &mut Out<'_>, status: StatusCode) {
    if let Some(line) = status.line() {
        return out.put(line);
    }
    out.put(b"HTTP/1.1 ");
    out.put(Digits::decimal(status.as_u16().into()).as_bytes());
    out.put(b" \r\n");
}

/// `field-line CRLF` (RFC 9112 section 5).
pub(crate) fn write_field(out: &mut Out<'_>, name: &[u8], value: &[u8]) -> Result<(), SendError> {
    scan::perform(Fields { out, fields: [(name, value)], are_framing_allowed: true })
}

/// The application's own field lines, as given. Framing fields are not among them.
pub(crate) fn write_fields(out: &mut Out<'_>, fields: impl IntoIterator<Item = impl Field>) -> Result<(), SendError> {
    scan::perform(Fields { out, fields, are_framing_allowed: false })
}

struct Fields<'f, 'o, I> {
    out: &'f mut Out<'o>,
    fields: I,
    are_framing_allowed: bool,
}

impl<I: IntoIterator<Item: Field>> Task for Fields<'_, '_, I> {
    type Output = Result<(), SendError>;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> Self::Output {
        for field in self.fields {
            let name = field.name();
            if !self.are_framing_allowed && is_framing(name) {
                return Err(SendError::FramingField);
            }
            self.out.put_line(scan, name, field.value())?;
        }
        Ok(())
    }
}

/// Whether a line's name and its value would be right.
#[cold]
fn is_line(name: &[u8], value: &[u8]) -> (bool, bool) {
    (Scalar.token_end(name, 0) == name.len(), Scalar.value_end(value, 0) == value.len())
}

fn is_framing(name: &[u8]) -> bool {
    class::is_token(name, b"content-length") || class::is_token(name, b"transfer-encoding")
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
