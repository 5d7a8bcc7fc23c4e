//! Runs the server's side of an HTTP connection through `vectors/server`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Error, Method, NO_FIELDS, RequestHead, StatusCode};
use sanderling_tests::escape;
use sanderling_tests::feeding::Feeding;
use sanderling_tests::http_limits;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

/// When the application answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    /// Each request when it is complete.
    Soon,
    /// Only when nothing more is read before.
    Late,
}

#[test]
fn every_record_has_its_outcome_however_it_is_cut() {
    let mut mismatches = Mismatches::default();
    for record in read_folder("server").unwrap() {
        let input = record.text("in").unwrap();
        let expected: Vec<_> = record.values("out").map(|line| escape::text(line).unwrap()).collect();
        let outcomes = Feeding::all(input.len()).flat_map(|feeding| {
            [Answers::Soon, Answers::Late].map(|answers| {
                (
                    format!("{feeding}, answered {answers:?}"),
                    Application::new(&record, answers).run(input.clone(), feeding),
                )
            })
        });
        mismatches.compare(&record, &expected, outcomes);
    }
    assert!(mismatches.is_empty(), "{mismatches}");
}

/// An application that answers 204 to everything.
struct Application<'r> {
    record: &'r Record,
    connection: Connection,
    answers: Answers,
    events: Vec<Vec<u8>>,
    /// Requests that are complete and not answered yet, but for one that may switch protocols.
    unanswered: usize,
    /// What a pause is called after a request that may switch protocols.
    switch: Option<&'static str>,
    has_stopped: bool,
}

impl<'r> Application<'r> {
    fn new(record: &'r Record, answers: Answers) -> Self {
        Self {
            record,
            connection: Connection::new(http_limits(record).unwrap(), Deadlines::default(), Tick::ZERO),
            answers,
            events: Vec::new(),
            unanswered: 0,
            switch: None,
            has_stopped: false,
        }
    }

    fn run(mut self, mut input: Vec<u8>, feeding: Feeding) -> Vec<Vec<u8>> {
        let mut used = 0;
        for arrived in feeding.arrivals(input.len()) {
            used += self.read(&mut input[used..arrived]);
        }
        if !self.has_stopped {
            self.end();
        }
        self.events
    }

    /// Makes all it can of what has arrived, and says how many octets that used.
    fn read(&mut self, input: &mut [u8]) -> usize {
        let mut used = 0;
        while !self.has_stopped {
            match self.connection.receive(&mut input[used..], Tick::ZERO) {
                Err(error) => self.fail(error),
                Ok((len, event)) => {
                    used += len;
                    match event {
                        Event::NeedInput => break,
                        Event::Request(head) => self.begin(&head),
                        Event::Data(data) => match self.events.last_mut() {
                            Some(last) if last.starts_with(b"data ") => last.extend_from_slice(data),
                            _ => self.events.push([b"data ", data].concat()),
                        },
                        Event::Trailers(trailers) => {
                            for line in trailers {
                                self.push_field("trailer", line.name(), line.value());
                            }
                        }
                        Event::End => self.complete(),
                        Event::Paused if self.unanswered > 0 => self.answer(StatusCode::NO_CONTENT),
                        Event::Paused => self.stop(self.switch.unwrap_or("paused for nothing")),
                        Event::Tunnel => self.stop("tunnel without an answer"),
                        Event::Closed => self.close(),
                    }
                }
            }
        }
        used
    }

    fn begin(&mut self, head: &RequestHead<'_>) {
        let (method, target, version) = (head.method(), head.target(), head.version());
        let version = version.as_str().trim_start_matches("HTTP/");
        self.events.push(format!("request {method} {} {version}", target.as_str()).into_bytes());
        if self.record.values("out").any(|line| line.starts_with("field ")) {
            for line in head.fields() {
                self.push_field("field", line.name(), line.value());
            }
        }
        self.switch = match () {
            () if head.method() == Method::CONNECT => Some("tunnel"),
            () if head.offers_upgrade() => Some("pause"),
            () => None,
        };
        if self.connection.wants_continue() {
            let mut out = [0; 64];
            let len = self.connection.interim(StatusCode::CONTINUE, NO_FIELDS, &mut out).unwrap();
            assert_eq!(&out[..len], b"HTTP/1.1 100 Continue\r\n\r\n");
        } else if head.expects_continue() && self.answers == Answers::Soon {
            self.events.push(b"100 Continue is not wanted".to_vec());
        }
    }

    fn complete(&mut self) {
        self.events.push(b"end".to_vec());
        if self.switch.is_none() {
            self.unanswered += 1;
            if self.answers == Answers::Soon {
                self.answer(StatusCode::NO_CONTENT);
            }
        }
    }

    /// Nothing more is read: the last answer has to close the connection.
    fn close(&mut self) {
        self.answer_all();
        if !self.connection.is_write_closed() {
            self.events.push(b"closed before the last answer".to_vec());
        }
        self.has_stopped = true;
    }

    /// An error is answered after the requests before it, and closes the connection.
    fn fail(&mut self, error: Error) {
        self.events.push(format!("error {}", error.status()).into_bytes());
        self.close_after(error.status());
    }

    fn close_after(&mut self, status: StatusCode) {
        self.answer_all();
        self.unanswered = 1;
        self.answer(status);
        let mut request = *b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let next = self.connection.receive(&mut request, Tick::ZERO);
        if !matches!(next, Ok((0, Event::Closed))) || !self.connection.is_write_closed() {
            self.events.push(b"open after an error".to_vec());
        }
        self.has_stopped = true;
    }

    /// All that comes has come.
    fn end(&mut self) {
        if !self.record.has_eof() {
            self.answer_all();
            if !self.connection.is_idle() {
                self.stop("incomplete");
            }
            return;
        }
        match self.connection.receive_eof() {
            Ok(Event::Closed) => self.stop("closed"),
            Ok(event) => self.stop(&format!("{event:?} at the end of input")),
            Err(error) => {
                self.events.push(b"truncated".to_vec());
                self.close_after(error.status());
            }
        }
    }

    fn answer_all(&mut self) {
        while self.unanswered > 0 {
            self.answer(StatusCode::NO_CONTENT);
        }
    }

    fn answer(&mut self, status: StatusCode) {
        let mut out = [0; 256];
        let answered = self
            .connection
            .respond(status, NO_FIELDS, BodyLength::Known(0), &mut out)
            .and_then(|_| self.connection.finish(NO_FIELDS, &mut out));
        if let Err(error) = answered {
            self.events.push(format!("no answer: {error}").into_bytes());
        }
        self.unanswered -= 1;
    }

    fn push_field(&mut self, kind: &str, name: &str, value: &[u8]) {
        let separator: &[u8] = if value.is_empty() { b":" } else { b": " };
        self.events.push([kind.as_bytes(), b" ", name.as_bytes(), separator, value].concat());
    }

    fn stop(&mut self, event: &str) {
        self.events.push(event.as_bytes().to_vec());
        self.has_stopped = true;
    }
}
