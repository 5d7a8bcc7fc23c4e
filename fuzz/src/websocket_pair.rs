//! Both sides of a WebSocket, joined in memory under one clock.

use core::task::Poll;
use core::time::Duration;
use std::collections::VecDeque;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, Message, WebSocketDriver, WebSocketOptions};
use sanderling::ws::deflate::DeflateOptions;
use sanderling::ws::{CloseCode, MessageKind, SendError};

use crate::opening;
use crate::script::Script;

/// What one side sends arrives at the other as it was sent, however it is cut, compressed and delayed;
/// the connection comes to its end, and both sides say the same of it.
///
/// # Panics
///
/// Where that is not so.
pub fn websocket_pair(data: &[u8]) {
    let mut script = Script::new(data);
    let [mut client, mut server] = [WebSocketOptions::default(), WebSocketOptions::default()];
    if script.choose(&[false, true]) {
        client.deflate = Some(deflate(&mut script));
        server.deflate = Some(deflate(&mut script));
    }
    let is_tight = script.choose(&[false, false, false, true]);
    if is_tight {
        server.limits.message_size = 1000;
    }
    for options in [&mut client, &mut server] {
        options.limits.output = script.choose(&[65_536, 200, 20]);
    }
    // Half of the runs are as they should be, and then nobody has to wait for a deadline.
    let may_be_disturbed = script.choose(&[false, true]);
    let capacity = script.choose(&[usize::MAX, 1000, 50]);
    let (client, server) = opening::open(|| [1, 2, 3, 4], &client, &server);
    let sides = [Side::new(client, capacity), Side::new(server, capacity)];
    let mut pair = Pair { script, sides, now: Tick::ZERO, is_disturbed: false, may_be_disturbed, is_tight };
    while let Some(step) = pair.script.next() {
        pair.step(step);
    }
    pair.conclude();
}

fn deflate(script: &mut Script<'_>) -> DeflateOptions {
    let mut options = DeflateOptions::default();
    let octet = script.octet();
    options.server_no_context_takeover = octet & 1 != 0;
    options.client_no_context_takeover = octet & 2 != 0;
    options.level = octet >> 4;
    options.server_max_window_bits = script.choose(&[15, 8, 9, 10, 12]);
    options.client_max_window_bits = script.choose(&[15, 8, 9, 10, 12]);
    options.threshold = script.choose(&[128, 0, 20]);
    options
}

/// How a side sees the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With the code of the peer's Close frame.
    Clean(Option<CloseCode>),
    /// The peer broke a rule, and was told so with this code.
    Failed(CloseCode),
    Disconnected,
    TimedOut,
}

struct Side {
    driver: WebSocketDriver,
    /// What has left the other side and has not arrived here.
    pipe: VecDeque<u8>,
    capacity: usize,
    /// Nothing more will come through the pipe.
    is_shut: bool,
    sent: Vec<(MessageKind, Vec<u8>)>,
    /// A message that is sent part by part, and how much of it was.
    outgoing: Option<(MessageKind, Vec<u8>, usize)>,
    received: Vec<(MessageKind, Vec<u8>)>,
    /// What has come of a message.
    incoming: Vec<u8>,
    /// The code with which this side closes, if it is the first.
    closes: Option<CloseCode>,
    goes_away: bool,
    end: Option<End>,
}

impl Side {
    fn new(driver: WebSocketDriver, capacity: usize) -> Self {
        Self {
            driver,
            pipe: VecDeque::new(),
            capacity,
            is_shut: false,
            sent: Vec::new(),
            outgoing: None,
            received: Vec::new(),
            incoming: Vec::new(),
            closes: None,
            goes_away: false,
            end: None,
        }
    }

    /// Takes what there is, whole or by parts; whether there was anything.
    fn poll(&mut self, by_parts: bool, now: Tick) -> bool {
        if self.end.is_some() {
            return false;
        }
        // The rest of a character is no text.
        let polled = if by_parts || core::str::from_utf8(&self.incoming).is_err() {
            self.driver.poll_part(now).map_ok(|part| part.map(|part| (part.kind, part.data.to_vec(), part.last)))
        } else {
            self.driver.poll_message(now).map_ok(|message| {
                message.map(|message| match message {
                    Message::Text(text) => (MessageKind::Text, text.as_bytes().to_owned(), true),
                    Message::Binary(octets) => (MessageKind::Binary, octets.to_vec(), true),
                })
            })
        };
        let result = match polled {
            Poll::Pending => return false,
            Poll::Ready(result) => result,
        };
        match result {
            Ok(Some((kind, part, last))) => {
                assert!(last || !part.is_empty());
                assert!(!self.goes_away, "a message for who has gone away");
                self.incoming.extend_from_slice(&part);
                if last {
                    self.received.push((kind, core::mem::take(&mut self.incoming)));
                }
            }
            Ok(None) => self.end = Some(End::Clean(self.driver.closed().unwrap().code)),
            Err(Error::WebSocket(error)) => self.end = Some(End::Failed(error.close_code())),
            Err(Error::Disconnected) => self.end = Some(End::Disconnected),
            Err(Error::TimedOut) => self.end = Some(End::TimedOut),
            Err(error) => panic!("{error}"),
        }
        true
    }

