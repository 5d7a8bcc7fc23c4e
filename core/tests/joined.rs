//! A client and a server joined in memory: no sockets, no threads, and a clock that the tests wind.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::task::Poll;
use core::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Driver, ServerDriver};
use sanderling::http::{
    BodyLength, Deadlines, Limits, Method, NO_FIELDS, RequestHead, RequestTarget, StatusCode, client,
};

const TARGET: RequestTarget<'_> = RequestTarget::Origin("/echo");
const HOST: &[(&str, &str)] = &[("Host", "a")];

fn pair() -> (client::Connection, ServerDriver) {
    let (limits, deadlines) = (Limits::default(), Deadlines::default());
    (client::Connection::new(limits, deadlines), ServerDriver::new(limits, deadlines, Tick::ZERO))
}

fn deliver(octets: &[u8], server: &mut ServerDriver) {
    server.room()[..octets.len()].copy_from_slice(octets);
    server.received(octets.len());
}

fn fetch(server: &mut ServerDriver, now: Tick) -> Vec<u8> {
    let octets: Vec<u8> = server.output().flatten().copied().collect();
    server.written(octets.len(), now);
    octets
}

#[test]
fn a_body_is_echoed() {
    let ((mut client, mut server), mut request) = (pair(), [0; 256]);
    let length = Some(BodyLength::Unknown);
    let mut sent = client.send_request(Method::POST, TARGET, HOST, length, Tick::ZERO, &mut request).unwrap();
    sent += client.send_data(b"hello", &mut request[sent..]).unwrap();
    sent += client.finish(NO_FIELDS, &mut request[sent..]).unwrap();

    let now = Tick::ZERO + Duration::from_millis(40);
    deliver(&request[..sent], &mut server);
    assert_eq!(server.poll_request(now), Poll::Ready(true));
    assert_eq!(server.request().map(RequestHead::target), Some(TARGET));
    let Poll::Ready(Ok(Some(data))) = server.poll_data(now) else { unreachable!("the body has come") };
    server.respond(StatusCode::OK, NO_FIELDS, data).unwrap();
    server.end_exchange();
    let mut response = fetch(&mut server, now);

    let now = now + Duration::from_millis(40);
    let (head, event) = client.receive(&mut response, now).unwrap();
    assert!(matches!(event, client::Event::Response(head) if head.status() == StatusCode::OK));
    let (body, event) = client.receive(&mut response[head..], now).unwrap();
    assert!(matches!(event, client::Event::Data(b"hello")));
    assert!(matches!(client.receive(&mut response[head + body..], now), Ok((0, client::Event::End))));
    assert!(client.can_reuse());
}

#[test]
fn a_head_that_never_ends_is_answered() {
    let ((mut client, mut server), mut request) = (pair(), [0; 256]);
    let sent = client.send_request(Method::GET, TARGET, HOST, None, Tick::ZERO, &mut request).unwrap();
    deliver(&request[..sent - 1], &mut server);
    assert_eq!(server.poll_request(Tick::ZERO), Poll::Pending);

    let now = server.deadline().unwrap();
    assert_eq!(Some(now.since(Tick::ZERO)), Deadlines::default().head);
    server.handle_timeout(now);
    assert_eq!(server.poll_request(now), Poll::Pending);
    let mut response = fetch(&mut server, now);
    assert!(server.wants_shutdown());
    let (_, event) = client.receive(&mut response, now).unwrap();
    assert!(matches!(event, client::Event::Response(head) if head.status() == StatusCode::REQUEST_TIMEOUT));
}
