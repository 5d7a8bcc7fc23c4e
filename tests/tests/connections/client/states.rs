//! What the connection says of itself in each of its states.

use sanderling::http::BodyLength::Known;

use super::asked::{Asked, CHUNKED, CONTINUE, EXPECT, HINTS, LAST, NO_CONTENT, OFFER, OK, SWITCHING, UNTIL_CLOSE};
use crate::moments::at;

/// What is so, by its first letters, and how many responses are not complete: can Send, can be Used again,
/// wants to Read, is Answered, awaits 100 Continue.
fn says(asked: &Asked) -> String {
    let connection = &asked.connection;
    let says = [
        ('S', connection.can_send()),
        ('U', connection.can_reuse()),
        ('R', connection.wants_read()),
        ('A', connection.is_answered()),
        ('C', connection.awaits_continue()),
    ];
    let says: String = says.into_iter().filter_map(|(letter, is_so)| is_so.then_some(letter)).collect();
    format!("{says}{}", connection.unanswered())
}

type Row = (&'static str, &'static str, fn(&mut Asked));

fn put(asked: &mut Asked) {
    asked.ask("PUT /", &[], Some(Known(3))).unwrap();
}

const ALONE: [Row; 26] = [
    ("opened", "SU0", |_| {}),
    ("a request is being sent", "R1", put),
    ("a request is sent", "R1", |asked| asked.get()),
    ("a request awaits 100", "RC1", |asked| {
        asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
    }),
    ("100 came", "R1", |asked| {
        asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
        asked.receive(CONTINUE);
    }),
    ("a hint came", "RC1", |asked| {
        asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
        asked.receive(HINTS);
    }),
    ("a final head came instead of 100", "RA1", |asked| {
        asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
        asked.step(OK);
    }),
    ("a head has begun", "R1", |asked| {
        asked.get();
        asked.receive("HTTP");
    }),
    ("a head came", "RA1", |asked| {
        asked.get();
        asked.step(OK);
    }),
    ("a head came before its request was sent", "RA1", |asked| {
        put(asked);
        asked.step(OK);
    }),
    ("trailers were handed out", "A1", |asked| {
        asked.get();
        asked.receive(CHUNKED);
        asked.step("0\r\nA: b\r\n\r\n");
    }),
    ("a response is complete", "SUA0", |asked| {
        asked.get();
        asked.receive(OK);
    }),
    ("a chunked response is complete", "SUA0", |asked| {
        asked.get();
        asked.receive(CHUNKED);
        asked.receive("0\r\nA: b\r\n\r\n");
    }),
    ("a response is complete before its request was sent", "A0", |asked| {
        put(asked);
        asked.receive(OK);
    }),
    ("and then it was", "SUA0", |asked| {
        put(asked);
        asked.receive(OK);
        asked.send("abc").unwrap();
        asked.finish(&[]).unwrap();
    }),
    ("the next request is sent", "R1", |asked| {
        asked.get();
        asked.receive(OK);
        asked.get();
    }),
    ("the last response is complete", "A0", |asked| {
        asked.get();
        asked.receive(LAST);
    }),
    ("a body is read to the end of the connection", "RA1", |asked| {
        asked.get();
        asked.receive(UNTIL_CLOSE);
    }),
    ("and that has come", "A0", |asked| {
        asked.get();
        asked.receive(UNTIL_CLOSE);
        asked.receive_eof();
    }),
    ("an upgrade is offered", "R1", |asked| {
        asked.ask("GET /", &OFFER, None).unwrap();
        asked.finish(&[]).unwrap();
    }),
    ("another protocol is spoken", "A0", |asked| {
        asked.ask("GET /", &OFFER, None).unwrap();
        asked.finish(&[]).unwrap();
        asked.receive(SWITCHING);
    }),
    ("a tunnel is open", "A0", |asked| {
        asked.ask("CONNECT a:80", &[], None).unwrap();
        asked.finish(&[]).unwrap();
        asked.receive(OK);
    }),
    ("a head is wrong", "1", |asked| {
        asked.get();
        asked.receive("HTTQ");
    }),
    ("a head is wrong while 100 is awaited", "1", |asked| {
        asked.ask("PUT /", &EXPECT, Some(Known(3))).unwrap();
        asked.receive("HTTQ");
    }),
    ("the server has closed", "0", |asked| {
        asked.receive_eof();
    }),
    ("a deadline has passed", "1", |asked| {
        asked.get();
        asked.handle_timeout(at(1_000_000));
    }),
];

/// With three in flight.
const TOGETHER: [Row; 13] = [
    ("a request is sent", "SR1", |asked| asked.get()),
    ("a request is being sent", "R1", put),
    ("two are sent", "SR2", |asked| {
        asked.get();
        asked.get();
    }),
    ("as many as may be are sent", "R3", |asked| {
        asked.get();
        asked.get();
        asked.get();
    }),
    ("the head of the first response came", "SR2", |asked| {
        asked.get();
        asked.get();
        asked.step(OK);
    }),
    ("the trailers of the first response came", "S2", |asked| {
        asked.get();
        asked.get();
        asked.receive(CHUNKED);
        asked.step("0\r\nA: b\r\n\r\n");
    }),
    ("the first response is complete", "SR2", |asked| {
        asked.get();
        asked.get();
        asked.get();
        asked.receive(OK);
    }),
    ("the head of the last response came", "SRA1", |asked| {
        asked.get();
        asked.get();
        asked.receive(NO_CONTENT);
        asked.step(OK);
    }),
    ("all responses are complete", "SUA0", |asked| {
        asked.get();
        asked.get();
        asked.receive(NO_CONTENT);
        asked.receive(OK);
    }),
    ("the first response is the last", "2", |asked| {
        asked.get();
        asked.get();
        asked.get();
        asked.receive(LAST);
    }),
    ("the last of them offers another protocol", "R2", |asked| {
        asked.get();
        asked.ask("GET /", &OFFER, None).unwrap();
        asked.finish(&[]).unwrap();
    }),
    ("the last of them asks for a tunnel", "R2", |asked| {
        asked.get();
        asked.ask("CONNECT a:80", &[], None).unwrap();
        asked.finish(&[]).unwrap();
    }),
    ("the offer was turned down", "SUA0", |asked| {
        asked.ask("GET /", &OFFER, None).unwrap();
        asked.finish(&[]).unwrap();
        asked.receive(OK);
    }),
];

#[test]
fn one_request_at_a_time() {
    for (name, expected, happens) in ALONE {
        let mut asked = Asked::new();
        happens(&mut asked);
        assert_eq!(says(&asked), expected, "{name}");
    }
}

#[test]
fn several_requests_in_flight() {
    for (name, expected, happens) in TOGETHER {
        let mut asked = Asked::with_in_flight(3);
        happens(&mut asked);
        assert_eq!(says(&asked), expected, "{name}");
    }
}
