//! The head of a response (RFC 9112 section 4):
//!
//! ```text
//! status-line = HTTP-version SP status-code SP [ reason-phrase ]
//! ```

use core::fmt;

use super::facts::Facts;
use super::whole::{self, LINE_END_LEN};
use super::{FieldSectionParser, LineEnd, Progress, SectionOf, reach};
use crate::http::error::{Error, Rule};
use crate::http::{BodyFraming, FieldSection, Limits, Method, StatusCode, Version, framing};
use crate::octet::scan::{self, Lines, Scalar, Scan, Task};

/// Reads the head of one response from octets that may still be growing.
///
/// ```
/// use sanderling::http::{Limits, ResponseParser, StatusCode};
///
/// let mut parser = ResponseParser::new();
/// let mut input = *b"HTTP/1.1 204 \r\nServer: a\r\n b\r\n\r\n";
/// let (_, head) = parser.parse(&mut input, &Limits::default()).unwrap().unwrap();
/// assert_eq!(head.status(), StatusCode::NO_CONTENT);
/// assert_eq!(head.field("server"), Some(&b"a   b"[..]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ResponseParser {
    place: Place,
    at: u32,
    version: Version,
    status: StatusCode,
    reason_end: u32,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Status,
    Reason,
    Fields(FieldSectionParser),
}

impl Default for ResponseParser {
    fn default() -> Self {
        Self::new()
    }
}

/// `HTTP/d.d ddd`, to which one SP may follow.
const STATUS_LEN: u32 = 12;

impl ResponseParser {
    /// A parser that stands before the first octet of a head.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::Status, at: 0, version: Version::Http11, status: StatusCode::OK, reason_end: 0 }
    }

    /// Goes on with `input`, which must begin with the same octets as in the calls before, and
    /// returns the head and its length once it is whole. A folded line is unfolded in place: its
    /// line break and the blank behind it become SP (RFC 9112 section 5.2).
    ///
    /// # Errors
    ///
    /// The first rule that is broken. The parser must not be used again after that, or after a head.
    #[inline]
    pub fn parse<'b>(
        &mut self,
        input: &'b mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, ResponseHead<'b>)>, Error> {
        if self.at == 0
            && let Some(layout) = scan::perform(Whole { input, limits })
        {
            let used = layout.fields_end as usize + LINE_END_LEN;
            return Ok(Some((used, ResponseHead { octets: input.get(..used).unwrap_or_default(), layout })));
        }
        self.parse_on(input, limits)
    }

    /// Goes on place by place.
    #[inline(never)]
    pub(super) fn parse_on<'b>(
        &mut self,
        input: &'b mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, ResponseHead<'b>)>, Error> {
        let reach = reach(input);
        let seen = input.get_mut(..reach).unwrap_or_default();
        let Some((layout, used)) = self.advance(seen, limits)? else { return Ok(None) };
        let octets = input.get(..used).unwrap_or_default();
        Ok(Some((used, ResponseHead { octets, layout })))
    }

    fn advance(&mut self, input: &mut [u8], limits: &Limits) -> Result<Option<(ResponseLayout, usize)>, Error> {
        loop {
            let rest = |at: u32| input.get(at as usize..).unwrap_or_default();
            let fail = |rule, at: u32| Err(Error::new(rule, at.into()));
            match &mut self.place {
                Place::Status => {
                    let Some((version, status)) = parse_status(input)? else { return Ok(None) };
                    self.version = version;
                    self.status = status;
                    match rest(STATUS_LEN) {
                        [] => return Ok(None),
                        [b' ', ..] => self.at = STATUS_LEN + 1,
                        // A missing reason is often sent without the SP that should remain.
                        [b'\r', ..] => self.at = STATUS_LEN,
                        [b'\n', ..] if limits.leniency.bare_lf => self.at = STATUS_LEN,
                        _ => return fail(Rule::StatusCode, STATUS_LEN),
                    }
                    self.place = Place::Reason;
                }
                Place::Reason => {
                    self.at = Scalar.value_end(input, self.at as usize) as u32;
                    if self.at > limits.start_line_max() {
                        return fail(Rule::RequestLineTooLong, self.at);
                    }
                    match LineEnd::read(rest(self.at), limits.leniency) {
                        LineEnd::Partial => return Ok(None),
                        LineEnd::Found(len) => {
                            self.reason_end = self.at;
                            self.at += len as u32;
                            self.place = Place::Fields(FieldSectionParser::new(SectionOf::Response, self.at as usize));
                        }
                        LineEnd::Absent => return fail(Rule::ReasonPhrase, self.at),
                    }
                }
                Place::Fields(fields) => {
                    let (fields_end, used) = match fields.parse(input, limits, |_| Ok(()))? {
                        Progress::Done(fields_end, used) => (fields_end, used),
                        Progress::NeedInput => return Ok(None),
                        Progress::Mend(mend) => {
                            mend.apply(input);
                            continue;
                        }
                    };
                    let layout = ResponseLayout {
                        version: self.version,
                        status: self.status,
                        reason_end: self.reason_end,
                        fields_start: self.at,
                        fields_end: fields_end as u32,
                        facts: *fields.facts(),
                    };
                    return Ok(Some((layout, used)));
                }
            }
        }
    }
}

