//! Where in the connection an error is said to be.

use sanderling::http::{Deadlines, Limits};

use super::asked::{Asked, CHUNKED, CONTINUE, HINTS, NO_CONTENT, OK};

/// The offset counts from the connection's first octet, not the message's.
#[test]
fn an_error_is_where_its_octet_is() {
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
    let rows = [
        ("", "HTTP/2.0 200 \r\n\r\n", "MajorVersion", 5),
        ("", "HTTP/1.x", "Version", 7),
        ("", "http", "Version", 0),
        ("", "HTTP/1.1_", "Version", 8),
        ("", "HTTP/1.1 2_", "StatusCode", 10),
        ("", "HTTP/1.1 x", "StatusCode", 9),
        ("", "HTTP/1.1 099 \r\n\r\n", "StatusCode", 9),
        ("", "HTTP/1.1 200_", "StatusCode", 12),
        ("", "HTTP/1.1 200 \0", "ReasonPhrase", 13),
        (CONTINUE, "HTTP/1.1 200 OK\r\nA b: c\r\n", "FieldName", 18),
        (CONTINUE, both, "TransferEncodingNotAllowed", both.len()),
        (CONTINUE, "HTTP/1.1 101 \r\n\r\n", "UnexpectedResponse", 17),
        (OK, "HTTP/1.1 200 OK\r\nA: \0\r\n", "FieldValue", 20),
        (NO_CONTENT, &format!("{CHUNKED}1\r\nabc"), "ChunkEnd", CHUNKED.len() + 4),
        (&format!("{CHUNKED}1\r\na\r\n0\r\n\r\n"), &format!("{CHUNKED}x"), "ChunkSize", CHUNKED.len()),
    ];
    for (before, wrong, rule, offset) in rows {
        let mut asked = Asked::with_in_flight(2);
        asked.get();
        asked.get();
        asked.receive(before);
        let events = asked.receive(wrong);
        let expected = format!("{rule} at {}", before.len() + offset);
        assert!(events.ends_with(&expected), "{before:?} {wrong:?}: {events}, not {expected}");
        assert!(!asked.connection.can_send());
        assert_eq!(asked.receive(""), "closed");
    }
}

#[test]
fn interim_responses_have_an_end() {
    let mut limits = Limits::default();
    limits.interim_responses = 2;
    let mut asked = Asked::with(limits, Deadlines::default());
    for _ in 0..2 {
        asked.get();
        assert_eq!(asked.receive(&HINTS.repeat(2)), "interim 103, interim 103, needs input");
        assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    }
    asked.get();
    let before = 2 * (2 * HINTS.len() + OK.len());
    let events = asked.receive(&HINTS.repeat(3));
    assert_eq!(events, format!("interim 103, interim 103, InterimResponses at {}", before + 3 * HINTS.len()));
}
