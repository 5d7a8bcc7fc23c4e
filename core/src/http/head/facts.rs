//! What the protocol itself needs from a field section, noted while its lines go by.

use crate::http::framing::TransferCodings;
use crate::http::{list, target};
use crate::octet::scan::Scan;
use crate::octet::{class, number};

/// Where a field line lies in the input: its first octet, its colon, and the octet after its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) colon: usize,
    pub(super) end: usize,
}

impl Line {
    #[inline(always)] // a line that is handed over stands in memory
    pub(super) fn name(self, input: &[u8]) -> &[u8] {
        input.get(self.start..self.colon).unwrap_or_default()
    }

    #[inline(always)]
    fn value(self, input: &[u8]) -> &[u8] {
        class::trim(input.get(self.colon + 1..self.end).unwrap_or_default())
    }
}

/// Connection options that matter here (RFC 9110 section 7.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionOptions(u8);

impl ConnectionOptions {
    const CLOSE: u8 = 1;
    const KEEP_ALIVE: u8 = 2;
    const UPGRADE: u8 = 4;

    pub(crate) fn add(&mut self, value: &[u8]) {
        // Nearly every request has this field, with one option.
        if class::is_token(value, b"keep-alive") {
            self.0 |= Self::KEEP_ALIVE;
            return;
        }
        // Options are tokens: there are no quoted strings that a comma could stand in (RFC 9110 section 7.6.1).
        for option in value.split(|&octet| octet == b',').map(class::trim) {
            for (name, bit) in [("close", Self::CLOSE), ("keep-alive", Self::KEEP_ALIVE), ("upgrade", Self::UPGRADE)] {
                if option.eq_ignore_ascii_case(name.as_bytes()) {
                    self.0 |= bit;
                }
            }
        }
    }

    #[inline]
    pub(crate) const fn close(self) -> bool {
        self.0 & Self::CLOSE != 0
    }

    #[inline]
    pub(crate) const fn keep_alive(self) -> bool {
        self.0 & Self::KEEP_ALIVE != 0
    }

    #[inline]
    pub(crate) const fn upgrade(self) -> bool {
        self.0 & Self::UPGRADE != 0
    }

    /// Whether none says that the connection ends or changes.
    #[inline]
    pub(crate) const fn goes_on(self) -> bool {
        self.0 & (Self::CLOSE | Self::UPGRADE) == 0
    }
}

/// What was noted. Little of it: a head is handed over by value, several times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    length: u64,
    notes: u8,
    pub(crate) connection: ConnectionOptions,
    pub(crate) codings: TransferCodings,
}

/// Bits of [`Facts::notes`].
impl Facts {
    const HOST: u8 = 1;
    const SEVERAL_HOSTS: u8 = 2;
    const LENGTH: u8 = 4;
    /// A Content-Length line is there that is not one number, the same as before.
    const INVALID_LENGTH: u8 = 8;
    /// An Upgrade line with at least one protocol is there (RFC 9110 section 7.8).
    const UPGRADE: u8 = 16;
    /// Expect (RFC 9110 section 10.1.1).
    const CONTINUE: u8 = 32;
    const UNKNOWN_EXPECTATION: u8 = 64;
    /// Host names none.
    const EMPTY_HOST: u8 = 128;

    #[inline]
    const fn has(self, bit: u8) -> bool {
        self.notes & bit != 0
    }

    /// Whether Host is there once, and nothing of what can be wrong with a request, or goes on behind its head.
    #[inline]
    pub(crate) fn are_ordinary(self) -> bool {
        self.notes == Self::HOST && self.codings == TransferCodings::Absent
    }

    /// Of the first Content-Length line that has one.
    #[inline]
    pub(crate) fn content_length(self) -> Option<u64> {
        self.has(Self::LENGTH).then_some(self.length)
    }

    /// Whether a Content-Length line is there that is not one number, the same as before.
    #[inline]
    pub(crate) const fn has_invalid_length(self) -> bool {
        self.has(Self::INVALID_LENGTH)
    }

    /// Whether an Upgrade line and the connection option say that other protocols are offered.
    #[inline]
    pub(crate) const fn offers_upgrade(self) -> bool {
        self.has(Self::UPGRADE) && self.connection.upgrade()
    }

    #[inline]
    pub(crate) const fn expects_continue(self) -> bool {
        self.notes & (Self::CONTINUE | Self::UNKNOWN_EXPECTATION) == Self::CONTINUE
    }

    #[inline]
    pub(crate) const fn has_unknown_expectation(self) -> bool {
        self.has(Self::UNKNOWN_EXPECTATION)
    }

    #[inline]
    pub(crate) const fn has_host(self) -> bool {
        self.has(Self::HOST)
    }

