//! The key of an opening handshake is a new one each time it is sent (RFC 6455 section 4.1): behind a redirect, and
//! on another connection in place of one that was dead.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use sanderling_std::{Client, ClientOptions, Error, StatusCode};

/// The key in the next head that comes, or `None` if it has none.
fn key(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).unwrap();
        head.extend(octet);
    }
    let head = String::from_utf8(head).unwrap();
    let mut keys = head.lines().filter_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let key = keys.next().map(str::to_owned);
    assert_eq!(keys.next(), None);
    key
}

#[test]
fn each_handshake_has_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        assert_eq!(key(&mut first), None);
        first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        // Closed when it is used again.
        let dead = key(&mut first).unwrap();
        drop(first);
        let (mut second, _) = listener.accept().unwrap();
        let redirected = key(&mut second).unwrap();
        second.write_all(b"HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n").unwrap();
        let last = key(&mut second).unwrap();
        second.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
        [dead, redirected, last]
    });
    let mut options = ClientOptions::default();
    options.redirects = 1;
    let client = Client::with_options(options);
    let mut response = client.get(&format!("http://{address}/")).send().unwrap();
    assert_eq!(response.read_to_end(0).unwrap(), b"");
    drop(response);
    let declined = client.websocket(&format!("ws://{address}/from")).open();
    assert!(matches!(declined, Err(Error::Declined(StatusCode::FORBIDDEN))), "{declined:?}");
    let [dead, redirected, last] = serving.join().unwrap();
    assert!(dead != redirected && redirected != last && last != dead);
}
