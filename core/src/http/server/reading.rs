//! What the client sends: requests, one after another (RFC 9112 sections 2, 6 and 9.3.2).

use super::context::Context;
use super::{Connection, Event, Reading, Then, Wait};
use crate::Tick;
use crate::http::body::{BodyDecoder, BodyPart};
use crate::http::error::{Error, Rule};
use crate::http::{BodyFraming, Deadlines, RequestHead, RequestParser, Version};
use crate::time::Pace;

impl Connection {
    /// Takes the next event from the front of `input` and says how many octets of it were used.
    ///
    /// Octets not used must be given again, with those that follow them. They change only by
    /// [`Leniency::obs_fold`](crate::http::Leniency::obs_fold).
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
            Ok(Some((used, layout))) => {
                let head = parser.head(input, used, layout);
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
            (Context::EXPECTS, head.asks_for_continue()),
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
            // The offer may have been turned down already.
            Then::Switch if !self.unanswered.is_empty() => Reading::Switching,
            Then::Next | Then::Switch => Reading::Head(RequestParser::new()),
            Then::Close => Reading::Closed,
        };
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

    pub(super) fn fail(&mut self, error: Error) -> Error {
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
