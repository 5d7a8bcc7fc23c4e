//! A client's connection under any order of calls.

use std::collections::VecDeque;

use sanderling::Tick;
use sanderling::http::client::{Connection, Event};
use sanderling::http::{
    BodyFraming, BodyLength, Deadlines, Limits, Method, PIPELINE, RequestTarget, ResponseHead, Rule, SendError, Version,
};

use crate::cuts::Cuts;
use crate::patience::Patience;
use crate::script::Script;
use crate::sending::{DATA, FIELDS, emit};
use crate::transcript::{self, Answers, Ending, lines};

/// Nothing panics and nothing runs in circles, events come in their order, deadlines pass when they
/// should, and a server reads each request as it was meant, alone and behind the others.
///
/// # Panics
///
/// Where that is not so.
pub fn client_connection(data: &[u8]) {
    let mut script = Script::new(data);
    let limits = script.http_limits();
    let deadlines = script.http_deadlines();
    let mut run = Run {
        connection: Connection::new(limits, deadlines),
        in_flight: usize::from(limits.in_flight).clamp(1, PIPELINE),
        deadlines,
        patience: Patience::new(&deadlines),
        octets: script.octets.to_owned(),
        script,
        arrived: 0,
        used: 0,
        now: Tick::ZERO,
        place: Place::Idle,
        asked: VecDeque::new(),
        is_open: true,
        is_last: false,
        is_sending: false,
        body: Vec::new(),
        out: Vec::new(),
        bodies: Vec::new(),
        stream: Vec::new(),
        tunnel: None,
    };
    while let Some(step) = run.script.next() {
        run.step(step);
        run.check();
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

/// A request whose response is not complete.
#[derive(Clone, Copy, Debug)]
struct Asked {
    method: Method<'static>,
    offers_upgrade: bool,
}

struct Run<'d> {
    script: Script<'d>,
    connection: Connection,
    in_flight: usize,
    deadlines: Deadlines,
    /// For the output.
    patience: Patience,
    octets: Vec<u8>,
    arrived: usize,
    used: usize,
    now: Tick,
    place: Place,
    asked: VecDeque<Asked>,
    /// Nobody has said that the connection ends.
    is_open: bool,
    /// The response that is being received said so.
    is_last: bool,
    is_sending: bool,
    /// The content of the request being sent, and all its octets.
    body: Vec<u8>,
    out: Vec<u8>,
    /// The content of all requests that were sent, and all their octets.
    bodies: Vec<Vec<u8>>,
    stream: Vec<u8>,
    /// How many there are with the first that asks for a tunnel.
    tunnel: Option<usize>,
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
                self.patience.written(written, waiting, self.now);
            }
            14 => self.receive_eof(),
            _ => {}
        }
    }

    /// What the connection says of itself is so.
    fn check(&self) {
        let Self { connection, asked, place, .. } = self;
        assert_eq!(connection.unanswered(), asked.len());
        assert!(asked.len() <= self.in_flight);
        let may_switch = asked.back().is_some_and(|asked| asked.offers_upgrade || asked.method == Method::CONNECT);
        let can_send = self.is_open
            && !self.is_sending
            && !may_switch
            && asked.len() < self.in_flight
            && !matches!(place, Place::Tunnel | Place::Over);
        assert_eq!(connection.can_send(), can_send, "{place:?} {asked:?}");
        assert_eq!(connection.can_reuse(), can_send && *place == Place::Idle);
        assert!(self.is_sending || !connection.wants_data());
        let is_answered = match place {
            Place::Idle => self.is_sending || !self.bodies.is_empty(),
            Place::Body | Place::Trailers => asked.len() == 1,
            Place::Tunnel => true,
            Place::Head | Place::Over => false,
        };
        assert_eq!(connection.is_answered(), is_answered);
        assert!(*place != Place::Tunnel || asked.is_empty());
        assert!(*place != Place::Tunnel || !connection.awaits_continue());
        if matches!(place, Place::Idle | Place::Tunnel | Place::Over) && !connection.awaits_continue() {
            assert_eq!(connection.deadline(), connection.write_deadline());
        }
        assert_eq!(connection.write_deadline(), self.patience.deadline());
        assert!(connection.write_deadline().is_none_or(|at| connection.deadline().is_some_and(|first| first <= at)));
    }

    /// Does the obvious until nothing moves.
    fn conclude(&mut self) {
        self.arrived = self.octets.len();
        loop {
            let before = self.used;
            self.ask();
            self.finish();
            while self.receive() {}
            self.check();
            if self.used == before {
                break;
            }
        }
        self.receive_eof();
        self.check();
        assert!(!self.connection.can_send() && !self.connection.wants_read());
        let (messages, _) = transcript::server(&self.stream, Cuts::Whole, Answers::Late, Limits::default());
        let bodies: Vec<_> = messages.into_iter().map(|message| message.body).collect();
        // A CONNECT that is refused is the last request.
        let heard = self.tunnel.unwrap_or(usize::MAX).min(self.bodies.len());
        assert_eq!(bodies, self.bodies[..heard]);
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
                let Deadlines { body, min_rate, .. } = self.deadlines;
                let wait = body.into_iter().chain(min_rate.map(|rate| rate.grace)).min();
                let latest = wait.filter(|_| place == Place::Body).map(|wait| self.now + wait);
                assert!(latest.is_none_or(|latest| self.connection.deadline().is_some_and(|at| at <= latest)));
                return false;
            }
            (Place::Head, Event::Interim(head)) if used > 0 => {
                assert!(head.status().is_informational());
                self.is_open &= head.version() == Version::Http10 || head.wants_keep_alive();
                Place::Head
            }
            (Place::Head, Event::Response(head)) if used > 0 => {
                let asked = self.asked[0];
                self.is_last = is_last(&head, asked.method);
                self.is_open &= head.status().is_informational() || !self.is_last;
                assert!(self.asked.len() > 1 || !self.connection.awaits_continue());
                if head.status().is_informational() || (asked.method == Method::CONNECT && head.status().is_success()) {
                    assert!(asked.offers_upgrade || asked.method == Method::CONNECT);
                    self.asked.pop_front();
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
            (Place::Body | Place::Trailers, Event::End) => {
                self.asked.pop_front();
                match self.asked.len() {
                    0 => Place::Idle,
                    _ if self.is_last => Place::Over,
                    _ => Place::Head,
                }
            }
            (Place::Tunnel, Event::Tunnel) => return false,
            (Place::Over, Event::Closed) => return false,
            (place, event) => panic!("{event:?} after {place:?}, {used} octets used"),
        };
        true
    }

    fn fail(&mut self) {
        assert!(!matches!(self.place, Place::Tunnel | Place::Over), "{:?} failed", self.place);
        (self.place, self.is_open) = (Place::Over, false);
        self.patience.forget();
        assert!(!self.connection.wants_read() && !self.connection.awaits_continue());
    }

    fn receive_eof(&mut self) {
        self.is_open = false;
        match self.connection.receive_eof() {
            Ok(Event::End) => {
                assert_eq!(self.place, Place::Body);
                self.asked.pop_front();
                self.place = if self.asked.is_empty() { Place::Idle } else { Place::Over };
            }
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
        let awaited = self.connection.awaits_continue();
        match self.connection.handle_timeout(self.now) {
            Ok(event) => {
                assert!(matches!(event, Event::NeedInput));
                // Where one was due and nothing failed, the body goes on without 100.
                assert_eq!(awaited && !self.connection.awaits_continue(), is_due);
            }
            Err(error) => {
                assert!(is_due && error.rule() == Rule::Timeout);
                (self.place, self.is_open) = (Place::Over, false);
                self.patience.forget();
                assert!(!self.connection.wants_read());
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
        let expects: &[(&str, &str)] = &[("Expect", "100-continue")];
        let chosen = self.script.choose(&[&FIELDS[..], &[expects]].concat());
        let fields = [("Host", "a")].iter().chain(chosen).collect::<Vec<_>>();
        let lengths = [None, Some(BodyLength::Unknown), Some(BodyLength::Known(5)), Some(BodyLength::Known(0))];
        let length = self.script.choose(&lengths);
        let room = self.script.octet();
        let could = self.connection.can_send();
        let mut out = Vec::new();
        let sent =
            emit(&mut out, room, |out| self.connection.send_request(method, target, &fields, length, self.now, out));
        assert!(could || sent == Err(SendError::OutOfTurn));
        if sent.is_ok() {
            if self.place == Place::Idle {
                self.place = Place::Head;
            }
            let has = |name| chosen.iter().any(|(other, _)| *other == name);
            self.asked.push_back(Asked { method, offers_upgrade: has("Upgrade") });
            if method == Method::CONNECT {
                self.tunnel.get_or_insert(self.bodies.len() + 1);
            }
            self.is_open = !chosen.contains(&("Connection", "close"));
            let waits = has("Expect");
            assert_eq!(self.connection.awaits_continue(), waits);
            assert!(!waits || !matches!(length, None | Some(BodyLength::Known(0))));
            (self.is_sending, self.out) = (true, out);
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
        self.is_open &= sent != Err(SendError::BodyTooShort);
        if sent.is_ok() {
            let (messages, ending) = transcript::server(&self.out, Cuts::Octets, Answers::Soon, Limits::default());
            let [message] = messages.as_slice() else { panic!("{} requests of one, {ending:?}", messages.len()) };
            assert!(message.end.is_some() && matches!(ending, Ending::Open | Ending::Closed));
            assert_eq!(message.body, self.body);
            self.is_sending = false;
            self.bodies.push(self.body.clone());
            self.stream.extend_from_slice(&self.out);
        }
    }
}

/// Whether nothing follows a response (RFC 9112 section 9.3).
fn is_last(head: &ResponseHead<'_>, method: Method<'_>) -> bool {
    !head.wants_keep_alive() || head.body_framing(method) == Ok(BodyFraming::UntilClose)
}
