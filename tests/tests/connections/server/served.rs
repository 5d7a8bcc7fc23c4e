//! A server's connection with its clock, and the octets that wait before it.

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{
    BodyLength, Deadlines, Error, FieldLine, FieldSection, Limits, NO_FIELDS, SendError, StatusCode,
};

use crate::moments::{START, at, deadlines};
use crate::waiting::{Step, Waiting, written};

pub(super) const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// The head of a request whose body has five octets.
pub(super) const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
pub(super) const EXPECT: &str = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
pub(super) const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
pub(super) const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n";
pub(super) const CONNECT: &str = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
pub(super) const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// What an answer without fields and content looks like.
pub(super) const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
pub(super) const LAST_NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

pub(super) struct Served {
    pub(super) connection: Connection,
    pub(super) now: Tick,
    input: Waiting,
}

impl Served {
    pub(super) fn new() -> Self {
        Self::with(Limits::default(), deadlines())
    }

    pub(super) fn with(limits: Limits, deadlines: Deadlines) -> Self {
        Self { connection: Connection::new(limits, deadlines, at(START)), now: at(START), input: Waiting::default() }
    }

    pub(super) fn with_pipeline(pipeline: u8) -> Self {
        let mut limits = Limits::default();
        limits.pipeline = pipeline;
        Self::with(limits, deadlines())
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
            Ok(Event::Tunnel) => "tunnel".into(),
            Ok(event) => format!("{event:?}"),
            Err(error) => show(error),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Tick) -> String {
        self.now = now;
        match self.connection.handle_timeout(now) {
            Ok(Event::NeedInput) => "nothing is due".into(),
            Ok(Event::Closed) => "closed".into(),
            Ok(event) => format!("{event:?}"),
            Err(error) => show(error),
        }
    }

    pub(super) fn respond(
        &mut self,
        status: u16,
        fields: &[FieldLine<'_>],
        length: BodyLength,
    ) -> Result<String, SendError> {
        let status = StatusCode::new(status).unwrap();
        written(|out| self.connection.respond(status, fields, length, out))
    }

    pub(super) fn interim(&mut self, status: u16, fields: &[FieldLine<'_>]) -> Result<String, SendError> {
        let status = StatusCode::new(status).unwrap();
        written(|out| self.connection.interim(status, fields, out))
    }

    pub(super) fn upgrade(&mut self) -> Result<String, SendError> {
        written(|out| self.connection.upgrade(&[("Upgrade", "b")], out))
    }

    pub(super) fn send(&mut self, data: &str) -> Result<String, SendError> {
        written(|out| self.connection.send_data(data.as_bytes(), out))
    }

    pub(super) fn finish(&mut self, trailers: &[FieldLine<'_>]) -> Result<String, SendError> {
        written(|out| self.connection.finish(trailers, out))
    }

    /// Answers without fields and content.
    pub(super) fn answer(&mut self) -> String {
        let head = self.respond(204, NO_FIELDS, BodyLength::Known(0)).unwrap();
        assert_eq!(self.finish(NO_FIELDS).unwrap(), "");
        head
    }
}

fn event(connection: &mut Connection, input: &mut [u8], now: Tick) -> Step {
    match connection.receive(input, now) {
        Err(error) => (0, show(error), false),
        Ok((used, event)) => match event {
            Event::NeedInput => (used, "needs input".into(), false),
            Event::Request(head) => (used, format!("{} {}", head.method(), head.target().as_str()), true),
            Event::Data(data) => (used, format!("data {}", data.escape_ascii()), true),
            Event::Trailers(trailers) => (used, show_fields(trailers), true),
            Event::End => (used, "end".into(), true),
            Event::Paused => (used, "paused".into(), false),
            Event::Tunnel => (used, "tunnel".into(), false),
            Event::Closed => (used, "closed".into(), false),
        },
    }
}

fn show(error: Error) -> String {
    format!("{:?} at {}, {}", error.rule(), error.offset(), error.status())
}

fn show_fields(fields: FieldSection<'_>) -> String {
    fields
        .map(|line| format!("trailer {}: {}", line.name(), line.value().escape_ascii()))
        .collect::<Vec<_>>()
        .join(", ")
}
