//! Ours without a runtime: connections on the caller's buffers, in the floor's event loop.

use std::mem;
use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{self, BodyLength, Error, NO_FIELDS, StatusCode};
use sanderling::semantics::HttpDate;
use sanderling::ws::handshake::{Accept, Offer};
use sanderling::ws::{self, MessageKind};
use sanderling_load::content::{WEBSOCKET_PATH, body_at};

use crate::Outcome;
use crate::event_loop::{self, Speaker};

/// What is written at once, and so much of it may be an answer.
const WRITE: usize = 256 * 1024;
const ANSWER: usize = 16 * 1024;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    event_loop::serve::<Speaks>(address, Shared::new())
}

struct Shared {
    start: Instant,
    now: Tick,
    unix: u64,
    output: Vec<u8>,
}

impl Shared {
    fn new() -> Self {
        Self { start: Instant::now(), now: Tick::ZERO, unix: 0, output: vec![0; WRITE] }
    }
}

struct Speaks {
    protocol: Protocol,
    /// What could not be made use of yet.
    rest: Vec<u8>,
}

enum Protocol {
    Http(Box<Http>),
    WebSocket(Box<WebSocket>),
}

struct Http {
    connection: Connection,
    /// When its Date is of.
    unix: u64,
    /// What the request gets that is being read.
    answer: Answer,
}

enum Answer {
    Body(&'static str),
    Upgrade(Accept),
}

struct WebSocket {
    connection: ws::Connection,
    /// What has come of a message that does not come in one part.
    message: Vec<u8>,
}

/// What has been written into the buffer of all, and not sent.
struct Output<'b, F> {
    buffer: &'b mut [u8],
    len: usize,
    send: F,
}

impl<F: FnMut(&[u8]) -> bool> Output<'_, F> {
    /// Writes where there is room for so much.
    fn write<E>(&mut self, room: usize, write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> bool {
        if self.buffer.len() - self.len < room && !self.flush() {
            return false;
        }
        write(&mut self.buffer[self.len..]).map(|len| self.len += len).is_ok()
    }

    fn flush(&mut self) -> bool {
        let len = mem::take(&mut self.len);
        len == 0 || (self.send)(&self.buffer[..len])
    }
}

impl Speaker for Speaks {
    type Shared = Shared;

    fn new(shared: &Shared) -> Self {
        let connection = Connection::new(http::Limits::default(), http::Deadlines::default(), shared.now);
        let http = Http { connection, unix: 0, answer: Answer::Body("") };
        Self { protocol: Protocol::Http(Box::new(http)), rest: Vec::new() }
    }

    fn woken(shared: &mut Shared) {
        shared.now = Tick::ZERO + shared.start.elapsed();
        shared.unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    }

    fn answer(&mut self, input: &mut [u8], shared: &mut Shared, send: impl FnMut(&[u8]) -> bool) -> bool {
        let Shared { now, unix, output, .. } = shared;
        let mut output = Output { buffer: output, len: 0, send };
        if self.rest.is_empty() {
            let (used, is_well) = self.protocol.receive(input, *now, *unix, &mut output);
            self.rest.extend_from_slice(&input[used..]);
            return is_well && output.flush();
        }
        self.rest.extend_from_slice(input);
        let (used, is_well) = self.protocol.receive(&mut self.rest, *now, *unix, &mut output);
        self.rest.drain(..used);
        if self.rest.is_empty() {
            self.rest = Vec::new();
        }
        is_well && output.flush()
    }

    fn unsent(&mut self, waiting: usize, shared: &Shared) {
        match &mut self.protocol {
            Protocol::Http(http) => http.connection.handle_written(0, waiting, shared.now),
            Protocol::WebSocket(websocket) => websocket.connection.handle_written(0, waiting, shared.now),
        }
    }

    fn is_in_time(&mut self, shared: &mut Shared, send: impl FnMut(&[u8]) -> bool) -> bool {
        let mut output = Output { buffer: &mut shared.output, len: 0, send };
        match &mut self.protocol {
            Protocol::Http(http) => match http.connection.handle_timeout(shared.now) {
                Ok(Event::Closed) => return false,
                Err(error) => {
                    http.refuse(&error, &mut output);
                    return false;
                }
                Ok(_) => {}
            },
            Protocol::WebSocket(websocket) => {
                let connection = &mut websocket.connection;
                let _ = connection.handle_timeout(shared.now);
                let goes_on = output.write(ANSWER, |out| connection.transmit(out)) && output.flush();
                return goes_on && !connection.is_closed();
            }
        }
        true
    }
}

