//! A WebSocket connection of either role under any order of calls.

use core::time::Duration;

use sanderling::Tick;
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, MessageInflater, Part, Status};
use sanderling::ws::{
    Close, CloseCode, Connection, Deadlines, Error, Event, Limits, MaskingKey, MessageKind, Role, SendError,
};

use crate::cuts::Cuts;
use crate::script::Script;
use crate::sending::{DATA, emit};
use crate::transcript::{Item, compressed_websocket};

/// Nothing panics and nothing runs in circles, events come in their order, text is text, and the
/// other role reads what is sent as it was meant.
///
/// # Panics
///
/// Where that is not so.
pub fn websocket_connection(data: &[u8]) {
    let mut script = Script::new(data);
    let key: fn() -> MaskingKey = || [1, 2, 3, 4];
    let role = script.choose(&[Role::Server, Role::Client(key)]);
    let mut limits = Limits::default();
    let choice = script.octet();
    if choice & 1 != 0 {
        (limits.message_size, limits.frame_size, limits.fragments) = (300, 200, 3);
    }
    let context = (choice & 2 != 0).then_some(DeflateContext { takeover: true, window_bits: 15 });
    let mut connection = Connection::new(role, limits, Deadlines::default());
    if context.is_some() {
        connection.allow_compression();
    }
    let mut run = Run {
        connection,
        context,
        inflater: context.map(|context| MessageInflater::new(context, u64::MAX)),
        deflater: context.map(|context| MessageDeflater::new(context, &DeflateOptions::default())),
        is_compressing: false,
        octets: script.octets.to_owned(),
        script,
        arrived: 0,
        used: 0,
        now: Tick::ZERO,
        limits,
        incoming: None,
        is_over: false,
        outgoing: None,
        sent: Vec::new(),
        out: Vec::new(),
    };
    while let Some(step) = run.script.next() {
        run.step(step);
    }
    run.conclude();
}

struct Run<'d> {
    script: Script<'d>,
    connection: Connection,
    /// How messages are compressed, if that was agreed on.
    context: Option<DeflateContext>,
    inflater: Option<MessageInflater>,
    deflater: Option<MessageDeflater>,
    /// The message that is being sent is compressed.
    is_compressing: bool,
    octets: Vec<u8>,
    arrived: usize,
    used: usize,
    now: Tick,
    limits: Limits,
    incoming: Option<(MessageKind, Vec<u8>)>,
    /// A Close frame, an error or the end of the stream has come.
    is_over: bool,
    outgoing: Option<(MessageKind, Vec<u8>)>,
    /// What the peer should see, but for what the connection sends by itself.
    sent: Vec<Item>,
    out: Vec<u8>,
}

