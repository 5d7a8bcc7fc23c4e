//! WebSockets through a proxy that does not do as it was asked.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use sanderling::http::Rule;
use sanderling::semantics::HttpUri;
use sanderling_std::{Client, ClientOptions, Error, Opened};

/// Asks for a WebSocket through a proxy that answers the first head so: the status that came back, if one did.
fn status(answer: &'static str) -> Result<u16, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = ClientOptions::default();
    options.proxy = HttpUri::parse(&format!("http://{}/", listener.local_addr().unwrap()));
    options.redirects = 3;
    let proxy = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            stream.read_exact(&mut octet).unwrap();
            head.extend(octet);
        }
        assert!(head.starts_with(b"CONNECT a.example:80 HTTP/1.1\r\n"));
        stream.write_all(answer.as_bytes()).unwrap();
        // Nothing more is to come.
        assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    });
    let opened = Client::with_options(options).websocket("ws://a.example/ws").field("Authorization", "secret").send();
    let status = opened.map(|opened| match opened {
        Opened::WebSocket(_) => 101,
        Opened::Response(response) => response.head().status().as_u16(),
    });
    proxy.join().unwrap();
    status
}

/// RFC 9110 section 9.3.6: a tunnel goes where it was asked to.
#[test]
fn a_redirect_is_not_followed() {
    let answers = [
        ("HTTP/1.1 303 See Other\r\nLocation: http://b.example/\r\nContent-Length: 0\r\n\r\n", 303),
        ("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://b.example/\r\nContent-Length: 0\r\n\r\n", 307),
        ("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 407),
    ];
    for (answer, expected) in answers {
        assert_eq!(status(answer).unwrap(), expected);
    }
}

/// RFC 9112 section 9.2: what comes through it before anything was asked answers nothing.
#[test]
fn octets_behind_the_tunnel_are_no_answer() {
    let result = status("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(&result, Err(Error::Http(error)) if error.rule() == Rule::UnexpectedResponse), "{result:?}");
}
