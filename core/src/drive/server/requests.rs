//! What the client sends: requests and their bodies, and what it does wrong.

use alloc::vec::Vec;
use core::cell::LazyCell;
use core::mem;
use core::task::{Poll, ready};

use bytes::Bytes;

use super::{Exchange, ServerDriver};
use crate::Tick;
#[cfg(feature = "std")]
use crate::drive::pool;
use crate::drive::{Driver, Error};
use crate::http::server::Event;
use crate::http::{self, NO_FIELDS, StatusCode};

impl ServerDriver {
    /// Waits for the next request: `true` if one is there, `false` if the connection is over and
    /// the transport can be dropped.
    ///
    /// What the application left unread of the request before is read and thrown away; what the
    /// client does wrong is answered here. Until [`ServerDriver::end_exchange`] it stays at the
    /// request that it gave last.
    pub fn poll_request(&mut self, now: Tick) -> Poll<bool> {
        self.poll_request_at(|| now)
    }

    /// The same, where the time is asked for only if it matters: a request that is there already has no deadline.
    pub(in crate::drive) fn poll_request_at(&mut self, now: impl FnOnce() -> Tick) -> Poll<bool> {
        if self.exchange.open {
            return Poll::Ready(true);
        }
        if self.awaits_request() {
            return Poll::Pending;
        }
        let now = LazyCell::new(now);
        self.hungry = false;
        loop {
            if self.connection.is_write_closed() {
                return self.poll_close(*now);
            }
            if self.output.len() > self.limits.output {
                return Poll::Pending;
            }
            match self.connection.receive_at(self.input.filled_mut(), || *now) {
                Ok((used, Event::Request(head))) => {
                    #[cfg(feature = "std")]
                    if self.head.capacity() == 0 {
                        self.head = pool::take(|stacks| &stacks.heads).unwrap_or_default();
                    }
                    self.head.clear();
                    self.head.extend_from_slice(head.as_bytes());
                    self.layout = Some(head.layout());
                    self.trailers.clear();
                    self.body.clear();
                    let due = self.handler_wait.map(|wait| *now + wait);
                    self.exchange = Exchange { open: true, due, ..Exchange::default() };
                    self.refused = None;
                    self.discarded = 0;
                    self.input.consume(used);
                    return Poll::Ready(true);
                }
                Ok((used, Event::Data(data))) => {
                    self.discarded += data.len() as u64;
                    self.input.consume(used);
                    if self.discarded > self.limits.unread_body {
                        self.connection.stop_reading();
                    }
                }
                Ok((used, Event::Trailers(_) | Event::End)) => self.input.consume(used),
                Ok((used, Event::NeedInput | Event::Paused)) => {
                    self.input.consume(used);
                    if !self.eof {
                        self.hungry = true;
                        return Poll::Pending;
                    }
                    if let Err(error) = self.connection.receive_eof() {
                        self.refuse(error);
                    }
                }
                Ok((_, Event::Tunnel)) => return self.poll_flushed(),
                Ok((_, Event::Closed)) => {
                    // Nothing is owed any more: what was asked is answered, or nobody is there.
                    self.stop();
                }
                Err(error) => self.refuse(error),
            }
        }
    }

    /// Whether the next request was asked for already, and nothing has come since.
    pub(in crate::drive) fn awaits_request(&self) -> bool {
        self.hungry && self.is_idle()
    }

    /// The end of the connection: flush, shut down, drain.
    fn poll_close(&mut self, now: Tick) -> Poll<bool> {
        if !self.output.is_empty() {
            return Poll::Pending;
        }
        if self.shut {
            let len = self.input.filled().len();
            self.input.consume(len);
            let is_over = matches!(self.connection.receive(&mut [], now), Ok((_, Event::Closed)));
            if !self.eof && !is_over {
                self.hungry = true;
                return Poll::Pending;
            }
        } else if !self.connection.is_aborted() {
            // Be the client gone or not: over TLS it is told (RFC 9112 section 9.8).
            return Poll::Pending;
        }
        Poll::Ready(false)
    }

    fn poll_flushed(&self) -> Poll<bool> {
        if self.output.is_empty() { Poll::Ready(false) } else { Poll::Pending }
    }

    /// Answers what is no request, if an answer is still possible.
    pub(super) fn refuse(&mut self, error: http::Error) {
        if self.connection.can_respond() && self.answer_plainly(error.status(), NO_FIELDS).is_ok() {
            return;
        }
        self.stop();
    }

