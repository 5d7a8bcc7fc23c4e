//! When each deadline runs, to the nanosecond. All but one end the connection.

use core::time::Duration;

use sanderling::Tick;
use sanderling::http::BodyLength::{Known, Unknown};
use sanderling::http::Limits;

use super::asked::{Asked, CHUNKED, CONTINUE, EXPECT, HINTS, LAST, NO_CONTENT, OFFER, OK, SWITCHING, UNTIL_CLOSE};
use crate::moments::{START, at, deadlines, just_before, min_rate, no_deadlines};

type Happening = fn(&mut Asked);

fn later(asked: &mut Asked, seconds: u64, octets: &str) {
    asked.now = at(START + seconds);
    asked.receive(octets);
}

fn written(asked: &mut Asked, seconds: u64, written: usize, waiting: usize) {
    asked.connection.handle_written(written, waiting, at(START + seconds));
}

const ROWS: [(&str, u64, Happening); 24] = [
    // head: from the request, or from what came before the head that is due
    ("a response is due", 12, |asked| {
        asked.now = at(START + 2);
        asked.get();
    }),
    ("a head has begun", 10, |asked| {
        asked.get();
        later(asked, 5, "HTTP/1.1 200 OK\r\n");
    }),
    ("a request has left with its body", 17, |asked| {
        asked.ask("PUT /", &[], Some(Known(3))).unwrap();
        written(asked, 1, 40, 0);
        asked.send("abc").unwrap();
        written(asked, 5, 1, 2);
        written(asked, 7, 2, 0);
        asked.finish(&[]).unwrap();
    }),
    ("a request has left with its chunks", 18, |asked| {
        asked.ask("PUT /", &[], Some(Unknown)).unwrap();
        asked.send("abc").unwrap();
        written(asked, 7, 50, 0);
        asked.finish(&[]).unwrap();
        written(asked, 8, 5, 0);
    }),
    ("a request was sent behind one that has not left", 16, |asked| {
        *asked = Asked::with_in_flight(2);
        asked.ask("PUT /", &[], Some(Known(3))).unwrap();
        asked.send("abc").unwrap();
        asked.finish(&[]).unwrap();
        asked.now = at(START + 5);
        asked.get();
        written(asked, 6, 90, 0);
    }),
    ("an interim response came before the request had left", 17, |asked| {
        asked.ask("PUT /", &[], Some(Known(3))).unwrap();
        asked.send("abc").unwrap();
        asked.finish(&[]).unwrap();
        later(asked, 5, HINTS);
        written(asked, 6, 30, 3);
        written(asked, 7, 3, 0);
    }),
    ("the response before is complete, and the next request has not left", 19, |asked| {
        *asked = Asked::with_in_flight(2);
        asked.get();
        asked.ask("PUT /", &[], Some(Known(3))).unwrap();
        asked.send("abc").unwrap();
        later(asked, 7, NO_CONTENT);
        written(asked, 9, 50, 0);
    }),
    ("a response is awaited before its request has ended", 13, |asked| {
        asked.ask("PUT /", &[], Some(Unknown)).unwrap();
        asked.send("abc").unwrap();
        written(asked, 2, 50, 0);
        asked.connection.await_response(at(START + 3));
    }),
    ("a request goes on while its response is awaited", 14, |asked| {
        asked.ask("PUT /", &[], Some(Known(6))).unwrap();
        asked.send("abc").unwrap();
        asked.connection.await_response(at(START + 3));
        asked.send("abc").unwrap();
        written(asked, 4, 50, 0);
    }),
    ("without a deadline for 100", 10, |asked| {
        let mut deadlines = deadlines();
        deadlines.proceed = None;
        *asked = Asked::with(Limits::default(), deadlines);
        asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    }),
    ("an interim response came", 15, |asked| {
        asked.get();
        later(asked, 5, HINTS);
    }),
    ("another request was sent meanwhile", 10, |asked| {
        *asked = Asked::with_in_flight(2);
        asked.get();
        asked.now = at(START + 5);
        asked.get();
    }),
    ("the response before is complete", 17, |asked| {
        *asked = Asked::with_in_flight(2);
        asked.get();
        asked.get();
        later(asked, 7, NO_CONTENT);
    }),
    ("the next request on the connection", 18, |asked| {
        asked.get();
        later(asked, 7, OK);
        asked.now = at(START + 8);
        asked.get();
    }),
    // body: between its parts
    ("a body is awaited", 26, |asked| {
        asked.get();
        later(asked, 6, UNTIL_CLOSE);
    }),
    ("a body goes on", 31, |asked| {
        asked.get();
        later(asked, 6, UNTIL_CLOSE);
        later(asked, 11, "a");
    }),
    ("a body does not go on", 31, |asked| {
        asked.get();
        later(asked, 6, UNTIL_CLOSE);
        later(asked, 11, "a");
        later(asked, 12, "");
    }),
    ("a chunk's size is part of a body", 31, |asked| {
        asked.get();
        later(asked, 6, CHUNKED);
        later(asked, 11, "5");
    }),
    ("trailers are awaited", 27, |asked| {
        asked.get();
        later(asked, 6, CHUNKED);
        later(asked, 7, "0\r\nA: b\r\n");
    }),
    // write: while output waits, anew when some was taken
    ("output waits", 42, |asked| written(asked, 2, 0, 10)),
    ("some of it was taken", 47, |asked| {
        written(asked, 2, 0, 10);
        written(asked, 7, 1, 9);
    }),
    ("none of it was taken", 42, |asked| {
        written(asked, 2, 0, 10);
        written(asked, 7, 0, 12);
    }),
    // the first of several
    ("a head before output", 10, |asked| {
        asked.get();
        written(asked, 0, 0, 10);
    }),
    ("output before a body", 41, |asked| {
        asked.get();
        written(asked, 1, 0, 10);
        later(asked, 9, UNTIL_CLOSE);
        later(asked, 28, "a");
    }),
];

