//! A client's connection with its clock, and the octets that wait before it.

use sanderling::Tick;
use sanderling::http::client::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Error, FieldLine, Limits, Method, RequestTarget, SendError};

use crate::moments::{START, at, deadlines};
use crate::waiting::{Step, Waiting, written};

/// Complete responses, with and without content.
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
pub(super) const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
pub(super) const LAST: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc";
/// The head of a response whose content ends with the connection.
pub(super) const UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\n\r\n";
pub(super) const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
pub(super) const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
pub(super) const HINTS: &str = "HTTP/1.1 103 Early Hints\r\n\r\n";
pub(super) const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: b\r\n\r\n";

/// The fields with which a request offers another protocol.
pub(super) const OFFER: [(&str, &str); 2] = [("Connection", "upgrade"), ("Upgrade", "b")];
pub(super) const EXPECT: [(&str, &str); 1] = [("Expect", "100-continue")];

pub(super) struct Asked {
    pub(super) connection: Connection,
    pub(super) now: Tick,
    input: Waiting,
}

impl Asked {
    pub(super) fn new() -> Self {
        Self::with(Limits::default(), deadlines())
    }

    pub(super) fn with(limits: Limits, deadlines: Deadlines) -> Self {
        Self { connection: Connection::new(limits, deadlines), now: at(START), input: Waiting::default() }
    }

    pub(super) fn with_in_flight(in_flight: u8) -> Self {
        let mut limits = Limits::default();
        limits.in_flight = in_flight;
        Self::with(limits, deadlines())
    }

    /// Sends a whole request without content.
    pub(super) fn get(&mut self) {
        self.ask("GET /", &[], None).unwrap();
        self.finish(&[]).unwrap();
    }

    /// Sends the head of a request.
    pub(super) fn ask(
        &mut self,
        request: &str,
        fields: &[(&str, &str)],
        length: Option<BodyLength>,
    ) -> Result<String, SendError> {
        let (method, target) = request.split_once(' ').unwrap();
        let method = Method::new(method).unwrap();
        let target = RequestTarget::parse(method, target).unwrap();
        let now = self.now;
        written(|out| self.connection.send_request(method, target, fields, length, now, out))
    }

    pub(super) fn send(&mut self, data: &str) -> Result<String, SendError> {
        written(|out| self.connection.send_data(data.as_bytes(), out))
    }

    pub(super) fn finish(&mut self, trailers: &[FieldLine<'_>]) -> Result<String, SendError> {
        written(|out| self.connection.finish(trailers, out))
    }

    /// All that comes of these octets and those before them.
    pub(super) fn receive(&mut self, octets: &str) -> String {
        self.input.receive(octets, |input| event(&mut self.connection, input, self.now))
    }

    /// The next event alone.
    pub(super) fn step(&mut self, octets: &str) -> String {
        self.input.step(octets, |input| event(&mut self.connection, input, self.now))
    }

    /// How many octets were not used.
    pub(super) fn left(&self) -> usize {
        self.input.len()
    }

    pub(super) fn receive_eof(&mut self) -> String {
        match self.connection.receive_eof() {
            Ok(Event::Closed) => "closed".into(),
            Ok(Event::End) => "end".into(),
            Ok(Event::Tunnel) => "tunnel".into(),
            Ok(event) => format!("{event:?}"),
            Err(error) => show(error),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Tick) -> String {
        self.now = now;
        match self.connection.handle_timeout(now) {
            Ok(Event::NeedInput) => "nothing is due".into(),
            Ok(event) => format!("{event:?}"),
            Err(error) => show(error),
        }
    }
}

fn event(connection: &mut Connection, input: &mut [u8], now: Tick) -> Step {
    match connection.receive(input, now) {
        Err(error) => (0, show(error), false),
        Ok((used, event)) => match event {
            Event::NeedInput => (used, "needs input".into(), false),
            Event::Interim(head) => (used, format!("interim {}", head.status()), true),
            Event::Response(head) => (used, head.status().to_string(), true),
            Event::Data(data) => (used, format!("data {}", data.escape_ascii()), true),
            Event::Trailers(trailers) => (used, format!("{} trailers", trailers.count()), true),
            Event::End => (used, "end".into(), true),
            Event::Tunnel => (used, "tunnel".into(), false),
            Event::Closed => (used, "closed".into(), false),
        },
    }
}

fn show(error: Error) -> String {
    format!("{:?} at {}", error.rule(), error.offset())
}
