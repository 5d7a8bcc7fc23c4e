//! The driver of a WebSocket connection.

#[cfg(feature = "deflate")]
mod compressing;
mod receiving;
mod sending;

#[cfg(feature = "deflate")]
use alloc::boxed::Box;
use alloc::sync::Arc;
#[cfg(feature = "std")]
use core::mem;

use bytes::{BufMut, BytesMut};
#[cfg(feature = "deflate")]
pub(super) use compressing::Rest;

#[cfg(feature = "deflate")]
use super::compression::Compression;
#[cfg(feature = "std")]
use super::idle::Idle;
use super::rules::Rules;
use super::{Closed, WebSocketOptions};
use crate::Tick;
use crate::drive::Driver;
use crate::drive::input::Input;
use crate::drive::output::Output;
use crate::drive::patience::Patience;
use crate::ws::{self, Connection, MaskingKey, MessageKind, Role, Utf8Validator};

/// One WebSocket connection, with its buffers.
///
/// [`poll_message`](Self::poll_message) gives whole messages, [`poll_part`](Self::poll_part) what there
/// is of one; they can be mixed. Pings are answered by either.
#[derive(Debug)]
pub struct WebSocketDriver {
    pub(in crate::drive::websocket) connection: Connection,
    pub(in crate::drive::websocket) rules: Arc<Rules>,
    #[cfg(feature = "deflate")]
    pub(in crate::drive::websocket) compression: Option<Box<Compression>>,
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
    pub(in crate::drive::websocket) rests: bool,
    /// How much was done while others waited.
    pub(in crate::drive) patience: Patience,
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

impl WebSocketDriver {
    pub(in crate::drive::websocket) fn new(
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
            patience: Patience::default(),
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

    /// Goes on with a connection that was at rest. The driver must be at rest, too.
    #[cfg(feature = "std")]
    pub(in crate::drive::websocket) fn resume(&mut self, idle: &mut Idle) {
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
    pub(in crate::drive::websocket) fn renew(&mut self) {
        self.input.renew();
        self.output.renew();
        self.release_message();
    }

    /// The transport can neither be read nor written any more. Says whether that changes nothing: the peer's Close
    /// frame, or what it did wrong, came before.
    pub fn transport_failed(&mut self) -> bool {
        if self.over {
            self.clear_output();
            // Nor is anything owed.
            self.connection.receive_eof();
            self.eof = true;
        }
        self.over
    }

    /// Nothing more can be written.
    fn clear_output(&mut self) {
        self.output.clear();
        #[cfg(feature = "deflate")]
        if let Some(compression) = &mut self.compression {
            compression.rest = None;
        }
    }

    /// Gives up the buffers that nothing is in.
    pub(in crate::drive::websocket) fn release(&mut self) {
        self.input.rest();
        self.output.rest();
        self.release_message();
    }

    /// Whether octets lie in the read buffer that were not handed out, so that what is sent to them can
    /// leave together.
    #[must_use]
    #[inline]
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }
}

impl Driver for WebSocketDriver {
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
        // Control frames go before the next frame of a message, and Close behind its last.
        self.transmit();
        #[cfg(feature = "deflate")]
        if self.is_compressing() {
            // There is output as long as any is left.
            self.compress_rest();
            self.transmit();
        }
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
            self.clear_output();
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
