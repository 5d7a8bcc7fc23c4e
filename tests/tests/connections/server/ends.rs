//! The ways in which a connection ends, and what no longer happens then.

use sanderling::http::{BodyLength::Known, FieldLine, SendError};

use super::served::{CHUNKED, GET, LAST, LAST_NO_CONTENT, NO_CONTENT, POST, Served, UPGRADE};
use crate::moments::{START, at};

const OUT_OF_TURN: Result<String, SendError> = Err(SendError::OutOfTurn);

#[test]
fn close_makes_the_next_answer_the_last() {
    let mut served = Served::new();
    served.connection.close();
    assert!(!served.connection.is_write_closed());
    assert_eq!(served.receive(GET), "GET /, end, needs input");
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(served.connection.is_write_closed());
    assert_eq!(served.receive(GET), "closed");
}

/// An answer that is under way has said already whether it is the last.
#[test]
fn close_leaves_an_answer_under_way() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{GET}"));
    served.respond(200, &[], Known(0)).unwrap();
    served.connection.close();
    served.finish(&[]).unwrap();
    assert!(!served.connection.is_write_closed());
    assert_eq!(served.answer(), LAST_NO_CONTENT);
    assert!(served.connection.is_write_closed());
}

#[test]
fn a_field_of_the_application_closes() {
    let close = [FieldLine::new("connection", "a, Close")];
    let mut served = Served::new();
    served.receive(GET);
    let answer = served.respond(200, &close, Known(0)).unwrap();
    assert_eq!(answer, "HTTP/1.1 200 OK\r\nconnection: a, Close\r\nContent-Length: 0\r\n\r\n");
    assert!(!served.connection.wants_read());
    assert_eq!(served.receive(GET), "closed");
    assert!(!served.connection.is_write_closed());
    served.finish(&[]).unwrap();
    assert!(served.connection.is_write_closed());
}

#[test]
fn stop_reading_ends_a_connection_at_once() {
    let happenings: [fn(&mut Served); 4] = [
        |_| {},
        |served| {
            served.receive("G");
        },
        |served| {
            served.receive(GET);
            served.answer();
        },
        // The answer came first, and the rest of the body will not be waited for.
        |served| {
            served.receive(POST);
            served.answer();
        },
    ];
    for happens in happenings {
        let mut served = Served::new();
        happens(&mut served);
        assert!(!served.connection.is_write_closed());
        served.connection.stop_reading();
        assert!(served.connection.is_write_closed() && !served.connection.is_aborted());
        assert!(!served.connection.wants_read());
        assert_eq!(served.receive(GET), "closed");
    }
}

#[test]
fn stop_reading_does_nothing_while_an_answer_is_due() {
    let happenings: [fn(&mut Served); 4] = [
        |served| {
            served.receive(GET);
        },
        |served| {
            served.receive(GET);
            served.respond(200, &[], Known(0)).unwrap();
        },
        |served| {
            served.receive(&format!("{GET}{GET}"));
            served.answer();
        },
        |served| {
            served.receive(UPGRADE);
            served.upgrade().unwrap();
        },
    ];
    for happens in happenings {
        let mut served = Served::new();
        happens(&mut served);
        served.connection.stop_reading();
        assert!(!served.connection.is_write_closed());
        assert_ne!(served.receive(""), "closed");
    }
}

#[test]
fn pass_end_steps_over_an_end_without_content() {
    let mut served = Served::new();
    assert!(!served.connection.pass_end(), "nothing was asked");

    served.step(GET);
    assert!(served.connection.pass_end());
    assert_eq!(served.receive(""), "needs input");
    assert!(!served.connection.pass_end(), "the next request has not come");

    let mut served = Served::new();
    served.step(UPGRADE);
    assert!(served.connection.pass_end());
    assert!(served.connection.pass_end(), "it stands behind the end");
    assert_eq!(served.receive(""), "paused");
    assert!(served.upgrade().is_ok());
    assert!(!served.connection.pass_end());

    let mut served = Served::new();
    served.step(LAST);
    assert!(served.connection.pass_end());
    assert_eq!(served.receive(GET), "closed");
    assert!(!served.connection.pass_end());
}

