//! The driver of a WebSocket connection.

#[cfg(feature = "deflate")]
use alloc::boxed::Box;
use alloc::sync::Arc;
#[cfg(feature = "std")]
use core::mem;
use core::task::{Poll, ready};

use bytes::{Bytes, BytesMut};

use super::burst;
#[cfg(feature = "deflate")]
use super::compression::Compression;
#[cfg(feature = "std")]
use super::idle::Idle;
use super::rules::Rules;
use super::{AsUtf8, Burst, Closed, Message, MessagePart, Text, WebSocketOptions};
use crate::Tick;
use crate::drive::input::Input;
use crate::drive::output::Output;
use crate::drive::{Driver, Error, Payload};
#[cfg(feature = "deflate")]
use crate::ws::deflate::Status;
use crate::ws::{
    self, Close, CloseCode, Connection, Event, FrameHeader, MaskingKey, MessageKind, Role, SendError, Utf8Validator,
};

/// One WebSocket connection, with its buffers.
///
/// [`poll_message`](Self::poll_message) gives whole messages, [`poll_part`](Self::poll_part) what there
/// is of one; they can be mixed. Pings are answered by either.
#[derive(Debug)]
pub struct WebSocketDriver {
    pub(super) connection: Connection,
    pub(super) rules: Arc<Rules>,
    #[cfg(feature = "deflate")]
    pub(super) compression: Option<Box<Compression>>,
    input: Input,
    output: Output,
    /// What lies at the front of the input.
    incoming: Option<Incoming>,
    /// The message whose parts are arriving.
    message: BytesMut,
    /// The longest that has come so.
    longest: usize,
    /// The message that is being sent part by part, and what checks its text.
    outgoing: Option<(MessageKind, Utf8Validator)>,
    closed: Option<Closed>,
    /// What the peer did wrong; told to the application once the Close frame is out.
    error: Option<ws::Error>,
    /// It serves one connection after another: see [`Seat`](super::Seat).
    #[cfg(feature = "std")]
    pub(super) rests: bool,
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

/// A part of a message's payload.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "deflate"), allow(dead_code))]
struct Incoming {
    kind: MessageKind,
    len: usize,
    last: bool,
    is_compressed: bool,
}

/// A message with such a part is taken for a long one, which has this room from the beginning.
const LONG_PART: usize = 4 * 1024;
const LONG_MESSAGE: usize = 64 * 1024;

/// What is inflated at a time.
#[cfg(feature = "deflate")]
const INFLATE: usize = 16 * 1024;

fn required(error: &SendError) -> Option<usize> {
    match error {
        SendError::TooSmall { required } => Some(*required),
        _ => None,
    }
}

impl WebSocketDriver {
    pub(super) fn new(
        role: Role<fn() -> MaskingKey>,
        options: &WebSocketOptions,
        subprotocol: Option<&'static str>,
        input: Input,
        output: Output,
    ) -> Self {
        Self {
            connection: Connection::new(role, options.limits, options.deadlines),
            rules: Rules { role, limits: options.limits, deadlines: options.deadlines, subprotocol }.shared(),
            #[cfg(feature = "deflate")]
            compression: None,
            input,
            output,
            incoming: None,
            message: BytesMut::new(),
            longest: 0,
            outgoing: None,
            closed: None,
            error: None,
            #[cfg(feature = "std")]
            rests: false,
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
        self.rules.subprotocol
    }

    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        self.closed.as_ref()
    }

    /// Whether messages may be compressed: permessage-deflate was agreed on.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.compression.is_some()
    }

    // ---- rest -------------------------------------------------------------------------------

    /// Whether nothing is under way but the wait for a message.
    #[cfg(feature = "std")]
    pub(super) fn is_between_messages(&self) -> bool {
        if !self.hungry {
            return false;
        }
        let is_ending = self.eof || self.over || self.overdue || self.going_away || self.drain_deadline.is_some();
        let is_empty = self.input.is_empty() && self.output.is_empty() && self.message.is_empty();
        is_empty && !is_ending && self.incoming.is_none() && self.outgoing.is_none()
    }

    /// Goes on with a connection that was at rest. The driver must be at rest, too.
    #[cfg(feature = "std")]
    pub(super) fn resume(&mut self, idle: &mut Idle) {
        #[cfg(feature = "deflate")]
        {
            self.compression = idle.compression.take();
        }
        let Rules { role, limits, deadlines, .. } = *idle.rules;
        self.connection.resume(role, limits, deadlines, self.allows_compression(), idle.silence);
        mem::swap(&mut self.rules, &mut idle.rules);
        self.hungry = true;
        self.rests = true;
    }

