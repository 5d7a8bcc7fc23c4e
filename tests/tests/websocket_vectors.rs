//! Runs WebSocket connections of either role through `vectors/websocket`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sanderling::Tick;
use sanderling::ws::deflate::{DeflateContext, MessageInflater, Status};
use sanderling::ws::{Connection, Deadlines, Error, Event, FrameHeader, Limits, MaskingKey, MessageKind, Opcode, Role};
use sanderling_tests::escape;
use sanderling_tests::feeding::Feeding;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

#[test]
fn every_record_has_its_outcome_however_it_is_cut() {
    let mut mismatches = Mismatches::default();
    // The records of opening handshakes have no role.
    for record in read_folder("websocket").unwrap().iter().filter(|record| record.value("role").is_some()) {
        let input = record.hex("in").unwrap();
        let mut expected: Vec<_> = record.values("out").map(read_event).collect();
        expected.push([b"reply ".to_vec(), record.hex("reply").unwrap()].concat());
        let outcomes = Feeding::all(input.len())
            .map(|feeding| (feeding.to_string(), Endpoint::new(record).run(input.clone(), feeding)));
        mismatches.compare(record, &expected, outcomes);
    }
    assert!(mismatches.is_empty(), "{mismatches}");
}

/// An event as it stands in a record: a word, then text with escapes or one repetition.
fn read_event(line: &str) -> Vec<u8> {
    match line.split_once(' ') {
        Some((word, payload)) if payload.starts_with('{') => event(word, &escape::hex(payload).unwrap()),
        _ => escape::text(line).unwrap(),
    }
}

fn event(word: &str, payload: &[u8]) -> Vec<u8> {
    let separator = if payload.is_empty() { "" } else { " " };
    [word.as_bytes(), separator.as_bytes(), payload].concat()
}

fn limits(record: &Record) -> Limits {
    let mut limits = Limits::default();
    for (name, number) in record.limits().unwrap() {
        match name {
            "message-size" => limits.message_size = number,
            "frame-size" => limits.frame_size = number,
            "fragments" => limits.fragments = number.try_into().unwrap(),
            "window-bits" | "takeover" => {}
            _ => panic!("{record}: unknown limit {name}"),
        }
    }
    limits
}

/// Inflates what comes, if the record says that compression was agreed on.
fn inflater(record: &Record) -> Option<MessageInflater> {
    let mut context = DeflateContext { takeover: true, window_bits: 0 };
    for (name, number) in record.limits().unwrap() {
        match name {
            "window-bits" => context.window_bits = number.try_into().unwrap(),
            "takeover" => context.takeover = number == 1,
            _ => {}
        }
    }
    (context.window_bits > 0).then(|| MessageInflater::new(context, u64::MAX))
}

/// So much is inflated at a time: less than most characters and all messages have.
const SCRATCH: usize = 3;

fn zero_key() -> MaskingKey {
    [0; 4]
}

struct Endpoint<'r> {
    record: &'r Record,
    connection: Connection,
    inflater: Option<MessageInflater>,
    events: Vec<Vec<u8>>,
    replies: Vec<u8>,
    /// The part of a message that came so far.
    message: Vec<u8>,
    kind: &'static str,
    /// A Close frame or an error has come.
    is_over: bool,
}

impl<'r> Endpoint<'r> {
    fn new(record: &'r Record) -> Self {
        let role = match record.value("role") {
            Some("server") => Role::Server,
            Some("client") => Role::Client(zero_key as fn() -> MaskingKey),
            role => panic!("{record}: role {role:?}"),
        };
        let mut connection = Connection::new(role, limits(record), Deadlines::default());
        let inflater = inflater(record);
        if inflater.is_some() {
            connection.allow_compression();
        }
        Self {
            record,
            connection,
            inflater,
            events: Vec::new(),
            replies: b"reply ".to_vec(),
            message: Vec::new(),
            kind: "",
            is_over: false,
        }
    }

    fn run(mut self, mut input: Vec<u8>, feeding: Feeding) -> Vec<Vec<u8>> {
        let as_sent = input.clone();
        let mut used = 0;
        for arrived in feeding.arrivals(as_sent.len()) {
            used += self.read(&mut input[used..arrived]);
        }
        if !self.is_over {
            self.end(&as_sent);
        }
        if self.record.has_eof() {
            self.connection.receive_eof();
            self.transmit();
        }
        self.events.push(self.replies);
        self.events
    }

