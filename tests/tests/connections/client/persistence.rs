//! Whether a connection can be used again (RFC 9112 section 9.3), by what either side has said.

use super::asked::{Asked, LAST, NO_CONTENT, OK, SWITCHING, UNTIL_CLOSE};

const OLD: &str = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc";
const OLD_KEPT: &str = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc";

/// The fields of a request, the response to it, and whether another may follow.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, bool);

#[test]
fn both_sides_have_to_want_it() {
    let close = [("Connection", "close")];
    let rows: [Row<'_>; 12] = [
        (&[], OK, true),
        (&[], NO_CONTENT, true),
        (&[], OLD_KEPT, true),
        (&[("Connection", "keep-alive")], OK, true),
        (&[("X-Connection", "close")], OK, true),
        (&[], LAST, false),
        (&[], OLD, false),
        (&close, OK, false),
        (&close, OLD_KEPT, false),
        (&[("cONNECTION", "x, CLOSE")], OK, false),
        (&[("Connection", "x"), ("Connection", "close")], OK, false),
        (&close, LAST, false),
    ];
    for (fields, response, can_reuse) in rows {
        let mut asked = Asked::new();
        asked.ask("GET /", fields, None).unwrap();
        asked.finish(&[]).unwrap();
        assert!(asked.receive(response).ends_with("end, needs input"), "{fields:?} {response}");
        assert_eq!(asked.connection.can_reuse(), can_reuse, "{fields:?} {response}");
        assert_eq!(asked.connection.keeps_alive(), can_reuse, "{fields:?} {response}");
        assert_eq!(asked.connection.can_send(), can_reuse, "{fields:?} {response}");
        assert_eq!(asked.ask("GET /", &[], None).is_ok(), can_reuse, "{fields:?} {response}");
    }
}

#[test]
fn a_body_to_the_end_of_the_connection_is_the_last() {
    let mut asked = Asked::new();
    asked.get();
    assert!(asked.connection.keeps_alive());
    assert_eq!(asked.receive(&format!("{UNTIL_CLOSE}abc")), "200, data abc, needs input");
    assert!(!asked.connection.can_send() && !asked.connection.keeps_alive());
    assert_eq!(asked.receive_eof(), "end");
    assert!(!asked.connection.can_reuse());
    assert_eq!(asked.receive_eof(), "closed");
}

#[test]
fn octets_that_nobody_asked_for_end_it() {
    let mut asked = Asked::new();
    assert_eq!(asked.receive(NO_CONTENT), "UnexpectedResponse at 0");
    assert!(!asked.connection.can_reuse());

    let mut asked = Asked::new();
    asked.get();
    assert_eq!(asked.receive(&format!("{OK}\n")), format!("200, data abc, end, UnexpectedResponse at {}", OK.len()));
    assert!(!asked.connection.can_reuse());
    assert_eq!(asked.receive(""), "closed");

    let mut asked = Asked::new();
    asked.get();
    assert!(asked.receive(SWITCHING).starts_with("UnexpectedResponse"));
    assert!(!asked.connection.can_reuse());
}
