//! The server closes its sending side (RFC 9112 sections 8 and 9.5).

use super::asked::{Asked, CHUNKED, LAST, NO_CONTENT, OK, UNTIL_CLOSE};

#[test]
fn between_responses() {
    let mut asked = Asked::new();
    assert_eq!(asked.receive_eof(), "closed");
    assert!(!asked.connection.can_send());
    assert_eq!(asked.receive(""), "closed");
    assert!(asked.ask("GET /", &[], None).is_err());

    for response in [OK, NO_CONTENT, LAST] {
        let mut asked = Asked::new();
        asked.get();
        asked.receive(response);
        assert_eq!(asked.receive_eof(), "closed", "{response}");
        assert!(!asked.connection.can_reuse(), "{response}");
    }
}

#[test]
fn within_a_response() {
    let rows = [
        ("", 0),
        ("HTTP/1.1 200 OK\r\n", 0),
        ("HTTP/1.1 100 Continue\r\n\r\n", 25),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 40),
        (CHUNKED, CHUNKED.len()),
        (&format!("{CHUNKED}0\r\n"), CHUNKED.len() + 3),
    ];
    for (response, offset) in rows {
        let mut asked = Asked::new();
        asked.get();
        asked.receive(response);
        assert_eq!(asked.receive_eof(), format!("Incomplete at {offset}"), "{response}");
        assert!(!asked.connection.can_reuse(), "{response}");
        assert_eq!(asked.connection.unanswered(), 1, "{response}");
        assert_eq!(asked.receive(OK), "closed", "{response}");
        assert_eq!(asked.receive_eof(), "closed", "{response}");
    }
}

#[test]
fn at_the_end_of_a_body() {
    let mut asked = Asked::new();
    asked.get();
    assert_eq!(asked.receive(&format!("{UNTIL_CLOSE}abc")), "200, data abc, needs input");
    assert_eq!(asked.receive_eof(), "end");
    assert_eq!((asked.connection.unanswered(), asked.connection.deadline()), (0, None));

    // All that was announced has come, though the application was not told.
    for response in [NO_CONTENT, OK] {
        let mut asked = Asked::new();
        asked.get();
        asked.step(response);
        if response == OK {
            asked.step("");
        }
        assert_eq!(asked.receive_eof(), "end", "{response}");
        assert_eq!(asked.connection.unanswered(), 0, "{response}");
        assert!(!asked.connection.can_reuse(), "{response}");
    }
}

#[test]
fn behind_trailers() {
    let mut asked = Asked::new();
    asked.get();
    asked.receive(CHUNKED);
    assert_eq!(asked.step("0\r\nA: b\r\n\r\n"), "1 trailers");
    assert_eq!(asked.receive_eof(), "end");
    assert!(!asked.connection.can_reuse());
}

#[test]
fn while_a_request_is_being_sent() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], Some(sanderling::http::BodyLength::Known(3))).unwrap();
    asked.receive(OK);
    assert_eq!(asked.receive_eof(), "closed");
    asked.send("abc").unwrap();
    asked.finish(&[]).unwrap();
    assert!(!asked.connection.can_reuse());
}
