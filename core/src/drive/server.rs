//! The driver of an HTTP server connection: one exchange after another.

#[cfg(feature = "deflate")]
mod compressed;

use alloc::vec::Vec;
use core::cell::LazyCell;
use core::mem;
use core::task::{Poll, ready};
use core::time::Duration;

use bytes::Bytes;

#[cfg(feature = "files")]
use super::FilePart;
#[cfg(feature = "deflate")]
use super::compression::tells_of_octets;
use super::input::Input;
use super::output::Output;
use super::{Driver, Error, Payload};
#[cfg(feature = "std")]
use super::{Settings, pool};
use crate::Tick;
#[cfg(feature = "std")]
use crate::http::server::Idle;
use crate::http::server::{Connection, Event};
use crate::http::{
    self, BodyLength, Deadlines, Field, FieldLine, FieldSection, Limits, NO_FIELDS, RequestHead, RequestLayout,
    SendError, StatusCode,
};
use crate::semantics::HttpDate;
use crate::time::sooner;

/// One HTTP connection of a server, with its buffers.
///
/// [`poll_request`](Self::poll_request) gives one request after another. Each is read with
/// [`poll_data`](Self::poll_data) and answered with [`respond`](Self::respond), or piece by piece
/// with [`start`](Self::start), [`write`](Self::write) and [`finish`](Self::finish), in any order
/// of reading and writing; [`end_exchange`](Self::end_exchange) then makes sure of an answer.
///
/// ```
/// use core::task::Poll;
/// use sanderling::Tick;
/// use sanderling::drive::{Driver, ServerDriver};
/// use sanderling::http::{Deadlines, Limits, NO_FIELDS, StatusCode};
///
/// let now = Tick::ZERO;
/// let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), now);
/// let input = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// driver.room()[..input.len()].copy_from_slice(input);
/// driver.received(input.len());
/// assert_eq!(driver.poll_request(now), Poll::Ready(true));
/// driver.respond(StatusCode::OK, NO_FIELDS, "Hi").unwrap();
/// driver.end_exchange();
/// let output: Vec<u8> = driver.output().flatten().copied().collect();
/// assert_eq!(output, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi");
/// ```
#[derive(Debug)]
pub struct ServerDriver {
    connection: Connection,
    limits: Limits,
    /// How long a handler may take to begin its answer.
    handler_wait: Option<Duration>,
    input: Input,
    output: Output,
    /// The octets of the current request's head, apart from the read buffer and recycled.
    head: Vec<u8>,
    layout: Option<RequestLayout>,
    /// The field lines of its trailer section.
    trailers: Vec<u8>,
    /// As much of its body as was read for [`ServerDriver::poll_to_end`].
    body: Vec<u8>,
    exchange: Exchange,
    /// What the peer did wrong, still to be answered.
    broken: Option<http::Error>,
    /// What the application refused.
    refused: Option<(StatusCode, &'static [FieldLine<'static>])>,
    /// It serves one connection after another: see [`ServerDriver::rest`].
    rests: bool,
    /// A poll waits for input.
    hungry: bool,
    /// The input has ended.
    eof: bool,
    /// The writing side was shut down.
    shut: bool,
    /// Octets of the current request thrown away.
    discarded: u64,
    /// As much may be written of a body that the response does not have.
    unsent: u64,
    /// The second for which the date was written last.
    unix_seconds: Option<u64>,
    #[cfg(feature = "deflate")]
    compressing: compressed::Compressing,
}

/// The longest buffer for heads that is kept for another time.
const KEPT_HEAD: usize = 16 * 1024;

/// How far the current exchange is.
#[derive(Debug, Default)]
struct Exchange {
    /// The application has it.
    open: bool,
    /// The request was read to its end.
    read: bool,
    started: bool,
    finished: bool,
    /// When the answer has to begin.
    due: Option<Tick>,
    /// It has not.
    overdue: bool,
}

pub(super) fn required(error: &SendError) -> Option<usize> {
    match error {
        SendError::TooSmall { required } => Some(*required),
        _ => None,
    }
}

