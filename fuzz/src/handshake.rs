//! The opening handshake, from either side.

use sanderling::http::{Limits, Method, RequestParser, ResponseParser, Version};
use sanderling::ws::handshake::{Agreement, Key, Offer, Proposal};

/// What a server accepts was asked for, and what it then answers opens the client's side, whose
/// key it answers, and no other's.
///
/// # Panics
///
/// Where that is not so.
pub fn handshake(data: &[u8]) {
    let limits = Limits::default();
    if let Ok(Some((_, request))) = RequestParser::new().parse(&mut data.to_owned(), &limits)
        && let Ok(Some(offer)) = Offer::read(&request)
    {
        assert!(request.method() == Method::GET && request.version() == Version::Http11 && request.offers_upgrade());
        assert_eq!(request.fields().named("sec-websocket-key").count(), 1);
        assert_eq!(request.field("sec-websocket-version"), Some(&b"13"[..]));
        assert_eq!(offer.accept().as_str().len(), 28);
        for (at, name) in offer.subprotocols().enumerate() {
            assert!(Method::new(name).is_some(), "{name:?} is no token");
            assert!(offer.subprotocols().skip(at + 1).all(|other| other != name));
        }
    }
    // An answer of any kind to a key of any kind.
    let Some((nonce, answer)) = data.split_first_chunk::<16>() else { return };
    let key = Key::new(*nonce);
    if let Ok(Some((_, response))) = ResponseParser::new().parse(&mut answer.to_owned(), &limits)
        && Proposal::new(key).read(&response).is_ok()
    {
        assert_eq!(response.field("sec-websocket-accept"), Some(accept(key).as_bytes()));
        let mut nonce = *nonce;
        nonce[0] ^= 1;
        assert!(Proposal::new(Key::new(nonce)).read(&response).is_err(), "another key is accepted too");
    }
    let accept = accept(key);
    let answer = "HTTP/1.1 101 \r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ";
    let (mut parser, mut answer) = (ResponseParser::new(), format!("{answer}{accept}\r\n\r\n").into_bytes());
    let (_, response) = parser.parse(&mut answer, &limits).unwrap().unwrap();
    assert_eq!(Proposal::new(key).read(&response), Ok(Agreement::default()));
}

/// What a server makes of a key.
fn accept(key: Key) -> String {
    let fields = key.fields().map(|line| format!("{}: {}\r\n", line.name(), line.value_str().unwrap()));
    let mut request = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields.concat()).into_bytes();
    let (_, request) = RequestParser::new().parse(&mut request, &Limits::default()).unwrap().unwrap();
    Offer::read(&request).unwrap().unwrap().accept().as_str().to_owned()
}
