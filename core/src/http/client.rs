//! The client's side of a connection (RFC 9112 section 9).
//!
//! One exchange at a time, or as many requests ahead of their responses as
//! [`Limits::in_flight`] lets: what the reader of a response must know of its
//! request waits in a ring.
//!
//! ```text
//! sending:    Idle -> Body -> Done -> Body -> Done
//! receiving:  Idle -> Head -> Body -> (Head | Idle)          Tunnel, Failed, Closed
//! ```

use core::str::from_utf8;

use super::body::{BodyDecoder, BodyEncoder, BodyPart};
use super::chunked::DataFrame;
use super::emit::{self, Out};
use super::error::{Error, Rule, SendError};
use super::ring::Ring;
use super::{
    BodyFraming, BodyLength, Deadlines, Field, FieldSection, Limits, Method, RequestTarget, ResponseHead,
    ResponseParser, StatusCode, Version,
};
use crate::Tick;
use crate::time::{Pace, sooner};

/// What came of the response.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)] // whoever drives a connection has to know them all
pub enum Event<'b> {
    /// Nothing more can be made of the input without more of it.
    NeedInput,
    /// An interim response (RFC 9110 section 15.2); the final one is still to come.
    Interim(ResponseHead<'b>),
    /// The head of the final response.
    Response(ResponseHead<'b>),
    /// A part of its body.
    Data(&'b [u8]),
    /// Its trailer section; only if it is not empty.
    Trailers(FieldSection<'b>),
    /// The response is complete. [`Connection::can_reuse`] tells whether another request may follow.
    End,
    /// The protocol has changed: after 101, or a 2xx to CONNECT. What remains of the input, and
    /// all that follows, is the new one's.
    Tunnel,
    /// Nothing more will be read.
    Closed,
}

/// One connection, seen from the client.
///
/// Holds protocol state only: no input or output octets, no heap.
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    deadlines: Deadlines,
    sending: Sending,
    receiving: Receiving,
    /// The requests whose responses are not complete.
    unanswered: Ring<Request>,
    /// Both sides are willing to go on after these exchanges.
    keep_alive: bool,
    /// Nothing follows the response that is being received (RFC 9112 section 9.6).
    is_last: bool,
    used: u64,
    /// For the head that is due.
    head: Option<Tick>,
    /// The body of a request is being sent: before it has left no answer is due that is not due already.
    is_leaving: bool,
    /// Interim responses since the last final one.
    interim_responses: u16,
    /// The body that is being received, and the output that waits.
    body: Pace,
    output: Pace,
    /// The body waits for `100 Continue`, until then at the latest.
    proceed: Proceed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proceed {
    Now,
    Await(Option<Tick>),
}

/// What the reader of the answer must know of the request.
#[derive(Clone, Copy, Debug)]
struct Request {
    is_head: bool,
    is_connect: bool,
    offers_upgrade: bool,
}

impl Request {
    const BLANK: Self = Self { is_head: false, is_connect: false, offers_upgrade: false };

    fn framing_method(self) -> Method<'static> {
        match self {
            Self { is_head: true, .. } => Method::HEAD,
            Self { is_connect: true, .. } => Method::CONNECT,
            _ => Method::GET,
        }
    }
}

#[derive(Debug)]
enum Sending {
    Idle,
    Body(BodyEncoder),
    Done,
}

#[derive(Debug)]
enum Receiving {
    Idle,
    Head(ResponseParser),
    Body(BodyDecoder),
    End,
    Tunnel,
    Failed,
    Closed,
}

impl Connection {
    /// A connection that was just opened.
    #[must_use]
    pub fn new(limits: Limits, deadlines: Deadlines) -> Self {
        Self {
            limits,
            deadlines,
            sending: Sending::Idle,
            receiving: Receiving::Idle,
            unanswered: Ring::new(Request::BLANK),
            keep_alive: true,
            is_last: false,
            used: 0,
            head: None,
            is_leaving: false,
            interim_responses: 0,
            body: Pace::default(),
            output: Pace::default(),
            proceed: Proceed::Now,
        }
    }

    // ---- what is so -------------------------------------------------------------------------

    /// Whether nothing is in flight and another request may follow: the one place that decides
    /// (RFC 9112 section 9.3).
    ///
    /// The caller adds what only it knows: octets of input that are left over belong to no
    /// response, so the connection is then not to be used again.
    #[must_use]
    pub fn can_reuse(&self) -> bool {
        matches!(self.receiving, Receiving::Idle) && self.can_send()
    }

    /// Whether another request may be sent now: the one before is sent, neither side has said that it
    /// is the last, no response could change the protocol, and fewer than
    /// [`Limits::in_flight`] are not answered.
    ///
    /// Whether it should be is for the application to say: behind a method that is not idempotent a
    /// request should wait for the response (RFC 9112 section 9.3.2).
    #[must_use]
    pub fn can_send(&self) -> bool {
        let is_open =
            matches!(self.receiving, Receiving::Idle | Receiving::Head(_) | Receiving::Body(_) | Receiving::End);
        let is_sent = !matches!(self.sending, Sending::Body(_));
        let may_switch = self.unanswered.last().is_some_and(|request| request.is_connect || request.offers_upgrade);
        let has_room = self.unanswered.len() < self.limits.in_flight_places();
        self.keep_alive && is_open && is_sent && !may_switch && has_room
    }

    /// How many requests have no complete response yet. Once [`Event::Closed`] or an error has come, they
    /// will get none.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// Whether input can be made use of.
    #[must_use]
    pub fn wants_read(&self) -> bool {
        matches!(self.receiving, Receiving::Head(_) | Receiving::Body(_))
    }

    /// When [`Connection::handle_timeout`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        let proceed = match self.proceed {
            Proceed::Await(at) => at,
            Proceed::Now => None,
        };
        sooner(sooner(self.head, self.body.deadline()), sooner(self.output.deadline(), proceed))
    }

    /// The part of [`Connection::deadline`] that runs while output waits.
    #[must_use]
    pub fn write_deadline(&self) -> Option<Tick> {
        self.output.deadline()
    }

    /// Whether the body should wait: `100 Continue` was asked for and has not come, nor has a final
    /// response, nor has the deadline for it passed (RFC 9110 section 10.1.1).
    #[must_use]
    pub fn awaits_continue(&self) -> bool {
        self.proceed != Proceed::Now
    }

    /// Whether the head of the final response to the request sent last has come. If that is still
    /// being sent, it may then be given up; the connection is not used again.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        match self.receiving {
            Receiving::Idle => !matches!(self.sending, Sending::Idle),
            Receiving::Body(_) | Receiving::End => self.unanswered.len() == 1,
            Receiving::Tunnel => true,
            Receiving::Head(_) | Receiving::Failed | Receiving::Closed => false,
        }
    }

    /// Whether more of the request's body may be sent: it has been neither ended nor sent to the length
    /// that was declared.
    #[must_use]
    pub fn wants_data(&self) -> bool {
        matches!(&self.sending, Sending::Body(encoder) if !encoder.is_complete())
    }

    // ---- what happened ----------------------------------------------------------------------

    /// Takes the next event from the front of `input` and says how many octets of it were used.
    ///
    /// Octets not used must be given again, with those that follow them. A folded field line is
    /// unfolded in place (RFC 9112 section 5.2).
    ///
    /// # Errors
    ///
    /// The rule that the server broke. Nothing more is read.
    pub fn receive<'b>(&mut self, input: &'b mut [u8], now: Tick) -> Result<(usize, Event<'b>), Error> {
        match &mut self.receiving {
            Receiving::Idle if input.is_empty() => Ok((0, Event::NeedInput)),
            Receiving::Idle => Err(self.fail(Error::new(Rule::UnexpectedResponse, 0))),
            Receiving::Head(parser) => match parser.parse(input, &self.limits) {
                Ok(None) => Ok((0, Event::NeedInput)),
                Ok(Some((used, head))) => {
                    let is_interim = self.begin(&head, used, now)?;
                    self.used += used as u64;
                    Ok((used, if is_interim { Event::Interim(head) } else { Event::Response(head) }))
                }
                Err(error) => Err(self.fail(error)),
            },
            Receiving::Body(decoder) => match decoder.decode(input, &self.limits) {
                Ok((used, part)) => {
                    self.used += used as u64;
                    let event = match part {
                        BodyPart::NeedInput => Event::NeedInput,
                        BodyPart::Data(data) => Event::Data(data),
                        BodyPart::End(trailers) if trailers.is_empty() => {
                            self.end(now);
                            return Ok((used, Event::End));
                        }
                        BodyPart::End(trailers) => {
                            self.receiving = Receiving::End;
                            Event::Trailers(trailers)
                        }
                    };
                    let Deadlines { body, min_rate, .. } = self.deadlines;
                    self.body.update(used as u64, matches!(event, Event::NeedInput), body, min_rate, now);
                    Ok((used, event))
                }
                Err(error) => Err(self.fail(error)),
            },
            Receiving::End => {
                self.end(now);
                Ok((0, Event::End))
            }
            Receiving::Tunnel => Ok((0, Event::Tunnel)),
            Receiving::Failed | Receiving::Closed => Ok((0, Event::Closed)),
        }
    }

    /// The server closed its sending side: the end of a close-delimited body.
    ///
    /// # Errors
    ///
    /// [`Rule::Incomplete`] if a response was due or had begun (RFC 9112 section 8).
    pub fn receive_eof(&mut self) -> Result<Event<'static>, Error> {
        self.keep_alive = false;
        self.proceed = Proceed::Now;
        match &self.receiving {
            Receiving::Head(_) => Err(self.fail(Error::new(Rule::Incomplete, 0))),
            Receiving::Body(decoder) => match decoder.decode_eof() {
                Ok(()) => Ok(self.last_end()),
                Err(rule) => Err(self.fail(Error::new(rule, 0))),
            },
            Receiving::End => Ok(self.last_end()),
            Receiving::Tunnel => Ok(Event::Tunnel),
            Receiving::Idle | Receiving::Failed | Receiving::Closed => {
                self.receiving = Receiving::Closed;
                Ok(Event::Closed)
            }
        }
    }

    /// Says that so many octets of output were written and so many still wait. The write deadline
    /// runs while any wait, and starts anew whenever some were written.
    pub fn handle_written(&mut self, written: usize, waiting: usize, now: Tick) {
        let Deadlines { write, min_rate, .. } = self.deadlines;
        self.output.update(written as u64, waiting > 0, write, min_rate, now);
        if self.is_leaving && waiting == 0 && !self.wants_data() {
            self.await_response(now);
        }
    }

    /// The application has no more of the request's body to send for now, and waits for the response, which is due
    /// from now on at the latest. Until then a request whose body has not left has no head deadline.
    pub fn await_response(&mut self, now: Tick) {
        self.is_leaving = false;
        if self.head.is_none() && matches!(self.receiving, Receiving::Head(_)) {
            self.head = self.deadlines.head.map(|wait| now + wait);
        }
    }

    /// More of the body is sent.
    fn leave(&mut self) {
        self.is_leaving = true;
        if self.unanswered.len() == 1 {
            self.head = None;
        }
    }

    /// Lets a deadline pass, if one is due; gives [`Event::NeedInput`] if none was.
    ///
    /// # Errors
    ///
    /// [`Rule::Timeout`]: the connection is to be dropped.
    pub fn handle_timeout(&mut self, now: Tick) -> Result<Event<'static>, Error> {
        if let Proceed::Await(Some(at)) = self.proceed
            && at <= now
        {
            self.proceed = Proceed::Now;
        }
        if self.deadline().is_some_and(|at| at <= now) {
            return Err(self.fail(Error::new(Rule::Timeout, 0)));
        }
        Ok(Event::NeedInput)
    }

    // ---- what the application does ----------------------------------------------------------

    /// Writes the head of a request and says how many octets it has. The head deadline for the
    /// response runs from `now`; if there is a body, from when [`Connection::handle_written`] says that all of it
    /// has left, or from [`Connection::await_response`].
    ///
    /// The application's fields stand as given, in their order and case, Host among them. Only
    /// Content-Length or Transfer-Encoding is added, as `length` asks; with `None` there is no body.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] unless [`Connection::can_send`], and those of emission.
    pub fn send_request<F: Field>(
        &mut self,
        method: Method<'_>,
        target: RequestTarget<'_>,
        fields: &[F],
        length: Option<BodyLength>,
        now: Tick,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        if !self.can_send() {
            return Err(SendError::OutOfTurn);
        }
        if RequestTarget::parse(method, target.as_str()) != Some(target) {
            return Err(SendError::RequestLine);
        }
        if method == Method::CONNECT && length.is_some() {
            return Err(SendError::ContentInConnect);
        }
        let mut out = Out::new(out);
        for part in [method.as_str(), " ", target.as_str(), " HTTP/1.1\r\n"] {
            out.put(part.as_bytes());
        }
        let options = emit::write_fields(&mut out, fields)?.connection;
        let encoder = match length {
            None => {
                emit::end(&mut out);
                BodyEncoder::Length(0)
            }
            Some(BodyLength::Known(length)) => {
                emit::end_with_content_length(&mut out, length);
                BodyEncoder::Length(length)
            }
            Some(BodyLength::Unknown) => {
                emit::end_with_chunked(&mut out);
                BodyEncoder::Chunked
            }
        };
        let len = out.finish()?;

        let expects = fields.iter().any(|field| {
            field.name().eq_ignore_ascii_case(b"expect") && field.value().eq_ignore_ascii_case(b"100-continue")
        });
        self.proceed = match length {
            Some(_) if expects => Proceed::Await(self.deadlines.proceed.map(|wait| now + wait)),
            _ => Proceed::Now,
        };
        self.unanswered.push(Request {
            is_head: method == Method::HEAD,
            is_connect: method == Method::CONNECT,
            offers_upgrade: options.upgrade()
                && fields.iter().any(|field| from_utf8(field.name()).is_ok_and(is_upgrade)),
        });
        self.keep_alive = !options.close();
        // Without a deadline for 100, that of the response is the one.
        self.is_leaving |= !encoder.is_complete() && self.proceed != Proceed::Await(None);
        self.sending = Sending::Body(encoder);
        if matches!(self.receiving, Receiving::Idle) {
            self.await_head(now);
        }
        Ok(len)
    }

    /// Announces `len` octets of the request's body: what must be written before and after them.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooLong`], [`SendError::OutOfTurn`].
    pub fn frame_data(&mut self, len: usize) -> Result<Option<DataFrame>, SendError> {
        let Sending::Body(encoder) = &mut self.sending else { return Err(SendError::OutOfTurn) };
        let frame = encoder.frame(len)?;
        self.leave();
        Ok(frame)
    }

    /// Writes a part of the request's body with the frame around it, and says how many octets
    /// that has.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`], and [`SendError::TooSmall`].
    pub fn send_data(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        let Sending::Body(encoder) = &mut self.sending else { return Err(SendError::OutOfTurn) };
        let len = encoder.write(data, out)?;
        self.leave();
        Ok(len)
    }

    /// Ends the request, with trailers if its body is chunked, and says how many octets that has.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooShort`]: the connection is not to be used again.
    pub fn finish<F: Field>(&mut self, trailers: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let Sending::Body(encoder) = &self.sending else { return Err(SendError::OutOfTurn) };
        let len = encoder.finish(trailers, out).inspect_err(|error| {
            self.keep_alive &= *error != SendError::BodyTooShort;
        })?;
        self.sending = Sending::Done;
        Ok(len)
    }

    // ---- the inner steps --------------------------------------------------------------------

    /// Takes note of a head, and says whether it is an interim one.
    fn begin(&mut self, head: &ResponseHead<'_>, used: usize, now: Tick) -> Result<bool, Error> {
        let status = head.status();
        let request = self.unanswered.first().unwrap_or(Request::BLANK);
        if status == StatusCode::SWITCHING_PROTOCOLS {
            if !request.offers_upgrade {
                return Err(self.fail(Error::new(Rule::UnexpectedResponse, used as u64)));
            }
            self.switch();
            return Ok(false);
        }
        // A response to an earlier request says nothing of the body of this one.
        if (status == StatusCode::CONTINUE || !status.is_informational()) && self.unanswered.len() == 1 {
            self.proceed = Proceed::Now;
        }
        if status.is_informational() {
            // In HTTP/1.0 there is none that could say so.
            self.keep_alive &= head.version() == Version::Http10 || head.wants_keep_alive();
            self.interim_responses = self.interim_responses.saturating_add(1);
            if self.interim_responses > self.limits.interim_responses {
                return Err(self.fail(Error::new(Rule::InterimResponses, used as u64)));
            }
            self.await_head(now);
            return Ok(true);
        }
        self.interim_responses = 0;
        let framing =
            head.body_framing(request.framing_method()).map_err(|rule| self.fail(Error::new(rule, used as u64)))?;
        self.is_last = !head.wants_keep_alive() || framing == BodyFraming::UntilClose;
        self.keep_alive &= !self.is_last;
        if request.is_connect && status.is_success() {
            self.switch();
        } else {
            self.head = None;
            self.receiving = Receiving::Body(BodyDecoder::new(framing));
        }
        Ok(false)
    }

    fn await_head(&mut self, now: Tick) {
        self.receiving = Receiving::Head(ResponseParser::new());
        let is_early = self.is_leaving && self.unanswered.len() == 1;
        self.head = self.deadlines.head.filter(|_| !is_early).map(|wait| now + wait);
    }

    fn switch(&mut self) {
        self.unanswered.pop();
        self.head = None;
        self.proceed = Proceed::Now;
        self.receiving = Receiving::Tunnel;
    }

    /// The response is complete.
    fn end(&mut self, now: Tick) {
        self.unanswered.pop();
        self.body = Pace::default();
        if self.unanswered.is_empty() {
            self.receiving = Receiving::Idle;
        } else if self.is_last {
            self.receiving = Receiving::Closed;
            self.proceed = Proceed::Now;
        } else {
            self.await_head(now);
        }
    }

    /// The response is complete, and no other comes.
    fn last_end(&mut self) -> Event<'static> {
        self.unanswered.pop();
        self.body = Pace::default();
        self.receiving = if self.unanswered.is_empty() { Receiving::Idle } else { Receiving::Closed };
        Event::End
    }

    fn fail(&mut self, error: Error) -> Error {
        self.receiving = Receiving::Failed;
        self.keep_alive = false;
        self.head = None;
        self.body = Pace::default();
        self.output = Pace::default();
        self.proceed = Proceed::Now;
        error.after(self.used)
    }
}

fn is_upgrade(name: &str) -> bool {
    name.eq_ignore_ascii_case("upgrade")
}