    /// Begins the closing handshake, if it has not begun.
    fn close(&mut self, code: CloseCode, now: Tick, close: impl FnOnce(&mut WebSocketDriver, Tick)) {
        if self.driver.check().is_err() {
            return;
        }
        let waiting = self.driver.output_len();
        close(&mut self.driver, now);
        if self.driver.output_len() > waiting {
            assert_eq!(self.closes, None, "a second Close frame");
            self.closes = Some(code);
        }
    }
}

/// That a message is refused for a reason.
fn assert_over(error: &Error) {
    assert!(matches!(error, Error::SendFrame(SendError::Closed) | Error::TimedOut), "{error}");
}

struct Pair<'d> {
    script: Script<'d>,
    /// The client, then the server.
    sides: [Side; 2],
    now: Tick,
    /// Time went by, or a stream was cut off.
    is_disturbed: bool,
    may_be_disturbed: bool,
    is_tight: bool,
}

const TEXT: &str = "grün wie der Sand, 😀 und ein € dazu; ";

impl Pair<'_> {
    fn step(&mut self, step: u8) {
        let at = usize::from(step & 1);
        match step >> 1 & 15 {
            0 | 1 => self.send(at),
            2 | 3 => self.send_part(at),
            4 => {
                let payload = [b'p'; 125];
                let payload = &payload[..usize::from(self.script.octet() % 126)];
                let side = &mut self.sides[at];
                if let Err(error) = side.driver.check().and_then(|()| side.driver.ping(payload)) {
                    assert_over(&error);
                }
            }
            5 | 6 => _ = self.sides[at].poll(false, self.now),
            7 | 8 => _ = self.sides[at].poll(true, self.now),
            9 if step >> 5 == 0 => {
                let code = self.script.choose(&[CloseCode::NORMAL, CloseCode::GOING_AWAY, CloseCode::POLICY]);
                self.sides[at].close(code, self.now, |driver, now| driver.close(code, "bye", now).unwrap());
            }
            10 if step >> 5 == 0 => {
                let side = &mut self.sides[at];
                side.goes_away = true;
                side.close(CloseCode::GOING_AWAY, self.now, WebSocketDriver::go_away);
            }
            11 if step >> 5 == 0 && self.may_be_disturbed => {
                self.sides[at].is_shut = true;
                self.is_disturbed = true;
            }
            12 if step >> 5 < 3 && self.may_be_disturbed => {
                self.now = self.now + Duration::from_secs(self.script.octet().into());
                self.is_disturbed = true;
                self.sides.iter_mut().for_each(|side| side.driver.handle_timeout(self.now));
            }
            _ => {
                let (write, read) = (self.script.octet(), self.script.octet());
                let size = |octet| if octet == 0 { usize::MAX } else { usize::from(octet) };
                self.turn(at, size(write), size(read));
            }
        }
    }

    fn content(&mut self, kind: MessageKind) -> Vec<u8> {
        let size = usize::from(self.script.octet());
        let size = size * size / self.script.choose(&[40, 2]);
        match kind {
            MessageKind::Text => {
                let mut text: String = TEXT.chars().cycle().skip(size % 7).take(size).collect();
                text.truncate(text.floor_char_boundary(size));
                text.into_bytes()
            }
            MessageKind::Binary => {
                let octets = if self.script.octets.is_empty() { TEXT.as_bytes() } else { self.script.octets };
                octets.iter().copied().cycle().take(size).collect()
            }
        }
    }

    fn send(&mut self, at: usize) {
        let kind = self.script.choose(&[MessageKind::Text, MessageKind::Binary]);
        let content = self.content(kind);
        let side = &mut self.sides[at];
        let message = match kind {
            MessageKind::Text => Message::Text(core::str::from_utf8(&content).unwrap().into()),
            MessageKind::Binary => Message::Binary(content.clone().into()),
        };
        match side.driver.send(message) {
            Ok(()) => {
                assert!(side.outgoing.is_none(), "a message within another");
                side.sent.push((kind, content));
            }
            Err(Error::SendFrame(SendError::Fragmentation)) => assert!(side.outgoing.is_some()),
            Err(error) => assert_over(&error),
        }
    }

    fn send_part(&mut self, at: usize) {
        if self.sides[at].outgoing.is_none() {
            let kind = self.script.choose(&[MessageKind::Text, MessageKind::Binary]);
            let content = self.content(kind);
            self.sides[at].outgoing = Some((kind, content, 0));
        }
        let step = usize::from(self.script.octet()) * 9;
        let side = &mut self.sides[at];
        let Some((kind, content, done)) = side.outgoing.take() else { return };
        let end = content.len().min(done + step);
        let last = end == content.len() && step % 2 == 0;
        match side.driver.send_part(kind, &content[done..end], last) {
            Ok(()) if last => side.sent.push((kind, content)),
            Ok(()) => side.outgoing = Some((kind, content, end)),
            Err(error) => {
                assert_over(&error);
                side.outgoing = Some((kind, content, done));
            }
        }
    }

    /// One turn of an adapter's loop; whether it moved anything.
    fn turn(&mut self, at: usize, write: usize, read: usize) -> bool {
        let (left, right) = self.sides.split_at_mut(1);
        let (side, peer) = if at == 0 { (&mut left[0], &mut right[0]) } else { (&mut right[0], &mut left[0]) };
        if side.end.is_some() {
            return false;
        }
        let mut has_moved = false;
        let waiting = side.driver.output_len();
        if waiting > 0 {
            assert_eq!(side.driver.output().map(<[u8]>::len).sum::<usize>(), waiting);
            // What goes to who is gone goes nowhere.
            let is_gone = peer.end.is_some() || peer.is_shut;
            let room = if is_gone { usize::MAX } else { peer.capacity.saturating_sub(peer.pipe.len()) };
            let len = waiting.min(write).min(room);
            if !is_gone {
                peer.pipe.extend(side.driver.output().flatten().take(len));
            }
            side.driver.written(len, self.now);
            has_moved |= len > 0;
        }
        if side.driver.wants_shutdown() {
            peer.is_shut = true;
            side.driver.write_closed(self.now);
            has_moved = true;
        }
        if side.driver.wants_read() {
            let room = side.driver.room();
            let len = side.pipe.len().min(read).min(room.len());
            for (place, octet) in room.iter_mut().zip(side.pipe.drain(..len)) {
                *place = octet;
            }
            if len > 0 || side.is_shut {
                side.driver.received(len);
                has_moved = true;
            } else {
                side.driver.release_room();
            }
        }
        if side.driver.deadline().is_some_and(|at| at <= self.now) {
            side.driver.handle_timeout(self.now);
            assert!(side.driver.deadline().is_none_or(|at| at > self.now), "a deadline that stays");
            has_moved = true;
        }
        has_moved
    }

    /// Both applications wait for the end, and one of them asks for it.
    fn conclude(&mut self) {
        let first = usize::from(self.script.octet() & 1);
        let code = CloseCode::NORMAL;
        self.sides[first].close(code, self.now, |driver, now| driver.close(code, "bye", now).unwrap());
        let total: usize = self.sides.iter().map(|side| side.pipe.len() + side.driver.output_len()).sum();
        for _ in 0..total + 10_000 {
            let mut has_moved = false;
            for at in [0, 1] {
                has_moved |= self.sides[at].poll(at == 0, self.now);
                has_moved |= self.turn(at, usize::MAX, usize::MAX);
                if self.sides[at].end.is_some() {
                    self.sides[1 - at].is_shut = true;
                }
            }
            if self.sides.iter().all(|side| side.end.is_some()) {
                self.compare();
                return;
            }
            if !has_moved {
                let open = self.sides.iter().filter(|side| side.end.is_none());
                let next = open.filter_map(|side| side.driver.deadline()).min();
                self.now = next.expect("both wait for nothing");
                assert!(self.may_be_disturbed, "both wait for a deadline");
                self.sides.iter_mut().for_each(|side| side.driver.handle_timeout(self.now));
                self.is_disturbed = true;
            }
        }
        panic!("the connection comes to no end");
    }

    fn compare(&self) {
        for at in [0, 1] {
            let (side, peer) = (&self.sides[at], &self.sides[1 - at]);
            let end = side.end.unwrap();
            assert!(peer.sent.starts_with(&side.received), "other messages than were sent");
            match end {
                End::Clean(code) => {
                    assert!(side.goes_away || side.received == peer.sent, "messages before the Close frame are lost");
                    // The peer's own code, or the one that it answers, or what it complains of.
                    let failed = match peer.end {
                        Some(End::Failed(code)) => Some(code),
                        _ => None,
                    };
                    assert_eq!(code, peer.closes.or(failed).or(side.closes), "a code that nobody has sent");
                }
                End::Failed(code) => {
                    assert!(self.is_tight && at == 1 && code == CloseCode::TOO_BIG, "{code:?}");
                    assert!(peer.sent.iter().chain(peer.begun().as_ref()).any(|(_, content)| content.len() > 1000));
                }
                End::Disconnected | End::TimedOut => assert!(self.is_disturbed, "{end:?} for nothing"),
            }
            assert!(self.is_disturbed || matches!(end, End::Clean(_) | End::Failed(_)));
        }
    }
}

impl Side {
    /// What was begun and has not ended.
    fn begun(&self) -> Option<(MessageKind, Vec<u8>)> {
        self.outgoing.as_ref().map(|(kind, content, _)| (*kind, content.clone()))
    }
}
