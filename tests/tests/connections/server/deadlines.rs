//! When each deadline runs, to the nanosecond, and what its passing does.

use core::time::Duration;

use sanderling::Tick;
use sanderling::http::BodyLength::Known;
use sanderling::http::Limits;

use super::served::{CHUNKED, EXPECT, GET, LAST, NO_CONTENT, POST, Served, UPGRADE};
use crate::moments::{START, at, deadlines, just_before, min_rate, no_deadlines};

/// The client has begun something, and is told what it did not do.
const ANSWERED: &str = "Timeout, 408";
/// Nobody is there to be told.
const CLOSED: &str = "closed";

type Happening = fn(&mut Served);

struct Row {
    name: &'static str,
    happens: Happening,
    deadline: Tick,
    outcome: &'static str,
}

fn later(served: &mut Served, seconds: u64, octets: &str) {
    served.now = at(START + seconds);
    let events = served.receive(octets);
    assert!(events.ends_with("needs input"), "{events}");
}

fn written(served: &mut Served, seconds: u64, written: usize, waiting: usize) {
    served.connection.handle_written(written, waiting, at(START + seconds));
}

/// Answers a first request five seconds after the start.
fn first(served: &mut Served) {
    served.now = at(START + 5);
    let events = served.receive(GET);
    assert_eq!(events, "GET /, end, needs input");
    served.answer();
}

fn rows() -> Vec<Row> {
    let row = |name, deadline: u64, outcome, happens| Row { name, happens, deadline: at(START + deadline), outcome };
    vec![
        // head: from the accept for the first, from the first octet for those that follow
        row("nothing comes", 10, CLOSED, |_| {}),
        row("nothing comes, and that is read", 10, CLOSED, |served| later(served, 6, "")),
        row("the first head begins", 10, ANSWERED, |served| later(served, 5, "G")),
        row("the first head goes on", 10, ANSWERED, |served| {
            later(served, 5, "G");
            later(served, 9, "ET / HTTP/1.1\r\nHost: a\r\n");
        }),
        row("empty lines are no beginning", 10, CLOSED, |served| later(served, 5, "\r\n\r\n")),
        row("a later head begins", 17, ANSWERED, |served| {
            first(served);
            later(served, 6, "");
            later(served, 7, "G");
        }),
        row("a later head goes on", 17, ANSWERED, |served| {
            first(served);
            later(served, 6, "");
            later(served, 7, "G");
            later(served, 16, "ET");
        }),
        row("a head begins while an answer is due", 15, ANSWERED, |served| {
            served.now = at(START + 5);
            served.receive(&format!("{GET}GE"));
        }),
        // idle: from when the answer is out and nothing came
        row("idle", 36, CLOSED, |served| {
            first(served);
            later(served, 6, "");
        }),
        row("still idle", 36, CLOSED, |served| {
            first(served);
            later(served, 6, "");
            later(served, 35, "");
        }),
        row("idle but for empty lines", 36, CLOSED, |served| {
            first(served);
            later(served, 6, "");
            later(served, 7, "\r\n");
        }),
        // body: between its parts
        row("a body is awaited", 26, ANSWERED, |served| later(served, 6, POST)),
        row("a body goes on", 31, ANSWERED, |served| {
            later(served, 6, POST);
            later(served, 11, "a");
        }),
        row("a body does not go on", 31, ANSWERED, |served| {
            later(served, 6, POST);
            later(served, 11, "a");
            later(served, 12, "");
        }),
        row("a chunk's size is awaited", 26, ANSWERED, |served| later(served, 6, CHUNKED)),
        row("a chunk's size is part of a body", 31, ANSWERED, |served| {
            later(served, 6, CHUNKED);
            later(served, 11, "5");
        }),
        row("trailers are awaited", 27, ANSWERED, |served| {
            later(served, 6, CHUNKED);
            later(served, 7, "0\r\nA: b\r\n");
        }),
        row("a body is awaited while its answer is under way", 26, ANSWERED, |served| {
            later(served, 6, POST);
            served.respond(200, &[], Known(5)).unwrap();
        }),
        // write: while output waits, anew when some was taken
        row("output waits", 42, CLOSED, |served| {
            later(served, 1, "GET / ");
            served.receive("HTTP/1.1\r\nHost: a\r\n\r\n");
            written(served, 2, 0, 10);
        }),
        row("some of it was taken", 47, CLOSED, |served| {
            served.receive(GET);
            written(served, 2, 0, 10);
            written(served, 7, 1, 9);
        }),
        row("none of it was taken", 42, CLOSED, |served| {
            served.receive(GET);
            written(served, 2, 0, 10);
            written(served, 7, 0, 12);
        }),
        // drain: from when the writing side was shut
        row("drained", 57, CLOSED, |served| {
            served.receive(LAST);
            served.answer();
            served.connection.drain(at(START + 7));
        }),
        row("drained, whatever comes", 57, CLOSED, |served| {
            served.receive(LAST);
            served.answer();
            served.connection.drain(at(START + 7));
            later(served, 50, "more and more");
        }),
        // the first of several
        row("a body before output", 21, ANSWERED, |served| {
            later(served, 1, POST);
            written(served, 2, 0, 10);
        }),
        row("output before a body", 42, CLOSED, |served| {
            later(served, 1, POST);
            written(served, 2, 0, 10);
            later(served, 30, "a");
        }),
        row("a head before output", 11, ANSWERED, |served| {
            served.receive(GET);
            written(served, 0, 0, 10);
            later(served, 1, "G");
        }),
    ]
}

