//! The head of a request (RFC 9112 section 3):
//!
//! ```text
//! request-line = method SP request-target SP HTTP-version
//! HTTP-version = "HTTP" "/" DIGIT "." DIGIT
//! ```

use core::mem;
use core::str::from_utf8;

use super::facts::Facts;
use super::notes::Notes;
use super::request_head::{RequestHead, RequestLayout};
use super::whole::{self, LINE_END_LEN, RequestLine};
use super::{FieldSectionParser, LineEnd, Progress, SectionOf, reach};
use crate::http::error::{Error, Rule};
use crate::http::{Limits, Method, RequestTarget, Version, framing};
use crate::octet::scan::{self, Scalar, Scan, Task};

/// Reads the head of one request from octets that may still be growing.
///
/// ```
/// use sanderling::http::{Limits, RequestParser};
///
/// let mut parser = RequestParser::new();
/// let limits = Limits::default();
/// let mut input = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\nwhat follows";
/// assert!(parser.parse(&mut input[..18], &limits).unwrap().is_none());
/// let (used, head) = parser.parse(&mut input, &limits).unwrap().unwrap();
/// assert_eq!(head.field("host"), Some(&b"a"[..]));
/// assert_eq!(&input[used..], b"what follows");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestParser {
    place: Place,
    /// The first octet after the empty lines that are ignored.
    start: u32,
    at: u32,
    method_end: u32,
    target_end: u32,
    version: Version,
    is_head: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    EmptyLines { seen: u8 },
    Method,
    Target,
    Version,
    Fields(FieldSectionParser),
}

