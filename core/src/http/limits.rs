//! Limits, leniencies and deadlines with their defaults.

use core::time::Duration;

use crate::MinRate;

/// The most that a part of a head may be allowed.
pub(crate) const PART_MAX: u32 = 1 << 30;

/// How much a peer may make a connection hold. Each is counted in octets unless it says otherwise.
///
/// A streamed body has no limit, nor has, by default, the number of requests on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// A request or status line without its CRLF. Default 16,384; RFC 9112 section 3 recommends
    /// at least 8,000. Passing it is answered with 414. More than 2^30 counts as 2^30.
    pub request_line: u32,
    /// All field lines of a head or of a trailer section, CRLFs included. Default 65,536.
    /// Passing it is answered with 431. More than 2^30 counts as 2^30.
    pub field_section: u32,
    /// The number of field lines of a head or of a trailer section. Default 128. Passing it is
    /// answered with 431.
    pub fields: u16,
    /// The number of empty lines ignored before a request line (RFC 9112 section 2.2). Default 4.
    pub leading_empty_lines: u8,
    /// All chunk extensions of one body together. Default 16,384.
    pub chunk_extensions: u32,
    /// Requests that a server hands out ahead of the first one not yet answered, 1 to
    /// [`PIPELINE`](super::PIPELINE). Default 8.
    pub pipeline: u8,
    /// Requests that a client may have sent whose responses are not complete, 1 to
    /// [`PIPELINE`](super::PIPELINE). Default 1: each waits for the one before (RFC 9112 section 9.3.2).
    pub in_flight: u8,
    /// Interim responses (1xx) that a client takes before a final one. Default 100: without end they would be an
    /// answer without end.
    pub interim_responses: u16,
    /// Requests on one connection: the answer to the last of them says `Connection: close`. Default `u64::MAX`.
    pub requests: u64,
    /// What a driver reads and throws away of a request body that the application left unread,
    /// to keep the connection. Default 262,144; a longer rest closes it.
    pub unread_body: u64,
    /// The high-water mark of a driver's output: above it the application waits. Default 65,536.
    pub output: usize,
    /// What is let pass that RFC 9112 forbids. Default: nothing.
    pub leniency: Leniency,
}

/// What is let pass in heads although RFC 9112 forbids its sender to send it. All of it is off by
/// default: two recipients that are lenient in different ways is how requests are smuggled.
///
/// ```
/// use sanderling::http::{Limits, RequestParser};
///
/// let mut limits = Limits::default();
/// limits.leniency.bare_lf = true;
/// let mut input = *b"GET / HTTP/1.1\nHost: a\n\n";
/// assert!(RequestParser::new().parse(&mut input, &limits).unwrap().is_some());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leniency {
    /// A line of a head may end with LF alone (RFC 9112 section 2.2). Chunked bodies and trailer
    /// sections stay strict.
    pub bare_lf: bool,
    /// A folded field line of a request is unfolded, its line break and the blank behind it
    /// replaced by SP (RFC 9112 section 5.2), as is always done in a response.
    pub obs_fold: bool,
    /// Blanks between a field name and its colon are moved behind the colon in a response (RFC
    /// 9112 section 5.1). In a request they are always refused.
    pub blank_before_colon: bool,
}

impl Limits {
    /// What a start line may have: so little that places in a head fit 32 bits.
    pub(crate) fn start_line_max(&self) -> u32 {
        self.request_line.min(PART_MAX)
    }

    /// What a field section may have.
    pub(crate) fn field_section_max(&self) -> u32 {
        self.field_section.min(PART_MAX)
    }

    /// [`Limits::pipeline`] within its range.
    pub(crate) fn pipeline_places(&self) -> usize {
        usize::from(self.pipeline).clamp(1, super::PIPELINE)
    }

    /// [`Limits::in_flight`] within its range.
    pub(crate) fn in_flight_places(&self) -> usize {
        usize::from(self.in_flight).clamp(1, super::PIPELINE)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_line: 16_384,
            field_section: 65_536,
            fields: 128,
            leading_empty_lines: 4,
            chunk_extensions: 16_384,
            pipeline: 8,
            in_flight: 1,
            interim_responses: 100,
            requests: u64::MAX,
            unread_body: 262_144,
            output: 65_536,
            leniency: Leniency::default(),
        }
    }
}

/// How long a peer may take. `None` waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// From the first octet of a head, or from the start of the connection, to the head's end.
    /// At a client from when the request and its body were sent to the end of the response's head. Default 30 s.
    /// Passing it is answered with 408.
    pub head: Option<Duration>,
    /// Between two parts of a body that is being waited for. Default 30 s. Passing it is answered
    /// with 408 if no answer has begun.
    pub body: Option<Duration>,
    /// Between the end of one exchange and the first octet of the next. Default 60 s. The
    /// connection is closed without a word.
    pub idle: Option<Duration>,
    /// How long a client waits for `100 Continue` before it sends the body all the same (RFC 9110
    /// section 10.1.1). Default 1 s.
    pub proceed: Option<Duration>,
    /// Between two moments at which the peer takes some of what is waiting for it. Default 30 s.
    /// The connection is dropped. While a client reads the answer to the request that waits, only
    /// [`Deadlines::body`] counts.
    pub write: Option<Duration>,
    /// After the last answer was written and the writing side shut: how long what the peer still
    /// sends is read and thrown away, so that a reset does not eat the answer (RFC 9112
    /// section 9.6). Default 2 s.
    pub drain: Option<Duration>,
    /// From a request that a driver hands out to the head of its response. Default `None`: that is the
    /// application's own affair. Passing it is answered with 503.
    pub handler: Option<Duration>,
    /// What a body that is waited for must bring on the average, and output that waits must be taken
    /// away at, besides [`Deadlines::body`] and [`Deadlines::write`]. Default `None`: they alone count.
    pub min_rate: Option<MinRate>,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Some(Duration::from_secs(30)),
            body: Some(Duration::from_secs(30)),
            idle: Some(Duration::from_secs(60)),
            proceed: Some(Duration::from_secs(1)),
            write: Some(Duration::from_secs(30)),
            drain: Some(Duration::from_secs(2)),
            handler: None,
            min_rate: None,
        }
    }
}