#[test]
fn each_passes_at_its_moment() {
    for Row { name, happens, deadline, outcome } in rows() {
        let mut served = Served::new();
        happens(&mut served);
        assert_due(name, &mut served, deadline, outcome);
    }
}

fn assert_due(name: &str, served: &mut Served, deadline: Tick, outcome: &str) {
    assert_eq!(served.connection.deadline(), Some(deadline), "{name}");
    assert_eq!(served.handle_timeout(just_before(deadline)), "nothing is due", "{name}");
    assert_eq!(served.connection.deadline(), Some(deadline), "{name}, just before it");
    let passed = served.handle_timeout(deadline);
    if outcome == CLOSED {
        assert_eq!(passed, CLOSED, "{name}");
        assert!(served.connection.is_aborted() && served.connection.is_write_closed(), "{name}");
    } else {
        assert!(passed.starts_with("Timeout at ") && passed.ends_with(", 408"), "{name}: {passed}");
        assert!(!served.connection.is_aborted(), "{name}");
    }
    // Output that waits is still to go out, the answer to the timeout behind it.
    assert_eq!(served.connection.deadline(), served.connection.write_deadline(), "{name}, when it has passed");
    assert_eq!(served.receive(GET), "closed", "{name}");
}

#[test]
fn none_runs_where_nobody_is_waited_for() {
    let rows: [(&str, Happening); 17] = [
        ("the application has the request", |served| {
            served.receive(GET);
        }),
        ("the application has the head", |served| {
            served.step(POST);
        }),
        ("the application has part of the body", |served| {
            served.receive(POST);
            served.step("abc");
        }),
        ("the application has the body", |served| {
            served.receive(POST);
            served.receive("abcde");
        }),
        ("the application has the end of the body", |served| {
            later(served, 1, CHUNKED);
            served.receive("0\r\n\r\n");
        }),
        ("the application has an error of the head", |served| {
            served.receive("G");
            served.receive("\0");
        }),
        ("the application has an error of the body", |served| {
            later(served, 1, CHUNKED);
            served.receive("x");
        }),
        ("the application has the trailers", |served| {
            served.receive(CHUNKED);
            served.step("0\r\nA: b\r\n\r\n");
        }),
        ("the pipeline is full", |served| {
            *served = Served::with_pipeline(1);
            served.receive(&format!("{GET}G"));
        }),
        ("the protocol may change", |served| {
            served.receive(UPGRADE);
        }),
        ("the protocol has changed", |served| {
            served.receive(UPGRADE);
            served.upgrade().unwrap();
        }),
        ("all output was taken", |served| {
            served.receive(GET);
            served.connection.handle_written(0, 10, at(START + 1));
            served.connection.handle_written(10, 0, at(START + 2));
        }),
        ("the client has closed in a head", |served| {
            served.receive("G");
            served.receive_eof();
        }),
        ("the client has closed between requests", |served| {
            served.receive("");
            served.receive_eof();
        }),
        ("the client has closed, and the rest of its request was given up", |served| {
            later(served, 1, POST);
            served.answer();
            served.connection.stop_reading();
            served.receive_eof();
        }),
        ("the connection was given up in a head", |served| {
            served.receive("G");
            served.connection.abort();
        }),
        ("the connection was given up in a body", |served| {
            later(served, 1, POST);
            served.connection.abort();
        }),
    ];
    for (name, happens) in rows {
        let mut served = Served::new();
        happens(&mut served);
        assert_eq!(served.connection.deadline(), None, "{name}");
        assert_eq!(served.handle_timeout(at(1_000_000)), "nothing is due", "{name}");
    }
}

