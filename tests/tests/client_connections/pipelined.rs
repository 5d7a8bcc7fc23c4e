//! `100 Continue` behind the response to an earlier request.

use core::time::Duration;

use sanderling::drive::{ClientConnection, Error};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, RequestTarget, SendError};

use super::line::{Line, wait};

/// A connection on which a request was sent, and another whose body waits for `100 Continue`.
fn pipelined(coming: &[(Duration, &'static [u8])]) -> ClientConnection<Line> {
    let mut limits = Limits::default();
    limits.in_flight = 2;
    let mut connection = Line::new(&[], coming).connection(limits, Deadlines::default());
    let target = RequestTarget::Origin("/");
    connection.start(Method::GET, target, &[("Host", "a")], None).unwrap();
    wait(connection.finish()).unwrap();
    let fields = [("Host", "a"), ("Expect", "100-continue")];
    connection.start(Method::PUT, target, &fields, Some(BodyLength::Known(2))).unwrap();
    connection
}

const SOON: Duration = Duration::from_millis(1);
const FIRST: (Duration, &[u8]) = (SOON, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

#[test]
fn the_earlier_response_is_to_be_read_first() {
    let mut connection = pipelined(&[FIRST, (SOON, b"HTTP/1.1 100 Continue\r\n\r\n")]);
    for _ in 0..2 {
        let early = wait(connection.proceed());
        assert!(matches!(early, Err(Error::Send(SendError::OutOfTurn))), "{early:?}");
    }
    assert_eq!(wait(connection.final_head()).unwrap().status().as_u16(), 200);
    assert_eq!(wait(connection.read_to_end(9)).unwrap(), b"ok");
    assert!(wait(connection.proceed()).unwrap());
}

#[test]
fn a_response_instead_is_seen() {
    let mut connection = pipelined(&[FIRST, (SOON, b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")]);
    assert_eq!(wait(connection.final_head()).unwrap().status().as_u16(), 200);
    assert_eq!(wait(connection.read_to_end(9)).unwrap(), b"ok");
    assert!(!wait(connection.proceed()).unwrap());
    assert_eq!(wait(connection.final_head()).unwrap().status().as_u16(), 417);
}

#[test]
fn nobody_waits_for_ever() {
    let mut connection = pipelined(&[FIRST, (Duration::from_secs(3600), b"HTTP/1.1 100 Continue\r\n\r\n")]);
    assert_eq!(wait(connection.final_head()).unwrap().status().as_u16(), 200);
    assert_eq!(wait(connection.read_to_end(9)).unwrap(), b"ok");
    assert!(wait(connection.proceed()).unwrap());
}