impl Protocol {
    /// Answers what can be answered: how much of the input was used, and whether the connection goes on.
    fn receive<F>(&mut self, input: &mut [u8], now: Tick, unix: u64, output: &mut Output<'_, F>) -> (usize, bool)
    where
        F: FnMut(&[u8]) -> bool,
    {
        match self {
            Self::Http(http) => match http.receive(input, now, unix, output) {
                (used, Some(true)) => {
                    let connection = ws::Connection::server(ws::Limits::default(), ws::Deadlines::default());
                    *self = Self::WebSocket(Box::new(WebSocket { connection, message: Vec::new() }));
                    let (more, goes_on) = self.receive(&mut input[used..], now, unix, output);
                    (used + more, goes_on)
                }
                (used, goes_on) => (used, goes_on.is_some()),
            },
            Self::WebSocket(websocket) => websocket.receive(input, now, output),
        }
    }
}

impl Http {
    /// Whether the connection has become a WebSocket; `None` at its end.
    fn receive<F>(
        &mut self,
        input: &mut [u8],
        now: Tick,
        unix: u64,
        output: &mut Output<'_, F>,
    ) -> (usize, Option<bool>)
    where
        F: FnMut(&[u8]) -> bool,
    {
        if self.unix != unix {
            self.unix = unix;
            self.connection.set_date(Some(*HttpDate::from_unix(unix).as_bytes()));
        }
        let mut at = 0;
        loop {
            let (used, event) = match self.connection.receive(&mut input[at..], now) {
                Ok(received) => received,
                Err(error) => {
                    self.refuse(&error, output);
                    return (at, None);
                }
            };
            at += used;
            match event {
                Event::Request(head) => {
                    self.answer = match head.target().path() {
                        WEBSOCKET_PATH => match Offer::read(&head) {
                            Ok(Some(offer)) => Answer::Upgrade(offer.accept()),
                            _ => Answer::Body(""),
                        },
                        path => Answer::Body(body_at(path)),
                    }
                }
                Event::Data(_) | Event::Trailers(_) => {}
                Event::End => {
                    if !self.respond(output) {
                        return (at, None);
                    }
                }
                Event::NeedInput | Event::Paused => return (at, Some(false)),
                Event::Tunnel => return (at, Some(true)),
                Event::Closed => {
                    output.flush();
                    return (at, None);
                }
            }
        }
    }

    fn respond<F: FnMut(&[u8]) -> bool>(&mut self, output: &mut Output<'_, F>) -> bool {
        let Self { connection, answer, .. } = self;
        output.write(ANSWER, |out| match answer {
            Answer::Body(body) => {
                let length = BodyLength::Known(body.len() as u64);
                let head = connection.respond(StatusCode::OK, [("Content-Type", "text/plain")], length, out)?;
                let data = connection.send_data(body.as_bytes(), &mut out[head..])?;
                Ok(head + data + connection.finish(NO_FIELDS, &mut out[head + data..])?)
            }
            Answer::Upgrade(accept) => connection.upgrade(&accept.fields(), out),
        })
    }

    /// Says what is wrong, if that can still be said.
    fn refuse<F: FnMut(&[u8]) -> bool>(&mut self, error: &Error, output: &mut Output<'_, F>) {
        if self.connection.can_respond() {
            output.write(ANSWER, |out| self.connection.respond(error.status(), NO_FIELDS, BodyLength::Known(0), out));
        }
        output.flush();
    }
}

impl WebSocket {
    fn receive<F>(&mut self, input: &mut [u8], now: Tick, output: &mut Output<'_, F>) -> (usize, bool)
    where
        F: FnMut(&[u8]) -> bool,
    {
        let Self { connection, message } = self;
        let mut at = 0;
        while let Ok((used, event)) = connection.receive(&mut input[at..], now) {
            at += used;
            let is_well = match event {
                ws::Event::Data { kind, payload, last: true } if message.is_empty() => {
                    echo(connection, kind, payload, output)
                }
                ws::Event::Data { kind, payload, last } => {
                    message.extend_from_slice(payload);
                    !last || echo(connection, kind, &mem::take(message), output)
                }
                ws::Event::NeedInput => return (at, output.write(ANSWER, |out| connection.transmit(out))),
                ws::Event::Closed => break,
                _ => true,
            };
            if !is_well {
                return (at, false);
            }
        }
        output.write(ANSWER, |out| connection.transmit(out));
        output.flush();
        (at, false)
    }
}

fn echo<F>(connection: &mut ws::Connection, kind: MessageKind, payload: &[u8], output: &mut Output<'_, F>) -> bool
where
    F: FnMut(&[u8]) -> bool,
{
    output.write(payload.len() + ANSWER, |out| connection.send_data(kind, payload, true, out))
}
