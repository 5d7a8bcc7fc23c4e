//! The driver of a WebSocket connection: whole messages, with a limit.

use core::fmt;
use core::ops::Deref;
use core::str::from_utf8;
use core::task::Poll;

use bytes::{Bytes, BytesMut};

use super::input::Input;
use super::output::Output;
use super::{Driver, Error, Payload, ServerDriver};
use crate::Tick;
use crate::http::FieldLine;
use crate::ws::handshake::{Offer, Refusal};
use crate::ws::{self, Close, CloseCode, Connection, Deadlines, Event, Limits, MaskingKey, MessageKind, Role};

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // RFC 6455 has two kinds
pub enum Message {
    /// Text.
    Text(Text),
    /// Octets.
    Binary(Bytes),
}

/// Text that was received: octets known to be UTF-8, cheap to clone and to send on.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Bytes);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Checked when it was received, so that this never comes to the default.
        from_utf8(&self.0).unwrap_or_default()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl Payload for Text {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Payload for &Text {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn into_bytes(self) -> Bytes {
        self.0.clone()
    }
}

/// How the peer closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// The code of its Close frame, if it had one.
    pub code: Option<CloseCode>,
    /// The reason, often empty.
    pub reason: Text,
}

/// How a server opens a WebSocket.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WebSocketOptions {
    /// What the peer may send.
    pub limits: Limits,
    /// How long it may take.
    pub deadlines: Deadlines,
    /// The subprotocols that the application speaks. The client's first choice among them is
    /// agreed on.
    pub subprotocols: &'static [&'static str],
}

/// One WebSocket connection, with its buffers.
#[derive(Debug)]
pub struct WebSocketDriver {
    connection: Connection,
    limits: Limits,
    drain: Option<core::time::Duration>,
    subprotocol: Option<&'static str>,
    input: Input,
    output: Output,
    /// The message whose parts are arriving.
    message: BytesMut,
    closed: Option<Closed>,
    /// What the peer did wrong; told to the application once the Close frame is out.
    error: Option<ws::Error>,
    /// A poll waits for input.
    hungry: bool,
    eof: bool,
    /// A Close frame came, or the connection failed.
    over: bool,
    overdue: bool,
    /// The server shuts down: what still comes is not for the application.
    going_away: bool,
    shut: bool,
    drain_deadline: Option<Tick>,
}

fn required(error: &ws::SendError) -> Option<usize> {
    match error {
        ws::SendError::TooSmall { required } => Some(*required),
        _ => None,
    }
}

impl ServerDriver {
    /// Reads the WebSocket handshake out of the current request and accepts it. The driver that
    /// this gives takes over, with the 101 in its output and the octets that came behind the
    /// request; this one is done. `fields` are added to the answer.
    ///
    /// # Errors
    ///
    /// [`Error::NotWebSocket`] and [`Error::Refused`], after which the request can still be
    /// answered; if the application does not, the fitting refusal is sent.
    pub fn accept_websocket(
        &mut self,
        options: &WebSocketOptions,
        fields: &[FieldLine<'_>],
    ) -> Result<WebSocketDriver, Error> {
        self.pass_end();
        if !self.is_read() {
            // What follows could be the body or the first frames.
            self.refuse_with(Refusal::Malformed.status(), Refusal::Malformed.fields());
            return Err(Error::Refused(Refusal::Malformed));
        }
        let request = self.request().ok_or(Error::Disconnected)?;
        let offer = match Offer::read(&request) {
            Ok(Some(offer)) => offer,
            Ok(None) => {
                self.refuse_with(Refusal::Version.status(), Refusal::Version.fields());
                return Err(Error::NotWebSocket);
            }
            Err(refusal) => {
                self.refuse_with(refusal.status(), refusal.fields());
                return Err(Error::Refused(refusal));
            }
        };
        let subprotocol =
            offer.subprotocols().find_map(|name| options.subprotocols.iter().copied().find(|known| *known == name));
        let accept = offer.accept();
        let mut answer = alloc::vec::Vec::with_capacity(3 + fields.len());
        answer.extend_from_slice(&accept.fields());
        answer.extend(subprotocol.map(|name| FieldLine::new("Sec-WebSocket-Protocol", name)));
        answer.extend_from_slice(fields);
        self.upgrade(&answer)?;
        let (input, output) = self.take_buffers();
        Ok(WebSocketDriver::with_buffers(Role::Server, options, subprotocol, input, output))
    }
}

impl WebSocketDriver {
    /// A connection whose opening handshake is complete, with the octets that came behind it.
    #[must_use]
    pub fn new(role: Role, options: &WebSocketOptions, leftover: &[u8]) -> Self {
        let mut input = Input::default();
        let mut rest = leftover;
        while !rest.is_empty() {
            let room = input.room();
            let len = room.len().min(rest.len());
            let (now, later) = rest.split_at(len);
            room.get_mut(..len).unwrap_or_default().copy_from_slice(now);
            input.received(len);
            rest = later;
        }
        Self::with_buffers(role, options, None, input, Output::default())
    }

