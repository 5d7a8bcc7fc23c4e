//! The head of a request (RFC 9112 section 3):
//!
//! ```text
//! request-line = method SP request-target SP HTTP-version
//! HTTP-version = "HTTP" "/" DIGIT "." DIGIT
//! ```

use core::str::from_utf8;
use core::{fmt, mem};

use super::facts::Facts;
use super::whole::{self, LINE_END_LEN, RequestLine};
use super::{FieldSectionParser, LineEnd, Progress, SectionOf, reach};
use crate::http::error::{Error, Rule};
use crate::http::framing::{self, TransferCodings};
use crate::http::{BodyFraming, FieldSection, Limits, Method, RequestTarget, Version};
use crate::octet::scan::{self, Scalar, Scan, Task};
use crate::octet::text;

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
    #[inline]
    pub fn parse<'b>(
        &mut self,
        input: &'b mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, RequestHead<'b>)>, Error> {
        if let Some(layout) = self.parse_whole(input, limits) {
            let head = RequestHead::whole(input, layout);
            return Ok(Some((head.octets.len(), head)));
        }
        self.parse_on(input, limits)
    }

    /// The head if it is all there and right, and nothing was read of it before.
    #[inline]
    pub(crate) fn parse_whole(&self, input: &[u8], limits: &Limits) -> Option<RequestLayout> {
        if self.at == 0 { scan::perform(Whole { input, limits }) } else { None }
    }

    /// Goes on place by place.
    #[inline(never)]
    pub(crate) fn parse_on<'b>(
        &mut self,
        input: &'b mut [u8],
        limits: &Limits,
    ) -> Result<Option<(usize, RequestHead<'b>)>, Error> {
        let reach = reach(input);
        let seen = input.get_mut(..reach).unwrap_or_default();
        let Some((layout, used)) = self.advance(seen, limits)? else { return Ok(None) };
        let octets = input.get(self.start as usize..used).unwrap_or_default();
        Ok(Some((used, RequestHead { octets, layout })))
    }

    fn advance(&mut self, input: &mut [u8], limits: &Limits) -> Result<Option<(RequestLayout, usize)>, Error> {
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
                    self.place = Place::Fields(FieldSectionParser::new(SectionOf::Request, self.at as usize));
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
                    let (fields_start, facts) = (fields.start(), *fields.facts());
                    check(self.form(input), self.version, facts).map_err(|rule| Error::new(rule, used as u64))?;
                    let layout = RequestLayout {
                        method_end: self.method_end - self.start,
                        target_end: self.target_end - self.start,
                        fields_start: fields_start as u32 - self.start,
                        fields_end: fields_end as u32 - self.start,
                        version: self.version,
                        facts,
                    };
                    return Ok(Some((layout, used)));
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
fn check(form: Form, version: Version, facts: Facts) -> Result<(), Rule> {
    // Nearly all heads.
    if facts.are_ordinary() {
        return Ok(());
    }
    // RFC 9112 section 3.2. Where the target does not name it, Host does; without it there is no http URI (RFC 9110
    // section 4.2.1).
    let is_missing = !facts.has_host() || (facts.has_empty_host() && form == Form::Origin);
    if facts.has_several_hosts() || (is_missing && version == Version::Http11) {
        return Err(Rule::Host);
    }
    framing::request_framing(form == Form::Authority, version, facts.content_length(), facts.codings)?;
    // RFC 9110 section 10.1.1: an HTTP/1.0 request's expectation is ignored.
    if facts.has_unknown_expectation() && version == Version::Http11 {
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
        let fields_start = end + LINE_END_LEN;
        let mut facts = Facts::default();
        let end = whole::section(scan, &mut lines, input, fields_start, limits, &mut facts)?;
        check(Form::Origin, version, facts).ok()?;
        Some(RequestLayout {
            method_end: method_end as u32,
            target_end: target_end as u32,
            fields_start: fields_start as u32,
            fields_end: end as u32,
            version,
            facts,
        })
    }
}

const VERSION_LEN: u32 = 8;

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

/// Where the parts of a head lie in its octets, and what was noted of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLayout {
    method_end: u32,
    target_end: u32,
    fields_start: u32,
    fields_end: u32,
    version: Version,
    facts: Facts,
}

/// The head of a request, borrowed from the octets that it was parsed from.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    octets: &'a [u8],
    layout: RequestLayout,
}

