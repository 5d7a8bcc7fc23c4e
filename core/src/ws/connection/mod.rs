//! One WebSocket connection after its opening handshake, either role (RFC 6455 sections 5 to 8).
//!
//! Payload is handed out as it arrives, unmasked in place, so that a message of any size passes in
//! constant memory. Pings are answered and Close frames echoed by [`Connection::transmit`].
//!
//! ```text
//! reading:  Header -> Payload -> Header ...      Closed, after a Close frame or an error
//! ```

mod closing;
mod frame_start;
mod receiving;
#[cfg(feature = "std")]
mod rest;
mod role;
mod sending;

pub use frame_start::FrameStart;
pub use role::Role;

use super::close::Close;
use super::frame::{FrameHeader, Opcode};
use super::keep_alive::{Due, KeepAlive};
use super::mask::MaskingKey;
use super::pongs::Pongs;
use super::utf8::Utf8Validator;
use super::{Deadlines, Limits};
use crate::Tick;
use crate::time::{Pace, sooner};
use closing::Control;

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
    /// A ping or a Close frame may be among the output that waits.
    is_leaving: bool,
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
            is_leaving: false,
            writing: Pace::default(),
        }
    }

    /// Gives RSV1 its meaning: permessage-deflate was negotiated (RFC 7692 section 6). Without this a
    /// compressed message is an error.
    pub fn allow_compression(&mut self) {
        self.allows_compression = true;
    }

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

    /// Says that so many octets of output were written and so many still wait. The write deadline
    /// runs while any wait, and starts anew whenever some were written; so do the deadlines of a ping and of a Close
    /// frame that are among them, until they have left.
    #[inline]
    pub fn handle_written(&mut self, written: usize, waiting: usize, now: Tick) {
        self.writing.update(written as u64, waiting > 0, self.deadlines.write, None, now);
        if self.is_leaving {
            self.renew_deadlines(written, waiting, now);
        }
    }

    #[cold]
    #[inline(never)]
    fn renew_deadlines(&mut self, written: usize, waiting: usize, now: Tick) {
        if written > 0 {
            self.keep_alive.written(written as u64, waiting as u64, now);
            if self.close_deadline.is_some() {
                self.close_deadline = self.deadlines.close.map(|wait| now + wait);
            }
            self.is_leaving = self.close_deadline.is_some() || self.keep_alive.is_asking();
        }
    }

    /// Lets a deadline pass, if one is due. A peer that has been silent is asked for a sign of life:
    /// [`Connection::transmit`] then owes a ping. Says whether the transport is to be dropped: the peer
    /// takes nothing, does not end the closing handshake, or has given no sign.
    #[must_use]
    pub fn handle_timeout(&mut self, now: Tick) -> bool {
        if self.write_deadline().is_some_and(|at| at <= now) {
            return true;
        }
        let due = if self.is_closing() { Due::Nothing } else { self.keep_alive.pass(&self.deadlines, now) };
        self.is_leaving |= due == Due::Ping;
        due == Due::Dead
    }
}
