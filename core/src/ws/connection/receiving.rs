//! What the peer sends: messages, and control frames between their fragments (RFC 6455 sections 5.4, 5.5 and 6.2).

#[cfg(feature = "alloc")]
use core::ops::Range;

use super::{Connection, Event, Incoming, MessageKind, Reading};
use crate::Tick;
use crate::ws::MaskingKey;
use crate::ws::error::{Error, Rule};
use crate::ws::frame::{FrameHeader, Opcode};
use crate::ws::mask;
use crate::ws::utf8::Utf8Validator;

impl Incoming {
    fn check_text(&mut self, part: &[u8], last: bool) -> Result<(), Rule> {
        if self.kind == MessageKind::Text {
            self.utf8.check(part).map_err(|_| Rule::Utf8)?;
            if last && !self.utf8.is_complete() {
                return Err(Rule::Utf8);
            }
        }
        Ok(())
    }
}

/// A message that lay whole in the input, unmasked there.
struct Whole {
    kind: MessageKind,
    start: usize,
    end: usize,
    #[cfg_attr(not(feature = "alloc"), allow(dead_code))]
    key: Option<MaskingKey>,
    is_valid: bool,
}

impl<K: FnMut() -> MaskingKey> Connection<K> {
    /// Takes the next event from the front of `input`, which is unmasked in place, and says how
    /// many octets of it were used. Octets not used must be given again, with those that follow.
    ///
    /// # Errors
    ///
    /// The rule that the peer broke. [`Connection::transmit`] then has the Close frame to send
    /// before the transport is closed.
    pub fn receive<'b>(&mut self, input: &'b mut [u8], now: Tick) -> Result<(usize, Event<'b>), Error> {
        // What was not used is shown again, and is no new sign of life.
        if !self.keep_alive.has_begun() || input.len() > self.left {
            self.keep_alive.hear(now);
        }
        self.left = input.len();
        let received = match self.take_whole(input) {
            Some(Whole { kind, start, end, is_valid: true, .. }) => {
                let payload = input.get_mut(start..end).unwrap_or_default();
                Ok((end, Event::Data { kind, payload, last: true }))
            }
            Some(_) => Err(Rule::Utf8),
            None => self.advance(input, now),
        };
        match received {
            Ok((used, event)) => {
                self.left -= used;
                Ok((used, event))
            }
            Err(rule) => Err(self.fail(rule, now)),
        }
    }

    /// The next message, if all of it was shown before, but not used, and [`Connection::receive`] would give it in
    /// one part: its kind, and where it lies unmasked. Nothing else has then happened at any moment that there
    /// would be to tell.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn receive_known(&mut self, input: &mut [u8]) -> Option<(MessageKind, Range<usize>)> {
        if input.len() > self.left || !self.keep_alive.has_begun() {
            return None;
        }
        let Whole { kind, start, end, key, is_valid } = self.take_whole(input)?;
        if is_valid {
            self.left -= end;
            return Some((kind, start..end));
        }
        // What is wrong with it is to be found again by who knows the time.
        if let (Some(key), Some(payload)) = (key, input.get_mut(start..end)) {
            mask::apply(key, 0, payload);
        }
        None
    }

    /// How long the frame at the front of the input is, if it is a whole message that has come in part and nothing
    /// is to be said of it before the rest has: plain octets within the limits. What has come counts as heard.
    #[cfg(feature = "alloc")]
    pub(crate) fn await_whole(&mut self, input: &[u8], now: Tick) -> Option<usize> {
        if !matches!(self.reading, Reading::Header) || self.incoming.is_some() || self.limits.fragments == 0 {
            return None;
        }
        let (start, header) = FrameHeader::parse(input).ok()??;
        let is_plain = header.opcode == Opcode::Binary && header.last && !header.rsv1;
        let is_allowed = header.key.is_some() != self.is_client()
            && header.length <= self.limits.frame_size.min(self.limits.message_size);
        let end = usize::try_from(header.length).ok()?.checked_add(start)?;
        if !is_plain || !is_allowed || end <= input.len() {
            return None;
        }
        if !self.keep_alive.has_begun() || input.len() > self.left {
            self.keep_alive.hear(now);
        }
        self.left = input.len();
        Some(end)
    }

    /// Says what was inflated of a compressed message: its text is checked and its size held to
    /// [`Limits::message_size`](crate::ws::Limits::message_size).
    ///
    /// # Errors
    ///
    /// As [`Connection::receive`].
    pub fn check_inflated(&mut self, part: &[u8], last: bool, now: Tick) -> Result<(), Error> {
        let Some(message) = &mut self.inflating else { return Ok(()) };
        // What is wrong within the limit comes before what passes it, however the message is cut.
        let room = usize::try_from(self.limits.message_size - message.size).unwrap_or(usize::MAX);
        let rule = match part.get(..room) {
            Some(within) if room < part.len() => message.check_text(within, false).and(Err(Rule::TooBig)),
            _ => message.check_text(part, last),
        };
        message.size = message.size.saturating_add(part.len() as u64).min(self.limits.message_size);
        if last {
            self.inflating = None;
        }
        rule.map_err(|rule| self.fail(rule, now))
    }

    /// Says that a compressed message cannot be inflated.
    pub fn fail_inflating(&mut self, now: Tick) -> Error {
        self.fail(Rule::Compression, now)
    }

    #[cold]
    pub(super) fn fail(&mut self, rule: Rule, now: Tick) -> Error {
        let error = Error::new(rule);
        self.reading = Reading::Closed;
        self.owe_close(Some(error.close_code()), now);
        error
    }

    /// Takes a message of one frame that is all there at the front of the input, plain, not long and within the
    /// limits, as most are, and leaves no trace in the connection. [`Connection::advance`] takes everything else.
    #[inline(always)]
    fn take_whole(&mut self, input: &mut [u8]) -> Option<Whole> {
        let [first @ (0x81 | 0x82), second, rest @ ..] = &*input else { return None };
        if !matches!(self.reading, Reading::Header) || self.incoming.is_some() || self.limits.fragments == 0 {
            return None;
        }
        let (length, start) = match second & 0x7f {
            127 => return None,
            126 => {
                let length = u16::from_be_bytes(*rest.first_chunk()?);
                (usize::from(length), if length < 126 { return None } else { 4 })
            }
            short => (usize::from(short), 2),
        };
        if length as u64 > self.limits.frame_size.min(self.limits.message_size) {
            return None;
        }
        let kind = if *first == 0x81 { MessageKind::Text } else { MessageKind::Binary };
        let (key, start) = match (second & 0x80 != 0, self.is_client()) {
            (true, false) => (Some(*input.get(start..)?.first_chunk()?), start + 4),
            (false, true) => (None, start),
            _ => return None,
        };
        let payload = input.get_mut(start..start + length)?;
        if let Some(key) = key {
            mask::apply(key, 0, payload);
        }
        self.inflating = None;
        let is_valid = kind == MessageKind::Binary || Utf8Validator::is_valid(payload);
        Some(Whole { kind, start, end: start + length, key, is_valid })
    }

    fn advance<'b>(&mut self, input: &'b mut [u8], now: Tick) -> Result<(usize, Event<'b>), Rule> {
        let mut used = 0;
        loop {
            let (header, done) = match self.reading {
                Reading::Closed => return Ok((input.len(), Event::Closed)),
                Reading::Payload { header, done } => (header, done),
                Reading::Header => {
                    let rest = input.get(used..).unwrap_or_default();
                    self.check_early(rest)?;
                    let Some((len, header)) = FrameHeader::parse(rest)? else {
                        return Ok((used, Event::NeedInput));
                    };
                    self.begin(&header)?;
                    used += len;
                    (header, 0)
                }
            };
            let left = header.length - done;
            let len = usize::try_from(left).unwrap_or(usize::MAX).min(input.len() - used);
            let is_whole = len as u64 == left;
            if !is_whole && (header.opcode.is_control() || len == 0) {
                self.reading = Reading::Payload { header, done };
                return Ok((used, Event::NeedInput));
            }
            self.reading =
                if is_whole { Reading::Header } else { Reading::Payload { header, done: done + len as u64 } };
            // An empty fragment that is not the last has nothing to tell, and the borrow that is returned must
            // not be one that the loop goes on with.
            if header.opcode.is_control() || len > 0 || header.last {
                let payload = input.get_mut(used..used + len).unwrap_or_default();
                if let Some(key) = header.key {
                    mask::apply(key, done, payload);
                }
                let event = match header.opcode {
                    Opcode::Ping => {
                        self.pongs.push(payload);
                        Event::Ping(payload)
                    }
                    Opcode::Pong => Event::Pong(payload),
                    Opcode::Close => self.closed_by_peer(payload, now)?,
                    Opcode::Continuation | Opcode::Text | Opcode::Binary => {
                        self.data(payload, header.last && is_whole)?
                    }
                };
                return Ok((used + len, event));
            }
        }
    }

    /// The peer closed its sending side. A clean end has seen a Close frame before it.
    pub fn receive_eof(&mut self) {
        self.reading = Reading::Closed;
        self.close_sent = true;
        self.pongs.clear();
        self.close = None;
    }

    /// The rules that the first octet of a header is enough for.
    fn check_early(&self, input: &[u8]) -> Result<(), Rule> {
        match input.first() {
            // RSV1 belongs to the first frame of a message, and to no other.
            Some(first) if first & 0x40 != 0 && !(self.allows_compression && matches!(first & 0x0f, 1 | 2)) => {
                Err(Rule::ReservedBits)
            }
            _ => Ok(()),
        }
    }

    /// Takes note of a frame's header.
    fn begin(&mut self, header: &FrameHeader) -> Result<(), Rule> {
        if header.key.is_some() == self.is_client() {
            return Err(Rule::Masking);
        }
        let kind = match header.opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => return Ok(()),
            Opcode::Continuation => None,
            Opcode::Text => Some(MessageKind::Text),
            Opcode::Binary => Some(MessageKind::Binary),
        };
        let incoming = match (&mut self.incoming, kind) {
            (None, Some(kind)) => {
                let is_compressed = header.rsv1;
                let message = Incoming { kind, size: 0, fragments: 0, is_compressed, utf8: Utf8Validator::new() };
                self.inflating = is_compressed.then_some(message);
                self.incoming.insert(message)
            }
            (Some(incoming), None) => incoming,
            (None, None) | (Some(_), Some(_)) => return Err(Rule::Fragmentation),
        };
        incoming.size = incoming.size.saturating_add(header.length);
        incoming.fragments = incoming.fragments.saturating_add(1);
        if header.length > self.limits.frame_size || incoming.size > self.limits.message_size {
            return Err(Rule::TooBig);
        }
        if incoming.fragments > self.limits.fragments {
            return Err(Rule::TooManyFragments);
        }
        Ok(())
    }

    fn data<'b>(&mut self, payload: &'b [u8], last: bool) -> Result<Event<'b>, Rule> {
        let incoming = self.incoming.as_mut().ok_or(Rule::Fragmentation)?;
        let Incoming { kind, is_compressed, .. } = *incoming;
        if !is_compressed {
            incoming.check_text(payload, last)?;
        }
        if last {
            self.incoming = None;
        }
        Ok(if is_compressed { Event::Compressed { kind, payload, last } } else { Event::Data { kind, payload, last } })
    }
}