    #[cfg(feature = "std")]
    fn allows_compression(&self) -> bool {
        #[cfg(feature = "deflate")]
        return self.compression.is_some();
        #[cfg(not(feature = "deflate"))]
        return false;
    }

    /// Goes to the next connection with its buffers. It must be at rest.
    #[cfg(feature = "std")]
    pub(super) fn renew(&mut self) {
        self.input.renew();
        self.output.renew();
        self.release_message();
    }

    /// Gives up the buffers that nothing is in.
    pub(super) fn release(&mut self) {
        self.input.rest();
        self.output.rest();
        self.release_message();
    }

    fn release_message(&mut self) {
        #[cfg(feature = "deflate")]
        if let Some(compression) = &mut self.compression {
            compression.rest();
            if self.message.is_empty() {
                self.message = BytesMut::new();
            }
        }
        // What is left of the room for a long message holds all of it.
        if self.message.is_empty() && self.longest > LONG_MESSAGE {
            self.message = BytesMut::new();
            self.longest = 0;
        }
    }

    // ---- messages that come -----------------------------------------------------------------

    /// Waits for the next message, or the rest of one; `None` after the closing handshake. Pings are
    /// answered here.
    ///
    /// # Errors
    ///
    /// What the peer did wrong, after it has been told; [`Error::Disconnected`] if it left without
    /// a Close frame; [`Error::TimedOut`].
    pub fn poll_message(&mut self, now: Tick) -> Poll<Result<Option<Message>, Error>> {
        self.poll_message_at(|| now)
    }

    /// The same, where the time is asked for only if it is needed.
    #[inline]
    pub(crate) fn poll_message_at(&mut self, now: impl FnOnce() -> Tick) -> Poll<Result<Option<Message>, Error>> {
        match self.known_message() {
            Some(message) => Poll::Ready(Ok(Some(message))),
            None => self.poll_new_message(now()),
        }
    }

    /// Whether the front of the input is the beginning of a frame, and nothing else is to be done first.
    #[inline]
    fn may_know(&self) -> bool {
        let is_ending = self.over || self.overdue || self.going_away;
        !is_ending && self.incoming.is_none() && self.message.is_empty() && !self.connection.wants_transmit()
    }

    /// The next message, if it came whole with one before it.
    #[inline]
    fn known_message(&mut self) -> Option<Message> {
        if !self.may_know() {
            return None;
        }
        let (kind, payload) = self.connection.receive_known(self.input.filled_mut())?;
        self.hungry = false;
        Some(Message::new(kind, self.input.take_range(payload)))
    }

    /// The next messages, if they are small and came whole with one before them: for who shares the driver
    /// with others, and so asks for it less often. There may be more of them, or none; the last octets that came
    /// are never among them, so that [`has_input`](Self::has_input) says of all but the last message that more
    /// has come.
    pub fn take_burst(&mut self) -> Burst {
        let mut end = 0;
        if self.may_know() {
            let input = self.input.filled_mut();
            while let Some(rest) = input.get_mut(end..)
                && let Some((_, payload)) = burst::payload(rest)
                && payload.end < rest.len()
                && end + payload.end <= Burst::LEN
                && self.connection.receive_known(rest).is_some()
            {
                end += payload.end;
            }
        }
        if end == 0 { Burst::default() } else { Burst::new(self.input.take(end)) }
    }

    /// Has the messages that are left of a burst before all that has not been received.
    #[cfg(feature = "std")]
    pub(crate) fn put_back(&mut self, burst: Burst) {
        if !burst.is_empty() {
            let mut octets = burst.into_frames();
            octets.extend_from_slice(self.input.filled());
            self.input = Input::holding(&octets);
        }
    }

    fn poll_new_message(&mut self, now: Tick) -> Poll<Result<Option<Message>, Error>> {
        let is_ending = self.eof || self.over || self.overdue || self.going_away;
        if self.hungry && !is_ending {
            // Nothing has come since this was asked last.
            return Poll::Pending;
        }
        loop {
            if self.awaits_whole(now) {
                self.transmit();
                self.hungry = true;
                return Poll::Pending;
            }
            let Some(incoming) = ready!(self.poll_incoming(now))? else { return Poll::Ready(Ok(None)) };
            if let Some(payload) = self.collect(incoming, now) {
                return Poll::Ready(Ok(Some(Message::new(incoming.kind, payload))));
            }
        }
    }