    /// Ends the connection: an answer that is complete is to arrive; one that is not cannot go on.
    fn stop(&mut self) {
        self.connection.stop_reading();
        if !self.connection.is_write_closed() {
            self.connection.abort();
        }
    }

    /// Waits for the next part of the current request's body; `None` is its end. If the client
    /// waits for `100 Continue`, it gets it now.
    ///
    /// # Errors
    ///
    /// What the client did wrong; the answer to that is made by [`ServerDriver::end_exchange`]
    /// unless the application has begun its own.
    pub fn poll_data(&mut self, now: Tick) -> Poll<Result<Option<Bytes>, Error>> {
        self.hungry = false;
        if self.body.is_empty()
            && !self.exchange.overdue
            && !self.connection.wants_continue()
            && let Some((used, data)) = self.connection.receive_chunk(self.input.filled())
        {
            let start = used - data.len();
            return Poll::Ready(Ok(Some(self.input.take_range(start..used))));
        }
        self.poll_any_data(now)
    }

    /// What is more than a chunk that has come whole.
    #[inline(never)]
    fn poll_any_data(&mut self, now: Tick) -> Poll<Result<Option<Bytes>, Error>> {
        // Nothing that was read for all of it is lost if that was given up.
        if self.body.is_empty() {
            self.poll_unread(now)
        } else {
            Poll::Ready(Ok(Some(mem::take(&mut self.body).into())))
        }
    }

    fn poll_unread(&mut self, now: Tick) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            if let Some(error) = self.broken {
                return Poll::Ready(Err(error.into()));
            }
            if self.exchange.overdue {
                return Poll::Ready(Err(Error::TimedOut));
            }
            if self.exchange.read {
                return Poll::Ready(Ok(None));
            }
            if self.connection.is_aborted() {
                return Poll::Ready(Err(Error::Disconnected));
            }
            if self.connection.wants_continue() {
                self.interim(StatusCode::CONTINUE, NO_FIELDS)?;
            }
            match self.connection.receive(self.input.filled_mut(), now) {
                Ok((used, Event::Data(data))) => {
                    let start = used - data.len();
                    return Poll::Ready(Ok(Some(self.input.take_range(start..used))));
                }
                Ok((used, Event::Trailers(fields))) => {
                    self.trailers.extend_from_slice(fields.as_bytes());
                    self.input.consume(used);
                }
                Ok((used, Event::End)) => {
                    self.exchange.read = true;
                    self.input.consume(used);
                }
                Ok((used, Event::NeedInput)) => {
                    self.input.consume(used);
                    if !self.eof {
                        self.hungry = true;
                        return Poll::Pending;
                    }
                    self.broken = self.connection.receive_eof().err();
                    if self.broken.is_none() {
                        return Poll::Ready(Err(Error::Disconnected));
                    }
                }
                Ok((_, Event::Request(_) | Event::Paused | Event::Tunnel | Event::Closed)) => {
                    return Poll::Ready(Err(Error::Disconnected));
                }
                Err(error) => self.broken = Some(error),
            }
        }
    }

    /// Waits for the whole body of the current request, or what is left of it.
    ///
    /// # Errors
    ///
    /// As [`ServerDriver::poll_data`], and [`Error::ContentTooLarge`] above `limit` octets, which
    /// [`ServerDriver::end_exchange`] answers with 413.
    pub fn poll_to_end(&mut self, limit: usize, now: Tick) -> Poll<Result<Vec<u8>, Error>> {
        self.hungry = false;
        // What the head says already needs no 100, and nothing of it is kept (RFC 9110 section 10.1.1).
        let announced = self.connection.body_left();
        if announced > limit.saturating_sub(self.body.len()) as u64 {
            return Poll::Ready(Err(self.refuse_content()));
        }
        while self.body.len() <= limit
            && let Some(data) = ready!(self.poll_unread(now))?
        {
            self.body.extend_from_slice(&data);
        }
        if self.body.len() > limit {
            return Poll::Ready(Err(self.refuse_content()));
        }
        Poll::Ready(Ok(mem::take(&mut self.body)))
    }

    fn refuse_content(&mut self) -> Error {
        self.refuse_with(StatusCode::CONTENT_TOO_LARGE, NO_FIELDS);
        Error::ContentTooLarge
    }
}
