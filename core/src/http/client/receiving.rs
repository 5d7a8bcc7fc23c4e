//! What the server sends: interim responses and final ones, in the order of the requests.

use super::{Connection, Event, Proceed, Receiving, Request};
use crate::Tick;
use crate::http::body::{BodyDecoder, BodyPart};
use crate::http::error::{Error, Rule};
use crate::http::{BodyFraming, Deadlines, ResponseHead, ResponseParser, StatusCode, Version};
use crate::time::Pace;

impl Connection {
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

    /// Takes note of a head, and says whether it is an interim one.
    fn begin(&mut self, head: &ResponseHead<'_>, used: usize, now: Tick) -> Result<bool, Error> {
        let status = head.status();
        self.is_old = head.version() == Version::Http10;
        let request = self.unanswered.first().unwrap_or(Request::BLANK);
        if status == StatusCode::SWITCHING_PROTOCOLS {
            // It names what it switches to (RFC 9110 section 7.8), and HTTP/1.0 knows none (section 15.2).
            let names_protocol = head.version() == Version::Http11 && head.fields().first("Upgrade").is_some();
            if !request.offers_upgrade || !names_protocol {
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

    pub(super) fn fail(&mut self, error: Error) -> Error {
        self.receiving = Receiving::Failed;
        self.keep_alive = false;
        self.head = None;
        self.body = Pace::default();
        self.output = Pace::default();
        self.proceed = Proceed::Now;
        error.after(self.used)
    }

    pub(super) fn await_head(&mut self, now: Tick) {
        self.receiving = Receiving::Head(ResponseParser::new());
        let is_early = self.is_leaving && self.unanswered.len() == 1;
        self.head = self.deadlines.head.filter(|_| !is_early).map(|wait| now + wait);
    }
}