    /// Waits for the next part of a message, as much of it as has come: a message of any size passes in
    /// constant memory. `None` after the closing handshake. Pings are answered here.
    ///
    /// # Errors
    ///
    /// As [`poll_message`](Self::poll_message).
    pub fn poll_part(&mut self, now: Tick) -> Poll<Result<Option<MessagePart>, Error>> {
        loop {
            let Some(incoming) = ready!(self.poll_incoming(now))? else { return Poll::Ready(Ok(None)) };
            let Incoming { kind, .. } = incoming;
            let (mut data, last) = self.part(incoming, now);
            if kind == MessageKind::Text && !last {
                // Whoever takes the rest gets whole characters, too.
                let begun = data.split_off(data.len() - begun_character_len(&data));
                self.message.extend_from_slice(&begun);
            }
            if last || !data.is_empty() {
                return Poll::Ready(Ok(Some(MessagePart { kind, data, last })));
            }
        }
    }

    /// Whether the rest of a message is waited for that is then handed out as it lies in the input. Text is not,
    /// because it is checked as it comes.
    fn awaits_whole(&mut self, now: Tick) -> bool {
        let is_ending = self.eof || self.over || self.overdue || self.going_away;
        if is_ending || self.incoming.is_some() || !self.message.is_empty() {
            return false;
        }
        let Some(len) = self.connection.await_whole(self.input.filled(), now) else { return false };
        self.input.expect(len);
        true
    }

