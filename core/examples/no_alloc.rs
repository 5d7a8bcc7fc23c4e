//! A whole conversation on fixed arrays, without an allocator: a request and its answer, then a WebSocket.
//!
//! `cargo run --example no_alloc --no-default-features --features ws`. The input comes a few octets at a time; the
//! example fails if one octet of the output is not as it should be.

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, NO_FIELDS, StatusCode};
use sanderling::ws::{self, Role, handshake::Offer};

/// A request, then the handshake of RFC 6455 section 1.3, the masked frame of section 5.7, and a Close frame.
const INPUT: &[u8] = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\
    \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x88\x82\0\0\0\0\x03\xe8";

const OUTPUT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nHello!\
    HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\
    \x81\x05Hello\x88\x02\x03\xe8";

/// As many octets as have come in, or are to go out.
struct Buffer {
    octets: [u8; 512],
    len: usize,
}

impl Buffer {
    fn filled(&mut self) -> &mut [u8] {
        self.octets.get_mut(..self.len).unwrap_or_default()
    }

    fn room(&mut self) -> &mut [u8] {
        self.octets.get_mut(self.len..).unwrap_or_default()
    }

    fn read(&mut self, wire: &mut &[u8]) -> Option<()> {
        let piece = wire.split_off(..wire.len().min(7))?;
        self.room().get_mut(..piece.len())?.copy_from_slice(piece);
        self.len += piece.len();
        Some(())
    }

    fn consume(&mut self, used: usize) {
        self.octets.copy_within(used..self.len, 0);
        self.len -= used;
    }
}

/// Writes all the output; `None` if something went wrong.
fn converse(mut wire: &[u8], output: &mut Buffer) -> Option<()> {
    let now = Tick::ZERO;
    let mut input = Buffer { octets: [0; 512], len: 0 };

    let mut http = Connection::new(Limits::default(), Deadlines::default(), now);
    let mut websocket = None;
    loop {
        let (used, event) = http.receive(input.filled(), now).ok()?;
        let starved = matches!(event, Event::NeedInput);
        match event {
            Event::Request(head) => websocket = Offer::read(&head).ok()?.map(|offer| offer.accept()),
            Event::End => {
                if let Some(accept) = &websocket {
                    output.len += http.upgrade(&accept.fields(), output.room()).ok()?;
                } else {
                    let (fields, length) = ([("Content-Type", "text/plain")], BodyLength::Known(6));
                    output.len += http.respond(StatusCode::OK, &fields, length, output.room()).ok()?;
                    output.len += http.send_data(b"Hello!", output.room()).ok()?;
                    output.len += http.finish(NO_FIELDS, output.room()).ok()?;
                }
            }
            Event::NeedInput | Event::Data(_) | Event::Trailers(_) => {}
            Event::Tunnel => break,
            Event::Paused | Event::Closed => return None,
        }
        input.consume(used);
        if starved {
            input.read(&mut wire)?;
        }
    }

    let mut websocket: ws::Connection =
        ws::Connection::new(Role::Server, ws::Limits::default(), ws::Deadlines::default());
    while !websocket.is_closed() {
        let (used, event) = websocket.receive(input.filled(), now).ok()?;
        let starved = matches!(event, ws::Event::NeedInput);
        if let ws::Event::Data { kind, payload, last } = event {
            output.len += websocket.send_data(kind, payload, last, output.room()).ok()?;
        }
        output.len += websocket.transmit(output.room()).ok()?;
        input.consume(used);
        if starved {
            input.read(&mut wire)?;
        }
    }
    Some(())
}

fn main() {
    let mut output = Buffer { octets: [0; 512], len: 0 };
    assert_eq!(converse(INPUT, &mut output), Some(()));
    assert_eq!(output.filled(), OUTPUT);
    println!("{} octets in, {} octets out, no allocator", INPUT.len(), OUTPUT.len());
}
