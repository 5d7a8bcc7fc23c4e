//! How far reading may be ahead of answering, and that each answer stays with its request.

use sanderling::http::BodyLength::Known;
use sanderling::http::PIPELINE;

use super::served::{GET, LAST, LAST_NO_CONTENT, NO_CONTENT, POST, Served};

/// A request of HTTP/1.0 that can be told by the answer to it.
const OLD: &str = "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

#[test]
fn the_limit_is_kept_within_its_range() {
    for (limit, ahead) in [(0, 1), (1, 1), (2, 2), (8, 8), (15, 15), (16, PIPELINE), (17, PIPELINE), (255, PIPELINE)] {
        let mut served = Served::with_pipeline(limit);
        for already in 0..ahead {
            assert!(served.connection.wants_read(), "{already} of {limit}");
            assert_eq!(served.step(GET), "GET /", "{already} of {limit}");
            assert_eq!(served.step(""), "end", "{already} of {limit}");
        }
        assert!(!served.connection.wants_read(), "{limit}");
        assert_eq!(served.receive(GET), "paused", "{limit}");
        assert_eq!(served.left(), GET.len(), "{limit}");

        // Each answer makes room for one.
        served.answer();
        assert!(served.connection.wants_read(), "{limit}");
        assert_eq!(served.receive(GET), "GET /, end, paused", "{limit}");
        assert!(!served.connection.wants_read(), "{limit}");
    }
}

#[test]
fn each_answer_fits_its_request_all_around_the_ring() {
    for limit in [1, 2, 7, 15, 16] {
        let mut served = Served::with_pipeline(limit);
        let mut waiting = std::collections::VecDeque::new();
        // A pattern that does not fall in with the number of places.
        for number in 0..5 * (PIPELINE + 1) {
            let is_old = number % 3 == 1 || number % 5 == 2;
            let request = if is_old { OLD } else { GET };
            let events = served.receive(request);
            assert!(events.starts_with("GET /"), "{number} of {limit}: {events}");
            waiting.push_back(is_old);
            let answers = if waiting.len() == usize::from(limit) { 1 + number % waiting.len() } else { 0 };
            for is_old in waiting.drain(..answers) {
                let expected = if is_old {
                    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
                } else {
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                };
                assert_eq!(served.respond(200, &[], Known(0)).unwrap(), expected, "{number} of {limit}");
                served.finish(&[]).unwrap();
            }
        }
        for is_old in waiting {
            let answer = served.respond(200, &[], Known(0)).unwrap();
            assert_eq!(answer.contains("keep-alive"), is_old, "{limit}");
            served.finish(&[]).unwrap();
        }
        served.receive("");
        assert!(served.connection.is_idle(), "{limit}");
    }
}

#[test]
fn an_error_has_the_last_place_of_a_full_pipeline() {
    for broken in [&format!("{POST}abcd"), "GE"] {
        let mut served = Served::with_pipeline(16);
        for _ in 0..PIPELINE - 1 {
            served.receive(GET);
        }
        served.receive(broken);
        assert!(served.receive_eof().starts_with("Incomplete"));
        for _ in 0..PIPELINE - 1 {
            assert_eq!(served.answer(), NO_CONTENT);
        }
        assert_eq!(served.answer(), LAST_NO_CONTENT);
        assert!(served.connection.is_write_closed());
    }
}

#[test]
fn an_error_waits_behind_the_answers_before_it() {
    let mut served = Served::new();
    assert_eq!(served.receive(GET), "GET /, end, needs input");
    assert_eq!(served.receive(GET), "GET /, end, needs input");
    assert_eq!(served.receive("GET\t"), format!("Method at {}, 400", 2 * GET.len() + 3));
    assert_eq!(served.answer(), NO_CONTENT);
    assert_eq!(served.answer(), NO_CONTENT);
    assert!(!served.connection.is_write_closed());
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(served.connection.is_write_closed());
    assert_eq!(served.receive(GET), "closed");
}

#[test]
fn nothing_behind_the_last_request_is_read() {
    let mut served = Served::new();
    assert_eq!(served.receive(&format!("{GET}{LAST}{GET}")), "GET /, end, GET /, end, closed");
    assert_eq!(served.left(), GET.len());
    assert_eq!(served.answer(), NO_CONTENT);
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(served.connection.is_write_closed());
}

/// The application may make any answer the last. What was read ahead gets none.
#[test]
fn requests_behind_the_last_answer_are_given_up() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{GET}{GET}"));
    assert_eq!(served.answer(), NO_CONTENT);
    served.connection.close();
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(served.connection.is_write_closed() && !served.connection.can_respond());
    assert_eq!(served.receive(GET), "closed");
}

/// What came of a request behind the last one that is answered is not handed out as if it still mattered.
#[test]
fn a_body_behind_the_last_answer_is_given_up() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{POST}ab"));
    served.connection.close();
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(!served.connection.wants_read());
    assert_eq!(served.receive("cde"), "closed");
}