    fn with_buffers(
        role: Role<fn() -> MaskingKey>,
        options: &WebSocketOptions,
        subprotocol: Option<&'static str>,
        input: Input,
        output: Output,
    ) -> Self {
        Self {
            connection: Connection::new(role, options.limits, options.deadlines),
            limits: options.limits,
            drain: options.deadlines.drain,
            subprotocol,
            input,
            output,
            message: BytesMut::new(),
            closed: None,
            error: None,
            hungry: false,
            eof: false,
            over: false,
            overdue: false,
            going_away: false,
            shut: false,
            drain_deadline: None,
        }
    }

    /// The subprotocol agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.subprotocol
    }

    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        self.closed.as_ref()
    }

    /// Waits for the next message; `None` after the closing handshake. Pings are answered here.
    ///
    /// # Errors
    ///
    /// What the peer did wrong, after it has been told; [`Error::Disconnected`] if it left without
    /// a Close frame; [`Error::TimedOut`].
    pub fn poll_message(&mut self, now: Tick) -> Poll<Result<Option<Message>, Error>> {
        self.hungry = false;
        loop {
            self.transmit();
            if self.over || self.overdue {
                return self.poll_end(now);
            }
            match self.connection.receive(self.input.filled_mut(), now) {
                Ok((used, Event::Data { kind, payload, last })) => {
                    let len = payload.len();
                    if self.going_away {
                        self.input.consume(used);
                        continue;
                    }
                    self.input.consume(used - len);
                    if let Some(payload) = self.collect(len, last) {
                        return Poll::Ready(Ok(Some(match kind {
                            MessageKind::Text => Message::Text(Text(payload)),
                            MessageKind::Binary => Message::Binary(payload),
                        })));
                    }
                }
                Ok((used, Event::Close(close))) => {
                    self.closed = Some(Closed {
                        code: close.map(|close| close.code),
                        reason: close.map_or(Text(Bytes::new()), |close| close.reason.into()),
                    });
                    self.over = true;
                    self.input.consume(used);
                }
                Ok((used, Event::Ping(_) | Event::Pong(_))) => self.input.consume(used),
                Ok((used, Event::Closed)) => {
                    self.over = true;
                    self.input.consume(used);
                }
                Ok((used, Event::NeedInput)) => {
                    self.input.consume(used);
                    if !self.eof {
                        self.hungry = true;
                        return Poll::Pending;
                    }
                    self.connection.receive_eof();
                    self.over = true;
                }
                Err(error) => {
                    self.error = Some(error);
                    self.over = true;
                }
            }
        }
    }

    /// Adds the next `len` octets of input to the message; gives it if they were the last.
    fn collect(&mut self, len: usize, last: bool) -> Option<Bytes> {
        if last && self.message.is_empty() {
            return Some(self.input.take(len));
        }
        self.message.extend_from_slice(self.input.filled().get(..len).unwrap_or_default());
        self.input.consume(len);
        last.then(|| self.message.split().freeze())
    }

    /// The Close frame is flushed; the server shuts down first, then both wait for the other's end.
    fn poll_end(&mut self, now: Tick) -> Poll<Result<Option<Message>, Error>> {
        let len = self.input.filled().len();
        self.input.consume(len);
        let is_flushed = self.output.is_empty();
        if is_flushed && self.drain_deadline.is_none() {
            self.drain_deadline = self.drain.map(|wait| now + wait);
        }
        let is_over = self.overdue || (is_flushed && self.eof);
        if !is_over {
            self.hungry = true;
            return Poll::Pending;
        }
        Poll::Ready(match (self.error.take(), &self.closed) {
            (Some(error), _) => Err(error.into()),
            (None, Some(_)) => Ok(None),
            (None, None) if self.overdue => Err(Error::TimedOut),
            (None, None) => Err(Error::Disconnected),
        })
    }

    /// Whether there is room for more output: below the high-water mark.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.output.len() < self.limits.output
    }

    /// Whether a deadline has passed: nothing can be sent any more.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    pub fn check(&self) -> Result<(), Error> {
        if self.overdue { Err(Error::TimedOut) } else { Ok(()) }
    }

    /// Sends a text message, which has to be UTF-8.
    ///
    /// # Errors
    ///
    /// [`ws::SendError::Closed`] after a Close frame.
    pub fn send_text(&mut self, text: impl Payload + AsUtf8) -> Result<(), Error> {
        self.send_whole(MessageKind::Text, text)
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// [`ws::SendError::Closed`] after a Close frame.
    pub fn send_binary(&mut self, payload: impl Payload) -> Result<(), Error> {
        self.send_whole(MessageKind::Binary, payload)
    }

    /// Sends a message, such as one that was received.
    ///
    /// # Errors
    ///
    /// [`ws::SendError::Closed`] after a Close frame.
    pub fn send(&mut self, message: Message) -> Result<(), Error> {
        match message {
            Message::Text(text) => self.send_whole(MessageKind::Text, text),
            Message::Binary(payload) => self.send_whole(MessageKind::Binary, payload),
        }
    }

    fn send_whole(&mut self, kind: MessageKind, payload: impl Payload) -> Result<(), Error> {
        self.check()?;
        self.transmit();
        let start = self.connection.frame_data(kind, payload.as_slice().len() as u64, true)?;
        self.output.push(start.as_bytes());
        if start.is_masked() {
            self.output.push_with(payload.as_slice(), |octets| start.mask(0, octets));
        } else {
            self.output.push_payload(payload);
        }
        Ok(())
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// [`ws::SendError::ControlFrame`], [`ws::SendError::Closed`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        let Self { connection, output, .. } = self;
        Ok(output.emit(|out| connection.send_ping(payload, out), required)?)
    }

    /// Begins the closing handshake with a reason of at most 123 octets;
    /// [`poll_message`](Self::poll_message) then waits for its end.
    ///
    /// # Errors
    ///
    /// [`ws::SendError::ControlFrame`] if the reason is too long.
    pub fn close(&mut self, code: CloseCode, reason: &str, now: Tick) -> Result<(), Error> {
        self.connection.close(Some(Close { code, reason }), now)?;
        self.transmit();
        Ok(())
    }

    /// Begins the closing handshake with 1001, because the server shuts down. Messages that still
    /// come are thrown away.
    pub fn go_away(&mut self, now: Tick) {
        self.going_away = true;
        // A reason that is empty is not too long.
        let _ = self.close(CloseCode::GOING_AWAY, "", now);
    }

    /// Moves what the connection owes into the output, as long as that is not too full: a peer
    /// that sends pings and takes no pongs costs a bounded amount of memory.
    fn transmit(&mut self) {
        let Self { connection, output, limits, .. } = self;
        if connection.wants_transmit() && (output.len() < limits.output || connection.is_closing()) {
            let _ = output.emit(|out| connection.transmit(out), required);
        }
    }
}

/// Marks payloads that are UTF-8 by their type.
pub trait AsUtf8 {}
impl AsUtf8 for &str {}
impl AsUtf8 for &alloc::string::String {}
impl AsUtf8 for alloc::string::String {}
impl AsUtf8 for Text {}
impl AsUtf8 for &Text {}

impl Driver for WebSocketDriver {
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
        self.input.rest();
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
        self.transmit();
        self.connection.handle_written(len, self.output.len(), now);
    }

    fn wants_shutdown(&self) -> bool {
        self.connection.is_closed() && !self.connection.is_client() && !self.shut && self.output.is_empty()
    }

    fn write_closed(&mut self, _now: Tick) {
        self.shut = true;
    }

    fn deadline(&self) -> Option<Tick> {
        if self.overdue {
            return None;
        }
        match (self.connection.deadline(), self.drain_deadline) {
            (Some(connection), Some(drain)) => Some(connection.min(drain)),
            (connection, drain) => connection.or(drain),
        }
    }

    fn handle_timeout(&mut self, now: Tick) {
        if self.deadline().is_some_and(|at| at <= now) {
            self.overdue = true;
            self.output.clear();
        }
    }
}