#[test]
fn each_passes_at_its_moment() {
    for (name, deadline, happens) in ROWS {
        let mut asked = Asked::new();
        happens(&mut asked);
        assert_due(name, &mut asked, at(START + deadline));
    }
}

fn assert_due(name: &str, asked: &mut Asked, deadline: Tick) {
    assert_eq!(asked.connection.deadline(), Some(deadline), "{name}");
    assert_eq!(asked.handle_timeout(just_before(deadline)), "nothing is due", "{name}");
    assert_eq!(asked.connection.deadline(), Some(deadline), "{name}, just before it");
    let passed = asked.handle_timeout(deadline);
    assert!(passed.starts_with("Timeout at "), "{name}: {passed}");
    assert_eq!(asked.connection.deadline(), None, "{name}, when it has passed");
    assert!(!asked.connection.can_send() && !asked.connection.wants_read(), "{name}");
    assert_eq!(asked.receive(OK), "closed", "{name}");
    assert_eq!(asked.handle_timeout(at(1_000_000)), "nothing is due", "{name}");
}

#[test]
fn none_runs_where_nobody_is_waited_for() {
    let rows: [(&str, Happening); 12] = [
        ("nothing was asked", |_| {}),
        ("the application has the head", |asked| {
            asked.get();
            asked.step(OK);
        }),
        ("the application has part of the body", |asked| {
            asked.get();
            later(asked, 1, UNTIL_CLOSE);
            asked.step("abc");
        }),
        ("the application has the end of the body", |asked| {
            asked.get();
            later(asked, 1, CHUNKED);
            later(asked, 2, "0\r\n\r\n");
        }),
        ("the application has an error of the head", |asked| {
            asked.get();
            later(asked, 1, "HTTQ");
        }),
        ("the application has an error of the body", |asked| {
            asked.get();
            later(asked, 1, CHUNKED);
            later(asked, 2, "x");
        }),
        ("the application has the trailers", |asked| {
            asked.get();
            later(asked, 1, CHUNKED);
            asked.step("0\r\nA: b\r\n\r\n");
        }),
        ("the response is complete", |asked| {
            asked.get();
            later(asked, 1, OK);
        }),
        ("the last response is complete", |asked| {
            asked.get();
            later(asked, 1, LAST);
        }),
        ("a body ended with the connection", |asked| {
            asked.get();
            later(asked, 1, UNTIL_CLOSE);
            asked.receive_eof();
        }),
        ("the protocol has changed", |asked| {
            asked.ask("GET /", &OFFER, None).unwrap();
            later(asked, 1, SWITCHING);
        }),
        ("all output was taken", |asked| {
            written(asked, 1, 0, 10);
            written(asked, 2, 10, 0);
        }),
    ];
    for (name, happens) in rows {
        let mut asked = Asked::new();
        happens(&mut asked);
        assert_eq!(asked.connection.deadline(), None, "{name}");
        assert_eq!(asked.handle_timeout(at(1_000_000)), "nothing is due", "{name}");
    }
}

#[test]
fn none_runs_where_none_is_set() {
    let mut asked = Asked::with(Limits::default(), no_deadlines());
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    written(&mut asked, 1, 0, 10);
    assert_eq!(asked.connection.deadline(), None);
    assert!(asked.connection.awaits_continue());
    later(&mut asked, 2, UNTIL_CLOSE);
    assert_eq!(asked.connection.deadline(), None);
    assert_eq!(asked.handle_timeout(at(1_000_000)), "nothing is due");
}