impl ServerDriver {
    /// A connection that was just accepted.
    #[must_use]
    pub fn new(limits: Limits, deadlines: Deadlines, now: Tick) -> Self {
        Self {
            connection: Connection::new(limits, deadlines, now),
            limits,
            handler_wait: deadlines.handler,
            input: Input::default(),
            output: Output::default(),
            head: Vec::new(),
            layout: None,
            trailers: Vec::new(),
            body: Vec::new(),
            exchange: Exchange { read: true, started: true, finished: true, ..Exchange::default() },
            broken: None,
            refused: None,
            rests: false,
            hungry: false,
            eof: false,
            shut: false,
            discarded: 0,
            unsent: 0,
            unix_seconds: None,
            #[cfg(feature = "deflate")]
            compressing: compressed::Compressing::default(),
        }
    }

    /// Tells the time of day for the Date field, in seconds since 1970. Without it there is none.
    pub fn set_unix_time(&mut self, seconds: u64) {
        if self.unix_seconds != Some(seconds) {
            self.unix_seconds = Some(seconds);
            self.connection.set_date(Some(*HttpDate::from_unix(seconds).as_bytes()));
        }
    }

    /// Whether it was told.
    #[cfg(feature = "std")]
    pub(super) fn has_date(&self) -> bool {
        self.unix_seconds.is_some()
    }

    // ---- requests ---------------------------------------------------------------------------

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
    pub(super) fn poll_request_at(&mut self, now: impl FnOnce() -> Tick) -> Poll<bool> {
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

    /// Gives up the buffers that nothing is in.
    pub(super) fn release(&mut self) {
        if self.is_idle() {
            self.forget_head();
            self.output.rest();
        }
        self.input.rest();
    }

    /// Whether the next request was asked for already, and nothing has come since.
    pub(super) fn awaits_request(&self) -> bool {
        self.hungry && self.is_idle()
    }

    /// A head of the past is not to be kept for ever.
    fn forget_head(&mut self) {
        self.layout = None;
        self.trailers = Vec::new();
        let head = mem::take(&mut self.head);
        if (1..=KEPT_HEAD).contains(&head.capacity()) {
            #[cfg(feature = "std")]
            pool::give(|stacks| &stacks.heads, head);
            #[cfg(not(feature = "std"))]
            {
                self.head = head;
            }
        }
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
    fn refuse(&mut self, error: http::Error) {
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

    fn answer_plainly(&mut self, status: StatusCode, fields: &[FieldLine<'_>]) -> Result<(), SendError> {
        self.respond_with(status, fields, status.reason())
    }

    /// Whether the current request was read to its end.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.exchange.read
    }

    /// The head of the current request; `None` before the first one, and once the connection is idle.
    #[must_use]
    pub fn request(&self) -> Option<RequestHead<'_>> {
        self.layout.map(|layout| RequestHead::from_layout(&self.head, layout))
    }

    /// How many requests came on this connection, the current one among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.connection.requests()
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
        if !self.exchange.overdue
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
        while let Some(data) = ready!(self.poll_data(now))? {
            if data.len() > limit.saturating_sub(self.body.len()) {
                self.refuse_with(StatusCode::CONTENT_TOO_LARGE, NO_FIELDS);
                return Poll::Ready(Err(Error::ContentTooLarge));
            }
            self.body.extend_from_slice(&data);
        }
        Poll::Ready(Ok(mem::take(&mut self.body)))
    }

    /// The trailer section of the current request, after its body's end was read.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        FieldSection::new(&self.trailers)
    }

    // ---- responses --------------------------------------------------------------------------

