//! Runs the client's side of an HTTP connection through `vectors/client`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sanderling::Tick;
use sanderling::http::client::{Connection, Event};
use sanderling::http::{Deadlines, Method, NO_FIELDS, RequestTarget, ResponseHead, Version};
use sanderling_tests::escape;
use sanderling_tests::feeding::Feeding;
use sanderling_tests::http_limits;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

#[test]
fn every_record_has_its_outcome_however_it_is_cut() {
    let mut mismatches = Mismatches::default();
    let records = read_folder("client").unwrap();
    assert!(records.len() >= 150, "there are only {} records", records.len());
    for record in records {
        let input = record.text("in").unwrap();
        let expected: Vec<_> = record.values("out").map(|line| escape::text(line).unwrap()).collect();
        let outcomes = Feeding::all(input.len())
            .map(|feeding| (feeding.to_string(), Application::new(&record).run(&input, feeding)));
        mismatches.compare(&record, &expected, outcomes);
    }
    assert!(mismatches.is_empty(), "{mismatches}");
}

/// An application that has sent its requests and waits for what comes of them.
struct Application<'r> {
    record: &'r Record,
    connection: Connection,
    events: Vec<Vec<u8>>,
    has_stopped: bool,
}

impl<'r> Application<'r> {
    fn new(record: &'r Record) -> Self {
        let mut connection = Connection::new(http_limits(record).unwrap(), Deadlines::default());
        let mut fields = vec![("Host", "a")];
        if record.value("upgrade") == Some("yes") {
            fields.extend([("Connection", "upgrade"), ("Upgrade", "a")]);
        }
        let mut out = [0; 256];
        let requests = record.values("request").chain(record.value("request").is_none().then_some("GET /"));
        for request in requests {
            let (method, target) = request.split_once(' ').unwrap();
            let method = Method::new(method).unwrap();
            let target = RequestTarget::parse(method, target).unwrap();
            connection.send_request(method, target, &fields, None, Tick::ZERO, &mut out).unwrap();
            assert_eq!(connection.finish(NO_FIELDS, &mut out), Ok(0));
        }
        Self { record, connection, events: Vec::new(), has_stopped: false }
    }

    fn run(mut self, input: &[u8], feeding: Feeding) -> Vec<Vec<u8>> {
        // What arrives is kept in one place, where a folded line may be unfolded.
        let mut buffer = input.to_vec();
        let mut used = 0;
        for arrived in feeding.arrivals(input.len()) {
            used += self.read(&mut buffer[used..arrived]);
        }
        if !self.has_stopped {
            self.end();
        }
        if self.record.values("request").count() > 1 {
            self.events.push(format!("unanswered {}", self.connection.unanswered()).into_bytes());
        }
        let reuse = if self.connection.can_reuse() { "reuse yes" } else { "reuse no" };
        self.events.push(reuse.into());
        self.events
    }

    /// Makes all it can of what has arrived, and says how many octets that used.
    fn read(&mut self, input: &mut [u8]) -> usize {
        let mut used = 0;
        while !self.has_stopped {
            match self.connection.receive(&mut input[used..], Tick::ZERO) {
                Err(error) => self.stop(&format!("error {:?}", error.rule())),
                Ok((len, event)) => {
                    used += len;
                    match event {
                        Event::NeedInput => break,
                        Event::Interim(head) => push_head(self.record, &mut self.events, "interim", &head),
                        Event::Response(head) => push_head(self.record, &mut self.events, "response", &head),
                        Event::Data(data) => match self.events.last_mut() {
                            Some(last) if last.starts_with(b"data ") => last.extend_from_slice(data),
                            _ => self.events.push([b"data ", data].concat()),
                        },
                        Event::Trailers(trailers) => {
                            for line in trailers {
                                push_field(&mut self.events, "trailer", line.name(), line.value());
                            }
                        }
                        Event::End => self.events.push(b"end".to_vec()),
                        Event::Tunnel => self.stop("tunnel"),
                        Event::Closed => self.stop("closed"),
                    }
                }
            }
        }
        used
    }

    /// All that comes has come.
    fn end(&mut self) {
        if !self.record.has_eof() {
            if self.connection.unanswered() > 0 {
                self.stop("incomplete");
            }
            return;
        }
        match self.connection.receive_eof() {
            Ok(Event::End) => self.events.push(b"end".to_vec()),
            Ok(Event::Closed) => self.events.push(b"closed".to_vec()),
            Ok(event) => self.events.push(format!("{event:?} at the end of input").into_bytes()),
            Err(error) => self.events.push(format!("error {:?}", error.rule()).into_bytes()),
        }
        if !matches!(self.connection.receive(&mut [], Tick::ZERO), Ok((0, Event::Closed | Event::NeedInput))) {
            self.events.push(b"more behind the end of input".to_vec());
        }
        self.has_stopped = true;
    }

    fn stop(&mut self, event: &str) {
        self.events.push(event.as_bytes().to_vec());
        self.has_stopped = true;
    }
}

fn push_head(record: &Record, events: &mut Vec<Vec<u8>>, kind: &str, head: &ResponseHead<'_>) {
    let minor = if head.version() == Version::Http10 { 0 } else { 1 };
    let event = match kind {
        "interim" => format!("interim {}", head.status()),
        _ => format!("{kind} {} {minor}", head.status()),
    };
    events.push(event.into_bytes());
    if record.values("out").any(|line| line.starts_with("field ")) {
        for line in head.fields() {
            push_field(events, "field", line.name(), line.value());
        }
    }
}

fn push_field(events: &mut Vec<Vec<u8>>, kind: &str, name: &str, value: &[u8]) {
    let separator: &[u8] = if value.is_empty() { b":" } else { b": " };
    events.push([kind.as_bytes(), b" ", name.as_bytes(), separator, value].concat());
}
