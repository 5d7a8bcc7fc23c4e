//! Two drivers of one WebSocket, opened by a handshake between them.

use core::task::Poll;

use sanderling::Tick;
use sanderling::drive::{Driver, ServerDriver, WebSocketDriver, WebSocketOptions};
use sanderling::http::{Deadlines, Limits, ResponseParser};
use sanderling::ws::MaskingKey;
use sanderling::ws::handshake::{Key, Proposal};

/// The client's side and the server's. What they agree on is what the options of both allow.
///
/// # Panics
///
/// Where the server does not accept what the client proposes.
#[must_use]
pub fn open(
    keys: fn() -> MaskingKey,
    client: &WebSocketOptions,
    server: &WebSocketOptions,
) -> (WebSocketDriver, WebSocketDriver) {
    let mut proposal = Proposal::new(Key::new(*b"the sample nonce"));
    proposal.subprotocols = client.subprotocols;
    proposal.deflate = client.deflate;
    let mut request = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    for line in proposal.key.fields() {
        request.extend_from_slice(&[line.name().as_bytes(), b": ", line.value(), b"\r\n"].concat());
    }
    if !proposal.subprotocols.is_empty() {
        let names = proposal.subprotocols.join(", ");
        request.extend_from_slice(format!("Sec-WebSocket-Protocol: {names}\r\n").as_bytes());
    }
    if let Some(options) = proposal.deflate {
        request.extend_from_slice(format!("Sec-WebSocket-Extensions: {}\r\n", options.offer().as_str()).as_bytes());
    }
    request.extend_from_slice(b"\r\n");

    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), Tick::ZERO);
    assert_eq!(driver.poll_request(Tick::ZERO), Poll::Pending);
    driver.room()[..request.len()].copy_from_slice(&request);
    driver.received(request.len());
    assert_eq!(driver.poll_request(Tick::ZERO), Poll::Ready(true));
    let mut server = driver.accept_websocket(server, &[]).unwrap();
    let mut answer: Vec<u8> = server.output().flatten().copied().collect();
    server.written(answer.len(), Tick::ZERO);

    let (_, response) = ResponseParser::new().parse(&mut answer, &Limits::default()).unwrap().unwrap();
    let agreement = proposal.read(&response).unwrap();
    (WebSocketDriver::client(keys, client, &agreement, &[]), server)
}
