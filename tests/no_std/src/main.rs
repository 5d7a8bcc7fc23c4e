//! Proof that the core needs neither std nor an allocator: this links with neither, holds a conversation on fixed
//! arrays, and returns 0 if every octet is right, else the number of the step that was not.

#![no_std]
#![no_main]

use core::ffi::{c_char, c_int};
use core::panic::PanicInfo;

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, NO_FIELDS, StatusCode};
use sanderling::ws::{self, MessageKind, Role, handshake::Offer};

const REQUEST: &[u8; 32] = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello!";

// The examples of RFC 6455 sections 1.3 and 5.7.
const HANDSHAKE: &[u8; 144] = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const FRAME: [u8; 11] = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
const ECHO: &[u8] = b"\x81\x05Hello";

// The C library has `_start`, which calls `main`, and what the compiler takes for granted, such as `memcpy`.
#[link(name = "c")]
unsafe extern "C" {
    safe fn abort() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    abort()
}

#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, _argv: *const *const c_char) -> c_int {
    let mut http = Connection::new(Limits::default(), Deadlines::default(), Tick::ZERO);
    if request(&mut http).is_none() {
        1
    } else if handshake(&mut http).is_none() {
        2
    } else if echo().is_none() {
        3
    } else {
        0
    }
}

fn request(http: &mut Connection) -> Option<()> {
    let (mut input, mut out) = (*REQUEST, [0; 256]);
    let (used, Event::Request(head)) = http.receive(&mut input, Tick::ZERO).ok()? else { return None };
    let right = head.method() == Method::GET && head.target().path() == "/hello" && head.authority() == Some("a");
    let (0, Event::End) = http.receive(input.get_mut(used..)?, Tick::ZERO).ok()? else { return None };
    let mut len = http.respond(StatusCode::OK, NO_FIELDS, BodyLength::Known(6), &mut out).ok()?;
    len += http.send_data(b"Hello!", out.get_mut(len..)?).ok()?;
    len += http.finish(NO_FIELDS, out.get_mut(len..)?).ok()?;
    (right && out.get(..len)? == RESPONSE).then_some(())
}

fn handshake(http: &mut Connection) -> Option<()> {
    let (mut input, mut out) = (*HANDSHAKE, [0; 256]);
    let (used, Event::Request(head)) = http.receive(&mut input, Tick::ZERO).ok()? else { return None };
    let accept = Offer::read(&head).ok()??.accept();
    let (0, Event::End) = http.receive(input.get_mut(used..)?, Tick::ZERO).ok()? else { return None };
    let len = http.upgrade(&accept.fields(), &mut out).ok()?;
    let (0, Event::Tunnel) = http.receive(&mut [], Tick::ZERO).ok()? else { return None };
    (out.get(..len)? == SWITCHING).then_some(())
}

fn echo() -> Option<()> {
    let (mut frame, mut out) = (FRAME, [0; 64]);
    let mut websocket: ws::Connection =
        ws::Connection::new(Role::Server, ws::Limits::default(), ws::Deadlines::default());
    let (used, event) = websocket.receive(&mut frame, Tick::ZERO).ok()?;
    let ws::Event::Data { kind: kind @ MessageKind::Text, payload, last } = event else { return None };
    let len = websocket.send_data(kind, payload, last, &mut out).ok()?;
    (used == FRAME.len() && out.get(..len)? == ECHO).then_some(())
}
