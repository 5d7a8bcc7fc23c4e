//! A server's connection under any order of calls.

use std::collections::VecDeque;

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{
    BodyFraming, BodyLength, Deadlines, Limits, Method, PIPELINE, Rule, SendError, StatusCode, Version,
};

use crate::cuts::Cuts;
use crate::patience::Patience;
use crate::script::Script;
use crate::sending::{DATA, FIELDS, emit};
use crate::transcript::{self, lines};

/// Nothing panics and nothing runs in circles, events come in their order, deadlines pass when they
/// should, and a client reads each answer as it was meant.
///
/// # Panics
///
/// Where that is not so.
pub fn server_connection(data: &[u8]) {
    let mut script = Script::new(data);
    let limits = script.http_limits();
    let deadlines = script.http_deadlines();
    let mut run = Run {
        connection: Connection::new(limits, deadlines, Tick::ZERO),
        script,
        limits,
        deadlines,
        patience: Patience::new(&deadlines),
        arrived: 0,
        shown: 0,
        used: 0,
        now: Tick::ZERO,
        place: Place::Head,
        body_left: 0,
        asked: VecDeque::new(),
        answer: Answer::default(),
        out: Vec::new(),
    };
    while let Some(step) = run.script.next() {
        run.step(step);
    }
    run.conclude();
}

/// Where the reading side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Head,
    Body,
    Trailers,
    Tunnel,
    Over,
}

/// A request that is to be answered.
#[derive(Clone, Copy, Debug)]
struct Asked {
    method: Method<'static>,
    version: Version,
}

/// What the client should see of an answer.
#[derive(Debug, Default)]
struct Answer {
    interim: usize,
    body: Vec<u8>,
}

struct Run<'d> {
    script: Script<'d>,
    connection: Connection,
    limits: Limits,
    deadlines: Deadlines,
    /// For the output.
    patience: Patience,
    arrived: usize,
    /// Up to here the connection has seen the input.
    shown: usize,
    used: usize,
    now: Tick,
    place: Place,
    /// Of a Content-Length.
    body_left: u64,
    asked: VecDeque<Asked>,
    answer: Answer,
    /// What was sent since the last answer.
    out: Vec<u8>,
}

