//! `Expect: 100-continue` (RFC 9110 section 10.1.1), seen from the server.

use sanderling::http::{NO_FIELDS, SendError, StatusCode};

use super::served::{EXPECT, GET, LAST_NO_CONTENT, NO_CONTENT, POST, Served};

#[test]
fn a_100_is_wanted_once() {
    let mut served = Served::new();
    assert_eq!(served.receive(EXPECT), "PUT /, needs input");
    assert!(served.connection.wants_continue());
    served.interim(103, &[]).unwrap();
    assert!(served.connection.wants_continue(), "a hint is no 100");
    let no_room = served.connection.interim(StatusCode::CONTINUE, NO_FIELDS, &mut [0; 9]);
    assert_eq!(no_room, Err(SendError::TooSmall { required: 25 }));
    assert!(served.connection.wants_continue(), "it had no room");
    assert_eq!(served.interim(100, &[]).unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(!served.connection.wants_continue());
    assert_eq!(served.receive("abcde"), "data abcde, end, needs input");
    assert_eq!(served.answer(), NO_CONTENT);
    assert_eq!(served.receive(GET), "GET /, end, needs input");
}

/// The next octets could be the body or not.
#[test]
fn an_answer_without_it_is_the_last() {
    let mut served = Served::new();
    served.receive(EXPECT);
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(served.connection.is_write_closed());
}

#[test]
fn a_client_that_does_not_wait_needs_none() {
    let mut served = Served::new();
    assert_eq!(served.receive(&format!("{EXPECT}ab")), "PUT /, data ab, needs input");
    assert!(!served.connection.wants_continue());
    assert_eq!(served.answer(), NO_CONTENT);
    assert_eq!(served.receive(&format!("cde{GET}")), "data cde, end, GET /, end, needs input");

    let mut served = Served::new();
    served.step(EXPECT);
    assert_eq!(served.step("abcde"), "data abcde");
    assert!(!served.connection.wants_continue());
}

#[test]
fn it_waits_for_the_answers_before_it() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{GET}{EXPECT}"));
    for _ in 0..2 {
        assert!(!served.connection.wants_continue());
        // That the last of them awaits a 100 says nothing of those before.
        assert_eq!(served.answer(), NO_CONTENT);
    }
    assert!(served.connection.wants_continue());
    served.interim(100, &[]).unwrap();
    assert_eq!(served.receive("abcde"), "data abcde, end, needs input");
    assert_eq!(served.answer(), NO_CONTENT);
}

#[test]
fn a_body_that_is_not_announced_by_it_needs_none() {
    let rows = [
        POST,
        "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
    ];
    for request in rows {
        let mut served = Served::new();
        served.step(request);
        assert!(!served.connection.wants_continue(), "{request}");
        assert!(!served.answer().contains("Connection: close"), "{request}");
    }
}

#[test]
fn none_is_wanted_behind_an_error() {
    let mut served = Served::new();
    served.receive(EXPECT);
    assert!(served.receive_eof().starts_with("Incomplete"));
    assert!(!served.connection.wants_continue());
    assert_eq!(served.answer(), LAST_NO_CONTENT);
}

#[test]
fn a_100_for_one_request_is_none_for_the_next() {
    let mut served = Served::new();
    served.receive(&format!("{EXPECT}abcde{EXPECT}"));
    // It comes late, and nobody minds.
    served.interim(100, &[]).unwrap();
    assert_eq!(served.answer(), NO_CONTENT);
    assert!(served.connection.wants_continue());
    assert_eq!(served.answer(), LAST_NO_CONTENT, "the next octets could be the body or not");
}