impl Default for RequestParser {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestParser {
    /// A parser that stands before the first octet of a head.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            place: Place::EmptyLines { seen: 0 },
            start: 0,
            at: 0,
            method_end: 0,
            target_end: 0,
            version: Version::Http11,
            is_head: false,
        }
    }

    /// Whether anything of a request was seen; empty lines before it are not counted.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        !matches!(self.place, Place::EmptyLines { .. })
    }

    /// Whether nothing was seen at all.
    #[cfg(feature = "std")]
    pub(crate) const fn is_new(&self) -> bool {
        matches!(self.place, Place::EmptyLines { seen: 0 })
    }

    /// Says how many octets of empty lines were passed if nothing else was; they need not be given again.
    pub(crate) const fn leave_empty_lines(&mut self) -> usize {
        if self.has_begun() { 0 } else { mem::replace(&mut self.at, 0) as usize }
    }

    /// Whether the method was read and is HEAD: a response to it has no content, not even if the
    /// rest of the head turns out to be wrong.
    #[must_use]
    pub const fn is_head(&self) -> bool {
        self.is_head
    }

    /// Goes on with `input`, which must begin with the same octets as in the calls before, and
    /// returns the head and its length once it is whole. The octets change only by
    /// [`Leniency::obs_fold`](crate::http::Leniency::obs_fold).
    ///
    /// # Errors
    ///
    /// The first rule that is broken, as early as it can be seen. The parser must not be used
    /// again after that, or after a head.
    #[inline(always)] // a few steps between calls, from which a head comes in registers
    pub fn parse<'b>(
        &mut self,
        input: &'b mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, RequestHead<'b>)>, Error> {
        if let Some(layout) = self.parse_whole(input, limits) {
            let head = RequestHead::whole(input, layout);
            return Ok(Some((head.as_bytes().len(), head)));
        }
        let found = self.parse_on(input, limits)?;
        Ok(found.map(|(used, layout)| (used, self.head(input, used, layout))))
    }

    /// The head that was found place by place.
    pub(crate) fn head<'b>(&self, input: &'b [u8], used: usize, layout: RequestLayout) -> RequestHead<'b> {
        RequestHead::of(input.get(self.start as usize..used).unwrap_or_default(), layout)
    }

    /// The head if it is all there and right, and nothing was read of it before.
    #[inline]
    pub(crate) fn parse_whole(&self, input: &[u8], limits: &Limits) -> Option<RequestLayout> {
        if self.at == 0 { scan::perform(Whole { input, limits }) } else { None }
    }

    /// Goes on place by place.
    #[inline(never)]
    pub(crate) fn parse_on(
        &mut self,
        input: &mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, RequestLayout)>, Error> {
        let reach = reach(input);
        self.advance(input.get_mut(..reach).unwrap_or_default(), limits)
    }

    fn advance(&mut self, input: &mut [u8], limits: &Limits) -> Result<Option<(usize, RequestLayout)>, Error> {
        loop {
            let rest = |at: u32| input.get(at as usize..).unwrap_or_default();
            let fail = |rule, at: u32| Err(Error::new(rule, at.into()));
            match &mut self.place {
                Place::EmptyLines { seen } => match LineEnd::read(rest(self.at), limits.leniency) {
                    LineEnd::Partial => return Ok(None),
                    LineEnd::Found(len) => {
                        if *seen >= limits.leading_empty_lines {
                            return fail(Rule::LeadingEmptyLines, self.at);
                        }
                        *seen += 1;
                        self.at += len as u32;
                    }
                    LineEnd::Absent => {
                        self.start = self.at;
                        self.place = Place::Method;
                    }
                },
                Place::Method => {
                    self.at = Scalar.token_end(input, self.at as usize) as u32;
                    // No method is that long: 414 would be about the target.
                    self.bound(limits, Rule::Method)?;
                    match rest(self.at) {
                        [] => return Ok(None),
                        [b' ', ..] if self.at > self.start => {
                            self.method_end = self.at;
                            self.is_head = self.method(input) == Method::HEAD;
                            self.at += 1;
                            self.place = Place::Target;
                        }
                        _ => return fail(Rule::Method, self.at),
                    }
                }
                Place::Target => {
                    self.at = Scalar.target_end(input, self.at as usize) as u32;
                    self.bound(limits, Rule::RequestLineTooLong)?;
                    match rest(self.at) {
                        [] => return Ok(None),
                        [b' ', ..] if self.at > self.method_end + 1 => {
                            self.target_end = self.at;
                            self.check_target(input)?;
                            self.at += 1;
                            self.place = Place::Version;
                        }
                        // An HTTP/0.9 request, or one that ends too early.
                        [b'\r' | b'\n', ..] => return fail(Rule::Version, self.at),
                        _ => return fail(Rule::RequestTarget, self.at),
                    }
                }
                Place::Version => {
                    if self.at + VERSION_LEN - self.start > limits.start_line_max() {
                        return fail(Rule::RequestLineTooLong, self.at);
                    }
                    let Some(digits) = parse_version(rest(self.at)).map_err(|rule| Error::new(rule, self.at.into()))?
                    else {
                        return Ok(None);
                    };
                    let len = match LineEnd::read(rest(self.at + VERSION_LEN), limits.leniency) {
                        LineEnd::Partial => return Ok(None),
                        LineEnd::Absent => return fail(Rule::Version, self.at),
                        LineEnd::Found(len) => len as u32,
                    };
                    self.version = match digits {
                        (b'1', b'0') => Version::Http10,
                        (b'1', _) => Version::Http11,
                        _ => return fail(Rule::MajorVersion, self.at),
                    };
                    self.at += VERSION_LEN + len;
                    self.place =
                        Place::Fields(FieldSectionParser::new(SectionOf::Request, self.at as usize, self.version));
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
                    check(self.form(input), input, facts).map_err(|rule| Error::new(rule, used as u64))?;
                    let [method_end, target_end, fields_end] =
                        [self.method_end, self.target_end, fields_end as u32].map(|end| (end - self.start) as usize);
                    let facts = facts.of_head_at(self.start);
                    let layout = RequestLayout::new(method_end, target_end, fields_end, facts);
                    return Ok(layout.map(|layout| (used, layout)));
                }
            }
        }
    }

    /// The request line counts while it is still open, so that an endless one is refused in time.
    fn bound(&self, limits: &Limits, rule: Rule) -> Result<(), Error> {
        if self.at - self.start > limits.start_line_max() {
            // The first octet that is too many, however much has come behind it.
            return Err(Error::new(rule, (self.start + limits.start_line_max()).into()));
        }
        Ok(())
    }

    fn method<'b>(&self, input: &'b [u8]) -> Method<'b> {
        Method::from_token(input.get(self.start as usize..self.method_end as usize).unwrap_or_default())
    }

    fn target<'b>(&self, input: &'b [u8]) -> &'b [u8] {
        input.get(self.method_end as usize + 1..self.target_end as usize).unwrap_or_default()
    }

    fn form(&self, input: &[u8]) -> Form {
        match (self.method(input), self.target(input)) {
            (Method::CONNECT, _) => Form::Authority,
            // Whatever of the right octets begins with a slash.
            (_, [b'/', ..]) => Form::Origin,
            _ => Form::Other,
        }
    }

    fn check_target(&self, input: &[u8]) -> Result<(), Error> {
        let target = self.target(input);
        let is_fine = self.form(input) == Form::Origin
            || from_utf8(target).is_ok_and(|target| RequestTarget::parse(self.method(input), target).is_some());
        if is_fine { Ok(()) } else { Err(Error::new(Rule::RequestTarget, u64::from(self.method_end) + 1)) }
    }
}