impl Run<'_> {
    fn step(&mut self, step: u8) {
        match step % 16 {
            0 => self.arrive(),
            1..=3 => _ = self.receive(),
            4 => while self.receive() {},
            5 | 6 => self.respond(),
            7 => self.send(),
            8 | 9 => self.finish(),
            10 => self.interim(),
            11 => self.upgrade(),
            12 => self.pass_time(),
            13 => {
                let (written, waiting) = (self.script.octet().into(), self.script.octet().into());
                self.connection.handle_written(written, waiting, self.now);
                self.patience.written(written, waiting, self.now);
            }
            14 => self.receive_eof(),
            _ => self.command(),
        }
        assert!(!self.connection.is_aborted() || self.connection.is_write_closed());
        assert!(!self.connection.can_respond() || !self.connection.is_write_closed());
        assert!(!self.connection.is_idle() || !self.connection.can_respond());
        let body_left = if self.place == Place::Body { self.body_left } else { 0 };
        assert_eq!(self.connection.body_left(), body_left, "{:?}", self.place);
        if !self.connection.is_aborted() {
            assert_eq!(self.connection.write_deadline(), self.patience.deadline());
        }
        let deadline = self.connection.deadline();
        assert!(self.connection.write_deadline().is_none_or(|at| deadline.is_some_and(|first| first <= at)));
    }

    /// Does the obvious until nothing moves.
    fn conclude(&mut self) {
        self.arrived = self.script.octets.len();
        loop {
            let before = (self.used, self.asked.len());
            while self.receive() {}
            self.respond();
            self.finish();
            if before == (self.used, self.asked.len()) {
                break;
            }
        }
        self.receive_eof();
        while self.receive() {}
        assert!(!self.connection.wants_read());
    }

    fn arrive(&mut self) {
        let left = self.script.octets.len() - self.arrived;
        self.arrived += match self.script.octet() {
            0 => left,
            size => left.min(size.into()),
        };
    }

    /// Takes an event, and says whether another may follow at once.
    fn receive(&mut self) -> bool {
        let mut input = self.script.octets[self.used..self.arrived].to_owned();
        let len = input.len();
        self.shown = self.arrived;
        let (used, event) = match self.connection.receive(&mut input, self.now) {
            Ok(progress) => progress,
            Err(error) => {
                assert!(error.offset() <= self.arrived as u64);
                self.fail();
                return true;
            }
        };
        assert!(used <= len);
        self.used += used;
        self.place = match (self.place, event) {
            (place, Event::NeedInput) => {
                assert!(self.connection.wants_read(), "{place:?} needs input and wants none");
                let Deadlines { body, min_rate, .. } = self.deadlines;
                let wait = body.into_iter().chain(min_rate.map(|rate| rate.grace)).min();
                let latest = wait.filter(|_| place == Place::Body).map(|wait| self.now + wait);
                assert!(latest.is_none_or(|latest| self.connection.deadline().is_some_and(|at| at <= latest)));
                return false;
            }
            (Place::Head, Event::Request(head)) if used > 0 => {
                let known = [Method::HEAD, Method::CONNECT].into_iter().find(|method| *method == head.method());
                self.asked.push_back(Asked { method: known.unwrap_or(Method::GET), version: head.version() });
                assert!(self.asked.len() <= usize::from(self.limits.pipeline).clamp(1, PIPELINE));
                self.body_left = match head.body_framing() {
                    BodyFraming::Length(length) => length,
                    _ => 0,
                };
                Place::Body
            }
            (Place::Body, Event::Data(data)) => {
                assert!(!data.is_empty() && used >= data.len());
                self.body_left = self.body_left.saturating_sub(data.len() as u64);
                Place::Body
            }
            (Place::Body, Event::Trailers(trailers)) if used > 0 => {
                assert!(!lines(trailers).is_empty());
                Place::Trailers
            }
            (Place::Body | Place::Trailers, Event::End) => Place::Head,
            (Place::Head, Event::Paused) => {
                assert!(!self.asked.is_empty(), "paused for nothing");
                return false;
            }
            (Place::Tunnel, Event::Tunnel) => return false,
            (_, Event::Closed) => {
                self.place = Place::Over;
                assert!(!self.connection.wants_read());
                return false;
            }
            (place, event) => panic!("{event:?} after {place:?}, {used} octets used"),
        };
        true
    }

    fn fail(&mut self) {
        assert!(matches!(self.place, Place::Head | Place::Body), "{:?} failed", self.place);
        if self.place == Place::Head {
            // The answer to what began as HEAD has no content, whatever came of it.
            let mut head = &self.script.octets[self.used..self.shown];
            for _ in 0..self.limits.leading_empty_lines {
                let bare = head.strip_prefix(b"\n").filter(|_| self.limits.leniency.bare_lf);
                head = head.strip_prefix(b"\r\n").or(bare).unwrap_or(head);
            }
            let method = if head.starts_with(b"HEAD ") { Method::HEAD } else { Method::GET };
            self.asked.push_back(Asked { method, version: Version::Http11 });
        }
        self.place = Place::Over;
        assert!(!self.connection.wants_read());
    }

    fn receive_eof(&mut self) {
        match self.connection.receive_eof() {
            Ok(Event::Closed) => self.place = Place::Over,
            Ok(Event::Tunnel) => assert_eq!(self.place, Place::Tunnel),
            Ok(event) => panic!("{event:?} at the end of input"),
            Err(_) => self.fail(),
        }
    }

    fn pass_time(&mut self) {
        let deadline = self.connection.deadline();
        self.now = self.script.moment(self.now, deadline);
        let is_due = deadline.is_some_and(|at| at <= self.now);
        match self.connection.handle_timeout(self.now) {
            Ok(Event::NeedInput) => assert!(!is_due, "a deadline passes and nothing happens"),
            Ok(Event::Closed) => {
                assert!(is_due && self.connection.is_aborted());
                self.place = Place::Over;
            }
            Ok(event) => panic!("{event:?} after a timeout"),
            Err(error) => {
                assert!(is_due && error.rule() == Rule::Timeout);
                self.fail();
            }
        }
        // Or whoever waits for deadlines would run in circles.
        assert!(self.connection.deadline().is_none_or(|at| at > self.now));
    }

    fn command(&mut self) {
        let was_closed = self.connection.is_write_closed();
        match self.script.octet() % 8 {
            0 => self.connection.close(),
            1 => self.connection.stop_reading(),
            2 => self.connection.abort(),
            // What was aborted is dropped as it is.
            3 if was_closed && !self.connection.is_aborted() => {
                self.connection.drain(self.now);
                self.place = Place::Over;
            }
            _ => self.connection.set_date(Some(*b"Sun, 06 Nov 1994 08:49:37 GMT")),
        }
        // The last answer may be out before its request is read; these commands end both.
        if self.connection.is_write_closed() && (!was_closed || self.connection.is_aborted()) {
            self.place = Place::Over;
        }
    }

    fn respond(&mut self) {
        let status = StatusCode::new(self.script.choose(&[200, 404, 204, 304, 205, 299, 999, 101])).unwrap();
        let fields = self.script.choose(&FIELDS);
        let lengths = [BodyLength::Known(0), BodyLength::Unknown, BodyLength::Known(5), BodyLength::Known(u64::MAX)];
        let length = self.script.choose(&lengths);
        let room = self.script.octet();
        let could = self.connection.can_respond();
        let sent = emit(&mut self.out, room, |out| self.connection.respond(status, fields, length, out));
        assert!(could || sent == Err(SendError::OutOfTurn));
        assert_eq!(self.connection.can_respond(), could && sent.is_err());
        if self.connection.is_tunnel() && sent.is_ok() {
            self.open_tunnel();
        }
    }

    fn interim(&mut self) {
        let status = StatusCode::new(self.script.choose(&[100, 103, 101, 200])).unwrap();
        let (fields, room) = (self.script.choose(&FIELDS), self.script.octet());
        let sent = emit(&mut self.out, room, |out| self.connection.interim(status, fields, out));
        self.answer.interim += usize::from(sent.is_ok_and(|len| len > 0));
    }

    fn upgrade(&mut self) {
        let (fields, room) = (self.script.choose(&FIELDS), self.script.octet());
        if emit(&mut self.out, room, |out| self.connection.upgrade(fields, out)).is_ok() {
            assert!(self.connection.is_tunnel());
            self.open_tunnel();
        }
    }

    fn open_tunnel(&mut self) {
        self.place = Place::Tunnel;
        assert_eq!(self.asked.len(), 1, "a protocol is switched while others wait");
        let Some(asked) = self.asked.pop_front() else { return };
        let (_, ending) = transcript::client(&[asked.method], &self.out, false, Cuts::Octets, Default::default());
        assert_eq!(ending, transcript::Ending::Tunnel);
        self.out.clear();
        self.answer = Answer::default();
    }

    fn send(&mut self) {
        let data = &DATA[..self.script.octet().into()];
        let room = self.script.octet();
        if room.is_multiple_of(2) {
            if emit(&mut self.out, room, |out| self.connection.send_data(data, out)).is_ok_and(|len| len > 0) {
                self.answer.body.extend_from_slice(data);
            }
        } else if let Ok(Some(frame)) = self.connection.frame_data(data.len()) {
            self.out.extend_from_slice(frame.before());
            self.out.extend_from_slice(data);
            self.out.extend_from_slice(frame.after());
            self.answer.body.extend_from_slice(data);
        }
    }

    fn finish(&mut self) {
        let trailers = self.script.choose(&FIELDS);
        let room = self.script.octet();
        let mut sent = emit(&mut self.out, room, |out| self.connection.finish(trailers, out));
        if sent == Err(SendError::Trailer) {
            sent = emit(&mut self.out, room, |out| self.connection.finish(FIELDS[0], out));
        }
        match sent {
            Ok(_) => self.check_answer(),
            Err(SendError::BodyTooShort) => {
                assert!(self.connection.is_aborted());
                self.place = Place::Over;
            }
            Err(_) => {}
        }
    }

    /// A client that asked for it gets the answer that was given.
    fn check_answer(&mut self) {
        let asked = self.asked.pop_front().unwrap();
        let (answer, sent) = (core::mem::take(&mut self.answer), core::mem::take(&mut self.out));
        let (messages, ending) = transcript::client(&[asked.method], &sent, true, Cuts::Octets, Default::default());
        let (last, interim) = messages.split_last().unwrap();
        assert_eq!((interim.len(), ending), (answer.interim, transcript::Ending::Closed));
        assert!(last.end.is_some());
        assert_eq!(last.body, answer.body);
        if asked.version == Version::Http11 {
            let head = last.head.to_ascii_lowercase();
            let says_close = head.windows(17).any(|window| window == b"connection: close");
            assert_eq!(says_close, self.connection.is_write_closed(), "{}", last.head.escape_ascii());
        }
        if self.connection.is_write_closed() {
            self.asked.clear();
        }
    }
}
