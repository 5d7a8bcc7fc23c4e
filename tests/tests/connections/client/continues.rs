//! `Expect: 100-continue` (RFC 9110 section 10.1.1), seen from the client.

use sanderling::http::BodyLength::{Known, Unknown};

use super::asked::{Asked, CONTINUE, EXPECT, HINTS, NO_CONTENT, OK};

#[test]
fn the_field_is_known_in_any_case() {
    let rows = [
        ("Expect", "100-continue", true),
        ("eXPECT", "100-CONTINUE", true),
        ("Expect", "100", false),
        ("Expected", "100-continue", false),
    ];
    for (name, value, awaits) in rows {
        for length in [Known(3), Unknown] {
            let mut asked = Asked::new();
            asked.ask("PUT /", &[("Expect", "other"), (name, value)], Some(length)).unwrap();
            assert_eq!(asked.connection.awaits_continue(), awaits, "{name}: {value}");
        }
    }
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], Some(Known(3))).unwrap();
    assert!(!asked.connection.awaits_continue());
}

#[test]
fn it_is_an_advice_to_wait() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    assert_eq!(asked.send("abc").unwrap(), "abc");
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert!(asked.connection.can_reuse());
}

#[test]
fn the_body_goes_when_100_comes() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    assert_eq!(asked.receive(HINTS), "interim 103, needs input");
    assert!(asked.connection.awaits_continue());
    assert_eq!(asked.receive(CONTINUE), "interim 100, needs input");
    assert!(!asked.connection.awaits_continue() && !asked.connection.is_answered());
    asked.send("abc").unwrap();
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
}

#[test]
fn a_final_response_ends_the_waiting() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    assert_eq!(asked.step("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"), "417");
    assert!(!asked.connection.awaits_continue() && asked.connection.is_answered());
    // It has not sent its body, so it is no request yet.
    assert_eq!(asked.receive(""), "end, needs input");
    assert!(!asked.connection.can_reuse());
}

/// A response to an earlier request says nothing of the body of this one.
#[test]
fn what_belongs_to_a_request_before_does_not_end_the_waiting() {
    let mut asked = Asked::with_in_flight(2);
    asked.get();
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    assert_eq!(asked.receive(CONTINUE), "interim 100, needs input");
    assert!(asked.connection.awaits_continue(), "the 100 was the first request's");
    assert_eq!(asked.receive(NO_CONTENT), "204, end, needs input");
    assert!(asked.connection.awaits_continue(), "the response was the first request's");
    assert_eq!(asked.receive(HINTS), "interim 103, needs input");
    assert!(asked.connection.awaits_continue());
    assert_eq!(asked.receive(CONTINUE), "interim 100, needs input");
    assert!(!asked.connection.awaits_continue());
}

#[test]
fn the_next_request_waits_for_itself() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &EXPECT, Some(Known(1))).unwrap();
    asked.send("a").unwrap();
    asked.finish(&[]).unwrap();
    asked.receive(OK);
    asked.ask("PUT /", &[], Some(Known(3))).unwrap();
    assert!(!asked.connection.awaits_continue());
}
