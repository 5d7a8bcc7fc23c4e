//! The server's side of a connection (RFC 9112 section 9).
//!
//! Reading and writing go on independently of each other. The reading side hands out requests in
//! the order received, up to [`Limits::pipeline`] ahead of the answers; the
//! writing side answers them in the same order. What an answer must know of its request (the method, the version,
//! whether the connection goes on) waits in a ring of [`PIPELINE`](super::PIPELINE) places, so that it stays with
//! the message that is being answered.
//!
//! ```text
//! reading:  Head -> Body -> (Head | Switching | Closed)        Failed, Tunnel, Draining
//! writing:  Head -> Body -> (Head | Closed)                    Tunnel
//! ```

use super::body::{BodyDecoder, BodyEncoder, BodyPart};
use super::chunked::DataFrame;
use super::emit::{self, Out, OwnFields};
use super::error::{Error, Rule, SendError};
use super::ring::Ring;
use super::{
    BodyFraming, BodyLength, Deadlines, Field, FieldSection, Limits, RequestHead, RequestParser, StatusCode, Version,
};
use crate::Tick;
use crate::octet::scan;
use crate::time::{Pace, sooner};

/// What the reading side has to say.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)] // whoever drives a connection has to know them all
pub enum Event<'b> {
    /// Nothing more can be made of the input without more of it.
    NeedInput,
    /// The head of the next request.
    Request(RequestHead<'b>),
    /// A part of that request's body.
    Data(&'b [u8]),
    /// The trailer section of that request's body; only if it is not empty.
    Trailers(FieldSection<'b>),
    /// The request is complete.
    End,
    /// Nothing more is read before the application has answered: the pipeline is full, or the
    /// protocol may be about to change.
    Paused,
    /// The protocol has changed. What remains of the input, and all that follows, is the new one's.
    Tunnel,
    /// Nothing more will be read.
    Closed,
}

/// One connection, seen from the server.
///
/// Holds protocol state only: no input or output octets, no heap.
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    deadlines: Deadlines,
    reading: Reading,
    writing: Writing,
    unanswered: Ring<Context>,
    /// Octets of the input used so far.
    used: u64,
    /// Requests begun.
    requests: u64,
    /// The request being read waits for `100 Continue`.
    continue_owed: bool,
    /// The connection ends with the answer to the request being answered.
    last: bool,
    /// The application wants it to end with the next answer.
    going_away: bool,
    read_deadline: Option<(Wait, Tick)>,
    /// The body that is being read, and the output that waits.
    body: Pace,
    output: Pace,
    date: Option<DateLine>,
}

/// What is to be remembered of a connection between two requests.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    used: u64,
    requests: u64,
    read_deadline: Option<(Wait, Tick)>,
}

#[cfg(feature = "std")]
impl Idle {
    /// For a connection that was just accepted.
    pub(crate) fn accepted(deadlines: &Deadlines, now: Tick) -> Self {
        Self { used: 0, requests: 0, read_deadline: first_deadline(deadlines, now) }
    }
}

/// The first head's deadline, which runs from the accept.
fn first_deadline(deadlines: &Deadlines, now: Tick) -> Option<(Wait, Tick)> {
    deadlines.head.map(|wait| (Wait::Head, now + wait))
}

/// The whole line, which is written for every response and changes once a second.
type DateLine = [u8; 37];

#[derive(Debug)]
enum Reading {
    Head(RequestParser),
    Body {
        decoder: BodyDecoder,
        then: Then,
    },
    /// The request is complete but for its last event.
    End {
        then: Then,
    },
    Switching,
    Tunnel,
    /// A rule was broken; nothing more is read.
    Failed,
    /// The last answer is out; what still comes is thrown away.
    Draining,
    Closed,
    Aborted,
}

/// What follows the request that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Next,
    Switch,
    Close,
}

#[derive(Debug)]
enum Writing {
    Head,
    Body(BodyEncoder),
    Tunnel,
    Closed,
}

/// What the reading side waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Head,
    Idle,
    Drain,
}

/// What the answer to a request must know of it: bits, since one is written and read for each request.
#[derive(Clone, Copy, Debug)]
struct Context(u8);

impl Context {
    const IS_HEAD: u8 = 1;
    const IS_CONNECT: u8 = 2;
    const OFFERS_UPGRADE: u8 = 4;
    const IS_HTTP_10: u8 = 8;
    const KEEP_ALIVE: u8 = 16;