    /// Whether there is room for more output: below the high-water mark.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.output.len() < self.limits.output
    }

    /// Whether more requests may already lie in the read buffer, so that their answers can leave
    /// together with this one.
    #[must_use]
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// Sends an interim response (RFC 9110 section 15.2).
    ///
    /// # Errors
    ///
    /// As [`Connection::interim`].
    pub fn interim<F: Field>(&mut self, status: StatusCode, fields: &[F]) -> Result<(), Error> {
        let Self { connection, output, .. } = self;
        Ok(output.emit(|out| connection.interim(status, fields, out), required)?)
    }

    /// Sends a whole response.
    ///
    /// # Errors
    ///
    /// As [`Connection::respond`], and [`SendError::Status`] for a 2xx to CONNECT: [`ServerDriver::open_tunnel`].
    pub fn respond<F: Field>(&mut self, status: StatusCode, fields: &[F], body: impl Payload) -> Result<(), Error> {
        self.check_tunnel(status)?;
        #[cfg(feature = "deflate")]
        if let Some(choice) = self.choose(status, fields, BodyLength::Known(body.as_slice().len() as u64)) {
            return Ok(self.respond_chosen(choice, status, fields, body)?);
        }
        Ok(self.respond_with(status, fields, body)?)
    }

    /// A 2xx to CONNECT says that there is a tunnel (RFC 9110 section 9.3.6): only [`ServerDriver::open_tunnel`] says so.
    #[inline]
    fn check_tunnel(&self, status: StatusCode) -> Result<(), SendError> {
        if self.connection.would_open_tunnel(status) { Err(SendError::Status) } else { Ok(()) }
    }

    fn respond_with(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item: Field, IntoIter: Clone>,
        body: impl Payload,
    ) -> Result<(), SendError> {
        // Nobody will read the rest, and it is too long to be thrown away: better said than done.
        if self.exchange.open && self.connection.body_left() > self.limits.unread_body {
            self.connection.close();
        }
        let len = body.as_slice().len();
        self.start_with(status, fields, BodyLength::Known(len as u64))?;
        if self.connection.finish_whole()? {
            self.output.push_payload(body);
        }
        self.exchange.finished = true;
        Ok(())
    }

    /// Sends the head of a response.
    ///
    /// # Errors
    ///
    /// As [`ServerDriver::respond`].
    pub fn start<F: Field>(&mut self, status: StatusCode, fields: &[F], length: BodyLength) -> Result<(), Error> {
        self.check_tunnel(status)?;
        #[cfg(feature = "deflate")]
        if let Some(choice) = self.choose(status, fields, length) {
            return Ok(self.start_chosen(choice, status, fields, length)?);
        }
        Ok(self.start_with(status, fields, length)?)
    }

    fn start_with(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item: Field, IntoIter: Clone>,
        length: BodyLength,
    ) -> Result<(), SendError> {
        let fields = fields.into_iter();
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.respond(status, fields.clone(), length, out), required)?;
        self.exchange.started = true;
        self.exchange.due = None;
        self.unsent = match length {
            BodyLength::Known(_) => u64::MAX,
            BodyLength::Unknown => self.limits.unread_body,
        };
        Ok(())
    }

    /// Sends a part of the response's body. Wait for [`ServerDriver::can_write`] before.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`]. What is written in answer to HEAD, or with 204 or 304, is not sent;
    /// after [`Limits::unread_body`] octets of a body of unknown length it is [`SendError::BodyTooLong`], so
    /// that whoever writes without end finds one.
    pub fn write(&mut self, data: impl Payload) -> Result<(), Error> {
        #[cfg(feature = "deflate")]
        if self.compressing.is_active() {
            return Ok(self.compress(data)?);
        }
        Ok(self.write_with(data)?)
    }

    /// Makes sure that what was written so far can be read by the client once the output has arrived:
    /// nothing waits in a compressor.
    ///
    /// # Errors
    ///
    /// None that [`ServerDriver::write`] would not have had.
    pub fn flush(&mut self) -> Result<(), Error> {
        #[cfg(feature = "deflate")]
        self.compress_all()?;
        Ok(())
    }

    fn write_with(&mut self, data: impl Payload) -> Result<(), SendError> {
        let len = data.as_slice().len();
        let Some(frame) = self.connection.frame_data(len)? else {
            // Nobody gets it, so that nothing holds the application back but this.
            self.unsent = self.unsent.checked_sub(len as u64).ok_or(SendError::BodyTooLong)?;
            return Ok(());
        };
        self.output.push(frame.before());
        self.output.push_payload(data);
        self.output.push(frame.after());
        Ok(())
    }

    /// Whether the body of a response with this head is sent as it is written.
    #[cfg(feature = "files")]
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables, clippy::unused_self))] // nothing is compressed
    pub(super) fn sends_as_written<F: Field>(&self, status: StatusCode, fields: &[F], length: BodyLength) -> bool {
        #[cfg(feature = "deflate")]
        return self.choose(status, fields, length).is_none_or(|choice| choice.coding.is_none());
        #[cfg(not(feature = "deflate"))]
        true
    }

    /// Sends a part of a file as a part of a body that is [sent as it is written](Self::sends_as_written).
    #[cfg(feature = "files")]
    pub(super) fn write_file(&mut self, part: FilePart) -> Result<(), SendError> {
        if let Some(frame) = self.connection.frame_data(part.len())? {
            self.output.push(frame.before());
            self.output.push_file(part);
            self.output.push(frame.after());
        }
        Ok(())
    }

    /// The application needs time for the rest of a part of a file, which the client is not to be charged with.
    #[cfg(feature = "files")]
    pub(super) fn hold_file(&mut self, now: Tick) {
        self.connection.handle_written(0, 0, now);
    }

    /// Ends the response, with trailers if it is chunked.
    ///
    /// # Errors
    ///
    /// As [`Connection::finish`].
    pub fn finish<F: Field>(&mut self, trailers: &[F]) -> Result<(), Error> {
        #[cfg(feature = "deflate")]
        if self.compressing.is_active() {
            self.end_compressed(!trailers.is_empty())?;
            // What is true of the octets before they were encoded stays behind.
            let trailers: Vec<_> = trailers.iter().filter(|trailer| !tells_of_octets(*trailer)).collect();
            return Ok(self.finish_with(&trailers)?);
        }
        Ok(self.finish_with(trailers)?)
    }

    fn finish_with<F: Field>(&mut self, trailers: &[F]) -> Result<(), SendError> {
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.finish(trailers, out), required)?;
        self.exchange.finished = true;
        Ok(())
    }

    /// Notes that the application refuses the request, so that this is the answer if it gives none.
    pub fn refuse_with(&mut self, status: StatusCode, fields: &'static [FieldLine<'static>]) {
        self.refused = Some((status, fields));
    }

    /// The answer has not begun in time: 503, unless something was refused before.
    pub(super) fn give_up(&mut self) {
        self.exchange.due = None;
        self.exchange.overdue = true;
        self.refused.get_or_insert((StatusCode::SERVICE_UNAVAILABLE, NO_FIELDS));
    }

    /// The application is through with the exchange. If it gave no answer, the client gets one: for
    /// what it did wrong itself, for what was refused, 503 if it took too long, or 500. If the answer was
    /// left unfinished, the connection is dropped, so that the client sees it cut short.
    #[inline] // a few stores where the answer is complete
    pub fn end_exchange(&mut self) {
        self.exchange.open = false;
        self.exchange.due = None;
        self.hungry = false;
        self.body = Vec::new();
        #[cfg(feature = "deflate")]
        self.compressing.end();
        if self.connection.is_tunnel() || self.exchange.finished {
            self.pass_end();
        } else {
            self.end_unanswered();
        }
        self.broken = None;
        self.refused = None;
    }

    #[cold]
    fn end_unanswered(&mut self) {
        let broken = self.broken.map(|error| (error.status(), NO_FIELDS));
        let (status, fields) = broken.or(self.refused).unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, NO_FIELDS));
        if self.exchange.started || self.answer_plainly(status, fields).is_err() {
            self.connection.abort();
            // Nobody looks any longer whether a part of a file is in memory.
            #[cfg(feature = "files")]
            self.output.cut_at_file();
        }
    }

    // ---- the end ----------------------------------------------------------------------------

    /// Closes the connection as soon as nothing is in flight: the next answer is the last, and if
    /// none is due there is none.
    pub fn close(&mut self) {
        self.close_after_next();
        if self.is_idle() {
            self.connection.stop_reading();
        }
    }

    /// Makes the next answer the last, whenever that is.
    pub fn close_after_next(&mut self) {
        self.connection.close();
    }

    /// Whether the connection was dropped: nothing that was sent last may have arrived.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.connection.is_aborted()
    }

    /// Drops the connection: nothing more is read or written.
    pub fn abort(&mut self) {
        self.connection.abort();
        self.output.clear();
    }

    // ---- rest -------------------------------------------------------------------------------

    /// What is to be remembered of a connection on which nothing is in flight; `None` if something is.
    /// The driver can then serve another connection.
    #[cfg(feature = "std")]
    pub(super) fn rest(&mut self) -> Option<Idle> {
        if !self.is_idle() || !self.output.is_empty() || self.eof {
            return None;
        }
        let idle = self.connection.rest()?;
        // Its buffers go with it to the next connection.
        self.input.renew();
        self.output.renew();
        self.layout = None;
        self.trailers = Vec::new();
        if self.head.capacity() > KEPT_HEAD {
            self.head = Vec::new();
        }
        Some(idle)
    }

    /// Goes on with a connection that was at rest. The driver must be at rest, too. It `rests` again before it waits
    /// for long.
    #[cfg(feature = "std")]
    pub(super) fn resume(&mut self, idle: &Idle, settings: &Settings, rests: bool) {
        let Settings { limits, deadlines, date, .. } = *settings;
        self.connection.resume(idle, limits, deadlines);
        self.limits = limits;
        self.handler_wait = deadlines.handler;
        // It rested because it waits for a request.
        self.hungry = true;
        self.rests = rests;
        #[cfg(feature = "deflate")]
        self.set_compression(settings.compression);
        if !date {
            self.connection.set_date(None);
            self.unix_seconds = None;
        }
    }

    // ---- other protocols --------------------------------------------------------------------

    /// Accepts the client's offer to switch protocols: sends `101 Switching Protocols` with these
    /// fields, Upgrade among them, and `Connection: upgrade`. The request has to be read to its
    /// end. Flush, then take the connection over with [`ServerDriver::into_leftover`].
    ///
    /// # Errors
    ///
    /// As [`Connection::upgrade`].
    pub fn upgrade<F: Field>(&mut self, fields: &[F]) -> Result<(), Error> {
        self.pass_end();
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.upgrade(fields, out), required)?;
        self.exchange.started = true;
        self.exchange.due = None;
        Ok(())
    }

    /// Whether a deadline of reading runs: something is waited for, and has not come just now. The
    /// drain runs on whatever comes.
    fn awaits_peer(&self) -> bool {
        self.hungry || self.shut
    }

    /// Steps over the end of a request that has no content.
    pub(super) fn pass_end(&mut self) {
        self.exchange.read = self.exchange.read || self.connection.pass_end();
    }

    /// Accepts a CONNECT request (RFC 9110 section 9.3.6): sends a 2xx that opens the tunnel.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if it is no such request.
    pub fn open_tunnel<F: Field>(&mut self, fields: &[F]) -> Result<(), Error> {
        if !self.request().is_some_and(|request| request.method() == http::Method::CONNECT) {
            return Err(SendError::OutOfTurn.into());
        }
        self.pass_end();
        self.start_with(StatusCode::OK, fields, BodyLength::Known(0))?;
        Ok(())
    }

    /// The octets received that belong to the new protocol.
    #[must_use]
    pub fn into_leftover(mut self) -> Bytes {
        let len = self.input.filled().len();
        self.input.take(len)
    }

    /// The buffers, for a driver of another protocol.
    #[cfg(feature = "ws")]
    pub(super) fn take_buffers(&mut self) -> (Input, Output) {
        (mem::take(&mut self.input), mem::take(&mut self.output))
    }
}