#[test]
fn none_runs_where_none_is_set() {
    let rows: [Happening; 6] = [
        |_| {},
        |served| later(served, 1, "G"),
        |served| later(served, 1, POST),
        |served| {
            first(served);
            later(served, 6, "");
        },
        |served| written(served, 1, 0, 10),
        |served| {
            served.receive(LAST);
            served.answer();
            served.connection.drain(at(START + 7));
        },
    ];
    for happens in rows {
        let mut served = Served::with(Limits::default(), no_deadlines());
        happens(&mut served);
        assert_eq!(served.connection.deadline(), None);
    }
}

#[test]
fn the_one_for_output_is_told_apart() {
    let mut served = Served::new();
    served.receive("G");
    assert_eq!(served.connection.write_deadline(), None);
    written(&mut served, 1, 0, 10);
    assert_eq!(served.connection.write_deadline(), Some(at(START + 41)));
    assert_eq!(served.connection.deadline(), Some(at(START + 10)));
}

/// Two octets a second with four seconds of grace are wanted of either direction.
#[test]
fn a_rate_bounds_a_body_and_output() {
    let mut wanted = deadlines();
    wanted.min_rate = min_rate();
    let mut served = Served::with(Limits::default(), wanted);
    later(&mut served, 1, POST);
    assert_eq!(served.connection.deadline(), Some(at(START + 5)));
    // Three seconds were waited for an octet that is worth half of one.
    later(&mut served, 4, "a");
    assert_due("a body", &mut served, at(START + 4) + Duration::from_millis(1500), ANSWERED);

    let mut served = Served::with(Limits::default(), wanted);
    served.receive(GET);
    written(&mut served, 1, 0, 10);
    written(&mut served, 4, 1, 9);
    assert_due("output", &mut served, at(START + 4) + Duration::from_millis(1500), CLOSED);
}

/// How late the last body was says nothing of the next.
#[test]
fn each_body_has_the_grace_for_itself() {
    let mut wanted = deadlines();
    wanted.min_rate = min_rate();
    let mut served = Served::with(Limits::default(), wanted);
    later(&mut served, 1, POST);
    later(&mut served, 4, "abcde");
    served.answer();
    later(&mut served, 5, POST);
    assert_due("the second", &mut served, at(START + 9), ANSWERED);
}

#[test]
fn a_timeout_is_answered_where_no_answer_has_begun() {
    for (octets, answers_before) in [("G", 0), (POST, 0), (EXPECT, 0), (&format!("{GET}{GET}G"), 2)] {
        let mut served = Served::new();
        served.receive(octets);
        let due = served.connection.deadline().unwrap();
        assert!(served.handle_timeout(due).starts_with("Timeout"), "{octets}");
        for _ in 0..answers_before {
            assert_eq!(served.answer(), NO_CONTENT, "{octets}");
        }
        assert!(served.connection.can_respond(), "{octets}");
        let answer = served.respond(408, &[], Known(0)).unwrap();
        assert_eq!(
            answer, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "{octets}"
        );
        served.finish(&[]).unwrap();
        assert!(served.connection.is_write_closed(), "{octets}");
    }
}

/// An answer to the timeout would wait behind output that is not taken.
#[test]
fn of_two_that_have_passed_the_one_for_output_counts() {
    let happenings: [Happening; 2] = [|served| later(served, 1, POST), |served| later(served, 1, "G")];
    for happens in happenings {
        let mut served = Served::new();
        happens(&mut served);
        written(&mut served, 2, 0, 10);
        assert_eq!(served.handle_timeout(at(START + 42)), CLOSED);
        assert!(served.connection.is_aborted() && served.connection.deadline().is_none());
    }
}

#[test]
fn a_timeout_cannot_be_answered_behind_the_answer() {
    let mut served = Served::new();
    served.receive(POST);
    served.respond(200, &[], Known(5)).unwrap();
    assert!(served.handle_timeout(at(START + 20)).starts_with("Timeout"));
    assert!(!served.connection.can_respond());
}
