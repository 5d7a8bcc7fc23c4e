//! The head of a response (RFC 9112 section 4):
//!
//! ```text
//! status-line = HTTP-version SP status-code SP [ reason-phrase ]
//! ```

use super::facts::Facts;
use super::response_head::{ResponseHead, ResponseLayout};
use super::whole::{self, LINE_END_LEN};
use super::{FieldSectionParser, LineEnd, Progress, SectionOf, reach};
use crate::http::error::{Error, Rule};
use crate::http::{Limits, StatusCode, Version};
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
pub(super) const STATUS_LEN: u32 = 12;

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
    #[inline(always)] // a few steps between calls, from which a head comes in registers
    pub fn parse<'b>(
        &mut self,
        input: &'b mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, ResponseHead<'b>)>, Error> {
        let whole = if self.at == 0 { scan::perform(Whole { input, limits }) } else { None };
        let (used, layout) = match whole {
            Some(layout) => (layout.len(), layout),
            None => match self.parse_on(input, limits)? {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        Ok(Some((used, ResponseHead::of(input.get(..used).unwrap_or_default(), layout))))
    }

    /// Goes on place by place.
    #[inline(never)]
    fn parse_on(&mut self, input: &mut [u8], limits: &Limits) -> Result<Option<(usize, ResponseLayout)>, Error> {
        let reach = reach(input);
        self.advance(input.get_mut(..reach).unwrap_or_default(), limits)
    }

    fn advance(&mut self, input: &mut [u8], limits: &Limits) -> Result<Option<(usize, ResponseLayout)>, Error> {
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
                            self.place = Place::Fields(FieldSectionParser::new(
                                SectionOf::Response,
                                self.at as usize,
                                self.version,
                            ));
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
                    let facts = fields.facts();
                    let layout = ResponseLayout::new(self.reason_end as usize, fields_end, self.status, facts);
                    return Ok(layout.map(|layout| (used, layout)));
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
        let facts = Facts::of_version(version);
        let (fields_end, facts) = whole::section(scan, &mut lines, input, reason_end + LINE_END_LEN, limits, facts)?;
        ResponseLayout::new(reason_end, fields_end, status, facts)
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
