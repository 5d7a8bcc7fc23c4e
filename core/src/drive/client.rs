//! The driver of an HTTP client connection: one exchange after another.

#[cfg(feature = "deflate")]
mod decoded;

#[cfg(feature = "deflate")]
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::task::Poll;

use bytes::{BufMut, Bytes};

use super::input::Input;
use super::output::Output;
#[cfg(any(feature = "std", feature = "deflate"))]
use super::patience::Patience;
use super::{Driver, Error, Payload};
use crate::Tick;
use crate::http::client::{Connection, Event};
use crate::http::framing::TransferCodings;
use crate::http::{
    self, BodyLength, Deadlines, Field, FieldSection, Limits, Method, RequestTarget, ResponseHead, ResponseLayout,
    Rule, SendError, StatusCode, list,
};

/// One HTTP connection of a client, with its buffers.
///
/// [`start`](Self::start) sends the head of a request, [`write`](Self::write) and
/// [`finish`](Self::finish) its body; [`poll_head`](Self::poll_head) and
/// [`poll_data`](Self::poll_data) give the response, which may begin before the request has ended.
/// If [`can_reuse`](Self::can_reuse) then, another exchange may follow; where
/// [`can_send`](Self::can_send), another request may go out before, and `poll_head` gives the responses
/// in the order of the requests.
#[derive(Debug)]
pub struct ClientDriver {
    connection: Connection,
    limits: Limits,
    input: Input,
    output: Output,
    /// The octets of the current response's head, apart from the read buffer and recycled.
    head: Vec<u8>,
    layout: Option<ResponseLayout>,
    trailers: Vec<u8>,
    /// The final head of the current response has come.
    has_final: bool,
    /// Its body is in transfer codings that nobody has asked for.
    is_coded: bool,
    /// The response is read to its end.
    ended: bool,
    /// How much of the body was handed out, and of its content decoded, while others waited.
    #[cfg(any(feature = "std", feature = "deflate"))]
    pub(super) patience: Patience,
    /// A poll waits for input.
    hungry: bool,
    /// The poll that waited last did so for the body of the response to the request sent last.
    reads_last: bool,
    eof: bool,
    /// Nothing more is sent: the server takes no more, or does not want it.
    ceased: bool,
    /// The transport has failed, and its end says nothing.
    broken: bool,
    /// Octets have come since the request was begun.
    heard: bool,
    error: Option<Error>,
    #[cfg(feature = "deflate")]
    decodes: bool,
    #[cfg(feature = "deflate")]
    decoding: Option<Box<decoded::Decoding>>,
}

impl ClientDriver {
    /// A connection that was just opened.
    #[must_use]
    pub fn new(limits: Limits, deadlines: Deadlines) -> Self {
        Self {
            connection: Connection::new(limits, deadlines),
            limits,
            input: Input::default(),
            output: Output::default(),
            head: Vec::new(),
            layout: None,
            trailers: Vec::new(),
            has_final: false,
            is_coded: false,
            ended: false,
            #[cfg(any(feature = "std", feature = "deflate"))]
            patience: Patience::default(),
            hungry: false,
            reads_last: false,
            eof: false,
            ceased: false,
            broken: false,
            heard: false,
            error: None,
            #[cfg(feature = "deflate")]
            decodes: false,
            #[cfg(feature = "deflate")]
            decoding: None,
        }
    }

    // ---- the request ------------------------------------------------------------------------