impl<'a> RequestHead<'a> {
    /// The head again, from a copy of its octets.
    #[cfg(feature = "alloc")]
    pub(crate) fn from_layout(octets: &'a [u8], layout: RequestLayout) -> Self {
        Self { octets, layout }
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn layout(&self) -> RequestLayout {
        self.layout
    }

    /// The head in front of the input, of the layout that was found there.
    #[inline]
    pub(crate) fn whole(input: &'a [u8], layout: RequestLayout) -> Self {
        let len = layout.fields_end as usize + LINE_END_LEN;
        Self { octets: input.get(..len).unwrap_or_default(), layout }
    }

    fn slice(&self, from: u32, to: u32) -> &'a [u8] {
        self.octets.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The method.
    #[must_use]
    pub fn method(self) -> Method<'a> {
        Method::from_token(self.slice(0, self.layout.method_end))
    }

    /// The request-target (RFC 9112 section 3.2).
    #[must_use]
    pub fn target(self) -> RequestTarget<'a> {
        let target = text::text(self.slice(self.layout.method_end + 1, self.layout.target_end));
        // The octets and the form were checked when the head was parsed.
        if target.starts_with('/') { RequestTarget::Origin(target) } else { self.other_target(target) }
    }

    #[inline(never)]
    fn other_target(&self, target: &'a str) -> RequestTarget<'a> {
        match target {
            "*" => RequestTarget::Asterisk,
            _ if self.is_connect() => RequestTarget::Authority(target),
            _ => RequestTarget::Absolute(target),
        }
    }

    /// Whether it is neither HEAD nor CONNECT, which are longer, and a request of HTTP/1.1 that ends where its head
    /// does, after which the connection goes on.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        let RequestLayout { method_end, version, facts, .. } = self.layout;
        method_end == 3 && version == Version::Http11 && facts.are_ordinary() && facts.connection.goes_on()
    }

    /// A method ends before the only SP that it can stand before.
    #[inline]
    pub(crate) fn is_head(&self) -> bool {
        self.octets.starts_with(b"HEAD ")
    }

    #[inline]
    pub(crate) fn is_connect(&self) -> bool {
        self.octets.starts_with(b"CONNECT ")
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.layout.version
    }

    /// The field lines, in the order and case received.
    #[must_use]
    pub fn fields(&self) -> FieldSection<'a> {
        FieldSection::new(self.slice(self.layout.fields_start, self.layout.fields_end))
    }

    /// The value of the first field line of this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields().first(name)
    }

    /// The authority that the request is for: that of a target in absolute or authority form, else Host's
    /// (RFC 9112 section 3.3). `None` in HTTP/1.0 without Host, and for an absolute form without an authority,
    /// beside which Host does not count (section 3.2.2).
    #[must_use]
    pub fn authority(&self) -> Option<&'a str> {
        match self.target() {
            target @ (RequestTarget::Absolute(_) | RequestTarget::Authority(_)) => target.authority(),
            RequestTarget::Origin(_) | RequestTarget::Asterisk => {
                self.field("host").and_then(|host| from_utf8(host).ok())
            }
        }
    }

    /// How the body's end is found.
    #[must_use]
    pub fn body_framing(&self) -> BodyFraming {
        // What is refused was refused when the head was parsed, CONNECT with content among it.
        let facts = self.layout.facts;
        match facts.codings {
            TransferCodings::Absent => framing::of_length(facts.content_length()),
            _ => BodyFraming::Chunked,
        }
    }

    /// The Content-Length, if there is one.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.layout.facts.content_length()
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section
    /// 10.1.1).
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.layout.facts.expects_continue()
            && self.layout.version == Version::Http11
            && self.body_framing() != BodyFraming::None
    }

    /// Whether the client offers to switch to another protocol (RFC 9110 section 7.8): an Upgrade
    /// field, named in Connection, in HTTP/1.1.
    #[must_use]
    pub fn offers_upgrade(&self) -> bool {
        self.layout.facts.offers_upgrade() && self.layout.version == Version::Http11
    }

    /// Whether the client wants the connection kept after this exchange (RFC 9112 section 9.3).
    #[must_use]
    pub fn wants_keep_alive(&self) -> bool {
        let options = self.layout.facts.connection;
        !options.close() && (self.layout.version == Version::Http11 || options.keep_alive())
    }

    /// The octets of the head as received, its empty line included.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }
}

impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method())
            .field("target", &self.target())
            .field("version", &self.version())
            .field("fields", &self.fields())
            .finish()
    }
}