    /// Waits for octets of a message at the front of the input.
    fn poll_incoming(&mut self, now: Tick) -> Poll<Result<Option<Incoming>, Error>> {
        self.hungry = false;
        loop {
            self.transmit();
            if self.over || self.overdue {
                return self.poll_end(now).map(|end| end.map(|()| None));
            }
            if let Some(incoming) = self.incoming {
                if !self.going_away {
                    return Poll::Ready(Ok(Some(incoming)));
                }
                self.input.consume(incoming.len);
                self.incoming = None;
            }
            let received = self.connection.receive(self.input.filled_mut(), now);
            let is_compressed = matches!(received, Ok((_, Event::Compressed { .. })));
            match received {
                Ok((used, Event::Data { kind, payload, last } | Event::Compressed { kind, payload, last })) => {
                    let len = payload.len();
                    self.input.consume(used - len);
                    self.incoming = Some(Incoming { kind, len, last, is_compressed });
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
                Err(error) => self.fail(error),
            }
        }
    }

    fn fail(&mut self, error: ws::Error) {
        self.error = Some(error);
        self.incoming = None;
        self.message = BytesMut::new();
        self.over = true;
    }

    /// Adds what is at the front of the input to the message; gives it if that was the last of it.
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables))]
    fn collect(&mut self, incoming: Incoming, now: Tick) -> Option<Bytes> {
        #[cfg(feature = "deflate")]
        if incoming.is_compressed {
            return loop {
                match self.inflate(now) {
                    Inflated::Some => {}
                    Inflated::Part => break None,
                    Inflated::Message => break Some(self.message.split().freeze()),
                }
            };
        }
        self.incoming = None;
        if incoming.last && self.message.is_empty() {
            return Some(self.input.take(incoming.len));
        }
        self.append(incoming.len);
        incoming.last.then(|| self.message.split().freeze())
    }

    /// What is at the front of the input, or as much of it as is inflated at a time; and whether the
    /// message ends with it.
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables))]
    fn part(&mut self, incoming: Incoming, now: Tick) -> (Bytes, bool) {
        #[cfg(feature = "deflate")]
        if incoming.is_compressed {
            let last = self.inflate(now) == Inflated::Message;
            return (self.message.split().freeze(), last);
        }
        self.incoming = None;
        if self.message.is_empty() {
            return (self.input.take(incoming.len), incoming.last);
        }
        // A whole message was waited for before, and this much of it has come.
        self.append(incoming.len);
        (self.message.split().freeze(), incoming.last)
    }

    fn append(&mut self, len: usize) {
        self.longest = self.longest.max(self.message.len() + len);
        if len >= LONG_PART && self.message.capacity() - self.message.len() < len {
            self.message.reserve(LONG_MESSAGE.max(len));
        }
        self.message.extend_from_slice(self.input.filled().get(..len).unwrap_or_default());
        self.input.consume(len);
    }

    /// Inflates a piece into the message.
    #[cfg(feature = "deflate")]
    fn inflate(&mut self, now: Tick) -> Inflated {
        let (Some(incoming), Some(compression)) = (&mut self.incoming, &mut self.compression) else {
            return Inflated::Part;
        };
        let start = self.message.len();
        self.message.resize(start + INFLATE, 0);
        let payload = self.input.filled().get(..incoming.len).unwrap_or_default();
        let room = self.message.get_mut(start..).unwrap_or_default();
        let Ok(coded) = compression.inflater.inflate(payload, incoming.last, room) else {
            let error = self.connection.fail_inflating(now);
            self.fail(error);
            return Inflated::Part;
        };
        self.message.truncate(start + coded.written);
        self.input.consume(coded.read);
        incoming.len -= coded.read;
        let is_end = coded.status == Status::End;
        let inflated = self.message.get(start..).unwrap_or_default();
        if let Err(error) = self.connection.check_inflated(inflated, is_end, now) {
            self.fail(error);
            return Inflated::Part;
        }
        if coded.status == Status::NeedRoom {
            return Inflated::Some;
        }
        self.incoming = None;
        if is_end { Inflated::Message } else { Inflated::Part }
    }

    /// The Close frame is flushed; the server shuts down first, then both wait for the other's end.
    fn poll_end(&mut self, now: Tick) -> Poll<Result<(), Error>> {
        let len = self.input.filled().len();
        self.input.consume(len);
        let is_flushed = self.output.is_empty();
        if is_flushed && self.drain_deadline.is_none() {
            self.drain_deadline = self.rules.deadlines.drain.map(|wait| now + wait);
        }
        let is_over = self.overdue || (is_flushed && self.eof);
        if !is_over {
            self.hungry = true;
            return Poll::Pending;
        }
        Poll::Ready(match (self.error.take(), &self.closed) {
            (Some(error), _) => Err(error.into()),
            (None, Some(_)) => Ok(()),
            (None, None) if self.overdue => Err(Error::TimedOut),
            (None, None) => Err(Error::Disconnected),
        })
    }

    // ---- messages that go -------------------------------------------------------------------

    /// How many octets wait to be written.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.output.len()
    }

    /// Whether a message is being sent part by part. Another one has to wait for its end.
    #[must_use]
    #[inline]
    pub fn is_streaming(&self) -> bool {
        self.outgoing.is_some() && !self.connection.is_closing()
    }

    /// Whether octets lie in the read buffer that were not handed out, so that what is sent to them can
    /// leave together.
    #[must_use]
    #[inline]
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// Whether there is room for more output: below the high-water mark.
    #[must_use]
    #[inline]
    pub fn can_write(&self) -> bool {
        self.output.len() < self.rules.limits.output
    }

    /// Whether a deadline has passed: nothing can be sent any more.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    #[inline]
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
    #[inline]
    pub fn send(&mut self, message: Message) -> Result<(), Error> {
        match message {
            Message::Text(text) => self.send_whole(MessageKind::Text, text),
            Message::Binary(payload) => self.send_whole(MessageKind::Binary, payload),
        }
    }

    /// Sends a part of a message, which the peer can read before the next one; the message ends with the
    /// `last`. A character of a text may be cut between two parts.
    ///
    /// # Errors
    ///
    /// [`SendError::Fragmentation`] for another kind than the message has, [`SendError::Utf8`],
    /// [`SendError::Closed`].
    pub fn send_part(&mut self, kind: MessageKind, data: impl Payload, last: bool) -> Result<(), Error> {
        self.check()?;
        if self.connection.is_closing() {
            return Err(SendError::Closed.into());
        }
        let (begun, mut utf8) = self.outgoing.unwrap_or((kind, Utf8Validator::new()));
        if begun != kind {
            return Err(SendError::Fragmentation.into());
        }
        if kind == MessageKind::Text && (utf8.check(data.as_slice()).is_err() || (last && !utf8.is_complete())) {
            return Err(SendError::Utf8.into());
        }
        self.transmit();
        self.push_part(kind, data, last)?;
        self.outgoing = (!last).then_some((kind, utf8));
        Ok(())
    }

    fn push_part(&mut self, kind: MessageKind, data: impl Payload, last: bool) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if self.compression.is_some() {
            return self.push_deflated(kind, data.as_slice(), last);
        }
        if last || !data.as_slice().is_empty() {
            self.push_frame(kind, data, last)?;
        }
        Ok(())
    }

    #[inline]
    fn send_whole(&mut self, kind: MessageKind, payload: impl Payload) -> Result<(), Error> {
        self.check()?;
        if self.is_streaming() {
            return Err(SendError::Fragmentation.into());
        }
        self.transmit();
        #[cfg(feature = "deflate")]
        if let Some(compression) = &self.compression
            && compression.is_worthwhile(payload.as_slice().len())
        {
            return Ok(self.push_deflated(kind, payload.as_slice(), true)?);
        }
        Ok(self.push_frame(kind, payload, true)?)
    }

    #[inline]
    fn push_frame(&mut self, kind: MessageKind, payload: impl Payload, last: bool) -> Result<(), SendError> {
        let Self { connection, output, .. } = self;
        let octets = payload.as_slice();
        // A mask goes over a copy.
        if Output::is_shared(octets.len()) && !connection.is_client() {
            let start = connection.frame_data(kind, octets.len() as u64, last)?;
            output.push(start.as_bytes());
            output.push_payload(payload);
            return Ok(());
        }
        output.write(FrameHeader::MAX_LEN + octets.len(), |out| connection.send_data(kind, octets, last, out))
    }

    #[cfg(feature = "deflate")]
    fn push_deflated(&mut self, kind: MessageKind, data: &[u8], last: bool) -> Result<(), SendError> {
        let Self { connection, compression, output, .. } = self;
        let Some(compression) = compression else { return Ok(()) };
        // Before anything is compressed, which cannot be taken back.
        if connection.is_closing() {
            return Err(SendError::Closed);
        }
        let payload = compression.deflate(data, last);
        if last || !payload.is_empty() {
            let start = connection.frame_compressed(kind, payload.len() as u64, last)?;
            output.push(start.as_bytes());
            output.push_with(payload, |octets| start.mask(0, octets));
        }
        Ok(())
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// [`ws::SendError::ControlFrame`], [`ws::SendError::Closed`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.check()?;
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
        self.check()?;
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
    #[inline]
    fn transmit(&mut self) {
        if self.connection.wants_transmit() {
            self.transmit_owed();
        }
    }

    #[cold]
    fn transmit_owed(&mut self) {
        let Self { connection, output, rules, .. } = self;
        // Behind a frame that was cut off nothing can be read.
        if !self.overdue && (output.len() < rules.limits.output || connection.is_closing()) {
            let _ = output.emit(|out| connection.transmit(out), required);
        }
    }
}

