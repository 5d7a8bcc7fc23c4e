//! The floor: what reading and writing alone cost. Nothing is parsed: requests are counted by the empty
//! lines at their ends, and the first one's path says what each of them is answered with.

use std::net::SocketAddr;

use sanderling_load::content::{HELLO, LARGE, LARGE_PATH, WEBSOCKET_PATH};
use sanderling_load::websocket::ACCEPT;

use crate::Outcome;
use crate::event_loop::{self, Speaker};
use crate::floor_frames::Frames;

/// How many answers lie side by side, to leave in one write.
const SIDE_BY_SIDE: usize = 64;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    event_loop::serve::<Speaks>(address, (Answers::new(), Vec::new()))
}

/// The answers, made once.
pub(crate) struct Answers {
    hello: Vec<u8>,
    large: Vec<u8>,
    handshake: Vec<u8>,
}

impl Answers {
    pub(crate) fn new() -> Self {
        let answer = |body: &str| {
            let len = body.len();
            let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n";
            format!("{head}Content-Length: {len}\r\n\r\n{body}").repeat(SIDE_BY_SIDE).into_bytes()
        };
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";
        let handshake = format!("{head}Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n").into_bytes();
        Self { hello: answer(HELLO), large: answer(LARGE), handshake }
    }
}

/// What a connection speaks, and how far it has been read.
#[derive(Default)]
pub(crate) enum Speaks {
    /// Nothing has come yet.
    #[default]
    Unknown,
    /// So much of an empty line was at the end of what came last.
    Http {
        is_large: bool,
        matched: usize,
    },
    WebSocket(Frames),
}

impl Speaker for Speaks {
    /// Where the frames are put that go back.
    type Shared = (Answers, Vec<u8>);

    fn new(_: &Self::Shared) -> Self {
        Self::default()
    }

    fn answer(
        &mut self,
        input: &mut [u8],
        (answers, output): &mut Self::Shared,
        send: impl FnMut(&[u8]) -> bool,
    ) -> bool {
        self.answer_with(input, answers, output, send)
    }
}

impl Speaks {
    /// Sends as many answers as requests end in the input, or the frames that are in it; `send` says whether it
    /// could.
    pub(crate) fn answer_with(
        &mut self,
        input: &[u8],
        answers: &Answers,
        output: &mut Vec<u8>,
        mut send: impl FnMut(&[u8]) -> bool,
    ) -> bool {
        match self {
            Self::Unknown => {
                if input[4..].starts_with(WEBSOCKET_PATH.as_bytes()) {
                    *self = Self::WebSocket(Frames::default());
                    return send(&answers.handshake);
                }
                let is_large = input[4..].starts_with(LARGE_PATH.as_bytes());
                *self = Self::Http { is_large, matched: 0 };
                self.answer_with(input, answers, output, send)
            }
            Self::Http { is_large, matched } => {
                let answers = if *is_large { &answers.large } else { &answers.hello };
                let mut count = count_ends(input, matched);
                let mut is_well = true;
                while count > 0 && is_well {
                    let now = count.min(SIDE_BY_SIDE);
                    is_well = send(&answers[..now * (answers.len() / SIDE_BY_SIDE)]);
                    count -= now;
                }
                is_well
            }
            Self::WebSocket(frames) => {
                output.clear();
                frames.echo(input, output);
                send(output)
            }
        }
    }
}

/// How many empty lines end heads in what came.
fn count_ends(input: &[u8], matched: &mut usize) -> usize {
    let mut count = 0;
    for octet in input {
        *matched = match (octet, *matched) {
            (b'\r', 2) => 3,
            (b'\r', _) => 1,
            (b'\n', 1) => 2,
            (b'\n', 3) => {
                count += 1;
                0
            }
            _ => 0,
        };
    }
    count
}
