//! One WebSocket connection after its opening handshake, either role (RFC 6455 sections 5 to 8).
//!
//! Payload is handed out as it arrives, unmasked in place, so that a message of any size passes in
//! constant memory. Pings are answered and Close frames echoed by [`Connection::transmit`].
//!
//! ```text
//! reading:  Header -> Payload -> Header ...      Closed, after a Close frame or an error
//! ```

#[cfg(feature = "alloc")]
use core::ops::Range;

use super::close::{Close, CloseCode};
use super::error::{Error, Rule, SendError};
use super::frame::{FrameHeader, Opcode};
#[cfg(feature = "std")]
use super::keep_alive::Silence;
use super::keep_alive::{Due, KeepAlive};
use super::mask::{self, MaskingKey};
use super::pongs::Pongs;
use super::utf8::Utf8Validator;
use super::{Deadlines, Limits};
use crate::Tick;
use crate::octet::copy::copy;
use crate::time::{Pace, sooner};

/// Which side of the connection this is. A client brings the source of its masking keys, which has
/// to be a strong source of randomness where the network is not trusted (section 10.3).
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)] // there are two
pub enum Role<K = fn() -> MaskingKey> {
    /// Receives masked frames and sends plain ones.
    Server,
    /// Receives plain frames and masks what it sends.
    Client(K),
}

impl<K: FnMut() -> MaskingKey> Role<K> {
    fn next_key(&mut self) -> Option<MaskingKey> {
        match self {
            Self::Server => None,
            Self::Client(keys) => Some(keys()),
        }
    }
}

/// What a message is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // RFC 6455 has two
pub enum MessageKind {
    /// UTF-8.
    Text,
    /// Octets.
    Binary,
}

impl MessageKind {
    const fn opcode(self) -> Opcode {
        match self {
            Self::Text => Opcode::Text,
            Self::Binary => Opcode::Binary,
        }
    }
}

