//! Emission into the caller's buffer. What would let an application forge a message, a CR, LF or
//! NUL where none belongs, is refused here and nowhere else.

use core::mem::take;

use super::error::SendError;
use super::head::notes::ConnectionOptions;
use super::{Field, StatusCode};
use crate::octet::class;
use crate::octet::copy::copy;
use crate::octet::number;
use crate::octet::scan::{self, Scalar, Scan, Task};

/// A buffer that is written from the front, and counts on when it is full.
#[derive(Debug)]
pub(crate) struct Out<'a> {
    /// What is not written yet.
    room: &'a mut [u8],
    /// The length of the whole buffer.
    len: usize,
    /// Octets that had no room.
    lacking: usize,
}

impl<'a> Out<'a> {
    #[inline]
    pub(crate) fn new(octets: &'a mut [u8]) -> Self {
        Self { len: octets.len(), room: octets, lacking: 0 }
    }

    /// The next octets of the buffer, if there are so many.
    #[inline(always)]
    fn next(&mut self, len: usize) -> Option<&'a mut [u8]> {
        if len > self.room.len() {
            self.lacking = self.lacking.saturating_add(len);
            return None;
        }
        let (next, rest) = take(&mut self.room).split_at_mut_checked(len)?;
        self.room = rest;
        Some(next)
    }

    #[inline]
    pub(crate) fn put(&mut self, octets: &[u8]) {
        if let Some(to) = self.next(octets.len()) {
            copy(to, octets);
        }
    }

    /// A number in decimal digits.
    #[inline]
    fn put_decimal(&mut self, number: u64) {
        if let Some(to) = self.next(number::decimal_len(number)) {
            number::write_decimal(number, to);
        }
    }

    /// A field line, which is right if what was written reads back as what was given.
    #[inline(always)] // so that it is compiled for the scanner
    fn put_line(&mut self, scan: impl Scan, name: &[u8], value: &[u8]) -> Result<(), SendError> {
        match write_line(self.room, name, value) {
            Some(len) => {
                let value = name.len() + 2;
                let is_name = scan.token_end(self.room, 0) == name.len() && !name.is_empty();
                if !is_name || scan.value_end(self.room, value) != len - 2 {
                    return Err(wrong_line(name));
                }
                self.next(len);
            }
            None => {
                // More room will be asked for only if that is all that is wrong.
                check_line(name, value)?;
                self.lacking = [name.len(), value.len(), 4].into_iter().fold(self.lacking, usize::saturating_add);
            }
        }
        Ok(())
    }

    /// How many octets were written, if they all had room.
    #[inline]
    pub(crate) fn finish(self) -> Result<usize, SendError> {
        let written = self.len - self.room.len();
        match self.lacking {
            0 => Ok(written),
            lacking => Err(SendError::TooSmall { required: written.saturating_add(lacking) }),
        }
    }
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112 section 4).
#[inline]
pub(crate) fn write_status_line(out: &mut Out<'_>, status: StatusCode) {
    if let Some(line) = status.line() {
        return out.put(line);
    }
    out.put(b"HTTP/1.1 ");
    out.put_decimal(status.as_u16().into());
    out.put(b" \r\n");
}

/// `field-line CRLF` (RFC 9112 section 5).
pub(crate) fn write_field(out: &mut Out<'_>, name: &[u8], value: &[u8]) -> Result<(), SendError> {
    struct Line<'f, 'o>(&'f mut Out<'o>, &'f [u8], &'f [u8]);

    impl Task for Line<'_, '_> {
        type Output = Result<(), SendError>;

        #[inline(always)]
        fn run<S: Scan>(self, scan: S) -> Self::Output {
            self.0.put_line(scan, self.1, self.2)
        }
    }
    scan::perform(Line(out, name, value))
}

/// The application's own field lines, as given, and what has to be known of them. Framing fields are not among them.
#[inline]
pub(crate) fn write_fields(
    out: &mut Out<'_>,
    fields: impl IntoIterator<Item = impl Field>,
) -> Result<OwnFields, SendError> {
    scan::perform(Fields { out, fields })
}

/// What a connection has to know of the field lines that the application gave.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OwnFields {
    pub(crate) connection: ConnectionOptions,
    pub(crate) has_date: bool,
    pub(crate) has_upgrade: bool,
}

struct Fields<'f, 'o, I> {
    out: &'f mut Out<'o>,
    fields: I,
}

impl<I: IntoIterator<Item: Field>> Task for Fields<'_, '_, I> {
    type Output = Result<OwnFields, SendError>;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> Self::Output {
        let mut own = OwnFields::default();
        for field in self.fields {
            let (name, value) = (field.name(), field.value());
            match name.len() {
                4 => own.has_date |= class::is_token(name, b"date"),
                7 => own.has_upgrade |= class::is_token(name, b"upgrade"),
                10 if class::is_token(name, b"connection") => own.connection.add(value),
                14 if class::is_token(name, b"content-length") => return Err(SendError::FramingField),
                17 if class::is_token(name, b"transfer-encoding") => return Err(SendError::FramingField),
                _ => {}
            }
            self.out.put_line(scan, name, value)?;
        }
        Ok(own)
    }
}

/// Writes a line into the front of the room and says how long it is; `None` if there is too little.
#[inline(always)]
fn write_line(room: &mut [u8], name: &[u8], value: &[u8]) -> Option<usize> {
    let (to, room) = room.split_at_mut_checked(name.len())?;
    copy(to, name);
    let (colon, room) = room.split_first_chunk_mut()?;
    *colon = *b": ";
    let (to, room) = room.split_at_mut_checked(value.len())?;
    copy(to, value);
    *room.first_chunk_mut()? = *b"\r\n";
    Some(name.len() + value.len() + 4)
}

/// Which part of a line is wrong, if one is.
#[cold]
fn check_line(name: &[u8], value: &[u8]) -> Result<(), SendError> {
    let is_right = class::all(name, class::TOKEN) && Scalar.value_end(value, 0) == value.len();
    if is_right { Ok(()) } else { Err(wrong_line(name)) }
}

/// What is wrong with a line that is not right.
#[cold]
fn wrong_line(name: &[u8]) -> SendError {
    if class::all(name, class::TOKEN) { SendError::FieldValue } else { SendError::FieldName }
}

/// Ends a head whose message has a body of this length.
#[inline]
pub(crate) fn end_with_content_length(out: &mut Out<'_>, length: u64) {
    out.put(b"Content-Length: ");
    out.put_decimal(length);
    out.put(b"\r\n\r\n");
}

/// Ends a head whose message has a body in the chunked coding.
#[inline]
pub(crate) fn end_with_chunked(out: &mut Out<'_>) {
    out.put(b"Transfer-Encoding: chunked\r\n\r\n");
}

/// Ends a head that says nothing of a body.
#[inline]
pub(crate) fn end(out: &mut Out<'_>) {
    out.put(b"\r\n");
}
