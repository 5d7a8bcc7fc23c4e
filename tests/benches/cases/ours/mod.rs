//! Our three layers.

mod codec;
mod connection;
mod driver;
mod served;

use super::{Group, Kind, Run, Subject, Task, repeat};

/// What the answer of a cycle has in all: the lengths are the same for every server.
pub(super) const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nHello, World!";
pub(super) const BODY: &str = "Hello, World!";
/// The request that has the chunks as its body.
pub(super) const UPLOAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
/// The request that becomes the WebSocket, and the frame that ends it.
pub(super) const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
pub(super) const CLOSE: &[u8] = b"\x88\x80\0\0\0\0";

fn ours(name: &'static str, prepare: fn(&Task) -> Run) -> Subject {
    Subject { name, kind: Kind::Ours, prepare }
}

pub(super) fn subjects(group: Group) -> Vec<Subject> {
    const CODEC: &str = "sanderling";
    const CONNECTION: &str = "sanderling, connection";
    const DRIVER: &str = "sanderling, driver";
    const EXCHANGE: &str = "sanderling, exchange";
    match group {
        Group::RequestHead => vec![ours(CODEC, codec::request_head)],
        Group::RequestFields => vec![ours(CODEC, codec::request_fields)],
        Group::ResponseHead => vec![ours(CODEC, codec::response_head)],
        Group::Cycle => {
            vec![ours(CONNECTION, connection::cycle), ours(DRIVER, driver::cycle), ours(EXCHANGE, served::cycle)]
        }
        Group::Chunk => vec![
            ours(CODEC, codec::chunks),
            ours(CONNECTION, connection::chunks),
            ours(DRIVER, driver::chunks),
            ours(EXCHANGE, served::chunks),
        ],
        Group::Receive => vec![ours(CONNECTION, connection::receive), ours(DRIVER, driver::receive)],
        Group::Send => vec![ours(CONNECTION, connection::send), ours(DRIVER, driver::send)],
        Group::Echo => vec![ours(EXCHANGE, served::echo)],
        Group::Utf8 => vec![ours(CODEC, codec::utf8)],
    }
}