    /// Sends the head of a request; fields stand as given, Host among them. Without a `length`
    /// there is no body. [`ClientDriver::finish`] ends it in any case.
    ///
    /// # Errors
    ///
    /// As [`Connection::send_request`]; [`SendError::OutOfTurn`] if octets were read that nobody has asked for, since
    /// they would pass for the answer, or the server takes no more.
    pub fn start<F: Field>(
        &mut self,
        method: Method<'_>,
        target: RequestTarget<'_>,
        fields: &[F],
        length: Option<BodyLength>,
        now: Tick,
    ) -> Result<(), SendError> {
        if !self.is_in_step() || self.ceased {
            return Err(SendError::OutOfTurn);
        }
        let is_first = self.connection.unanswered() == 0;
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.send_request(method, target, fields, length, now, out), SendError::required)?;
        if is_first {
            self.next_response();
            self.heard = false;
        }
        Ok(())
    }

    /// Whether an exchange has ended, and none has begun since.
    #[cfg(feature = "std")]
    pub(super) fn is_between_exchanges(&self) -> bool {
        self.layout.is_some() && self.connection.unanswered() == 0
    }

    fn next_response(&mut self) {
        self.layout = None;
        self.trailers.clear();
        self.has_final = false;
        self.ended = false;
    }

    /// Whether another request may be sent now, be it before the last one's response is complete: see
    /// [`Connection::can_send`].
    #[must_use]
    pub fn can_send(&self) -> bool {
        self.connection.can_send() && self.is_in_step() && !self.ceased && !self.eof
    }

    /// Whether what has been read belongs to a response that was asked for (RFC 9112 section 9.2).
    fn is_in_step(&self) -> bool {
        self.connection.unanswered() > 0 || self.input.is_empty()
    }

    /// Sends a part of the request's body. Wait for [`ClientDriver::can_write`] before. After
    /// [`ClientDriver::stop_sending`] or [`ClientDriver::cease`] it goes nowhere.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`].
    pub fn write(&mut self, data: impl Payload) -> Result<(), SendError> {
        let frame = self.connection.frame_data(data.as_slice().len())?;
        if let Some(frame) = frame.filter(|_| !self.ceased) {
            self.output.push(frame.before());
            self.output.push_payload(data);
            self.output.push(frame.after());
        }
        Ok(())
    }

    /// Ends the request, with trailers if its body is chunked.
    ///
    /// # Errors
    ///
    /// As [`Connection::finish`].
    pub fn finish<F: Field>(&mut self, trailers: &[F]) -> Result<(), SendError> {
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.finish(trailers, out), SendError::required)?;
        if self.ceased {
            self.output.clear();
        }
        Ok(())
    }

    /// Whether there is room for more output: below the high-water mark.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.output.len() < self.limits.output.max(1) && !self.ceased
    }

    /// Whether a body of unknown length may be sent: see [`Connection::takes_unknown_length`].
    #[must_use]
    pub fn takes_unknown_length(&self) -> bool {
        self.connection.takes_unknown_length()
    }

    /// Whether more of the request's body may be sent: see [`Connection::wants_data`].
    #[must_use]
    pub fn wants_data(&self) -> bool {
        self.connection.wants_data()
    }

    /// Whether the body should wait for `100 Continue`: see [`Connection::awaits_continue`].
    #[must_use]
    pub fn awaits_continue(&self) -> bool {
        self.connection.awaits_continue()
    }

    // ---- the response -----------------------------------------------------------------------

    /// Waits for the next head: `false` for an interim response, `true` for the final one.
    /// [`ClientDriver::response`] then has it. Its deadline runs once the request has left with its body, or from
    /// [`ClientDriver::await_response`].
    ///
    /// # Errors
    ///
    /// What the server did wrong, and [`Error::Disconnected`] if it closed without a word.
    pub fn poll_head(&mut self, now: Tick) -> Poll<Result<bool, Error>> {
        self.hungry = false;
        self.reads_last = false;
        if let Some(error) = self.error.take() {
            return Poll::Ready(Err(error));
        }
        if self.is_behind_response() {
            self.next_response();
        }
        if self.has_final {
            return Poll::Ready(Ok(true));
        }
        let has_begun = !self.input.is_empty();
        match self.connection.receive(self.input.filled_mut(), now) {
            Ok((used, Event::Interim(head) | Event::Response(head))) => {
                self.head.clear();
                self.head.extend_from_slice(head.as_bytes());
                self.layout = Some(head.layout());
                let status = head.status();
                self.is_coded = is_coded(&head);
                self.input.consume(used);
                self.has_final = !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS;
                #[cfg(feature = "deflate")]
                self.begin_decoding();
                Poll::Ready(Ok(self.has_final))
            }
            Ok((_, Event::NeedInput)) if !self.eof => {
                self.hungry = true;
                Poll::Pending
            }
            Ok((_, Event::NeedInput)) => Poll::Ready(Err(match self.connection.receive_eof() {
                Err(error) if has_begun => error.into(),
                // Not one octet of an answer: the request may never have been read.
                Ok(_) | Err(_) => Error::Disconnected,
            })),
            Ok(_) => Poll::Ready(Err(Error::Disconnected)),
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }

    /// The application has no more of the body to send for now, and waits for the response: once all that was given
    /// has left it is due, as [`Connection::await_response`] says. To be said again after each turn.
    pub fn await_response(&mut self, now: Tick) {
        if self.output.is_empty() {
            self.connection.await_response(now);
        }
    }

    /// Looks whether the final head has come while the request is still being sent. It, or an error,
    /// then waits for [`ClientDriver::poll_head`]; interim ones are passed over.
    pub fn look(&mut self, now: Tick) {
        self.reads_last = false;
        while (!self.has_final || self.is_behind_response()) && self.error.is_none() {
            match self.poll_head(now) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => self.error = Some(error),
                Poll::Pending => return,
            }
        }
    }

    /// Whether a response was read to its end, and another is due.
    fn is_behind_response(&self) -> bool {
        self.ended && self.connection.unanswered() > 0
    }

    /// Whether the final head of a response is there, be it to an earlier request and not read to its end.
    #[cfg(feature = "std")]
    pub(super) fn has_final(&self) -> bool {
        self.has_final
    }

    /// What went wrong while the request was being sent.
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    /// Gives up what is still to be sent, because the server takes no more. What it has said before
    /// can still be read; the connection is not used again. A body that only the end of the stream would end is
    /// not taken for whole then.
    pub fn stop_sending(&mut self) {
        self.cease();
        self.broken = true;
    }

    /// Gives up what is still to be sent, because the server does not want it (RFC 9112 section 9.5): see
    /// [`ClientDriver::is_refused`]. The response is read as it comes; the connection is not used again.
    pub fn cease(&mut self) {
        self.output.clear();
        self.ceased = true;
    }

    /// Whether the final response has begun and is an error: the rest of the request is then not
    /// worth sending (RFC 9112 section 9.5).
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.is_answered() && self.response().is_some_and(|head| head.status().as_u16() >= 400)
    }

    /// The head that [`ClientDriver::poll_head`] gave last.
    #[must_use]
    pub fn response(&self) -> Option<ResponseHead<'_>> {
        self.layout.map(|layout| ResponseHead::of(&self.head, layout))
    }

    /// Whether the final response has begun. A body still being sent may then be given up.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.connection.is_answered()
    }

    /// Waits for the next part of the response's body; `None` is its end.
    ///
    /// # Errors
    ///
    /// What the server did wrong; a body cut short among it, and one in transfer codings other than chunked.
    pub fn poll_data(&mut self, now: Tick) -> Poll<Result<Option<Bytes>, Error>> {
        #[cfg(feature = "deflate")]
        if self.decoding.is_some() {
            return self.poll_decoded(now);
        }
        self.poll_encoded(now)
    }

    fn poll_encoded(&mut self, now: Tick) -> Poll<Result<Option<Bytes>, Error>> {
        self.hungry = false;
        loop {
            if self.ended {
                return Poll::Ready(Ok(None));
            }
            if let Some(error) = self.error.take() {
                return Poll::Ready(Err(error));
            }
            match self.connection.receive(self.input.filled_mut(), now) {
                Ok((used, Event::Data(data))) => {
                    let len = data.len();
                    self.input.consume(used - len);
                    let data = self.input.take(len);
                    // Without TE none but chunked may be used (RFC 9110 section 10.1.4): it would pass for the content.
                    return Poll::Ready(if self.is_coded {
                        Err(http::Error::new(Rule::UnknownTransferCoding, 0).into())
                    } else {
                        Ok(Some(data))
                    });
                }
                Ok((used, Event::Trailers(fields))) => {
                    self.trailers.extend_from_slice(fields.as_bytes());
                    self.input.consume(used);
                }
                Ok((used, Event::End)) => {
                    self.input.consume(used);
                    self.ended = true;
                }
                Ok((_, Event::Tunnel)) => self.ended = true,
                Ok((used, Event::NeedInput)) => {
                    self.input.consume(used);
                    if !self.eof {
                        self.hungry = true;
                        self.reads_last = self.is_answered();
                        return Poll::Pending;
                    }
                    match self.connection.receive_eof() {
                        Ok(_) if !self.broken => self.ended = true,
                        // A stream that has failed does not say that the body is whole (RFC 9112 section 8).
                        Ok(_) => return Poll::Ready(Err(Error::Disconnected)),
                        Err(error) => return Poll::Ready(Err(error.into())),
                    }
                }
                Ok((_, Event::Interim(_) | Event::Response(_) | Event::Closed)) => {
                    return Poll::Ready(Err(Error::Disconnected));
                }
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// The trailer section of the response, after its body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        FieldSection::new(&self.trailers)
    }

    // ---- the end ----------------------------------------------------------------------------

    /// Whether another exchange may follow on this connection. Octets that nobody asked for, and
    /// an end of the stream, speak against it.
    #[must_use]
    pub fn can_reuse(&self) -> bool {
        self.connection.can_reuse() && !self.ceased && self.input.is_empty() && self.output.is_empty() && !self.eof
    }

    /// Whether [`ClientDriver::can_reuse`] may be true once the response is read.
    #[cfg(feature = "std")]
    pub(super) fn keeps_alive(&self) -> bool {
        self.connection.keeps_alive() && !self.ceased && !self.eof
    }

    /// Whether anything has come since the request was begun.
    #[must_use]
    pub fn has_heard(&self) -> bool {
        self.heard
    }

    /// The octets received that belong to another protocol, after 101 or a tunnel was opened.
    #[must_use]
    pub fn into_leftover(mut self) -> Bytes {
        let len = self.input.filled().len();
        self.input.take(len)
    }
}

impl Driver for ClientDriver {
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
        self.heard |= len > 0;
        self.input.received(len);
    }

    fn release_room(&mut self) {
        self.input.rest();
        self.output.rest();
    }

    fn is_idle(&self) -> bool {
        false
    }

    fn output(&self) -> impl Iterator<Item = &[u8]> {
        self.output.slices()
    }

    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn written(&mut self, len: usize, now: Tick) {
        self.output.written(len);
        self.connection.handle_written(len, self.output.len(), now);
    }

    fn held_back(&mut self, now: Tick) {
        self.connection.handle_written(0, 1, now);
    }

    fn wants_shutdown(&self) -> bool {
        false
    }

    fn write_closed(&mut self, _now: Tick) {}

    fn deadline(&self) -> Option<Tick> {
        match (self.hungry, self.reads_last && !self.ended) {
            (true, false) => self.connection.deadline(),
            (false, false) => self.connection.write_deadline(),
            // A server that answers already may leave the rest of the request unread.
            (true, true) => self.connection.read_deadline(),
            (false, true) => None,
        }
    }

    fn handle_timeout(&mut self, now: Tick) {
        if self.deadline().is_some_and(|at| at <= now)
            && let Err(error) = self.connection.handle_timeout(now)
        {
            self.error = Some(error.into());
        }
    }
}

/// Whether the body is in transfer codings other than chunked at the end, or `identity`, which once said that there is
/// none.
fn is_coded(head: &ResponseHead<'_>) -> bool {
    let is_other =
        |coding: &[u8]| [&b"chunked"[..], b"identity"].iter().all(|known| !coding.eq_ignore_ascii_case(known));
    match head.transfer_codings() {
        TransferCodings::Absent | TransferCodings::Chunked => false,
        TransferCodings::ChunkedNotLast => true,
        _ => head.fields().named("transfer-encoding").flat_map(list::members).any(is_other),
    }
}