/// A head that is all there and right.
struct Whole<'p> {
    input: &'p [u8],
    limits: &'p Limits,
}

impl Task for Whole<'_> {
    type Output = Option<ResponseLayout>;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> Self::Output {
        let Self { input, limits } = self;
        let [version @ .., minor, before, hundreds, tens, ones, after] = input.first_chunk::<13>()?;
        let is_right = version == b"HTTP/1." && [before, after] == [&b' '; 2];
        let version = match minor {
            b'1' => Version::Http11,
            b'0' => Version::Http10,
            _ => return None,
        };
        let status = parse_code([*hundreds, *tens, *ones])?;
        let mut lines = scan.lines(input);
        let reason_end = lines.start_line(STATUS_LEN as usize + 1)?;
        if !is_right || reason_end > limits.request_line as usize {
            return None;
        }
        let mut facts = Facts::default();
        let end = whole::section(scan, &mut lines, input, reason_end + LINE_END_LEN, limits, &mut facts)?;
        let (reason_end, fields_start) = (reason_end as u32, reason_end as u32 + 2);
        Some(ResponseLayout { version, status, reason_end, fields_start, fields_end: end as u32, facts })
    }
}

/// The fixed part of the status line; `None` while it is not all there but right so far.
fn parse_status(octets: &[u8]) -> Result<Option<(Version, StatusCode)>, Error> {
    let wrong = octets.iter().zip(b"HTTP/d.d ddd").position(|(octet, pattern)| match pattern {
        b'd' => !octet.is_ascii_digit(),
        _ => octet != pattern,
    });
    if let Some(at) = wrong {
        return Err(Error::new(if at < 9 { Rule::Version } else { Rule::StatusCode }, at as u64));
    }
    let [_, _, _, _, _, major, _, minor, _, hundreds, tens, ones, ..] = octets else { return Ok(None) };
    if *major != b'1' {
        return Err(Error::new(Rule::MajorVersion, 5));
    }
    let version = if *minor == b'0' { Version::Http10 } else { Version::Http11 };
    let status = parse_code([*hundreds, *tens, *ones]).ok_or(Error::new(Rule::StatusCode, 9))?;
    Ok(Some((version, status)))
}

/// Three digits, the first of which is not 0 (RFC 9110 section 15).
#[inline]
fn parse_code(digits: [u8; 3]) -> Option<StatusCode> {
    let [hundreds, tens, ones] = digits.map(|digit| digit.wrapping_sub(b'0'));
    if hundreds > 9 || tens > 9 || ones > 9 {
        return None;
    }
    StatusCode::new(u16::from(hundreds) * 100 + u16::from(tens) * 10 + u16::from(ones))
}

/// Where the parts of a head lie in its octets, and what was noted of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseLayout {
    version: Version,
    status: StatusCode,
    reason_end: u32,
    fields_start: u32,
    fields_end: u32,
    facts: Facts,
}

/// The head of a response, borrowed from the octets that it was parsed from.
#[derive(Clone, Copy)]
pub struct ResponseHead<'a> {
    octets: &'a [u8],
    layout: ResponseLayout,
}

impl<'a> ResponseHead<'a> {
    /// The head again, from a copy of its octets.
    #[cfg(feature = "alloc")]
    pub(crate) fn from_layout(octets: &'a [u8], layout: ResponseLayout) -> Self {
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
        self.layout.version
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.layout.status
    }

    /// The reason phrase, often empty. It means nothing to a program.
    #[must_use]
    pub fn reason(&self) -> &'a [u8] {
        self.octets.get(STATUS_LEN as usize + 1..self.layout.reason_end as usize).unwrap_or_default()
    }

    /// The field lines, in the order and case received.
    #[must_use]
    pub fn fields(&self) -> FieldSection<'a> {
        let range = self.layout.fields_start as usize..self.layout.fields_end as usize;
        FieldSection::new(self.octets.get(range).unwrap_or_default())
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
        let ResponseLayout { status, version, facts, .. } = self.layout;
        let content_length = facts.content_length().or(facts.has_invalid_length().then_some(0));
        let framing = framing::response(request_method, status, version, content_length, facts.codings)?;
        if facts.has_invalid_length() && !framing::forbids_content(request_method, status) {
            return Err(Rule::ContentLength);
        }
        Ok(framing)
    }

    /// The transfer codings of the body. It is handed out as it comes, but for the chunks: where there are other
    /// codings, still in them.
    #[must_use]
    pub fn transfer_codings(&self) -> framing::TransferCodings {
        self.layout.facts.codings
    }

    /// Whether the server is willing to keep the connection (RFC 9112 section 9.3).
    #[must_use]
    pub fn wants_keep_alive(&self) -> bool {
        let options = self.layout.facts.connection;
        !options.close() && (self.layout.version == Version::Http11 || options.keep_alive())
    }

    /// The Content-Length, if there is a valid one.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.layout.facts.content_length().filter(|_| !self.layout.facts.has_invalid_length())
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
