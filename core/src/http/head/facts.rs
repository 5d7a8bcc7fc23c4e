//! What the protocol itself needs from a field section, noted while its lines go by.

use super::notes::Notes;
use crate::http::framing::TransferCodings;
use crate::http::{Version, list, target};
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
    /// Host's line.
    #[inline(always)]
    pub(super) fn host(start: usize, end: usize) -> Self {
        Self { start, colon: start + HOST.len(), end }
    }

    #[inline(always)] // a line that is handed over stands in memory
    pub(super) fn name(self, input: &[u8]) -> &[u8] {
        input.get(self.start..self.colon).unwrap_or_default()
    }

    #[inline(always)]
    fn value(self, input: &[u8]) -> &[u8] {
        class::trim(input.get(self.colon + 1..self.end).unwrap_or_default())
    }
}

/// What was noted: the notes, and in the high half where the first Content-Length is. It is one word, so that what is
/// written in parts is not waited for when it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(u64);

impl Facts {
    /// What is known before the field section.
    #[inline]
    pub(super) fn of_version(version: Version) -> Self {
        Self::new(Notes::of_version(version), 0)
    }

    #[inline]
    pub(super) fn new(notes: Notes, length_at: u32) -> Self {
        Self(u64::from(notes.0) | u64::from(length_at) << 32)
    }

    /// The same of a head that begins at a place of the input.
    pub(super) fn of_head_at(self, start: u32) -> Self {
        Self::new(self.notes(), self.length_at().saturating_sub(start))
    }

    #[inline]
    pub(super) const fn notes(self) -> Notes {
        Notes(self.0 as u16)
    }

    #[inline]
    pub(super) fn add(&mut self, bit: u16) {
        self.0 |= u64::from(bit);
    }

    fn set_notes(&mut self, notes: Notes) {
        *self = Self::new(notes, self.length_at());
    }

    /// The first digit of the first Content-Length, without the zeros in front: the peer may send many, and it is read
    /// again and again.
    #[inline]
    pub(super) const fn length_at(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Of the first Content-Length line, if it has one.
    #[inline]
    pub(super) fn content_length(self, input: &[u8]) -> Option<u64> {
        let value = || input.get(self.length_at() as usize..).unwrap_or_default();
        self.notes().has(Notes::LENGTH).then(|| number::leading_decimal(value()))
    }

    /// Says whether a line is Host, or takes note of it. Called for every line, so the length of the name and its first
    /// letter decide whether it is looked at any closer.
    #[inline(always)] // so that it is compiled for the scanner
    pub(super) fn note(&mut self, input: &[u8], line: Line) -> bool {
        const FIRST: [u8; 18] = *b"      eu  c   c  t";
        let len = line.colon - line.start;
        if len == HOST.len() && line.name(input).first_chunk().is_some_and(is_host) {
            return true;
        }
        if FIRST.get(len).copied() == input.get(line.start).map(|first| first | 0x20) {
            self.note_known(input, line.start, line.colon, line.end);
        }
        false
    }

    #[inline]
    pub(super) fn add_host(&mut self, is_another: bool) {
        self.add(if is_another { Notes::SEVERAL_HOSTS } else { Notes::HOST });
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
            self.add(Notes::EMPTY_HOST);
        }
        // A port of no host has no meaning anywhere.
        target::is_host_value(value) && !value.starts_with(b":")
    }

    #[cold] // of the hundred lines of a head a few, so that what goes over all of them keeps the registers
    #[inline(never)]
    fn note_known(&mut self, input: &[u8], start: usize, colon: usize, end: usize) {
        let line = Line { start, colon, end };
        let (name, value) = (line.name(input), line.value(input));
        match name.len() {
            6 if class::is_token(name, b"expect") => self.expect(value),
            7 if class::is_token(name, b"upgrade") && list::members(value).next().is_some() => {
                self.add(Notes::UPGRADE);
            }
            10 if class::is_token(name, b"connection") => self.set_notes(self.notes().with_connection(value)),
            14 if class::is_token(name, b"content-length") => self.length(input, line, value),
            17 if class::is_token(name, b"transfer-encoding") => self.coding(value),
            _ => {}
        }
    }

    fn expect(&mut self, value: &[u8]) {
        for member in list::members(value) {
            let is_known = member.eq_ignore_ascii_case(b"100-continue");
            self.add(if is_known { Notes::CONTINUE } else { Notes::UNKNOWN_EXPECTATION });
        }
    }

    /// A list of one number over and over counts as that number (RFC 9112 section 6.3).
    fn length(&mut self, input: &[u8], line: Line, value: &[u8]) {
        let mut earlier = self.content_length(input);
        if earlier.is_none() {
            let octets = input.get(line.colon + 1..line.end).unwrap_or_default().iter();
            let before = octets.take_while(|&&octet| class::is_blank(octet) || octet == b'0').count();
            *self = Self::new(self.notes(), (line.colon + 1 + before) as u32);
            // Nearly always it is one number, which is only read when it is asked for.
            if number::is_decimal(value) {
                self.add(Notes::LENGTH);
                return;
            }
        }
        for member in value.split(|&octet| octet == b',') {
            let length = number::parse_decimal(class::trim(member));
            if length.is_none() || earlier.is_some_and(|earlier| length != Some(earlier)) {
                self.add(Notes::INVALID_LENGTH);
                return;
            }
            earlier = length;
        }
        self.add(Notes::LENGTH);
    }

    /// Lines of the field add to one list (RFC 9110 section 5.3), so its state goes on.
    fn coding(&mut self, value: &[u8]) {
        let (mut any, mut codings) = (false, self.notes().codings());
        for member in list::members(value) {
            any = true;
            let is_chunked = member.eq_ignore_ascii_case(b"chunked");
            let name = member.split(|&octet| octet == b';').next().unwrap_or_default();
            codings = match (codings, is_chunked) {
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
            codings = TransferCodings::Malformed;
        }
        self.set_notes(self.notes().with_codings(codings));
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