    /// Makes all it can of what has arrived, and says how many octets that used.
    fn read(&mut self, input: &mut [u8]) -> usize {
        let mut used = 0;
        loop {
            match self.connection.receive(&mut input[used..], Tick::ZERO) {
                Err(error) => self.fail(error),
                Ok((len, event)) => {
                    used += len;
                    match event {
                        Event::NeedInput => return used,
                        Event::Closed => {
                            if !self.is_over {
                                self.events.push(b"closed for nothing".to_vec());
                            }
                            return used;
                        }
                        event if self.is_over => self.events.push(format!("after the end: {event:?}").into_bytes()),
                        event => self.take(&event),
                    }
                }
            }
            self.transmit();
        }
    }

    fn take(&mut self, received: &Event<'_>) {
        match received {
            Event::Data { kind, payload, last } => self.hand_out(*kind, payload, *last),
            Event::Compressed { kind, payload, last } => {
                if let Err(error) = self.inflate(*kind, payload, *last) {
                    self.fail(error);
                }
            }
            Event::Ping(payload) => self.events.push(event("ping", payload)),
            Event::Pong(payload) => self.events.push(event("pong", payload)),
            Event::Close(close) => {
                self.events.push(match close {
                    None => b"close none".to_vec(),
                    Some(close) => event(&format!("close {}", close.code), close.reason.as_bytes()),
                });
                self.over();
            }
            Event::NeedInput | Event::Closed => {}
        }
    }

    fn inflate(&mut self, kind: MessageKind, payload: &[u8], last: bool) -> Result<(), Error> {
        let mut rest = payload;
        loop {
            let mut scratch = [0; SCRATCH];
            let inflater = self.inflater.as_mut().expect("compression was agreed on");
            let Ok(coded) = inflater.inflate(rest, last, &mut scratch) else {
                return Err(self.connection.fail_inflating(Tick::ZERO));
            };
            rest = &rest[coded.read..];
            let is_end = coded.status == Status::End;
            self.connection.check_inflated(&scratch[..coded.written], is_end, Tick::ZERO)?;
            self.hand_out(kind, &scratch[..coded.written], is_end);
            if coded.status != Status::NeedRoom {
                return Ok(());
            }
        }
    }

    fn hand_out(&mut self, kind: MessageKind, part: &[u8], last: bool) {
        self.kind = if kind == MessageKind::Text { "text" } else { "binary" };
        self.message.extend_from_slice(part);
        if last {
            self.events.push(event(self.kind, &self.message));
            self.message.clear();
        }
    }

    fn fail(&mut self, error: Error) {
        self.events.push(format!("error {}", error.close_code()).into_bytes());
        self.over();
    }

    /// The answer to a Close frame or an error completes the closing handshake.
    fn over(&mut self) {
        self.is_over = true;
        self.transmit();
        if !self.connection.is_closed() {
            self.events.push(b"not closed after the end".to_vec());
        }
    }

    fn transmit(&mut self) {
        let mut out = [0; 262];
        let len = self.connection.transmit(&mut out).unwrap();
        self.replies.extend_from_slice(&out[..len]);
    }

    /// All that comes has come, and the connection is open.
    fn end(&mut self, input: &[u8]) {
        if !self.message.is_empty() {
            self.events.push(format!("partial-{} {}", self.kind, self.message.len()).into_bytes());
        } else if has_begun(input) && !self.record.has_eof() {
            self.events.push(b"incomplete".to_vec());
        }
        if self.record.has_eof() {
            self.events.push(b"abnormal".to_vec());
        }
    }
}

/// Whether these frames end within one of them or within a message. An empty fragment makes no
/// event, so the frames themselves have to be looked at.
fn has_begun(mut input: &[u8]) -> bool {
    let mut within_message = false;
    while !input.is_empty() {
        let Ok(Some((len, header))) = FrameHeader::parse(input) else { return true };
        let Some(rest) = input.get(len + usize::try_from(header.length).unwrap()..) else { return true };
        input = rest;
        if matches!(header.opcode, Opcode::Continuation | Opcode::Text | Opcode::Binary) {
            within_message = !header.last;
        }
    }
    within_message
}
