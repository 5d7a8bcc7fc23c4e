//! Where in the connection an error is said to be, and what its answer looks like.

use sanderling::http::BodyLength::Known;

use super::served::{CHUNKED, GET, POST, Served};

/// The offset counts from the connection's first octet, not the message's.
#[test]
fn an_error_is_where_its_octet_is() {
    let rows = [
        ("", "GET\t", 3, "Method"),
        ("", "\r\nGET /\x01", 7, "RequestTarget"),
        (GET, "GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n", 26, "FieldName"),
        (&format!("{POST}abcde"), "GET / HTTP/2.0\r\n\r\n", 6, "MajorVersion"),
        (&format!("{GET}{CHUNKED}1\r\na\r\n"), "x", 0, "ChunkSize"),
        (&format!("{CHUNKED}1;a=b\r\nab"), "", 0, "ChunkEnd"),
        (&format!("{CHUNKED}0\r\n"), "A: b\r\nDate: c\r\n", 6, "TrailerField"),
        (&format!("{CHUNKED}0\r\nA: b\r\n\r\n"), "G/", 1, "Method"),
    ];
    for (before, wrong, offset, rule) in rows {
        let mut served = Served::new();
        let already = if rule == "ChunkEnd" { before.len() - 1 } else { before.len() };
        let status = if rule == "MajorVersion" { 505 } else { 400 };
        let expected = format!("{rule} at {}, {status}", already + offset);
        let mut last = served.receive(before);
        if !wrong.is_empty() {
            last = served.receive(wrong);
        }
        assert!(last.ends_with(&expected), "{before:?} {wrong:?}: {last}, not {expected}");
    }
}

/// The client of a broken HEAD takes no content, that of any other broken head does.
#[test]
fn the_answer_to_a_broken_head_fits_its_method() {
    for (head, content) in [("HEAD / HTTP/1.1\r\n:", ""), ("GET / HTTP/1.1\r\n:", "abc"), ("HEADS / x", "abc")] {
        let mut served = Served::new();
        served.receive(head);
        let answer = served.respond(400, &[], Known(3)).unwrap();
        assert_eq!(answer, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 3\r\n\r\n");
        assert_eq!(served.send("abc").unwrap(), content, "{head}");
        served.finish(&[]).unwrap();
        assert!(served.connection.is_write_closed());
    }
}

#[test]
fn a_broken_body_is_answered_in_the_place_of_its_request() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{CHUNKED}"));
    assert!(served.receive("x").starts_with("ChunkSize"));
    let first = served.respond(200, &[], Known(0)).unwrap();
    assert_eq!(first, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "it is not the last");
    served.finish(&[]).unwrap();
    let second = served.respond(400, &[], Known(0)).unwrap();
    assert_eq!(second, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    served.finish(&[]).unwrap();
    assert!(served.connection.is_write_closed() && !served.connection.can_respond());
}

/// Nothing is left to say it in.
#[test]
fn a_body_that_breaks_behind_its_answer_gets_no_second() {
    let mut served = Served::new();
    served.receive(CHUNKED);
    served.answer();
    assert!(served.receive("x").starts_with("ChunkSize"));
    assert!(!served.connection.can_respond());
    assert_eq!(served.receive(GET), "closed");
}
