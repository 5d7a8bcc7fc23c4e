//! A client's connection under any order of calls.

use core::time::Duration;

use sanderling::Tick;
use sanderling::http::client::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, RequestTarget, SendError};

use crate::cuts::Cuts;
use crate::script::Script;
use crate::sending::{DATA, FIELDS, emit};
use crate::transcript::{self, Answers, Ending, lines};

/// Nothing panics and nothing runs in circles, events come in their order, and a server reads each
/// request as it was meant.
///
/// # Panics
///
/// Where that is not so.
pub fn client_connection(data: &[u8]) {
    let mut script = Script::new(data);
    let limits = script.http_limits();
    let mut run = Run {
        connection: Connection::new(limits, Deadlines::default()),
        octets: script.octets.to_owned(),
        script,
        arrived: 0,
        used: 0,
        now: Tick::ZERO,
        place: Place::Idle,
        body: Vec::new(),
        out: Vec::new(),
    };
    while let Some(step) = run.script.next() {
        run.step(step);
    }
    run.conclude();
}

/// Where the receiving side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Idle,
    Head,
    Body,
    Trailers,
    Tunnel,
    Over,
}

struct Run<'d> {
    script: Script<'d>,
    connection: Connection,
    octets: Vec<u8>,
    arrived: usize,
    used: usize,
    now: Tick,
    place: Place,
    /// The content of the request being sent, and all its octets.
    body: Vec<u8>,
    out: Vec<u8>,
}

impl Run<'_> {
    fn step(&mut self, step: u8) {
        match step % 16 {
            0 => self.arrive(),
            1..=3 => _ = self.receive(),
            4 => while self.receive() {},
            5..=7 => self.ask(),
            8 | 9 => self.send(),
            10 | 11 => self.finish(),
            12 => self.pass_time(),
            13 => {
                let (written, waiting) = (self.script.octet().into(), self.script.octet().into());
                self.connection.handle_written(written, waiting, self.now);
            }
            14 => self.receive_eof(),
            _ => {}
        }
    }

    /// Does the obvious until nothing moves.
    fn conclude(&mut self) {
        self.arrived = self.octets.len();
        loop {
            let before = self.used;
            self.ask();
            self.finish();
            while self.receive() {}
            if self.used == before {
                break;
            }
        }
        self.receive_eof();
        assert!(!self.connection.can_reuse() && !self.connection.wants_read());
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
                assert!(place == Place::Idle || self.connection.wants_read());
                return false;
            }
            (Place::Head, Event::Interim(head)) if used > 0 => {
                assert!(head.status().is_informational());
                Place::Head
            }
            (Place::Head, Event::Response(head)) if used > 0 => {
                if head.status().is_informational() {
                    Place::Tunnel
                } else {
                    Place::Body
                }
            }
            (Place::Body, Event::Data(data)) => {
                assert!(!data.is_empty() && used >= data.len());
                Place::Body
            }
            (Place::Body, Event::Trailers(trailers)) if used > 0 => {
                assert!(!lines(trailers).is_empty());
                Place::Trailers
            }
            (Place::Body | Place::Trailers, Event::End) => Place::Idle,
            // A 2xx to CONNECT is known to open one only to who sent the request.
            (Place::Body | Place::Tunnel, Event::Tunnel) => {
                self.place = Place::Tunnel;
                assert!(!self.connection.can_reuse());
                return false;
            }
            (Place::Over, Event::Closed) => return false,
            (place, event) => panic!("{event:?} after {place:?}, {used} octets used"),
        };
        true
    }

    fn fail(&mut self) {
        assert!(!matches!(self.place, Place::Tunnel | Place::Over), "{:?} failed", self.place);
        self.place = Place::Over;
        assert!(!self.connection.can_reuse() && !self.connection.wants_read());
    }

    fn receive_eof(&mut self) {
        match self.connection.receive_eof() {
            Ok(Event::End) => self.place = Place::Idle,
            Ok(Event::Closed) => self.place = Place::Over,
            Ok(Event::Tunnel) => self.place = Place::Tunnel,
            Ok(event) => panic!("{event:?} at the end of input"),
            Err(_) => self.fail(),
        }
        assert!(!self.connection.can_reuse());
    }

    fn pass_time(&mut self) {
        self.now = match self.script.octet() {
            0 => self.connection.deadline().unwrap_or(self.now).max(self.now),
            seconds => self.now + Duration::from_secs(seconds.into()),
        };
        match self.connection.handle_timeout(self.now) {
            Ok(event) => assert!(matches!(event, Event::NeedInput)),
            Err(_) => {
                self.place = Place::Over;
                assert!(!self.connection.can_reuse() && !self.connection.wants_read());
            }
        }
        // Or whoever waits for deadlines would run in circles.
        assert!(self.connection.deadline().is_none_or(|at| at > self.now));
    }

    fn ask(&mut self) {
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::CONNECT, Method::OPTIONS];
        let targets = ["/", "*", "a:80", "http://a/b?c", "/ /", ""].map(RequestTarget::Origin);
        let method = self.script.choose(&methods);
        let target = self.script.choose(&targets);
        let target = RequestTarget::parse(method, target.as_str()).unwrap_or(target);
        let fields = [("Host", "a")].iter().chain(self.script.choose(&FIELDS)).collect::<Vec<_>>();
        let lengths = [None, Some(BodyLength::Unknown), Some(BodyLength::Known(5)), Some(BodyLength::Known(0))];
        let length = self.script.choose(&lengths);
        let room = self.script.octet();
        let could = self.connection.can_reuse();
        let mut out = Vec::new();
        let sent =
            emit(&mut out, room, |out| self.connection.send_request(method, target, &fields, length, self.now, out));
        assert!(could || sent == Err(SendError::OutOfTurn));
        assert_eq!(self.connection.can_reuse(), could && sent.is_err());
        if sent.is_ok() {
            (self.place, self.out) = (Place::Head, out);
            self.body.clear();
        }
    }

    fn send(&mut self) {
        let data = &DATA[..self.script.octet().into()];
        let room = self.script.octet();
        if room.is_multiple_of(2) {
            if emit(&mut self.out, room, |out| self.connection.send_data(data, out)).is_ok_and(|len| len > 0) {
                self.body.extend_from_slice(data);
            }
        } else if let Ok(Some(frame)) = self.connection.frame_data(data.len()) {
            self.out.extend_from_slice(frame.before());
            self.out.extend_from_slice(data);
            self.out.extend_from_slice(frame.after());
            self.body.extend_from_slice(data);
        }
    }

    fn finish(&mut self) {
        let trailers = self.script.choose(&FIELDS);
        let room = self.script.octet();
        let mut sent = emit(&mut self.out, room, |out| self.connection.finish(trailers, out));
        if sent == Err(SendError::Trailer) {
            sent = emit(&mut self.out, room, |out| self.connection.finish(FIELDS[0], out));
        }
        if sent.is_ok() {
            let (messages, ending) = transcript::server(&self.out, Cuts::Octets, Answers::Soon, Limits::default());
            let [message] = messages.as_slice() else { panic!("{} requests of one, {ending:?}", messages.len()) };
            assert!(message.end.is_some() && matches!(ending, Ending::Open | Ending::Closed));
            assert_eq!(message.body, self.body);
        }
    }
}