/// How many octets at the end of checked text belong to a character whose rest is still to come.
fn begun_character_len(text: &[u8]) -> usize {
    let after_first = text.iter().rev().take_while(|octet| **octet & 0xc0 == 0x80).count();
    let first = text.iter().rev().nth(after_first).copied().unwrap_or_default();
    let len = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0.. => 4,
        _ => 1,
    };
    if after_first + 1 < len { after_first + 1 } else { 0 }
}

/// How far a compressed message is.
#[cfg(feature = "deflate")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inflated {
    /// More can be inflated of what is there.
    Some,
    /// What is there is inflated, or the connection has failed.
    Part,
    /// The message is complete.
    Message,
}

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
        // One that rests keeps its buffers, and is given away itself.
        #[cfg(feature = "std")]
        if self.rests && self.is_between_messages() {
            return;
        }
        self.release();
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

    fn held_back(&mut self, now: Tick) {
        self.connection.handle_written(0, 1, now);
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
        // A peer that nobody listens to is not asked for signs of life.
        let deadline = if self.hungry { self.connection.deadline() } else { self.connection.write_deadline() };
        deadline.into_iter().chain(self.drain_deadline).min()
    }

    fn handle_timeout(&mut self, now: Tick) {
        if self.overdue || self.deadline().is_none_or(|at| at > now) {
            return;
        }
        if self.connection.handle_timeout(now) || self.drain_deadline.is_some_and(|at| at <= now) {
            self.overdue = true;
            self.output.clear();
            return;
        }
        // A ping is owed.
        self.transmit();
        #[cfg(feature = "deflate")]
        if let Some(compression) = &mut self.compression {
            compression.forget();
        }
    }
}
