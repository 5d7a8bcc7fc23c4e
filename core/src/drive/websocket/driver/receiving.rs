//! What the peer sends: whole messages, several of a burst, or parts as they come.

use core::task::{Poll, ready};

use bytes::{Bytes, BytesMut};

use super::{Incoming, WebSocketDriver};
use crate::Tick;
use crate::drive::Error;
#[cfg(any(feature = "std", feature = "deflate"))]
use crate::drive::input::Input;
use crate::drive::patience::Patience;
use crate::drive::websocket::{Burst, Closed, Message, MessagePart, Text, burst};
#[cfg(feature = "deflate")]
use crate::ws::deflate::Status;
use crate::ws::{self, Event, MessageKind};

/// A message with such a part is taken for a long one, which has this room from the beginning.
const LONG_PART: usize = 4 * 1024;
const LONG_MESSAGE: usize = 64 * 1024;

/// What is inflated at a time.
#[cfg(feature = "deflate")]
const INFLATE: usize = 16 * 1024;

impl WebSocketDriver {
    /// Waits for the next message, or the rest of one; `None` after the closing handshake. Pings are
    /// answered here.
    ///
    /// # Errors
    ///
    /// What the peer did wrong, after it has been told; [`Error::Disconnected`] if it left without
    /// a Close frame; [`Error::TimedOut`].
    pub fn poll_message(&mut self, now: Tick) -> Poll<Result<Option<Message>, Error>> {
        self.poll_message_at(false, || now)
    }

    /// The same, where the time is asked for only if it is needed. For who `gives_way` it is also pending once the
    /// patience is spent, and then there may be more in the input.
    #[inline]
    pub(crate) fn poll_message_at(
        &mut self,
        gives_way: bool,
        now: impl FnOnce() -> Tick,
    ) -> Poll<Result<Option<Message>, Error>> {
        match self.known_message() {
            Some(message) => Poll::Ready(Ok(Some(message))),
            None => self.poll_new_message(gives_way, now()),
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

    fn poll_new_message(&mut self, gives_way: bool, now: Tick) -> Poll<Result<Option<Message>, Error>> {
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
            let Some(incoming) = ready!(self.poll_incoming(gives_way, now))? else { return Poll::Ready(Ok(None)) };
            if let Some(payload) = self.collect(incoming, gives_way, now) {
                return Poll::Ready(Ok(Some(Message::new(incoming.kind, payload))));
            }
            if self.has_taken(Patience::FRAME, gives_way) {
                return Poll::Pending;
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
        self.poll_part_at(false, now)
    }

    /// The same; `gives_way` is as in [`poll_message_at`](Self::poll_message_at).
    pub(crate) fn poll_part_at(&mut self, gives_way: bool, now: Tick) -> Poll<Result<Option<MessagePart>, Error>> {
        loop {
            let Some(incoming) = ready!(self.poll_incoming(gives_way, now))? else { return Poll::Ready(Ok(None)) };
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
            if self.has_taken(Patience::FRAME, gives_way) {
                return Poll::Pending;
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
    fn poll_incoming(&mut self, gives_way: bool, now: Tick) -> Poll<Result<Option<Incoming>, Error>> {
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
                if self.has_taken(Patience::FRAME, gives_way) {
                    return Poll::Pending;
                }
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
                Ok((used, Event::Ping(_) | Event::Pong(_))) => {
                    self.input.consume(used);
                    if self.has_taken(Patience::FRAME, gives_way) {
                        return Poll::Pending;
                    }
                }
                Ok((used, Event::Closed)) => {
                    self.over = true;
                    self.input.consume(used);
                }
                Ok((used, Event::NeedInput)) => {
                    self.input.consume(used);
                    // Empty fragments, if it is much.
                    self.patience.spend(Patience::frames(used));
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

    /// Notes what was done of which nothing is handed out. Whether it is the turn of others, for who `gives_way`.
    fn has_taken(&mut self, cost: u16, gives_way: bool) -> bool {
        self.patience.spend(cost);
        gives_way && self.patience.is_spent()
    }

    /// Adds what is at the front of the input to the message; gives it if that was the last of it.
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables))]
    fn collect(&mut self, incoming: Incoming, gives_way: bool, now: Tick) -> Option<Bytes> {
        #[cfg(feature = "deflate")]
        if incoming.is_compressed {
            return loop {
                match self.inflate(now) {
                    Inflated::Some if self.has_taken(Patience::INFLATED, gives_way) => break None,
                    Inflated::Some => {}
                    Inflated::Part => break None,
                    Inflated::Message => break Some(self.take_inflated()),
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
            return (self.take_inflated(), last);
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

    /// What was inflated, for keeps. Where that is little, the room that was made for it stays here.
    #[cfg(feature = "deflate")]
    fn take_inflated(&mut self) -> Bytes {
        if self.message.len() > Input::FEW {
            return self.message.split().freeze();
        }
        let inflated = self.input.keep_few(&self.message);
        self.message.clear();
        inflated
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

    pub(super) fn release_message(&mut self) {
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

    /// Whether nothing is under way but the wait for a message.
    #[cfg(feature = "std")]
    pub(in crate::drive::websocket) fn is_between_messages(&self) -> bool {
        if !self.hungry {
            return false;
        }
        let is_ending = self.eof || self.over || self.overdue || self.going_away || self.drain_deadline.is_some();
        let is_empty = self.input.is_empty() && self.output.is_empty() && self.message.is_empty();
        is_empty && !is_ending && self.incoming.is_none() && self.outgoing.is_none()
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