#[test]
fn the_one_for_output_is_told_apart() {
    let mut asked = Asked::new();
    asked.get();
    assert_eq!(asked.connection.write_deadline(), None);
    written(&mut asked, 1, 0, 10);
    assert_eq!(asked.connection.write_deadline(), Some(at(START + 41)));
    assert_eq!(asked.connection.deadline(), Some(at(START + 10)));
}

/// Two octets a second with four seconds of grace are wanted of either direction.
#[test]
fn a_rate_bounds_a_body_and_output() {
    let mut wanted = deadlines();
    wanted.min_rate = min_rate();
    let mut asked = Asked::with(Limits::default(), wanted);
    asked.get();
    later(&mut asked, 1, UNTIL_CLOSE);
    assert_eq!(asked.connection.deadline(), Some(at(START + 5)));
    // Three seconds were waited for an octet that is worth half of one.
    later(&mut asked, 4, "a");
    assert_due("a body", &mut asked, at(START + 4) + Duration::from_millis(1500));

    let mut asked = Asked::with(Limits::default(), wanted);
    written(&mut asked, 1, 0, 10);
    written(&mut asked, 4, 1, 9);
    assert_due("output", &mut asked, at(START + 4) + Duration::from_millis(1500));
}

/// However long its body takes, no answer is due before.
#[test]
fn a_request_that_is_being_sent_has_those_of_its_writes() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], Some(Unknown)).unwrap();
    assert_eq!(asked.connection.deadline(), None);
    for second in 1..100 {
        asked.send("abc").unwrap();
        written(&mut asked, second, 0, 8);
        assert_eq!(asked.connection.deadline(), Some(at(START + second + 40)));
        written(&mut asked, second, 8, 0);
        assert_eq!(asked.connection.deadline(), None);
        later(&mut asked, second, HINTS);
        assert_eq!(asked.connection.deadline(), None);
    }
}

#[test]
fn nothing_is_due_once_it_has_failed() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], Some(Known(3))).unwrap();
    asked.send("abc").unwrap();
    assert!(asked.receive("HTTP/2.0 200 OK\r\n\r\n").starts_with("MajorVersion"));
    written(&mut asked, 1, 50, 0);
    assert_eq!(asked.connection.deadline(), None);
}

/// How late the last body was says nothing of the next.
#[test]
fn each_body_has_the_grace_for_itself() {
    let mut wanted = deadlines();
    wanted.min_rate = min_rate();
    let mut asked = Asked::with(Limits::default(), wanted);
    asked.get();
    later(&mut asked, 1, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    later(&mut asked, 4, "abc");
    asked.get();
    later(&mut asked, 5, UNTIL_CLOSE);
    assert_due("the second", &mut asked, at(START + 9));
}

/// RFC 9110 section 10.1.1: a client need not wait for ever, and its request goes on.
#[test]
fn the_one_for_100_lets_the_body_go() {
    let mut asked = Asked::new();
    asked.now = at(START + 1);
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    let due = at(START + 4);
    assert_eq!(asked.connection.deadline(), Some(due));
    assert_eq!(asked.handle_timeout(just_before(due)), "nothing is due");
    assert!(asked.connection.awaits_continue());
    assert_eq!(asked.handle_timeout(due), "nothing is due");
    assert!(!asked.connection.awaits_continue());
    assert_eq!(asked.connection.deadline(), None);
    asked.send("abc").unwrap();
    asked.finish(&[]).unwrap();
    written(&mut asked, 5, 50, 0);
    assert_eq!(asked.connection.deadline(), Some(at(START + 15)), "the head's");
    assert_eq!(asked.receive(CONTINUE), "interim 100, needs input", "late, and no harm");
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
}

#[test]
fn the_one_for_100_and_another_at_once() {
    let mut both = deadlines();
    both.write = both.proceed;
    let mut asked = Asked::with(Limits::default(), both);
    asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    written(&mut asked, 0, 0, 50);
    assert_eq!(asked.handle_timeout(just_before(at(START + 3))), "nothing is due");
    assert_eq!(asked.handle_timeout(at(START + 3)), "Timeout at 0");
    assert!(!asked.connection.awaits_continue());
}

#[test]
fn who_reads_does_not_see_the_output_wait() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], Some(Known(3))).unwrap();
    written(&mut asked, 0, 40, 0);
    asked.send("abc").unwrap();
    written(&mut asked, 1, 0, 3);
    assert_eq!((asked.connection.read_deadline(), asked.connection.deadline()), (None, Some(at(START + 41))));
    later(&mut asked, 30, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(asked.connection.read_deadline(), Some(at(START + 50)));
    assert_eq!(asked.connection.deadline(), Some(at(START + 41)));
    // Until a head has come it is that which is waited for.
    let mut asked = Asked::new();
    asked.get();
    assert_eq!(asked.connection.read_deadline(), Some(at(START + 10)));
}