/// As much of the form of a target as the rules need.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Origin,
    Authority,
    Other,
}

/// The rules that need the whole head.
#[inline]
fn check(form: Form, input: &[u8], facts: Facts) -> Result<(), Rule> {
    // Nearly all heads.
    if facts.notes().are_ordinary() {
        return Ok(());
    }
    let (notes, version) = (facts.notes(), facts.notes().version());
    // RFC 9112 section 3.2. Where the target does not name it, Host does; without it there is no http URI (RFC 9110
    // section 4.2.1).
    let is_missing = !notes.has(Notes::HOST) || (notes.has(Notes::EMPTY_HOST) && form == Form::Origin);
    if notes.has(Notes::SEVERAL_HOSTS) || (is_missing && version == Version::Http11) {
        return Err(Rule::Host);
    }
    framing::request_framing(form == Form::Authority, version, facts.content_length(input), notes.codings())?;
    // RFC 9110 section 10.1.1: an HTTP/1.0 request's expectation is ignored.
    if notes.has(Notes::UNKNOWN_EXPECTATION) && version == Version::Http11 {
        return Err(Rule::Expectation);
    }
    Ok(())
}

/// A head that is all there and right, without empty lines before it.
struct Whole<'p> {
    input: &'p [u8],
    limits: &'p Limits,
}

impl Task for Whole<'_> {
    type Output = Option<RequestLayout>;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> Self::Output {
        let Self { input, limits } = self;
        let mut lines = scan.lines(input);
        let RequestLine { method_end, target_end, version, end } =
            whole::request_line(scan, &mut lines, input, limits)?;
        let facts = Facts::of_version(version);
        let (fields_end, facts) = whole::section(scan, &mut lines, input, end + LINE_END_LEN, limits, facts)?;
        check(Form::Origin, input, facts).ok()?;
        RequestLayout::new(method_end, target_end, fields_end, facts)
    }
}

/// `HTTP/d.d`.
pub(super) const VERSION_LEN: u32 = 8;

/// The digits of the HTTP-version; `None` while it is not all there but right so far.
fn parse_version(octets: &[u8]) -> Result<Option<(u8, u8)>, Rule> {
    match octets {
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor, ..] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Ok(Some((*major, *minor)))
        }
        _ => {
            let fits = octets.iter().zip(b"HTTP/d.d").all(|(octet, pattern)| match pattern {
                b'd' => octet.is_ascii_digit(),
                _ => octet == pattern,
            });
            if fits && octets.len() < VERSION_LEN as usize { Ok(None) } else { Err(Rule::Version) }
        }
    }
}