    #[inline]
    pub(crate) const fn has_empty_host(self) -> bool {
        self.has(Self::EMPTY_HOST)
    }

    #[inline]
    pub(crate) const fn has_several_hosts(self) -> bool {
        self.has(Self::SEVERAL_HOSTS)
    }

    /// Takes note of one line, and says whether it is Host, whose value is still to be checked. Called for every line,
    /// so the length of the name and its first letter decide whether it is looked at any closer.
    #[inline(always)] // so that it is compiled for the scanner
    pub(super) fn note(&mut self, input: &[u8], line: Line) -> bool {
        const FIRST: [u8; 18] = *b"      eu  c   c  t";
        let len = line.colon - line.start;
        if len == HOST.len() && line.name(input).first_chunk().is_some_and(is_host) {
            self.notes |= if self.has_host() { Self::SEVERAL_HOSTS } else { Self::HOST };
            return true;
        }
        if FIRST.get(len).copied() == input.get(line.start).map(|first| first | 0x20) {
            self.note_known(line.name(input), line.value(input));
        }
        false
    }

    /// Whether the value of a Host line is right, an empty one among them.
    #[inline(always)] // so that it is compiled for the scanner
    pub(super) fn check_host(&mut self, scan: impl Scan, input: &[u8], line: Line) -> bool {
        // Mostly a name and nothing else, or with a port.
        let start = line.colon + if input.get(line.colon + 1) == Some(&b' ') { 2 } else { 1 };
        let name_end = scan.host_end(input, start);
        if name_end == start {
            return self.check_nameless_host(line.value(input));
        }
        name_end == line.end || is_other_host(line.value(input), input.get(name_end..line.end))
    }

    /// Nothing, something in brackets, or what no host begins with.
    #[cold]
    fn check_nameless_host(&mut self, value: &[u8]) -> bool {
        if value.is_empty() {
            self.notes |= Self::EMPTY_HOST;
        }
        // A port of no host has no meaning anywhere.
        target::is_host_value(value) && !value.starts_with(b":")
    }

    #[cold] // of the hundred lines of a head a few, so that what goes over all of them keeps the registers
    #[inline(never)]
    fn note_known(&mut self, name: &[u8], value: &[u8]) {
        match name.len() {
            6 if class::is_token(name, b"expect") => self.expect(value),
            7 if class::is_token(name, b"upgrade") && list::members(value).next().is_some() => {
                self.notes |= Self::UPGRADE;
            }
            10 if class::is_token(name, b"connection") => self.connection.add(value),
            14 if class::is_token(name, b"content-length") => self.length(value),
            17 if class::is_token(name, b"transfer-encoding") => self.coding(value),
            _ => {}
        }
    }

    fn expect(&mut self, value: &[u8]) {
        for member in list::members(value) {
            let is_known = member.eq_ignore_ascii_case(b"100-continue");
            self.notes |= if is_known { Self::CONTINUE } else { Self::UNKNOWN_EXPECTATION };
        }
    }

    /// A list of one number over and over counts as that number (RFC 9112 section 6.3).
    fn length(&mut self, value: &[u8]) {
        // Nearly always it is one number.
        if !self.has(Self::LENGTH)
            && let Some(length) = number::parse_decimal(value)
        {
            self.length = length;
            self.notes |= Self::LENGTH;
            return;
        }
        for member in value.split(|&octet| octet == b',') {
            match number::parse_decimal(class::trim(member)) {
                Some(length) if self.content_length().is_none_or(|earlier| earlier == length) => {
                    self.length = length;
                    self.notes |= Self::LENGTH;
                }
                _ => self.notes |= Self::INVALID_LENGTH,
            }
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
        // A line of nothing is no sender's list, wherever it stands among the others; and a quoted string without
        // an end may hide a coding from one reader that another sees.
        if !any || !list::is_closed(value) {
            self.codings = TransferCodings::Malformed;
        }
    }
}

const HOST: [u8; 4] = *b"host";

/// Whether this is the name of Host, in any case, at one look: every head has it.
#[inline(always)]
fn is_host(name: &[u8; 4]) -> bool {
    u32::from_ne_bytes(*name) | 0x2020_2020 == u32::from_ne_bytes(HOST)
}

/// A host that is more than a name, and what stands behind what looks like its name.
#[inline(never)]
fn is_other_host(value: &[u8], after_name: Option<&[u8]>) -> bool {
    matches!(after_name, Some([b':', port @ ..]) if target::is_port(port)) || target::is_host_value(value)
}

/// A token that is not `chunked`: with parameters even that name is no coding of RFC 9112 section 7.
fn is_other_coding(name: &[u8]) -> bool {
    class::all(name, class::TOKEN) && !name.eq_ignore_ascii_case(b"chunked")
}
