//! Where in the connection an error is said to be, and what its answer looks like.

use sanderling::http::BodyLength::Known;

use super::served::{CHUNKED, GET, POST, Served};

/// The offset counts from the connection's first octet, not the message's.
#[test]
fn an_error_is_where_its_octet_is() {
    let line = "GET / HTTP/1.1\r\n";
    let rows = [
        // the request line
        ("", "GET\t", "Method", 3, 400),
        ("", " / ", "Method", 0, 400),
        ("", "\r\n\r\n\r\n\r\n\r\n", "LeadingEmptyLines", 8, 400),
        ("", "\r\nGET /\x01", "RequestTarget", 7, 400),
        ("", "GET  ", "RequestTarget", 4, 400),
        ("\r\n", "GET a HTTP/1.1", "RequestTarget", 4, 400),
        ("", "GET /\r", "Version", 5, 400),
        ("", "GET / HTTP/x", "Version", 6, 400),
        ("", "GET / HTTP/1.1\rx", "Version", 6, 400),
        (&format!("{POST}abcde"), "GET / HTTP/2.0\r\n\r\n", "MajorVersion", 6, 505),
        // the fields
        (GET, &format!("{line}Host: a\r\nA b: c\r\n"), "FieldName", 26, 400),
        (GET, &format!("{line}Host: a\r\n: c\r\n"), "FieldName", 25, 400),
        (GET, &format!("{line}Host: a\r\n b\r\n"), "ObsFold", 25, 400),
        (GET, &format!("{line}Host: a\r\nA: b\0"), "FieldValue", 29, 400),
        (GET, &format!("{line}A: b\r\nHost: a b\r\n"), "Host", 22, 400),
        (GET, &format!("{line}Content-Length: x\r\n"), "ContentLength", 16, 400),
        (GET, &format!("{line}A: b\r\n\r\n"), "Host", 24, 400),
        (GET, &format!("{line}Host: a\r\nExpect: b\r\n\r\n"), "Expectation", 38, 417),
        // the body
        (&format!("{GET}{CHUNKED}1\r\na\r\n"), "x", "ChunkSize", 0, 400),
        (&format!("{CHUNKED}1\r\n"), "ab", "ChunkEnd", 1, 400),
        (&format!("{CHUNKED}1;a=b\r\na"), "\rb", "ChunkEnd", 1, 400),
        (&format!("{CHUNKED}0\r\n"), "A: b\r\nDate: c\r\n", "TrailerField", 6, 400),
        (&format!("{CHUNKED}0\r\nA: b\r\n\r\n"), "G/", "Method", 1, 400),
    ];
    for (before, wrong, rule, offset, status) in rows {
        let mut served = Served::new();
        served.receive(before);
        let events = served.receive(wrong);
        let expected = format!("{rule} at {}, {status}", before.len() + offset);
        assert!(events.ends_with(&expected), "{before:?} {wrong:?}: {events}, not {expected}");
        assert_eq!(served.receive(GET), "closed");
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
