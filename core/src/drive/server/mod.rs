//! The driver of an HTTP server connection: one exchange after another.

#[cfg(feature = "deflate")]
mod compressed;
#[cfg(feature = "files")]
mod files;
mod protocols;
mod requests;
mod responses;
mod rest;

use alloc::vec::Vec;
use core::time::Duration;

use bytes::BufMut;

use super::Driver;
#[cfg(feature = "files")]
use super::FilePart;
use super::input::Input;
use super::output::Output;
#[cfg(any(feature = "std", feature = "deflate"))]
use super::patience::Patience;
use crate::Tick;
use crate::http::server::{Connection, Event};
use crate::http::{
    self, Deadlines, FieldLine, FieldSection, Limits, NO_FIELDS, RequestHead, RequestLayout, StatusCode,
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
    /// How much of the bodies was handed out, written and compressed while others waited.
    #[cfg(any(feature = "std", feature = "deflate"))]
    pub(super) patience: Patience,
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
            #[cfg(any(feature = "std", feature = "deflate"))]
            patience: Patience::default(),
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

    /// What it was told: the second that Date says.
    #[cfg(feature = "std")]
    pub(super) fn unix_time(&self) -> Option<u64> {
        self.unix_seconds
    }

    /// Whether the current request was read to its end.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.exchange.read
    }

    /// The head of the current request; `None` before the first one, and once the connection is idle.
    #[must_use]
    pub fn request(&self) -> Option<RequestHead<'_>> {
        self.layout.map(|layout| RequestHead::of(&self.head, layout))
    }

    /// How many requests came on this connection, the current one among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.connection.requests()
    }

    /// The trailer section of the current request, after its body's end was read.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        FieldSection::new(&self.trailers)
    }

    /// Whether there is room for more output: below the high-water mark, and nothing of what was written waits to be
    /// compressed.
    #[must_use]
    pub fn can_write(&self) -> bool {
        #[cfg(feature = "deflate")]
        if self.is_compressing() {
            return false;
        }
        self.is_below_mark()
    }

    fn is_below_mark(&self) -> bool {
        self.output.len() < self.limits.output.max(1)
    }

    /// Whether more requests may already lie in the read buffer, so that their answers can leave
    /// together with this one.
    #[must_use]
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
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
    /// left unfinished, the connection is dropped, so that the client sees it cut short (but for HTTP/1.0, where a body of
    /// unknown length ends so anyway).
    #[inline] // a few stores where the answer is complete
    pub fn end_exchange(&mut self) {
        self.exchange.open = false;
        self.exchange.due = None;
        self.hungry = false;
        self.body = Vec::new();
        #[cfg(feature = "deflate")]
        self.end_compression();
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
        self.clear_output();
    }

    /// Nothing more can be written.
    fn clear_output(&mut self) {
        self.output.clear();
        #[cfg(feature = "deflate")]
        self.compressing.end();
    }

    /// Whether a deadline of reading runs: something is waited for, and has not come just now. The
    /// drain runs on whatever comes.
    fn awaits_peer(&self) -> bool {
        self.hungry || self.shut
    }
}

impl Driver for ServerDriver {
    fn wants_read(&self) -> bool {
        self.hungry && !self.eof
    }

    fn room(&mut self) -> &mut [u8] {
        self.input.room()
    }

    fn spare(&mut self) -> impl BufMut {
        self.input.spare()
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
            Ok(Event::Closed) => self.clear_output(),
            Ok(_) => {}
            Err(error) if self.exchange.finished => self.refuse(error),
            Err(error) => self.broken = Some(error),
        }
    }
}