/// What came of the input.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums)] // whoever drives a connection has to know them all
pub enum Event<'b> {
    /// Nothing more can be made of the input without more of it.
    NeedInput,
    /// A part of a message. Text was checked so far; a character may be cut at the end of a part.
    Data {
        /// What the message is made of.
        kind: MessageKind,
        /// The part; may be empty if it is the last.
        payload: &'b [u8],
        /// The message ends here.
        last: bool,
    },
    /// A part of a compressed message (RFC 7692 section 6.2): only after
    /// [`Connection::allow_compression`]. What is inflated of it is told to [`Connection::check_inflated`].
    Compressed {
        /// What the message is made of.
        kind: MessageKind,
        /// The part; may be empty if it is the last.
        payload: &'b [u8],
        /// The message ends here.
        last: bool,
    },
    /// A ping, whose pong [`Connection::transmit`] now owes.
    Ping(&'b [u8]),
    /// A pong.
    Pong(&'b [u8]),
    /// The peer's Close frame. The echo is owed if we have sent none.
    Close(Option<Close<'b>>),
    /// Nothing more will be read; what still comes is to be thrown away.
    Closed,
}

/// The protocol state of one connection: no input or output octets, no heap.
#[derive(Debug)]
pub struct Connection<K = fn() -> MaskingKey> {
    role: Role<K>,
    limits: Limits,
    deadlines: Deadlines,
    reading: Reading,
    /// The message whose fragments are arriving.
    incoming: Option<Incoming>,
    /// The message whose fragments are being sent.
    outgoing: Option<MessageKind>,
    /// Whether RSV1 has a meaning.
    allows_compression: bool,
    /// The compressed message that is being inflated.
    inflating: Option<Incoming>,
    pongs: Pongs,
    keep_alive: KeepAlive,
    /// Octets of the input that were shown and not used.
    left: usize,
    /// The Close frame that is owed.
    close: Option<Control>,
    close_sent: bool,
    close_deadline: Option<Tick>,
    writing: Pace,
}

#[derive(Clone, Copy, Debug)]
enum Reading {
    Header,
    Payload { header: FrameHeader, done: u64 },
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Incoming {
    kind: MessageKind,
    size: u64,
    fragments: u32,
    is_compressed: bool,
    utf8: Utf8Validator,
}

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

/// The payload of a control frame that waits to be sent.
#[derive(Clone, Copy, Debug)]
struct Control {
    payload: [u8; 125],
    len: u8,
}

impl Control {
    fn new(payload: &[u8]) -> Option<Self> {
        let mut control = Self { payload: [0; 125], len: u8::try_from(payload.len()).ok()? };
        control.payload.get_mut(..payload.len())?.copy_from_slice(payload);
        Some(control)
    }

    fn payload(&self) -> &[u8] {
        self.payload.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// The header of a data frame to be sent, and the mask to put over its payload.
#[derive(Clone, Copy, Debug)]
pub struct FrameStart {
    octets: [u8; FrameHeader::MAX_LEN],
    len: usize,
    key: Option<MaskingKey>,
}

impl FrameStart {
    #[inline]
    fn new(header: &FrameHeader) -> Self {
        let (octets, len) = header.write();
        Self { octets, len, key: header.key }
    }

    /// The header's octets, 14 at most.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    /// Whether [`FrameStart::mask`] changes anything: a client has to, a server's payload goes out as it is.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.key.is_some()
    }

    /// Masks a part of the payload that begins `offset` octets into it.
    pub fn mask(&self, offset: u64, payload: &mut [u8]) {
        if let Some(key) = self.key {
            mask::apply(key, offset, payload);
        }
    }
}

impl Connection {
    /// The server's side of a connection whose opening handshake is complete.
    #[must_use]
    pub fn server(limits: Limits, deadlines: Deadlines) -> Self {
        Self::new(Role::Server, limits, deadlines)
    }
}

impl<K: FnMut() -> MaskingKey> Connection<K> {
    /// The client's side, with the source of its masking keys.
    #[must_use]
    pub fn client(keys: K, limits: Limits, deadlines: Deadlines) -> Self {
        Self::new(Role::Client(keys), limits, deadlines)
    }

    /// A connection whose opening handshake is complete.
    #[must_use]
    pub fn new(role: Role<K>, limits: Limits, deadlines: Deadlines) -> Self {
        Self {
            role,
            limits,
            deadlines,
            reading: Reading::Header,
            incoming: None,
            outgoing: None,
            allows_compression: false,
            inflating: None,
            pongs: Pongs::new(),
            keep_alive: KeepAlive::default(),
            left: 0,
            close: None,
            close_sent: false,
            close_deadline: None,
            writing: Pace::default(),
        }
    }

    /// Gives RSV1 its meaning: permessage-deflate was negotiated (RFC 7692 section 6). Without this a
    /// compressed message is an error.
    pub fn allow_compression(&mut self) {
        self.allows_compression = true;
    }

    // ---- what is so -------------------------------------------------------------------------

    /// Whether [`Connection::transmit`] has something to write.
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        !self.close_sent && (!self.pongs.is_empty() || self.keep_alive.owes_ping() || self.close.is_some())
    }

    /// Whether the closing handshake is complete, or the connection failed: once the output is
    /// flushed, a server closes the transport, and a client waits for that (section 7.1.1).
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.reading, Reading::Closed) && self.close_sent
    }

    /// Whether a Close frame was sent or is owed: no message may be sent any more.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.close_sent || self.close.is_some()
    }

    /// Whether this is the client's side.
    #[must_use]
    pub fn is_client(&self) -> bool {
        matches!(self.role, Role::Client(_))
    }

    /// When [`Connection::handle_timeout`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        let silence = if self.is_closing() { None } else { self.keep_alive.deadline(&self.deadlines) };
        sooner(self.write_deadline(), silence)
    }

    /// The part of [`Connection::deadline`] that runs even if nothing is read: while output waits, and
    /// from a Close frame on.
    #[must_use]
    pub fn write_deadline(&self) -> Option<Tick> {
        sooner(self.close_deadline, self.writing.deadline())
    }

    // ---- what happened ----------------------------------------------------------------------

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
    /// [`Limits::message_size`].
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
    fn fail(&mut self, rule: Rule, now: Tick) -> Error {
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

    /// Says that so many octets of output were written and so many still wait. The write deadline
    /// runs while any wait, and starts anew whenever some were written.
    pub fn handle_written(&mut self, written: usize, waiting: usize, now: Tick) {
        self.writing.update(written as u64, waiting > 0, self.deadlines.write, None, now);
    }

    /// Lets a deadline pass, if one is due. A peer that has been silent is asked for a sign of life:
    /// [`Connection::transmit`] then owes a ping. Says whether the transport is to be dropped: the peer
    /// takes nothing, does not end the closing handshake, or has given no sign.
    #[must_use]
    pub fn handle_timeout(&mut self, now: Tick) -> bool {
        if self.write_deadline().is_some_and(|at| at <= now) {
            return true;
        }
        !self.is_closing() && self.keep_alive.pass(&self.deadlines, now) == Due::Dead
    }

    // ---- what the application does ----------------------------------------------------------

    /// Announces a frame of `length` octets of a message: its header, and the mask for its payload.
    /// Fragments of one message follow each other until one is the `last`; control frames may
    /// come between. That text is UTF-8 is the caller's to see to.
    ///
    /// # Errors
    ///
    /// [`SendError::Fragmentation`], [`SendError::Closed`].
    #[inline]
    pub fn frame_data(&mut self, kind: MessageKind, length: u64, last: bool) -> Result<FrameStart, SendError> {
        Ok(FrameStart::new(&self.data_header(kind, length, last)?))
    }

    /// The same for a message that is compressed: RSV1 of its first frame says so (RFC 7692 section 6.1).
    /// To be used for all frames of the message, after [`Connection::allow_compression`].
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`].
    pub fn frame_compressed(&mut self, kind: MessageKind, length: u64, last: bool) -> Result<FrameStart, SendError> {
        let mut header = self.data_header(kind, length, last)?;
        header.rsv1 = header.opcode != Opcode::Continuation;
        Ok(FrameStart::new(&header))
    }

    /// Writes a frame of a message, header and payload, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`], and [`SendError::TooSmall`].
    #[inline(always)] // a call costs as much as a header
    pub fn send_data(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        last: bool,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let opcode = self.outgoing_opcode(kind)?;
        let len = Self::write_frame(&mut self.role, opcode, last, payload, out)?;
        self.outgoing = if last { None } else { Some(kind) };
        Ok(len)
    }

    /// Writes a ping, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlFrame`] above 125 octets, [`SendError::Closed`], [`SendError::TooSmall`].
    pub fn send_ping(&mut self, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        self.send_control(Opcode::Ping, payload, out)
    }

    /// Writes a pong that no ping asked for, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// As [`Connection::send_ping`].
    pub fn send_pong(&mut self, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        self.send_control(Opcode::Pong, payload, out)
    }

    /// Begins the closing handshake: [`Connection::transmit`] owes a Close frame. The close
    /// deadline runs from `now`. Does nothing if one was sent or is owed already.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlFrame`] if the reason has more than 123 octets.
    pub fn close(&mut self, close: Option<Close<'_>>, now: Tick) -> Result<(), SendError> {
        if self.is_closing() {
            return Ok(());
        }
        let mut payload = [0; 125];
        let mut len = 0;
        if let Some(Close { code, reason }) = close {
            len = 2 + reason.len();
            let room = payload.get_mut(..len).ok_or(SendError::ControlFrame)?;
            let (code_room, reason_room) = room.split_at_mut(2);
            code_room.copy_from_slice(&code.as_u16().to_be_bytes());
            reason_room.copy_from_slice(reason.as_bytes());
        }
        self.close = Control::new(payload.get(..len).unwrap_or_default());
        self.close_deadline = self.deadlines.close.map(|wait| now + wait);
        Ok(())
    }

    /// Writes of what is owed as much as there is room for: pongs in the order of their pings, a ping, a
    /// Close frame. Says how many octets that has; zero if nothing is owed.
    ///
    /// Pongs wait in 254 octets. One that does not fit stands for those that wait (section 5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::TooSmall`] if there is room for nothing of it; 131 octets always do.
    pub fn transmit(&mut self, out: &mut [u8]) -> Result<usize, SendError> {
        if self.close_sent {
            return Ok(0);
        }
        let mut len = 0;
        loop {
            match self.transmit_one(out.get_mut(len..).unwrap_or_default()) {
                Ok(0) => return Ok(len),
                Ok(more) => len += more,
                // The rest goes with the next call.
                Err(SendError::TooSmall { .. }) if len > 0 => return Ok(len),
                Err(error) => return Err(error),
            }
        }
    }

    fn transmit_one(&mut self, out: &mut [u8]) -> Result<usize, SendError> {
        if self.close_sent {
            Ok(0)
        } else if let Some(payload) = self.pongs.first() {
            let len = Self::write_frame(&mut self.role, Opcode::Pong, true, payload, out)?;
            self.pongs.pop();
            Ok(len)
        } else if self.keep_alive.owes_ping() {
            let len = Self::write_frame(&mut self.role, Opcode::Ping, true, &[], out)?;
            self.keep_alive.sent_ping();
            Ok(len)
        } else if let Some(close) = &self.close {
            let len = Self::write_frame(&mut self.role, Opcode::Close, true, close.payload(), out)?;
            self.close = None;
            self.close_sent = true;
            Ok(len)
        } else {
            Ok(0)
        }
    }

    /// What is to be remembered if no message is under way and nothing is owed; the connection can then be
    /// used for another one.
    #[cfg(feature = "std")]
    pub(crate) fn rest(&self) -> Option<Silence> {
        let may_rest = matches!(self.reading, Reading::Header)
            && self.left == 0
            && self.incoming.is_none()
            && self.outgoing.is_none()
            && self.inflating.is_none()
            && !self.wants_transmit()
            && !self.is_closing()
            && self.writing.is_at_rest();
        may_rest.then(|| self.keep_alive.into())
    }

    /// Takes the place of a connection that was at rest; this one must be, too.
    #[cfg(feature = "std")]
    pub(crate) fn resume(
        &mut self,
        role: Role<K>,
        limits: Limits,
        deadlines: Deadlines,
        allows_compression: bool,
        silence: Silence,
    ) {
        self.role = role;
        self.limits = limits;
        self.deadlines = deadlines;
        self.allows_compression = allows_compression;
        self.keep_alive = silence.into();
    }

    // ---- the inner steps --------------------------------------------------------------------

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

    fn closed_by_peer<'b>(&mut self, payload: &'b [u8], now: Tick) -> Result<Event<'b>, Rule> {
        let close = Close::parse(payload)?;
        self.reading = Reading::Closed;
        self.owe_close(close.map(|close| close.code), now);
        Ok(Event::Close(close))
    }

    fn owe_close(&mut self, code: Option<CloseCode>, now: Tick) {
        if !self.is_closing() {
            let octets = code.map(|code| code.as_u16().to_be_bytes());
            self.close = Control::new(octets.as_ref().map_or(&[], |octets| octets.as_slice()));
        }
        if self.close_deadline.is_none() {
            self.close_deadline = self.deadlines.close.map(|wait| now + wait);
        }
    }

    /// The header of the next frame of the message that is being sent.
    fn data_header(&mut self, kind: MessageKind, length: u64, last: bool) -> Result<FrameHeader, SendError> {
        let opcode = self.outgoing_opcode(kind)?;
        self.outgoing = if last { None } else { Some(kind) };
        Ok(FrameHeader::new(opcode, last, length, self.role.next_key()))
    }

    fn outgoing_opcode(&self, kind: MessageKind) -> Result<Opcode, SendError> {
        match self.outgoing {
            _ if self.is_closing() => Err(SendError::Closed),
            None => Ok(kind.opcode()),
            Some(begun) if begun == kind => Ok(Opcode::Continuation),
            Some(_) => Err(SendError::Fragmentation),
        }
    }

    fn send_control(&mut self, opcode: Opcode, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        if self.is_closing() {
            return Err(SendError::Closed);
        }
        if payload.len() > 125 {
            return Err(SendError::ControlFrame);
        }
        Self::write_frame(&mut self.role, opcode, true, payload, out)
    }

    #[inline]
    fn write_frame(
        role: &mut Role<K>,
        opcode: Opcode,
        last: bool,
        payload: &[u8],
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let header = FrameHeader::new(opcode, last, payload.len() as u64, role.next_key());
        // Nearly all that a server sends has one of these, which are moved and not copied.
        if let Some(header) = header.short() {
            place(header, payload, out)
        } else if let Some(header) = header.medium() {
            place(header, payload, out)
        } else {
            place_any(&header, payload, out)
        }
    }
}

/// Writes a payload behind its header.
#[inline]
fn place<const N: usize>(header: [u8; N], payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
    let required = N + payload.len();
    let room = out.get_mut(..required).and_then(|room| room.split_first_chunk_mut());
    let (header_room, payload_room) = room.ok_or(SendError::TooSmall { required })?;
    *header_room = header;
    copy(payload_room, payload);
    Ok(required)
}

/// The same for any header, with the mask over the payload.
#[inline(never)]
fn place_any(header: &FrameHeader, payload: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
    let start = FrameStart::new(header);
    let required = start.len + payload.len();
    let room = out.get_mut(..required).ok_or(SendError::TooSmall { required })?;
    let (header_room, payload_room) = room.split_at_mut(start.len);
    header_room.copy_from_slice(start.as_bytes());
    payload_room.copy_from_slice(payload);
    start.mask(0, payload_room);
    Ok(required)
}
