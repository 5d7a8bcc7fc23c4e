//! The floor: what reading and writing alone cost. Nothing is parsed: requests are counted by the empty
//! lines at their ends, and the first one's path says what each of them is answered with.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use sanderling_load::content::{HELLO, LARGE, LARGE_PATH, WEBSOCKET_PATH};
use sanderling_load::websocket::ACCEPT;

use crate::Outcome;
use crate::floor_frames::Frames;

const LISTENER: Token = Token(usize::MAX);
/// How many answers lie side by side, to leave in one write.
const SIDE_BY_SIDE: usize = 64;
/// What is read at once.
const READ: usize = 256 * 1024;

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

struct Connection {
    stream: TcpStream,
    speaks: Speaks,
    /// What the system would not take yet; nothing is read before it has.
    unsent: Vec<u8>,
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

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind(address)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let answers = Answers::new();
    let (mut input, mut output) = (vec![0; READ], Vec::new());
    let (mut connections, mut free): (Vec<Option<Connection>>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            let Token(at) = event.token();
            if event.token() == LISTENER {
                accept_all(&listener, poll.registry(), &mut connections, &mut free)?;
            } else if let Some(Some(connection)) = connections.get_mut(at)
                && !connection.turn(&answers, &mut input, &mut output)
            {
                connections[at] = None;
                free.push(at);
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    registry: &Registry,
    connections: &mut Vec<Option<Connection>>,
    free: &mut Vec<usize>,
) -> Outcome {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        stream.set_nodelay(true)?;
        let at = free.pop().unwrap_or_else(|| {
            connections.push(None);
            connections.len() - 1
        });
        registry.register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        connections[at] = Some(Connection { stream, speaks: Speaks::default(), unsent: Vec::new() });
    }
}

impl Connection {
    /// Writes and reads until the system has no more; `false` at the end of the connection.
    fn turn(&mut self, answers: &Answers, input: &mut [u8], output: &mut Vec<u8>) -> bool {
        if !self.unsent.is_empty() {
            let unsent = std::mem::take(&mut self.unsent);
            if !send(&mut self.stream, &mut self.unsent, &unsent) {
                return false;
            }
        }
        while self.unsent.is_empty() {
            let len = match self.stream.read(input) {
                Ok(0) => return false,
                Ok(len) => len,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            let Self { stream, speaks, unsent } = self;
            if !speaks.answer(&input[..len], answers, output, |octets| send(stream, unsent, octets)) {
                return false;
            }
            // The readiness is told by its edge: a short read has come to it.
            if len < input.len() {
                return true;
            }
        }
        true
    }
}

/// Writes what the system takes, and keeps the rest.
fn send(stream: &mut TcpStream, unsent: &mut Vec<u8>, octets: &[u8]) -> bool {
    if !unsent.is_empty() {
        unsent.extend_from_slice(octets);
        return true;
    }
    let mut rest = octets;
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(len) => rest = &rest[len..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                unsent.extend_from_slice(rest);
                return true;
            }
            Err(_) => return false,
        }
    }
    true
}

impl Speaks {
    /// Sends as many answers as requests end in the input, or the frames that are in it; `send` says whether it
    /// could.
    pub(crate) fn answer(
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
                self.answer(input, answers, output, send)
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