    /// For the answer to something that is no request.
    const BROKEN: Self = Self(0);

    fn of(bits: [(u8, bool); 5]) -> Self {
        Self(bits.into_iter().fold(0, |all, (bit, is_set)| if is_set { all | bit } else { all }))
    }

    const fn is(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    const fn version(self) -> Version {
        if self.is(Self::IS_HTTP_10) { Version::Http10 } else { Version::Http11 }
    }
}

impl Connection {
    /// A connection that was just accepted. The first head's deadline runs from `now`.
    #[must_use]
    pub fn new(limits: Limits, deadlines: Deadlines, now: Tick) -> Self {
        Self {
            limits,
            deadlines,
            reading: Reading::Head(RequestParser::new()),
            writing: Writing::Head,
            unanswered: Ring::new(Context::BROKEN),
            used: 0,
            requests: 0,
            continue_owed: false,
            last: false,
            going_away: false,
            read_deadline: first_deadline(&deadlines, now),
            body: Pace::default(),
            output: Pace::default(),
            date: None,
        }
    }

    // ---- what is so -------------------------------------------------------------------------

    /// Whether input can be made use of: nothing is paused, tunnelled or closed.
    #[must_use]
    pub fn wants_read(&self) -> bool {
        match self.reading {
            Reading::Head(_) => self.unanswered.len() < self.limits.pipeline_places() && !self.last,
            Reading::Body { .. } | Reading::Draining => true,
            Reading::End { .. }
            | Reading::Switching
            | Reading::Tunnel
            | Reading::Failed
            | Reading::Closed
            | Reading::Aborted => false,
        }
    }

    /// Whether a request, or an error, waits for its answer and none has begun.
    #[must_use]
    pub fn can_respond(&self) -> bool {
        matches!(self.writing, Writing::Head) && !self.unanswered.is_empty()
    }

    /// Whether the request that is to be answered waits for `100 Continue` before it goes on
    /// (RFC 9110 section 10.1.1). Send it with [`Connection::interim`] when the body is wanted.
    #[must_use]
    pub fn wants_continue(&self) -> bool {
        self.continue_owed && self.unanswered.len() == 1 && self.can_respond()
    }

    /// Whether the last answer was sent: flush, shut down the writing side, then
    /// [`Connection::drain`].
    #[must_use]
    pub fn is_write_closed(&self) -> bool {
        matches!(self.writing, Writing::Closed)
    }

    /// Whether the transport is to be dropped as it is: nothing is to be drained.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        matches!(self.reading, Reading::Aborted)
    }

    /// Whether the connection was handed over to another protocol.
    #[must_use]
    pub fn is_tunnel(&self) -> bool {
        matches!(self.writing, Writing::Tunnel)
    }