#[test]
fn pass_end_leaves_content() {
    let mut served = Served::new();
    served.step(POST);
    assert!(!served.connection.pass_end());
    assert_eq!(served.step("abcde"), "data abcde");
    assert!(served.connection.pass_end());
    assert_eq!(served.receive(GET), "GET /, end, needs input");

    let mut served = Served::new();
    served.step(CHUNKED);
    assert!(!served.connection.pass_end());
    assert_eq!(served.step("0\r\nA: b\r\n\r\n"), "trailer A: b");
    assert!(served.connection.pass_end());
    assert_eq!(served.receive(GET), "GET /, end, needs input");
}

#[test]
fn abort_leaves_nothing() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{GET}{POST}"));
    served.connection.handle_written(0, 1, at(START));
    assert!(served.connection.deadline().is_some());
    served.connection.abort();
    assert!(served.connection.is_aborted() && served.connection.is_write_closed());
    assert_eq!((served.connection.deadline(), served.connection.can_respond()), (None, false));
    assert_eq!(served.receive("abcde"), "closed");
    assert_eq!(served.respond(200, &[], Known(0)), OUT_OF_TURN);
    assert_eq!(served.send("a"), OUT_OF_TURN);
    assert_eq!(served.finish(&[]), OUT_OF_TURN);
    assert_eq!(served.receive_eof(), "closed");
    assert!(served.connection.is_aborted(), "and stays so");
}

#[test]
fn drain_takes_whatever_comes() {
    let mut served = Served::new();
    served.receive(LAST);
    served.answer();
    assert_eq!(served.receive(GET), "closed");
    served.connection.drain(at(START));
    assert!(served.connection.wants_read() && !served.connection.is_aborted());
    assert_eq!(served.receive(GET), "needs input");
    assert_eq!(served.left(), 0);
    assert_eq!(served.receive_eof(), "closed");
    assert!(!served.connection.wants_read() && !served.connection.is_aborted());
    assert_eq!(served.receive(""), "closed");
}

/// What is left of the body is not waited for any more.
#[test]
fn drain_outlasts_the_deadline_of_a_body() {
    let mut served = Served::new();
    served.receive(POST);
    served.now = at(START + 15);
    served.connection.close();
    served.answer();
    served.connection.drain(at(START + 15));
    assert_eq!(served.connection.deadline(), Some(at(START + 65)));
}

#[test]
fn the_end_of_input() {
    let (in_length, in_chunks) = (POST.len(), CHUNKED.len());
    let (in_length, in_chunks) = (format!("Incomplete at {in_length}, 400"), format!("Incomplete at {in_chunks}, 400"));
    let rows: [(&str, &str, &str); 9] = [
        ("", "closed", ""),
        ("\r\n", "closed", ""),
        (GET, "closed", NO_CONTENT),
        (UPGRADE, "closed", NO_CONTENT),
        (LAST, "closed", LAST_NO_CONTENT),
        ("GE", "Incomplete at 0, 400", LAST_NO_CONTENT),
        (POST, &in_length, LAST_NO_CONTENT),
        (CHUNKED, &in_chunks, LAST_NO_CONTENT),
        ("GET\t", "closed", LAST_NO_CONTENT),
    ];
    for (octets, outcome, answer) in rows {
        let mut served = Served::new();
        served.receive(octets);
        assert_eq!(served.receive_eof(), outcome, "{octets}");
        assert_eq!(served.connection.can_respond(), !answer.is_empty(), "{octets}");
        if !answer.is_empty() {
            assert_eq!(served.answer(), answer, "{octets}");
        }
        assert_eq!(served.receive(GET), "closed", "{octets}");
        assert!(!served.connection.is_aborted(), "{octets}");
    }
}

#[test]
fn the_end_of_input_in_a_tunnel_is_the_new_protocols() {
    let mut served = Served::new();
    served.receive(UPGRADE);
    served.upgrade().unwrap();
    assert_eq!(served.receive_eof(), "tunnel");
}