impl Driver for ServerDriver {
    fn wants_read(&self) -> bool {
        self.hungry && !self.eof
    }

    fn room(&mut self) -> &mut [u8] {
        self.input.room()
    }

    fn received(&mut self, len: usize) {
        self.hungry = false;
        self.eof |= len == 0;
        self.input.received(len);
    }

    fn release_room(&mut self) {
        // One that rests keeps its buffers, and is given away itself.
        if !self.rests || !self.is_idle() {
            self.release();
        }
    }

    fn is_idle(&self) -> bool {
        self.connection.is_idle() && self.input.is_empty() && !self.exchange.open
    }

    fn output(&self) -> impl Iterator<Item = &[u8]> {
        self.output.slices()
    }

    #[cfg(feature = "files")]
    fn file(&self) -> Option<&FilePart> {
        self.output.file()
    }

    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn written(&mut self, len: usize, now: Tick) {
        self.output.written(len);
        #[cfg(feature = "deflate")]
        self.compress_rest();
        self.connection.handle_written(len, self.output.len(), now);
    }

    fn held_back(&mut self, now: Tick) {
        self.connection.handle_written(0, 1, now);
    }

    fn wants_shutdown(&self) -> bool {
        self.connection.is_write_closed() && !self.connection.is_aborted() && !self.shut && self.output.is_empty()
    }

    fn write_closed(&mut self, now: Tick) {
        self.shut = true;
        self.connection.drain(now);
    }

    fn deadline(&self) -> Option<Tick> {
        let of_the_peer =
            if self.awaits_peer() { self.connection.deadline() } else { self.connection.write_deadline() };
        sooner(of_the_peer, self.exchange.due)
    }

    fn handle_timeout(&mut self, now: Tick) {
        if self.deadline().is_none_or(|at| at > now) {
            return;
        }
        if self.exchange.due.is_some_and(|at| at <= now) {
            self.give_up();
        }
        match self.connection.handle_timeout(now) {
            Ok(Event::Closed) => self.output.clear(),
            Ok(_) => {}
            Err(error) if self.exchange.finished => self.refuse(error),
            Err(error) => self.broken = Some(error),
        }
    }
}
