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

mod receiving;
mod sending;

use super::body::{BodyDecoder, BodyEncoder};
use super::error::{Error, Rule};
use super::ring::Ring;
use super::{Deadlines, FieldSection, Limits, Method, ResponseHead, ResponseParser};
use crate::Tick;
use crate::time::{Pace, sooner};

/// What came of the response.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)] // whoever drives a connection has to know them all
pub enum Event<'b> {
    /// Nothing more can be made of the input without more of it.
    NeedInput,
    /// An interim response (RFC 9110 section 15.2), any but 101; the final one is still to come.
    Interim(ResponseHead<'b>),
    /// The head of the final response, or a 101, behind which comes [`Event::Tunnel`].
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
    /// The server speaks HTTP/1.0.
    is_old: bool,
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
            is_old: false,
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

    /// Whether neither side has said that nothing follows what is in flight (RFC 9112 section 9.3). Only then can
    /// [`Connection::can_reuse`] become true once it is answered.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        self.keep_alive
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
        sooner(self.read_deadline(), sooner(self.output.deadline(), proceed))
    }

    /// The part of [`Connection::deadline`] that runs while output waits.
    #[must_use]
    pub fn write_deadline(&self) -> Option<Tick> {
        self.output.deadline()
    }

    /// The part of [`Connection::deadline`] that runs while the response is waited for, whatever becomes of output
    /// that waits.
    #[must_use]
    pub fn read_deadline(&self) -> Option<Tick> {
        sooner(self.head, self.body.deadline())
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
}
