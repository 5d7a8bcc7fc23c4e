//! What the connection says of itself in each of its states.

use sanderling::http::BodyLength::Known;

use super::served::{CHUNKED, CONNECT, EXPECT, GET, LAST, POST, Served, UPGRADE};
use crate::moments::{START, at};

/// What is so, by its first letters: wants to Read, can Answer, wants Continue, is Idle, is Shut (for writing),
/// is Dropped (aborted), is Tunnel.
fn says(served: &Served) -> String {
    let connection = &served.connection;
    let says = [
        ('R', connection.wants_read()),
        ('A', connection.can_respond()),
        ('C', connection.wants_continue()),
        ('I', connection.is_idle()),
        ('S', connection.is_write_closed()),
        ('D', connection.is_aborted()),
        ('T', connection.is_tunnel()),
    ];
    says.into_iter().filter_map(|(letter, is_so)| is_so.then_some(letter)).collect()
}

type Row = (&'static str, &'static str, fn(&mut Served));

const READING: [Row; 22] = [
    ("accepted", "RI", |_| {}),
    ("empty lines came", "RI", |served| {
        served.receive("\r\n");
    }),
    ("a head has begun", "R", |served| {
        served.receive("G");
    }),
    ("a head is complete", "RA", |served| {
        served.step(GET);
    }),
    ("a request is complete", "RA", |served| {
        served.receive(GET);
    }),
    ("a body is being read", "RA", |served| {
        served.receive(POST);
    }),
    ("a body awaits 100", "RAC", |served| {
        served.receive(EXPECT);
    }),
    ("100 was sent", "RA", |served| {
        served.receive(EXPECT);
        served.interim(100, &[]).unwrap();
    }),
    ("a body came without 100", "RA", |served| {
        served.receive(EXPECT);
        served.receive("a");
    }),
    ("a request before the one that awaits 100 is not answered", "RA", |served| {
        served.receive(GET);
        served.receive(EXPECT);
    }),
    ("the request before the one that awaits 100 is answered", "RAC", |served| {
        served.receive(GET);
        served.receive(EXPECT);
        served.answer();
    }),
    ("the request before is answered, and this one expects nothing", "RA", |served| {
        served.receive(GET);
        served.receive(POST);
        served.answer();
    }),
    ("trailers were handed out", "A", |served| {
        served.step(CHUNKED);
        served.step("0\r\nA: b\r\n\r\n");
    }),
    ("a chunked request is complete", "RA", |served| {
        served.receive(CHUNKED);
        served.receive("0\r\nA: b\r\n\r\n");
    }),
    ("an upgrade is offered", "A", |served| {
        served.receive(UPGRADE);
    }),
    ("a tunnel is asked for", "A", |served| {
        served.receive(CONNECT);
    }),
    ("the last request is complete", "A", |served| {
        served.receive(LAST);
    }),
    ("a head is wrong", "A", |served| {
        served.receive("GET  / HTTP/1.1\r\n");
    }),
    ("a body is wrong", "A", |served| {
        served.receive(CHUNKED);
        served.receive("x");
    }),
    ("the client has closed", "", |served| {
        served.receive_eof();
    }),
    ("the client has closed in a head", "A", |served| {
        served.receive("G");
        served.receive_eof();
    }),
    ("the client has closed behind a request", "A", |served| {
        served.receive(GET);
        served.receive_eof();
    }),
];

const WRITING: [Row; 17] = [
    ("an interim answer was sent", "RA", |served| {
        served.receive(GET);
        served.interim(103, &[]).unwrap();
    }),
    ("an answer has begun", "R", |served| {
        served.receive(GET);
        served.respond(200, &[], Known(5)).unwrap();
    }),
    ("an answer is complete", "RI", |served| {
        served.receive(GET);
        served.answer();
    }),
    ("an answer is complete before its request", "R", |served| {
        served.receive(POST);
        served.answer();
    }),
    ("a request before another is answered", "RA", |served| {
        served.receive(GET);
        served.receive(GET);
        served.answer();
    }),
    ("the last answer has begun", "", |served| {
        served.receive(GET);
        served.connection.close();
        served.respond(200, &[], Known(5)).unwrap();
    }),
    ("the last answer is complete", "S", |served| {
        served.receive(GET);
        served.connection.close();
        served.answer();
    }),
    ("the last request is answered", "S", |served| {
        served.receive(LAST);
        served.answer();
    }),
    ("it awaited 100 and got a final answer", "RS", |served| {
        served.receive(EXPECT);
        served.answer();
    }),
    ("a wrong head is answered", "S", |served| {
        served.receive("GET  / HTTP/1.1\r\n");
        served.answer();
    }),
    ("no more is read", "S", |served| served.connection.stop_reading()),
    ("what comes is thrown away", "RS", |served| {
        served.receive(LAST);
        served.answer();
        served.connection.drain(at(START));
    }),
    ("dropped", "SD", |served| {
        served.receive(GET);
        served.connection.abort();
    }),
    ("an offer was turned down", "RI", |served| {
        served.receive(UPGRADE);
        served.answer();
    }),
    ("an offer was turned down, and more is read", "RI", |served| {
        served.receive(UPGRADE);
        served.answer();
        served.receive("");
    }),
    ("another protocol is spoken", "T", |served| {
        served.receive(UPGRADE);
        served.upgrade().unwrap();
    }),
    ("a tunnel is open", "T", |served| {
        served.receive(CONNECT);
        served.respond(200, &[], Known(0)).unwrap();
    }),
];

#[test]
fn reading() {
    for (name, expected, happens) in READING {
        let mut served = Served::new();
        happens(&mut served);
        assert_eq!(says(&served), expected, "{name}");
    }
}

#[test]
fn writing() {
    for (name, expected, happens) in WRITING {
        let mut served = Served::new();
        happens(&mut served);
        assert_eq!(says(&served), expected, "{name}");
    }
}