impl Run<'_> {
    fn step(&mut self, step: u8) {
        match step % 16 {
            0 | 1 => self.arrive(),
            2..=5 => _ = self.receive(),
            6 => while self.receive() {},
            7 | 8 => self.transmit(),
            9 | 10 => self.send(),
            11 => self.ping(),
            12 => self.close(),
            13 => self.pass_time(),
            14 => {
                let (written, waiting) = (self.script.octet().into(), self.script.octet().into());
                self.connection.handle_written(written, waiting, self.now);
            }
            _ => {
                self.connection.receive_eof();
                self.is_over = true;
                assert!(self.connection.is_closed() && !self.connection.wants_transmit());
            }
        }
        assert!(!self.connection.is_closed() || self.connection.is_closing());
    }

    fn conclude(&mut self) {
        self.arrived = self.octets.len();
        while self.receive() {}
        self.transmit();
        assert_eq!(self.connection.is_closed(), self.is_over);
        // What the other role makes of all that we said.
        let is_client = !self.connection.is_client();
        let items = compressed_websocket(&self.out, is_client, Cuts::Octets, Limits::default(), self.context).items;
        let items: Vec<_> = items.into_iter().filter(|item| !is_unasked(item)).collect();
        let has_closed = matches!(items.last(), Some(Item::Close(_)));
        // A message that a Close frame cuts short is not listed.
        if let Some((kind, text)) = self.outgoing.take().filter(|(_, text)| !has_closed && !text.is_empty()) {
            self.sent.push(Item::Message(kind, text, false));
        }
        let told = items.len() - usize::from(has_closed);
        assert_eq!(items[..told], self.sent);
    }

    fn arrive(&mut self) {
        let left = self.octets.len() - self.arrived;
        self.arrived += match self.script.octet() {
            0 => left,
            size => left.min(size.into()),
        };
    }

    /// Takes an event, and says whether another may follow at once.
    fn receive(&mut self) -> bool {
        let input = &mut self.octets[self.used..self.arrived];
        let len = input.len();
        let (used, event) = match self.connection.receive(input, self.now) {
            Ok(progress) => progress,
            Err(_) => {
                assert!(!self.is_over, "an error after the end");
                assert!(self.connection.is_closing());
                self.is_over = true;
                return true;
            }
        };
        assert!(used <= len);
        self.used += used;
        assert!(!self.is_over || matches!(event, Event::Closed), "{event:?} after the end");
        match event {
            Event::NeedInput => return false,
            Event::Closed => {
                assert!(self.is_over && used == len);
                return false;
            }
            Event::Data { kind, payload, last } => {
                assert!(used > 0 || last);
                let payload = payload.to_owned();
                self.take(kind, &payload, last);
            }
            Event::Compressed { kind, payload, last } => {
                assert!(used > 0 || last);
                let payload = payload.to_owned();
                self.is_over = self.inflate(kind, &payload, last).is_err();
            }
            Event::Ping(payload) => {
                assert!(payload.len() <= 125);
                assert!(self.connection.wants_transmit() || self.connection.is_closing());
            }
            Event::Pong(payload) => assert!(payload.len() <= 125),
            Event::Close(close) => {
                assert!(close.is_none_or(|close| CloseCode::new(close.code.as_u16()) == Some(close.code)));
                assert!(self.connection.is_closing());
                self.is_over = true;
            }
        }
        true
    }

    fn take(&mut self, kind: MessageKind, part: &[u8], last: bool) {
        let (begun, text) = self.incoming.get_or_insert_with(|| (kind, Vec::new()));
        assert_eq!(*begun, kind);
        text.extend_from_slice(part);
        assert!(text.len() as u64 <= self.limits.message_size);
        if kind == MessageKind::Text {
            let error = core::str::from_utf8(text).err();
            assert!(error.is_none_or(|error| !last && error.error_len().is_none()), "text is not text");
        }
        if last {
            self.incoming = None;
        }
    }

    fn inflate(&mut self, kind: MessageKind, payload: &[u8], last: bool) -> Result<(), Error> {
        let mut rest = payload;
        loop {
            let mut scratch = [0; 50];
            let inflater = self.inflater.as_mut().expect("compression was not agreed on");
            let Ok(coded) = inflater.inflate(rest, last, &mut scratch) else {
                let error = self.connection.fail_inflating(self.now);
                assert!(error.close_code() == CloseCode::INVALID_PAYLOAD && self.connection.is_closing());
                return Err(error);
            };
            rest = &rest[coded.read..];
            let (part, is_end) = (&scratch[..coded.written], coded.status == Status::End);
            self.connection.check_inflated(part, is_end, self.now).inspect_err(|_| {
                assert!(self.connection.is_closing());
            })?;
            self.take(kind, part, is_end);
            if coded.status != Status::NeedRoom {
                assert!(is_end || !last);
                return Ok(());
            }
        }
    }

    fn transmit(&mut self) {
        while self.connection.wants_transmit() {
            let room = self.script.octet();
            let len = emit(&mut self.out, room, |out| self.connection.transmit(out)).unwrap();
            assert!(len > 0);
        }
        assert_eq!(self.connection.transmit(&mut []), Ok(0));
    }

    fn send(&mut self) {
        let kind = self.script.choose(&[MessageKind::Text, MessageKind::Binary]);
        let (last, room) = (self.script.choose(&[true, false]), self.script.octet());
        let payload = &DATA[..self.script.octet().into()];
        if self.outgoing.is_none() {
            self.is_compressing = self.deflater.is_some() && room & 4 != 0;
        }
        let sent = if self.is_compressing {
            self.send_compressed(kind, payload, last)
        } else if room.is_multiple_of(2) {
            emit(&mut self.out, room, |out| self.connection.send_data(kind, payload, last, out)).map(|_| ())
        } else {
            self.connection.frame_data(kind, payload.len() as u64, last).map(|start| {
                self.out.extend_from_slice(start.as_bytes());
                let (first, second) = payload.split_at(payload.len() / 3);
                let mut part = first.to_owned();
                start.mask(0, &mut part);
                self.out.extend_from_slice(&part);
                let mut part = second.to_owned();
                start.mask(first.len() as u64, &mut part);
                self.out.extend_from_slice(&part);
            })
        };
        match sent {
            Ok(()) => {
                let (_, text) = self.outgoing.get_or_insert_with(|| (kind, Vec::new()));
                text.extend_from_slice(payload);
                if last && let Some((kind, text)) = self.outgoing.take() {
                    self.sent.push(Item::Message(kind, text, true));
                }
            }
            Err(SendError::Closed) => assert!(self.connection.is_closing()),
            Err(SendError::Fragmentation) => assert!(self.outgoing.as_ref().is_some_and(|(begun, _)| *begun != kind)),
            Err(error) => panic!("{error}"),
        }
    }

    fn send_compressed(&mut self, kind: MessageKind, payload: &[u8], last: bool) -> Result<(), SendError> {
        let is_other = self.outgoing.as_ref().is_some_and(|(begun, _)| *begun != kind);
        if is_other || self.connection.is_closing() {
            // Nothing is compressed, which could not be taken back.
            return self.connection.frame_compressed(kind, 0, last).map(|_| panic!("it may not be sent"));
        }
        let mut compressed = Vec::new();
        let deflater = self.deflater.as_mut().unwrap();
        deflater.deflate_into(payload, if last { Part::Last } else { Part::Flush }, &mut compressed);
        let start = self.connection.frame_compressed(kind, compressed.len() as u64, last)?;
        self.out.extend_from_slice(start.as_bytes());
        start.mask(0, &mut compressed);
        self.out.extend_from_slice(&compressed);
        Ok(())
    }

    fn ping(&mut self) {
        let payload = &DATA[..self.script.octet().into()];
        let room = self.script.octet();
        match emit(&mut self.out, room, |out| self.connection.send_ping(payload, out)) {
            Ok(_) if payload.is_empty() => {}
            Ok(_) => self.sent.push(Item::Ping(payload.to_owned())),
            Err(SendError::Closed) => assert!(self.connection.is_closing()),
            Err(error) => assert!(error == SendError::ControlFrame && payload.len() > 125),
        }
    }

    fn close(&mut self) {
        let reason = "r".repeat(self.script.octet().into());
        let close = self.script.choose(&[None, Some(Close { code: CloseCode::NORMAL, reason: &reason })]);
        match self.connection.close(close, self.now) {
            Ok(()) => assert!(self.connection.is_closing()),
            Err(error) => assert!(error == SendError::ControlFrame && reason.len() > 123),
        }
    }

    fn pass_time(&mut self) {
        self.now = self.now + Duration::from_secs(self.script.octet().into());
        let is_due = |connection: &Connection<_>, now| connection.deadline().is_some_and(|at| at <= now);
        let was_due = is_due(&self.connection, self.now);
        let is_over = self.connection.handle_timeout(self.now);
        assert!(was_due || !is_over, "over before its time");
        assert_eq!(is_due(&self.connection, self.now), is_over, "a deadline that has passed is there again");
    }
}

/// What a connection sends by itself, or could have: pongs, and pings to a peer that has been silent.
fn is_unasked(item: &Item) -> bool {
    matches!(item, Item::Pong(_)) || *item == Item::Ping(Vec::new())
}
