//! The content of an answer is held to what its head said, and a refusal leaves the state as it was.

use sanderling::http::BodyLength::{Known, Unknown};
use sanderling::http::{FieldLine, SendError};

use super::served::{GET, Served};

fn begun(request: &str, length: sanderling::http::BodyLength) -> Served {
    let mut served = Served::new();
    served.receive(request);
    served.respond(200, &[], length).unwrap();
    served
}

#[test]
fn no_more_than_was_declared() {
    let mut served = begun(GET, Known(5));
    assert_eq!(served.send("abcdef"), Err(SendError::BodyTooLong));
    assert_eq!(served.send("abc").unwrap(), "abc");
    assert_eq!(served.send("def"), Err(SendError::BodyTooLong));
    assert!(matches!(served.connection.frame_data(3), Err(SendError::BodyTooLong)));
    assert_eq!(served.send("de").unwrap(), "de");
    assert_eq!(served.send("f"), Err(SendError::BodyTooLong));
    assert_eq!(served.send("").unwrap(), "");
    assert_eq!(served.finish(&[]).unwrap(), "");
    assert_eq!(served.receive(GET), "GET /, end, needs input");
}

/// The client would take what follows for the missing rest (RFC 9112 section 8).
#[test]
fn less_than_was_declared_aborts() {
    let mut served = begun(GET, Known(5));
    served.send("abcd").unwrap();
    assert_eq!(served.finish(&[]), Err(SendError::BodyTooShort));
    assert!(served.connection.is_aborted() && served.connection.is_write_closed());
    assert_eq!(served.finish(&[]), Err(SendError::OutOfTurn));
    assert_eq!(served.receive(GET), "closed");
}

#[test]
fn frames_are_counted_like_data() {
    let mut served = begun(GET, Known(5));
    let frame = served.connection.frame_data(5).unwrap().unwrap();
    assert_eq!((frame.before(), frame.after()), (&b""[..], &b""[..]));
    assert!(served.connection.frame_data(0).unwrap().is_none());
    assert_eq!(served.send("a"), Err(SendError::BodyTooLong));
    assert_eq!(served.finish(&[]).unwrap(), "");
}

#[test]
fn a_chunk_has_its_size_before_it() {
    let mut served = begun(GET, Unknown);
    for (len, before) in [(1, "1\r\n"), (10, "a\r\n"), (16, "10\r\n"), (0xfedc_ba98, "fedcba98\r\n")] {
        let frame = served.connection.frame_data(len).unwrap().unwrap();
        assert_eq!((frame.before(), frame.after()), (before.as_bytes(), &b"\r\n"[..]), "{len}");
    }
    let widest = served.connection.frame_data(usize::MAX).unwrap().unwrap();
    assert_eq!(widest.before(), format!("{:x}\r\n", usize::MAX).as_bytes());
    // An empty chunk would end the body.
    assert!(served.connection.frame_data(0).unwrap().is_none());
    assert_eq!(served.send("").unwrap(), "");
    assert_eq!(served.send("abc").unwrap(), "3\r\nabc\r\n");
    assert_eq!(served.finish(&[]).unwrap(), "0\r\n\r\n");
}

#[test]
fn a_buffer_that_is_too_small_loses_nothing() {
    let mut served = begun(GET, Known(5));
    assert_eq!(served.connection.send_data(b"abcde", &mut [0; 4]), Err(SendError::TooSmall { required: 5 }));
    assert_eq!(served.send("abcde").unwrap(), "abcde");

    let mut served = begun(GET, Unknown);
    assert_eq!(served.connection.send_data(b"abcde", &mut [0; 9]), Err(SendError::TooSmall { required: 10 }));
    assert_eq!(served.send("abcde").unwrap(), "5\r\nabcde\r\n");
    let trailers = [("A", "b")];
    assert_eq!(served.connection.finish(&trailers, &mut [0; 10]), Err(SendError::TooSmall { required: 11 }));
    assert_eq!(served.connection.finish(&trailers, &mut [0; 11]), Ok(11));
    assert_eq!(served.receive(GET), "GET /, end, needs input");
}

#[test]
fn trailers_follow_chunks_alone() {
    let trailers = [FieldLine::new("A", "b"), FieldLine::new("C", "")];
    let mut served = begun(GET, Unknown);
    assert_eq!(served.finish(&trailers).unwrap(), "0\r\nA: b\r\nC: \r\n\r\n");

    let mut served = begun(GET, Known(0));
    assert_eq!(served.finish(&trailers), Err(SendError::Trailer));
    assert_eq!(served.finish(&[]).unwrap(), "");

    // What has no content has nothing behind it either, nor has what ends with the connection: it is not for the
    // application to know which client asks.
    for request in ["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
        let mut served = begun(request, Unknown);
        assert_eq!(served.finish(&trailers).unwrap(), "", "{request}");
    }
}

/// RFC 9110 section 6.5.1.
#[test]
fn trailers_that_may_not_be_are_refused() {
    let refused = [
        (FieldLine::new("Content-Length", "1"), SendError::Trailer),
        (FieldLine::new("If-Match", "a"), SendError::Trailer),
        (FieldLine::new("A b", "c"), SendError::FieldName),
        (FieldLine::new("A", "b\n"), SendError::FieldValue),
    ];
    let mut served = begun(GET, Unknown);
    for (trailer, error) in refused {
        assert_eq!(served.finish(&[FieldLine::new("A", "b"), trailer]), Err(error), "{trailer:?}");
        assert!(!served.connection.is_aborted());
    }
    assert_eq!(served.send("abc").unwrap(), "3\r\nabc\r\n");
    assert_eq!(served.finish(&[]).unwrap(), "0\r\n\r\n");
}

#[test]
fn content_belongs_to_an_answer_that_has_begun() {
    let mut served = Served::new();
    let out_of_turn = Err(SendError::OutOfTurn);
    assert_eq!(served.send("a"), out_of_turn);
    assert!(matches!(served.connection.frame_data(1), Err(SendError::OutOfTurn)));
    served.receive(GET);
    assert_eq!(served.send("a"), out_of_turn);
    assert!(matches!(served.connection.frame_data(1), Err(SendError::OutOfTurn)));
    assert_eq!(served.finish(&[]), out_of_turn);
    served.respond(204, &[], Known(0)).unwrap();
    assert_eq!(served.send("a").unwrap(), "", "a 204 has none, and takes it");
    assert!(served.connection.frame_data(1).unwrap().is_none());
}