    /// Whether nothing is being read or answered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.unanswered.is_empty()
            && matches!(self.writing, Writing::Head)
            && matches!(&self.reading, Reading::Head(parser) if !parser.has_begun())
    }

    /// How many requests have begun.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How many octets are still to come of the body that is being read, as far as Content-Length tells.
    #[must_use]
    pub fn body_left(&self) -> u64 {
        match &self.reading {
            Reading::Body { decoder: BodyDecoder::Length(left), .. } => *left,
            _ => 0,
        }
    }

    /// When [`Connection::handle_timeout`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        let read = self.read_deadline.map(|(_, at)| at);
        sooner(sooner(read, self.body.deadline()), self.output.deadline())
    }

    /// The part of [`Connection::deadline`] that runs while output waits.
    #[must_use]
    pub fn write_deadline(&self) -> Option<Tick> {
        self.output.deadline()
    }

    // ---- what happened ----------------------------------------------------------------------

    /// Takes the next event from the front of `input` and says how many octets of it were used.
    ///
    /// Octets not used must be given again, with those that follow them. They change only by
    /// [`Leniency::obs_fold`](super::Leniency::obs_fold).
    ///
    /// # Errors
    ///
    /// The rule that the client broke. If [`Connection::can_respond`] then, or once the requests
    /// before it are answered, answer with [`Error::status`]; else the connection is to be dropped,
    /// because an answer was under way. Nothing more is read.
    #[inline]
    pub fn receive<'b>(&mut self, input: &'b mut [u8], now: Tick) -> Result<(usize, Event<'b>), Error> {
        self.receive_at(input, || now)
    }

    /// The same, where the time is asked for only if it matters: a head that has come whole has no deadline.
    #[inline] // a few steps, and for a request without a body all of them
    pub(crate) fn receive_at<'b>(
        &mut self,
        input: &'b mut [u8],
        now: impl FnOnce() -> Tick,
    ) -> Result<(usize, Event<'b>), Error> {
        match &self.reading {
            // Nearly every request ends where its head does.
            Reading::Body { decoder: BodyDecoder::Length(0), then } | Reading::End { then } => {
                let then = *then;
                self.end(then);
                Ok((0, Event::End))
            }
            Reading::Head(_) => self.receive_head(input, now),
            Reading::Body { .. } => match self.receive_chunk(input) {
                Some((used, data)) => Ok((used, Event::Data(data))),
                None => self.receive_body(input, now()),
            },
            Reading::Switching if self.unanswered.is_empty() => {
                // The offer was turned down, so HTTP goes on.
                self.reading = Reading::Head(RequestParser::new());
                self.receive_head(input, now)
            }
            Reading::Switching => Ok((0, Event::Paused)),
            Reading::Tunnel => Ok((0, Event::Tunnel)),
            Reading::Draining => {
                self.used += input.len() as u64;
                Ok((input.len(), Event::NeedInput))
            }
            Reading::Failed | Reading::Closed | Reading::Aborted => Ok((0, Event::Closed)),
        }
    }

    #[inline(never)] // so that the steps above need no frame
    fn receive_head<'b>(
        &mut self,
        input: &'b mut [u8],
        now: impl FnOnce() -> Tick,
    ) -> Result<(usize, Event<'b>), Error> {
        if self.last {
            self.reading = Reading::Closed;
        } else if self.unanswered.len() >= self.limits.pipeline_places() {
            return Ok((0, Event::Paused));
        }
        let Reading::Head(parser) = &mut self.reading else { return Ok((0, Event::Closed)) };
        if input.is_empty() {
            let has_begun = parser.has_begun();
            self.wait_for_head(has_begun, now());
            return Ok((0, Event::NeedInput));
        }
        if let Some(layout) = parser.parse_whole(input, &self.limits) {
            let head = RequestHead::whole(input, layout);
            let used = head.as_bytes().len();
            self.used += used as u64;
            self.begin(&head);
            return Ok((used, Event::Request(head)));
        }
        match parser.parse_on(input, &self.limits) {
            Ok(Some((used, head))) => {
                self.used += used as u64;
                self.begin(&head);
                Ok((used, Event::Request(head)))
            }
            Ok(None) => {
                let has_begun = parser.has_begun();
                // What is ignored before a head is no part of one: the connection is as idle as without it.
                let used = parser.leave_empty_lines();
                self.used += used as u64;
                self.wait_for_head(has_begun, now());
                Ok((used, Event::NeedInput))
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Takes a whole chunk, which is nearly all that comes of a chunked body, if the time does not matter. Nothing
    /// else can be under way then.
    #[inline(never)] // nor has it a frame, since it calls nothing
    pub(crate) fn receive_chunk<'b>(&mut self, input: &'b [u8]) -> Option<(usize, &'b [u8])> {
        let Reading::Body { decoder: BodyDecoder::Chunked(decoder), .. } = &mut self.reading else { return None };
        if !self.body.is_at_rest() {
            return None;
        }
        let (used, data) = decoder.next_whole(input)?;
        self.used += used as u64;
        self.continue_owed = false;
        Some((used, data))
    }

    #[inline(never)]
    fn receive_body<'b>(&mut self, input: &'b [u8], now: Tick) -> Result<(usize, Event<'b>), Error> {
        let Reading::Body { decoder, then } = &mut self.reading else { return Ok((0, Event::Closed)) };
        let (used, part) = match decoder.decode(input, &self.limits) {
            Ok(next) => next,
            Err(error) => return Err(self.fail(error)),
        };
        let then = *then;
        self.used += used as u64;
        self.continue_owed &= used == 0;
        let event = match part {
            BodyPart::NeedInput => Event::NeedInput,
            BodyPart::Data(data) => Event::Data(data),
            BodyPart::End(trailers) if trailers.is_empty() => {
                self.end(then);
                return Ok((used, Event::End));
            }
            BodyPart::End(trailers) => {
                self.reading = Reading::End { then };
                Event::Trailers(trailers)
            }
        };
        let Deadlines { body, min_rate, .. } = self.deadlines;
        self.body.update(used as u64, matches!(event, Event::NeedInput), body, min_rate, now);
        Ok((used, event))
    }

    /// The client closed its sending side: no more input will come. What was asked before can
    /// still be answered. Call it when [`Connection::receive`] can make no more of the input.
    ///
    /// # Errors
    ///
    /// [`Rule::Incomplete`] if that was in the middle of a request.
    pub fn receive_eof(&mut self) -> Result<Event<'static>, Error> {
        self.read_deadline = None;
        self.body = Pace::default();
        match &self.reading {
            Reading::Head(parser) if parser.has_begun() => Err(self.fail(Error::new(Rule::Incomplete, 0))),
            Reading::Body { .. } => Err(self.fail(Error::new(Rule::Incomplete, 0))),
            Reading::Tunnel => Ok(Event::Tunnel),
            Reading::Head(_)
            | Reading::End { .. }
            | Reading::Switching
            | Reading::Failed
            | Reading::Draining
            | Reading::Closed
            | Reading::Aborted => {
                if !self.is_aborted() {
                    self.reading = Reading::Closed;
                }
                Ok(Event::Closed)
            }
        }
    }

    /// Says that so many octets of output were written and so many still wait. The write deadline
    /// runs while any wait, and starts anew whenever some were written.
    pub fn handle_written(&mut self, written: usize, waiting: usize, now: Tick) {
        let Deadlines { write, min_rate, .. } = self.deadlines;
        self.output.update(written as u64, waiting > 0, write, min_rate, now);
    }

    /// Lets a deadline pass, if one is due.
    ///
    /// Gives [`Event::NeedInput`] if none was due. [`Event::Closed`] says that the connection is to
    /// be dropped: it was idle, was drained long enough, or its client takes nothing.
    ///
    /// # Errors
    ///
    /// [`Rule::Timeout`] where the client deserves an answer: as with [`Connection::receive`].
    pub fn handle_timeout(&mut self, now: Tick) -> Result<Event<'static>, Error> {
        if self.output.deadline().is_some_and(|at| at <= now) {
            self.abort();
            return Ok(Event::Closed);
        }
        if self.body.deadline().is_some_and(|at| at <= now) {
            return Err(self.fail(Error::new(Rule::Timeout, 0)));
        }
        let Some((wait, _)) = self.read_deadline.filter(|(_, at)| *at <= now) else { return Ok(Event::NeedInput) };
        if wait == Wait::Head && matches!(&self.reading, Reading::Head(parser) if parser.has_begun()) {
            return Err(self.fail(Error::new(Rule::Timeout, 0)));
        }
        self.abort();
        Ok(Event::Closed)
    }

    // ---- what the application does ----------------------------------------------------------

    /// The value for the Date field of the answers to come (RFC 9110 section 6.6.1), in
    /// `IMF-fixdate`. Without it, or where the application gives its own, none is added.
    pub fn set_date(&mut self, date: Option<[u8; 29]>) {
        self.date = date.filter(|date| scan::value_len(date) == date.len()).map(|date| {
            let mut line = *b"Date: Ddd, DD Mmm YYYY hh:mm:ss GMT\r\n";
            if let Some((_, rest)) = line.split_first_chunk_mut::<6>()
                && let Some(place) = rest.first_chunk_mut()
            {
                *place = date;
            }
            line
        });
    }

    /// The next answer is to be the connection's last. If none is due, [`Connection::stop_reading`]
    /// ends it now.
    pub fn close(&mut self) {
        self.going_away = true;
    }

    /// Reads no further request, and gives up the rest of one whose answer is complete: flush, shut
    /// down the writing side and [`Connection::drain`]. Does nothing while an answer is due.
    pub fn stop_reading(&mut self) {
        if self.unanswered.is_empty() && matches!(self.writing, Writing::Head) {
            self.reading = Reading::Closed;
            self.writing = Writing::Closed;
            self.body = Pace::default();
        }
    }

    /// Steps over the end of a request that has no content left, so that it can be upgraded at once;
    /// `false` if there is content that was not read.
    pub fn pass_end(&mut self) -> bool {
        let then = match &self.reading {
            Reading::Body { decoder, then } if decoder.is_complete() => *then,
            Reading::End { then } => *then,
            Reading::Switching => return true,
            _ => return false,
        };
        self.end(then);
        true
    }

    /// Nothing more is read or sent; the transport is to be dropped.
    pub fn abort(&mut self) {
        self.reading = Reading::Aborted;
        self.writing = Writing::Closed;
        self.unanswered.clear();
        self.read_deadline = None;
        self.body = Pace::default();
        self.output = Pace::default();
    }

    /// Starts to throw away what still comes, after the last answer is out and the writing side
    /// of the transport shut, until the client closes or the drain deadline passes (RFC 9112
    /// section 9.6).
    pub fn drain(&mut self, now: Tick) {
        if self.is_aborted() {
            return;
        }
        self.reading = Reading::Draining;
        self.body = Pace::default();
        self.read_deadline = self.deadlines.drain.map(|wait| (Wait::Drain, now + wait));
    }

    /// Writes an interim response (RFC 9110 section 15.2), such as `100 Continue` or `103 Early
    /// Hints`, and says how many octets it has. Writes nothing for a client of HTTP/1.0, which
    /// would not understand.
    ///
    /// # Errors
    ///
    /// [`SendError::Status`] for 101 and for final codes, and those of emission.
    pub fn interim<F: Field>(&mut self, status: StatusCode, fields: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let context = self.context()?;
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(SendError::Status);
        }
        if context.version() == Version::Http10 {
            return Ok(0);
        }
        let mut out = Out::new(out);
        emit::write_status_line(&mut out, status);
        emit::write_fields(&mut out, fields)?;
        emit::end(&mut out);
        let len = out.finish()?;
        if status == StatusCode::CONTINUE {
            self.continue_owed = false;
        }
        Ok(len)
    }

    /// Whether a response of this status would open a tunnel: a 2xx to CONNECT (RFC 9110 section 9.3.6).
    #[cfg(feature = "alloc")]
    pub(crate) fn would_open_tunnel(&self, status: StatusCode) -> bool {
        status.is_success() && self.context().is_ok_and(|context| context.is(Context::IS_CONNECT))
    }

    /// Writes the head of the final response and says how many octets it has.
    ///
    /// After the application's fields it adds, as needed, Date, Connection, and Content-Length or
    /// Transfer-Encoding as `length` asks; nothing else. A body that the response cannot have (to
    /// HEAD, with 204 or 304) is not written when it comes. A 2xx to CONNECT starts the tunnel.
    ///
    /// # Errors
    ///
    /// [`SendError::Status`] for 1xx, and those of emission.
    pub fn respond(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item: Field, IntoIter: Clone>,
        length: BodyLength,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let context = self.context()?;
        let version = context.version();
        if status.is_informational() {
            return Err(SendError::Status);
        }
        let opens_tunnel = context.is(Context::IS_CONNECT) && status.is_success();
        // A 205 says that it has no content by its length (RFC 9110 section 15.3.6).
        let is_reset = status == StatusCode::RESET_CONTENT;
        let length = if is_reset { BodyLength::Known(0) } else { length };
        let is_delimited = opens_tunnel
            || status.forbids_content()
            || version == Version::Http11
            || matches!(length, BodyLength::Known(_));

        let mut out = Out::new(out);
        emit::write_status_line(&mut out, status);
        let own = self.write_fields(&mut out, fields)?.connection;
        let keep = context.is(Context::KEEP_ALIVE) && is_delimited && !own.close() && !self.closes_after_this();
        if !opens_tunnel {
            match version {
                Version::Http11 if !keep && !own.close() => out.put(b"Connection: close\r\n"),
                Version::Http10 if keep && !own.keep_alive() => out.put(b"Connection: keep-alive\r\n"),
                Version::Http10 | Version::Http11 => {}
            }
        }
        let encoder = match length {
            _ if opens_tunnel || status.forbids_content() => {
                emit::end(&mut out);
                BodyEncoder::Absent
            }
            BodyLength::Known(length) => {
                emit::end_with_content_length(&mut out, length);
                BodyEncoder::Length(length)
            }
            BodyLength::Unknown if version == Version::Http11 => {
                emit::end_with_chunked(&mut out);
                BodyEncoder::Chunked
            }
            BodyLength::Unknown => {
                emit::end(&mut out);
                BodyEncoder::UntilClose
            }
        };
        let len = out.finish()?;

        self.continue_owed &= self.unanswered.len() > 1;
        if opens_tunnel {
            self.switch();
        } else {
            self.last |= !keep;
            self.writing =
                Writing::Body(if context.is(Context::IS_HEAD) || is_reset { BodyEncoder::Absent } else { encoder });
        }
        Ok(len)
    }

    /// Writes `101 Switching Protocols` (RFC 9110 section 15.2.2) with the application's fields,
    /// Upgrade among them, and `Connection: upgrade`. [`Connection::receive`] then says
    /// [`Event::Tunnel`].
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if the request did not offer to switch or is not complete, or
    /// others wait before it.
    pub fn upgrade<F: Field>(&mut self, fields: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let context = self.context()?;
        if !context.is(Context::OFFERS_UPGRADE)
            || !matches!(self.reading, Reading::Switching)
            || self.unanswered.len() > 1
        {
            return Err(SendError::OutOfTurn);
        }
        let mut out = Out::new(out);
        emit::write_status_line(&mut out, StatusCode::SWITCHING_PROTOCOLS);
        out.put(b"Connection: upgrade\r\n");
        self.write_fields(&mut out, fields)?;
        emit::end(&mut out);
        let len = out.finish()?;
        self.switch();
        Ok(len)
    }

    /// Announces `len` octets of the response's body: what must be written before and after them,
    /// or `None` if they must not be written at all.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooLong`], [`SendError::OutOfTurn`].
    pub fn frame_data(&mut self, len: usize) -> Result<Option<DataFrame>, SendError> {
        match &mut self.writing {
            Writing::Body(encoder) => encoder.frame(len),
            Writing::Head | Writing::Tunnel | Writing::Closed => Err(SendError::OutOfTurn),
        }
    }

    /// Writes a part of the response's body with the frame around it, and says how many octets
    /// that has.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`], and [`SendError::TooSmall`].
    pub fn send_data(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        match &mut self.writing {
            Writing::Body(encoder) => encoder.write(data, out),
            Writing::Head | Writing::Tunnel | Writing::Closed => Err(SendError::OutOfTurn),
        }
    }

    /// Ends the response's body, with trailers if it is chunked, and says how many octets that has.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooShort`] closes the connection: the client must not take what follows
    /// for the missing rest. The others leave all as it was.
    pub fn finish<F: Field>(&mut self, trailers: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let Writing::Body(encoder) = &self.writing else { return Err(SendError::OutOfTurn) };
        let len = match encoder.finish(trailers, out) {
            Err(SendError::BodyTooShort) => {
                self.abort();
                return Err(SendError::BodyTooShort);
            }
            result => result?,
        };
        self.answered();
        Ok(len)
    }

    /// Ends a response whose length was given and whose whole body is written next, if this says so: there is
    /// nothing around it.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn finish_whole(&mut self) -> Result<bool, SendError> {
        let Writing::Body(encoder) = &self.writing else { return Err(SendError::OutOfTurn) };
        let is_written = !matches!(encoder, BodyEncoder::Absent);
        self.answered();
        Ok(is_written)
    }

    /// What is to be remembered if nothing is being read, answered or owed; the connection can then be
    /// used for another one.
    #[cfg(feature = "std")]
    pub(crate) fn rest(&self) -> Option<Idle> {
        let Self { used, requests, read_deadline, .. } = *self;
        // Empty lines before the next head are still to be counted.
        let is_new = matches!(&self.reading, Reading::Head(parser) if parser.is_new());
        let may_rest = is_new && self.is_idle() && !self.last && !self.going_away && self.output.is_at_rest();
        may_rest.then_some(Idle { used, requests, read_deadline })
    }

    /// Takes the place of a connection that was at rest; this one must be, too.
    #[cfg(feature = "std")]
    pub(crate) fn resume(&mut self, idle: &Idle, limits: Limits, deadlines: Deadlines) {
        let Idle { used, requests, read_deadline } = *idle;
        self.limits = limits;
        self.deadlines = deadlines;
        self.used = used;
        self.requests = requests;
        self.read_deadline = read_deadline;
    }

    // ---- the inner steps --------------------------------------------------------------------

    #[inline]
    fn context(&self) -> Result<Context, SendError> {
        match self.writing {
            Writing::Head => self.unanswered.first().ok_or(SendError::OutOfTurn),
            Writing::Body(_) | Writing::Tunnel | Writing::Closed => Err(SendError::OutOfTurn),
        }
    }

    /// Whether the answer to be sent now must be the last.
    fn closes_after_this(&self) -> bool {
        let is_being_read = self.unanswered.len() == 1;
        self.going_away
            || self.last
            // The client may send the body or not, now that it gets no 100: the next octets
            // could be either (RFC 9110 section 10.1.1).
            || (is_being_read && self.continue_owed)
            || (is_being_read && matches!(self.reading, Reading::Failed))
    }

    fn write_fields(&self, out: &mut Out<'_>, fields: impl IntoIterator<Item: Field>) -> Result<OwnFields, SendError> {
        let own = emit::write_fields(out, fields)?;
        if let Some(date) = &self.date
            && !own.has_date
        {
            out.put(date);
        }
        Ok(own)
    }

    #[inline]
    fn begin(&mut self, head: &RequestHead<'_>) {
        self.requests += 1;
        self.read_deadline = None;
        if !head.is_plain() || self.requests >= self.limits.requests {
            return self.begin_other(head);
        }
        self.unanswered.push(Context(Context::KEEP_ALIVE));
        self.continue_owed = false;
        self.reading = Reading::Body { decoder: BodyDecoder::new(BodyFraming::None), then: Then::Next };
    }

    /// What is true of any request.
    #[inline(never)]
    fn begin_other(&mut self, head: &RequestHead<'_>) {
        let (is_connect, offers_upgrade) = (head.is_connect(), head.offers_upgrade());
        let keep_alive = head.wants_keep_alive() && self.requests < self.limits.requests;
        self.unanswered.push(Context::of([
            (Context::IS_HEAD, head.is_head()),
            (Context::IS_CONNECT, is_connect),
            (Context::OFFERS_UPGRADE, offers_upgrade),
            (Context::IS_HTTP_10, head.version() == Version::Http10),
            (Context::KEEP_ALIVE, keep_alive),
        ]));
        self.continue_owed = head.expects_continue();
        let then = match () {
            () if is_connect || offers_upgrade => Then::Switch,
            () if !keep_alive => Then::Close,
            () => Then::Next,
        };
        self.reading = Reading::Body { decoder: BodyDecoder::new(head.body_framing()), then };
    }

    fn end(&mut self, then: Then) {
        self.body = Pace::default();
        self.continue_owed = false;
        self.reading = match then {
            Then::Next => Reading::Head(RequestParser::new()),
            Then::Switch => Reading::Switching,
            Then::Close => Reading::Closed,
        };
    }

    #[inline]
    fn answered(&mut self) {
        self.unanswered.pop();
        if self.last {
            self.writing = Writing::Closed;
            self.unanswered.clear();
        } else {
            self.writing = Writing::Head;
        }
    }

    fn switch(&mut self) {
        self.unanswered.pop();
        self.writing = Writing::Tunnel;
        self.reading = Reading::Tunnel;
    }

    fn wait_for_head(&mut self, has_begun: bool, now: Tick) {
        let wait = match self.read_deadline {
            // It runs from the accept for the first head, from the first octet for the others.
            Some((Wait::Head, _)) => return,
            Some((Wait::Idle, _)) if !has_begun => return,
            _ if has_begun => self.deadlines.head.map(|wait| (Wait::Head, wait)),
            _ if self.unanswered.is_empty() => self.deadlines.idle.map(|wait| (Wait::Idle, wait)),
            _ => None,
        };
        self.read_deadline = wait.map(|(what, wait)| (what, now + wait));
    }

    fn fail(&mut self, error: Error) -> Error {
        // A broken head has no place among the unanswered yet; a broken body has, unless its
        // answer is already complete.
        if let Reading::Head(parser) = &self.reading {
            self.unanswered.push(Context(Context::IS_HEAD * u8::from(parser.is_head())));
        }
        self.reading = Reading::Failed;
        self.read_deadline = None;
        self.body = Pace::default();
        self.continue_owed = false;
        error.after(self.used)
    }
}
