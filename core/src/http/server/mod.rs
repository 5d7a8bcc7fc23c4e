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

mod context;
mod reading;
#[cfg(feature = "std")]
mod rest;
mod writing;

#[cfg(feature = "std")]
pub(crate) use rest::Idle;

use super::body::{BodyDecoder, BodyEncoder};
use super::error::{Error, Rule};
use super::ring::Ring;
use super::{Deadlines, FieldSection, Limits, RequestHead, RequestParser};
use crate::Tick;
use crate::time::{Pace, sooner};
use context::Context;

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
}
