//! The content of a request is held to what its head said, and a refusal leaves the state as it was.

use sanderling::http::BodyLength::{self, Known, Unknown};
use sanderling::http::{FieldLine, SendError};

use super::asked::{Asked, OK};

fn begun(length: Option<BodyLength>) -> Asked {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], length).unwrap();
    asked
}

#[test]
fn no_more_than_was_declared() {
    let mut asked = begun(Some(Known(5)));
    assert_eq!(asked.send("abcdef"), Err(SendError::BodyTooLong));
    assert_eq!(asked.send("abc").unwrap(), "abc");
    assert!(matches!(asked.connection.frame_data(3), Err(SendError::BodyTooLong)));
    let frame = asked.connection.frame_data(2).unwrap().unwrap();
    assert_eq!((frame.before(), frame.after()), (&b""[..], &b""[..]));
    assert_eq!(asked.send("f"), Err(SendError::BodyTooLong));
    assert_eq!(asked.send("").unwrap(), "");
    assert_eq!(asked.finish(&[]).unwrap(), "");
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert!(asked.connection.can_reuse());
}

#[test]
fn a_request_without_a_body_has_no_data() {
    let mut asked = begun(None);
    assert_eq!(asked.send("a"), Err(SendError::BodyTooLong));
    assert_eq!(asked.send("").unwrap(), "");
    assert_eq!(asked.finish(&[]).unwrap(), "");
}

#[test]
fn less_than_was_declared_spoils_the_connection() {
    let mut asked = begun(Some(Known(5)));
    asked.send("abcd").unwrap();
    assert_eq!(asked.finish(&[]), Err(SendError::BodyTooShort));
    asked.send("e").unwrap();
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert!(!asked.connection.can_reuse());
}

#[test]
fn chunks() {
    let mut asked = begun(Some(Unknown));
    assert_eq!(asked.send("abc").unwrap(), "3\r\nabc\r\n");
    assert_eq!(asked.send("").unwrap(), "");
    assert!(asked.connection.frame_data(0).unwrap().is_none());
    let frame = asked.connection.frame_data(31).unwrap().unwrap();
    assert_eq!((frame.before(), frame.after()), (&b"1f\r\n"[..], &b"\r\n"[..]));
    assert_eq!(asked.finish(&[FieldLine::new("A", "b")]).unwrap(), "0\r\nA: b\r\n\r\n");
}

#[test]
fn a_buffer_that_is_too_small_loses_nothing() {
    let mut asked = begun(Some(Known(5)));
    assert_eq!(asked.connection.send_data(b"abcde", &mut [0; 4]), Err(SendError::TooSmall { required: 5 }));
    assert_eq!(asked.send("abcde").unwrap(), "abcde");

    let mut asked = begun(Some(Unknown));
    assert_eq!(asked.connection.send_data(b"abcde", &mut [0; 9]), Err(SendError::TooSmall { required: 10 }));
    assert_eq!(asked.send("abcde").unwrap(), "5\r\nabcde\r\n");
    assert_eq!(asked.connection.finish(&[("A", "b")], &mut [0; 10]), Err(SendError::TooSmall { required: 11 }));
    assert_eq!(asked.finish(&[]).unwrap(), "0\r\n\r\n");
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert!(asked.connection.can_reuse());
}

#[test]
fn trailers_that_may_not_be_are_refused() {
    let mut asked = begun(Some(Known(0)));
    assert_eq!(asked.finish(&[FieldLine::new("A", "b")]), Err(SendError::Trailer));
    assert_eq!(asked.finish(&[]).unwrap(), "");

    let mut asked = begun(Some(Unknown));
    assert_eq!(asked.finish(&[FieldLine::new("Host", "b")]), Err(SendError::Trailer));
    assert_eq!(asked.finish(&[FieldLine::new("A", "b\r")]), Err(SendError::FieldValue));
    assert_eq!(asked.finish(&[]).unwrap(), "0\r\n\r\n");
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert!(asked.connection.can_reuse());
}

#[test]
fn content_belongs_to_a_request_that_is_being_sent() {
    let mut asked = Asked::new();
    let out_of_turn = Err(SendError::OutOfTurn);
    for is_sent in [false, true] {
        if is_sent {
            asked.get();
        }
        assert_eq!(asked.send("a"), out_of_turn);
        assert!(matches!(asked.connection.frame_data(1), Err(SendError::OutOfTurn)));
        assert_eq!(asked.finish(&[]), out_of_turn);
    }
}

/// A refusal takes nothing back of what was said before.
#[test]
fn a_refused_end_does_not_keep_a_connection_that_closes() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[("Connection", "close")], Some(Unknown)).unwrap();
    assert_eq!(asked.finish(&[FieldLine::new("Host", "b")]), Err(SendError::Trailer));
    asked.finish(&[]).unwrap();
    asked.receive(OK);
    assert!(!asked.connection.can_reuse());
}
