//! What is to happen in an exchange, on both sides.

use core::fmt;
use core::iter::repeat_with;
use core::time::Duration;

use fastrand::Rng;
use sanderling::http::StatusCode;

/// One exchange.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) method: &'static str,
    pub(crate) request: Option<Body>,
    pub(crate) expects_continue: bool,
    /// The client announces that it closes.
    pub(crate) closes: bool,
    /// The client sends all before it reads, and not both in turns.
    pub(crate) sends_first: bool,
    /// The client loses patience with the exchange.
    pub(crate) patience: Option<Duration>,
    pub(crate) handler: Handler,
}

/// A body, and how it is sent.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) octets: Vec<u8>,
    pub(crate) is_chunked: bool,
    /// The pieces in which it is handed over.
    pub(crate) piece: usize,
}

/// What the server does.
#[derive(Clone, Debug)]
pub(crate) struct Handler {
    /// It leaves the exchange to another task.
    pub(crate) is_elsewhere: bool,
    /// It gives up reading again and again, and begins anew.
    pub(crate) is_restless: bool,
    pub(crate) interim: bool,
    pub(crate) pause: Duration,
    pub(crate) reads: Reads,
    pub(crate) answer: Answer,
    /// Between the pieces of the answer.
    pub(crate) pauses: Duration,
}

/// How much of the request's body the handler reads before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Nothing,
    Once,
    All,
    /// Only after the answer has begun.
    Late,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Whole(StatusCode, Body),
    Pieces(StatusCode, Body),
    /// What is read, as it comes.
    Echo,
    /// The exchange is dropped without an answer.
    Nothing,
    /// It is dropped after a part of the body.
    Part(Body),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.is_chunked { "chunked" } else { "of known length" };
        write!(f, "{} octets {how}, {} at a time", self.octets.len(), self.piece)
    }
}

impl Body {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let most = *rng.choice(&[0, 1, 100, 100, 100, 100, 1_000, 1_000, 1_000, 5_000]).unwrap();
        let len = rng.usize(..=most);
        Self {
            octets: repeat_with(|| rng.u8(..)).take(len).collect(),
            is_chunked: rng.bool(),
            // Small pieces only of small bodies.
            piece: (len / 20).max(*rng.choice(&[1, 30, 1_000, 100_000]).unwrap()),
        }
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.octets.chunks(self.piece)
    }
}

fn pause(rng: &mut Rng) -> Duration {
    Duration::from_millis(*rng.choice(&[0, 0, 0, 1, 50, 1_500]).unwrap())
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let method = *rng.choice(&["GET", "GET", "HEAD", "POST", "POST", "PUT", "QUERY"]).unwrap();
        let has_body = matches!(method, "POST" | "PUT" | "QUERY") || rng.u8(..20) == 0;
        let answer = Answer::draw(method, rng);
        let reads = match answer {
            Answer::Echo => Reads::Late,
            // A client that sees an error sends no more, so that nobody should wait for it then.
            Answer::Pieces(StatusCode::NOT_FOUND, _) => Reads::All,
            _ => *rng.choice(&[Reads::Nothing, Reads::Once, Reads::All, Reads::All, Reads::Late]).unwrap(),
        };
        Self {
            method,
            request: has_body.then(|| Body::draw(rng)),
            // Once the answer has begun, nobody waits for a body that was not asked for.
            expects_continue: has_body && reads != Reads::Late && rng.u8(..4) == 0,
            closes: rng.u8(..8) == 0,
            // If the server answers meanwhile, both could wait for each other.
            sends_first: reads == Reads::All && rng.bool(),
            patience: None,
            handler: Handler {
                is_elsewhere: rng.u8(..4) == 0,
                is_restless: rng.u8(..4) == 0,
                interim: rng.u8(..5) == 0,
                pause: pause(rng),
                reads,
                answer,
                pauses: Duration::from_millis(*rng.choice(&[0, 0, 0, 10]).unwrap()),
            },
        }
    }

    pub(crate) fn expected(&self) -> Expected {
        match &self.handler.answer {
            Answer::Whole(status, _) | Answer::Pieces(status, _) if status.forbids_content() => {
                Expected::Answer(*status, Vec::new())
            }
            Answer::Whole(status, body) | Answer::Pieces(status, body) => {
                Expected::Answer(*status, self.seen(&body.octets))
            }
            Answer::Echo => {
                let octets = self.request.as_ref().map_or(&[][..], |body| &body.octets);
                Expected::Answer(StatusCode::OK, self.seen(octets))
            }
            Answer::Nothing => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Expected::Answer(status, self.seen(status.reason().as_bytes()))
            }
            Answer::Part(_) => Expected::CutShort,
        }
    }

    fn seen(&self, body: &[u8]) -> Vec<u8> {
        if self.method == "HEAD" { Vec::new() } else { body.to_vec() }
    }
}

/// What the client is to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Answer(StatusCode, Vec<u8>),
    /// An error, whatever else.
    CutShort,
}

impl Answer {
    fn draw(method: &str, rng: &mut Rng) -> Self {
        let statuses =
            [StatusCode::OK, StatusCode::OK, StatusCode::CREATED, StatusCode::NOT_FOUND, StatusCode::NO_CONTENT];
        let status = *rng.choice(&statuses).unwrap();
        match rng.u8(..10) {
            0..=3 => Self::Whole(status, Body::draw(rng)),
            4..=6 => Self::Pieces(status, Body::draw(rng)),
            7 => Self::Echo,
            // To HEAD the head is all, and there is nothing to cut short.
            8 if method != "HEAD" => Self::Part(Body { octets: vec![7; rng.usize(1..2_000)], ..Body::draw(rng) }),
            _ => Self::Nothing,
        }
    }
}
