//! Several requests in flight (RFC 9112 section 9.3.2): as many as the limit lets, each with its own response.

use std::collections::VecDeque;

use sanderling::http::PIPELINE;

use super::asked::{Asked, HINTS, LAST, NO_CONTENT, OFFER, OK, UNTIL_CLOSE};

#[test]
fn the_limit_is_kept_within_its_range() {
    for (limit, ahead) in [(0, 1), (1, 1), (2, 2), (8, 8), (15, 15), (16, PIPELINE), (17, PIPELINE), (255, PIPELINE)] {
        let mut asked = Asked::with_in_flight(limit);
        for already in 0..ahead {
            assert!(asked.connection.can_send(), "{already} of {limit}");
            asked.get();
            assert_eq!(asked.connection.unanswered(), already + 1, "{limit}");
        }
        assert!(!asked.connection.can_send(), "{limit}");
        assert!(asked.ask("GET /", &[], None).is_err(), "{limit}");
        for left in (0..ahead).rev() {
            assert_eq!(asked.step(NO_CONTENT), "204", "{left} of {limit}");
            assert!(!asked.connection.can_send() || left + 1 < ahead, "{left} of {limit}");
            assert_eq!(asked.step(""), "end", "{left} of {limit}");
            assert!(asked.connection.can_send(), "{left} of {limit}");
            assert_eq!((asked.connection.unanswered(), asked.connection.can_reuse()), (left, left == 0), "{limit}");
        }
    }
}

/// A response to HEAD has no content, whatever its length says.
#[test]
fn each_response_fits_its_request_all_around_the_ring() {
    for limit in [1, 2, 7, 15, 16] {
        let mut asked = Asked::with_in_flight(limit);
        let mut waiting = VecDeque::new();
        // A pattern that does not fall in with the number of places.
        for number in 0..5 * (PIPELINE + 1) {
            let is_head = number % 3 == 1 || number % 5 == 2;
            asked.ask(if is_head { "HEAD /" } else { "GET /" }, &[], None).unwrap();
            asked.finish(&[]).unwrap();
            waiting.push_back(is_head);
            let responses = if waiting.len() == usize::from(limit) { 1 + number % waiting.len() } else { 0 };
            for is_head in waiting.drain(..responses) {
                let (response, events) = match is_head {
                    true => ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200, end, needs input"),
                    false => (OK, "200, data abc, end, needs input"),
                };
                assert_eq!(asked.receive(response), events, "{number} of {limit}");
            }
            assert_eq!(asked.connection.unanswered(), waiting.len(), "{number} of {limit}");
        }
    }
}

#[test]
fn a_response_may_come_while_the_next_request_is_sent() {
    let mut asked = Asked::with_in_flight(2);
    asked.get();
    asked.ask("PUT /", &[], Some(sanderling::http::BodyLength::Known(3))).unwrap();
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert_eq!(asked.send("abc").unwrap(), "abc");
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(&format!("{HINTS}{NO_CONTENT}")), "interim 103, 204, end, needs input");
    assert!(asked.connection.can_reuse());
}

#[test]
fn nothing_is_read_behind_the_last_response() {
    let mut asked = Asked::with_in_flight(3);
    for _ in 0..3 {
        asked.get();
    }
    assert_eq!(asked.receive(&format!("{NO_CONTENT}{LAST}{OK}")), "204, end, 200, data abc, end, closed");
    assert_eq!((asked.left(), asked.connection.unanswered()), (OK.len(), 1));
    assert_eq!(asked.connection.deadline(), None);
}

#[test]
fn a_body_to_the_end_of_the_connection_leaves_the_rest_unanswered() {
    let mut asked = Asked::with_in_flight(2);
    asked.get();
    asked.get();
    asked.receive(UNTIL_CLOSE);
    assert_eq!(asked.receive_eof(), "end");
    assert_eq!((asked.receive("").as_str(), asked.connection.unanswered()), ("closed", 1));
}

/// What a request says of the connection counts from there on.
#[test]
fn no_request_is_sent_behind_one_that_says_close() {
    let mut asked = Asked::with_in_flight(3);
    asked.get();
    asked.ask("GET /", &[("Connection", "close")], None).unwrap();
    asked.finish(&[]).unwrap();
    assert!(!asked.connection.can_send());
    assert_eq!(asked.receive(&format!("{NO_CONTENT}{NO_CONTENT}")), "204, end, 204, end, needs input");
    assert!(!asked.connection.can_reuse());
}

/// The octets behind it could be another protocol's.
#[test]
fn no_request_is_sent_behind_one_that_may_switch() {
    for (request, fields) in [("GET /", &OFFER[..]), ("CONNECT a:80", &[])] {
        let mut asked = Asked::with_in_flight(3);
        asked.get();
        asked.ask(request, fields, None).unwrap();
        asked.finish(&[]).unwrap();
        assert!(!asked.connection.can_send(), "{request}");
        asked.receive(NO_CONTENT);
        assert!(!asked.connection.can_send(), "{request}");
        assert_eq!(asked.receive("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "404, end, needs input");
        assert!(asked.connection.can_reuse(), "{request}");
    }
}
