//! What no opening handshake may have is refused before anybody is asked (RFC 6455 section 4.1).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::net::TcpListener;

use sanderling::http::SendError;
use sanderling_std::{Client, Error, WebSocketOptions};

#[test]
fn it_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let client = Client::new();
    let refused = |subprotocols: &'static [&'static str], name: &str, value: &str| {
        let mut options = WebSocketOptions::default();
        options.subprotocols = subprotocols;
        match client.websocket(&url).options(options).field(name, value).open() {
            Err(Error::Send(error)) => error,
            other => panic!("{subprotocols:?}, {name}: {value}: {other:?}"),
        }
    };
    for (name, value) in [
        ("Connection", "close"),
        ("upgrade", "websocket"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("sec-websocket-version", "13"),
        ("Sec-WebSocket-Protocol", "a"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ] {
        assert_eq!(refused(&["a"], name, value), SendError::HandshakeField, "{name}");
    }
    for subprotocols in
        [&["a", "b", "a"][..], &[""], &["a", ""], &["a b"], &["a,b"], &["a/b"], &["\u{e4}"], &["a\r\nb"]]
    {
        assert_eq!(refused(subprotocols, "Origin", "http://a"), SendError::Subprotocol, "{subprotocols:?}");
    }
    assert!(listener.accept().is_err());
    // What is wrong with any request is seen when it is written, on a connection.
    assert_eq!(refused(&[], "Host", "a b"), SendError::Host);
    assert!(listener.accept().is_ok());
}
