//! What the protocol itself needs from a field section, noted while its lines go by.

use crate::http::error::Rule;
use crate::http::framing::TransferCodings;
use crate::http::{list, target};
use crate::octet::{class, number};

/// Connection options that matter here (RFC 9110 section 7.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionOptions {
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) upgrade: bool,
}

impl ConnectionOptions {
    pub(crate) fn add(&mut self, value: &[u8]) {
        // Nearly every request has this field, with one option.
        if value.eq_ignore_ascii_case(b"keep-alive") {
            self.keep_alive = true;
            return;
        }
        for option in list::members(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }
}

/// Expect (RFC 9110 section 10.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expectation {
    #[default]
    None,
    Continue,
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) content_length: Option<u64>,
    /// A Content-Length line is there that is not one number, the same as before.
    pub(crate) invalid_length: bool,
    pub(crate) codings: TransferCodings,
    pub(crate) connection: ConnectionOptions,
    pub(crate) expectation: Expectation,
    /// Whether an Upgrade line with at least one protocol is there (RFC 9110 section 7.8).
    pub(crate) upgrade: bool,
    pub(crate) hosts: u8,
}

impl Facts {
    /// Takes note of one line. Called for every line, so the length of the name decides first.
    #[inline]
    pub(crate) fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Rule> {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is(b"host") => self.host(value)?,
            6 if is(b"expect") => self.expect(value),
            7 if is(b"upgrade") => self.upgrade |= list::members(value).next().is_some(),
            10 if is(b"connection") => self.connection.add(value),
            14 if is(b"content-length") => self.length(value),
            17 if is(b"transfer-encoding") => self.coding(value),
            _ => {}
        }
        Ok(())
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Rule> {
        self.hosts = self.hosts.saturating_add(1);
        if target::is_host_value(value) { Ok(()) } else { Err(Rule::Host) }
    }

    fn expect(&mut self, value: &[u8]) {
        for member in list::members(value) {
            if !member.eq_ignore_ascii_case(b"100-continue") {
                self.expectation = Expectation::Unknown;
            } else if self.expectation == Expectation::None {
                self.expectation = Expectation::Continue;
            }
        }
    }

    /// A list of one number over and over counts as that number (RFC 9112 section 6.3).
    fn length(&mut self, value: &[u8]) {
        for member in value.split(|&octet| octet == b',') {
            let length = number::parse_decimal(class::trim(member));
            self.invalid_length |=
                length.is_none() || self.content_length.is_some_and(|earlier| Some(earlier) != length);
            self.content_length = self.content_length.or(length);
        }
    }

    /// Lines of the field add to one list (RFC 9110 section 5.3), so its state goes on.
    fn coding(&mut self, value: &[u8]) {
        let mut any = false;
        for member in list::members(value) {
            any = true;
            let is_chunked = member.eq_ignore_ascii_case(b"chunked");
            let name = member.split(|&octet| octet == b';').next().unwrap_or_default();
            self.codings = match (self.codings, is_chunked) {
                _ if !is_chunked && !is_other_coding(class::trim(name)) => TransferCodings::Malformed,
                (TransferCodings::Absent, true) => TransferCodings::Chunked,
                (TransferCodings::Absent, false) => TransferCodings::NotChunkedLast,
                (TransferCodings::NotChunkedLast, true) => TransferCodings::UnknownThenChunked,
                (TransferCodings::NotChunkedLast, false) => TransferCodings::NotChunkedLast,
                (
                    TransferCodings::Chunked | TransferCodings::UnknownThenChunked | TransferCodings::ChunkedNotLast,
                    false,
                ) => TransferCodings::ChunkedNotLast,
                // `chunked` twice: no sender may do that.
                (
                    TransferCodings::Chunked | TransferCodings::UnknownThenChunked | TransferCodings::ChunkedNotLast,
                    true,
                )
                | (TransferCodings::Malformed, _) => TransferCodings::Malformed,
            };
        }
        // A line of nothing is no sender's list, wherever it stands among the others.
        if !any {
            self.codings = TransferCodings::Malformed;
        }
    }
}

/// A token that is not `chunked`: with parameters even that name is no coding of RFC 9112 section 7.
fn is_other_coding(name: &[u8]) -> bool {
    class::all(name, class::TOKEN) && !name.eq_ignore_ascii_case(b"chunked")
}
