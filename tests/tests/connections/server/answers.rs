//! The fields that an answer gets besides the application's, and the content that it has.

use sanderling::http::BodyLength::{self, Known, Unknown};
use sanderling::http::{FieldLine, SendError};

use super::served::{CONNECT, GET, LAST, Served};

const HEAD: &str = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const OLD: &str = "GET / HTTP/1.0\r\n\r\n";
const OLD_KEPT: &str = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const OLD_HEAD: &str = "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

struct Row {
    request: &'static str,
    status: u16,
    fields: &'static [(&'static str, &'static str)],
    length: BodyLength,
    /// The lines between the status line and the empty one, in their order.
    lines: &'static [&'static str],
    /// What becomes of the data `abc`, and of the end.
    content: &'static str,
    goes_on: bool,
}

const CLOSE: &str = "Connection: close";
const KEEP: &str = "Connection: keep-alive";
const THREE: &str = "Content-Length: 3";
const CHUNKED: &str = "Transfer-Encoding: chunked";
const CHUNKS: &str = "3\r\nabc\r\n0\r\n\r\n";

#[rustfmt::skip]
const ROWS: [Row; 33] = [
    // RFC 9112 section 6: the length is said by one of two fields
    Row { request: GET, status: 200, fields: &[], length: Known(3), lines: &[THREE], content: "abc", goes_on: true },
    Row { request: GET, status: 200, fields: &[], length: Unknown, lines: &[CHUNKED], content: CHUNKS, goes_on: true },
    Row { request: GET, status: 404, fields: &[], length: Known(3), lines: &[THREE], content: "abc", goes_on: true },
    // section 9.3: who closes, and how it is said
    Row { request: LAST, status: 200, fields: &[], length: Known(3), lines: &[CLOSE, THREE], content: "abc", goes_on: false },
    Row { request: LAST, status: 200, fields: &[], length: Unknown, lines: &[CLOSE, CHUNKED], content: CHUNKS, goes_on: false },
    Row { request: LAST, status: 204, fields: &[], length: Known(0), lines: &[CLOSE], content: "", goes_on: false },
    Row { request: LAST, status: 200, fields: &[("Connection", "close")], length: Known(3), lines: &[CLOSE, THREE], content: "abc", goes_on: false },
    Row { request: GET, status: 200, fields: &[("CONNECTION", "CLOSE")], length: Known(3), lines: &["CONNECTION: CLOSE", THREE], content: "abc", goes_on: false },
    Row { request: GET, status: 200, fields: &[("Connection", "x, close")], length: Known(3), lines: &["Connection: x, close", THREE], content: "abc", goes_on: false },
    Row { request: GET, status: 200, fields: &[("Connection", "x")], length: Known(3), lines: &["Connection: x", THREE], content: "abc", goes_on: true },
    Row { request: GET, status: 200, fields: &[("X-Connection", "close")], length: Known(3), lines: &["X-Connection: close", THREE], content: "abc", goes_on: true },
    Row { request: GET, status: 200, fields: &[("Connection", "keep-alive")], length: Known(3), lines: &[KEEP, THREE], content: "abc", goes_on: true },
    // HTTP/1.0 ends with the connection what has no length, and is told whether the connection stays
    Row { request: OLD, status: 200, fields: &[], length: Known(3), lines: &[CLOSE, THREE], content: "abc", goes_on: false },
    Row { request: OLD, status: 200, fields: &[], length: Unknown, lines: &[CLOSE], content: "abc", goes_on: false },
    Row { request: OLD_KEPT, status: 200, fields: &[], length: Known(3), lines: &[KEEP, THREE], content: "abc", goes_on: true },
    Row { request: OLD_KEPT, status: 200, fields: &[], length: Unknown, lines: &[CLOSE], content: "abc", goes_on: false },
    Row { request: OLD, status: 200, fields: &[("Connection", "keep-alive")], length: Known(3), lines: &[KEEP, CLOSE, THREE], content: "abc", goes_on: false },
    Row { request: OLD_KEPT, status: 200, fields: &[("connection", "Keep-Alive")], length: Known(3), lines: &["connection: Keep-Alive", THREE], content: "abc", goes_on: true },
    Row { request: OLD_KEPT, status: 200, fields: &[("Connection", "close")], length: Known(3), lines: &[CLOSE, THREE], content: "abc", goes_on: false },
    Row { request: OLD_KEPT, status: 304, fields: &[], length: Unknown, lines: &[KEEP], content: "", goes_on: true },
    // RFC 9110 section 9.3.2: the fields of an answer to GET, without its content
    Row { request: HEAD, status: 200, fields: &[], length: Known(3), lines: &[THREE], content: "", goes_on: true },
    Row { request: HEAD, status: 200, fields: &[], length: Unknown, lines: &[CHUNKED], content: "", goes_on: true },
    Row { request: OLD_HEAD, status: 200, fields: &[], length: Known(3), lines: &[KEEP, THREE], content: "", goes_on: true },
    // sections 15.3.5, 15.3.6 and 15.4.5
    Row { request: GET, status: 204, fields: &[], length: Known(3), lines: &[], content: "", goes_on: true },
    Row { request: GET, status: 204, fields: &[], length: Unknown, lines: &[], content: "", goes_on: true },
    Row { request: GET, status: 304, fields: &[], length: Known(3), lines: &[], content: "", goes_on: true },
    Row { request: GET, status: 205, fields: &[], length: Known(3), lines: &["Content-Length: 0"], content: "", goes_on: true },
    Row { request: GET, status: 205, fields: &[], length: Unknown, lines: &["Content-Length: 0"], content: "", goes_on: true },
    Row { request: OLD_KEPT, status: 205, fields: &[], length: Unknown, lines: &[KEEP, "Content-Length: 0"], content: "", goes_on: true },
    // section 9.3.6: what is not 2xx is an answer; RFC 9931 section 8: the last
    Row { request: CONNECT, status: 407, fields: &[], length: Known(3), lines: &[CLOSE, THREE], content: "abc", goes_on: false },
    Row { request: CONNECT, status: 302, fields: &[], length: Unknown, lines: &[CLOSE, CHUNKED], content: CHUNKS, goes_on: false },
    Row { request: CONNECT, status: 204, fields: &[], length: Known(0), lines: &[], content: "tunnel", goes_on: false },
    Row { request: CONNECT, status: 200, fields: &[("A", "b")], length: Known(3), lines: &["A: b"], content: "tunnel", goes_on: false },
];

#[test]
fn each_has_its_fields_and_its_content() {
    for Row { request, status, fields, length, lines, content, goes_on } in ROWS {
        let name = format!("{status} {fields:?} {length:?} to {request:?}");
        let mut served = Served::new();
        served.receive(request);
        let fields: Vec<_> = fields.iter().map(|(name, value)| FieldLine::new(name, value)).collect();
        let head = served.respond(status, &fields, length).unwrap();
        let (status_line, rest) = head.split_once("\r\n").unwrap();
        assert!(status_line.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {status_line}");
        let expected: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        assert_eq!(rest, expected + "\r\n", "{name}");

        if content == "tunnel" {
            assert!(served.connection.is_tunnel(), "{name}");
            assert_eq!(served.send("abc"), Err(SendError::OutOfTurn), "{name}");
            continue;
        }
        let sent = served.send("abc").unwrap() + &served.finish(&[]).unwrap();
        assert_eq!(sent, content, "{name}");
        assert_eq!(served.connection.is_write_closed(), !goes_on, "{name}");
        if goes_on {
            assert_eq!(served.receive(GET), "GET /, end, needs input", "{name}");
        }
    }
}

/// The tunnel ends when either side closes it, so nothing is to be said of that (RFC 9110 section 9.3.6).
#[test]
fn a_tunnel_opens_without_connection_options() {
    for request in [
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n",
        "CONNECT a:80 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "CONNECT a:80 HTTP/1.0\r\n\r\n",
        CONNECT,
    ] {
        let mut served = Served::new();
        if request == CONNECT {
            served.connection.close();
        }
        served.receive(request);
        assert_eq!(served.respond(200, &[], Unknown).unwrap(), "HTTP/1.1 200 OK\r\n\r\n", "{request}");
        assert!(served.connection.is_tunnel(), "{request}");
    }
}

/// RFC 9110 section 6.6.1. An interim response needs none.
#[test]
fn date_is_added_where_the_application_gave_none() {
    let date = *b"Sun, 06 Nov 1994 08:49:37 GMT";
    let mut served = Served::new();
    served.connection.set_date(Some(date));
    served.receive(&format!("{GET}{GET}{GET}"));
    assert_eq!(served.interim(103, &[]).unwrap(), "HTTP/1.1 103 Early Hints\r\n\r\n");
    let dated = "HTTP/1.1 200 OK\r\nA: b\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(served.respond(200, &[FieldLine::new("A", "b")], Known(0)).unwrap(), dated);
    served.finish(&[]).unwrap();
    let own = [FieldLine::new("dATE", "now")];
    let answer = served.respond(200, &own, Known(0)).unwrap();
    assert_eq!(answer, "HTTP/1.1 200 OK\r\ndATE: now\r\nContent-Length: 0\r\n\r\n");
    served.finish(&[]).unwrap();
    served.connection.set_date(None);
    assert_eq!(served.respond(200, &[], Known(0)).unwrap(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn a_refused_head_leaves_all_as_it_was() {
    let mut served = Served::new();
    served.receive(GET);
    let refused = [
        (200, FieldLine::new("Content-Length", "3"), SendError::FramingField),
        (200, FieldLine::new("transfer-encoding", "chunked"), SendError::FramingField),
        (200, FieldLine::new("A b", "c"), SendError::FieldName),
        (200, FieldLine::new("A:b", "c"), SendError::FieldName),
        (200, FieldLine::new("", "c"), SendError::FieldName),
        (200, FieldLine::new("A", "b\r\nC: d"), SendError::FieldValue),
        (200, FieldLine::new("A", "b\n"), SendError::FieldValue),
        (200, FieldLine::new("A", "\0b"), SendError::FieldValue),
        (100, FieldLine::new("A", "b"), SendError::Status),
        (101, FieldLine::new("A", "b"), SendError::Status),
        (199, FieldLine::new("A", "b"), SendError::Status),
    ];
    for (status, field, error) in refused {
        assert_eq!(served.respond(status, &[field], Unknown), Err(error), "{status} {field:?}");
        // More room would not help.
        let status = sanderling::http::StatusCode::new(status).unwrap();
        let with_too_little_room = served.connection.respond(status, [field], Unknown, &mut [0; 18]);
        assert_eq!(with_too_little_room, Err(error), "{status} {field:?}");
    }
    let len = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".len();
    let short = served.connection.respond(
        sanderling::http::StatusCode::OK,
        sanderling::http::NO_FIELDS,
        Known(3),
        &mut vec![0; len - 1],
    );
    assert_eq!(short, Err(SendError::TooSmall { required: len }));
    assert!(served.connection.can_respond() && !served.connection.is_write_closed());
    let exact = served.connection.respond(
        sanderling::http::StatusCode::OK,
        sanderling::http::NO_FIELDS,
        Known(3),
        &mut vec![0; len],
    );
    assert_eq!(exact, Ok(len));
    assert_eq!(served.send("abc").unwrap(), "abc");
    served.finish(&[]).unwrap();
    assert_eq!(served.receive(GET), "GET /, end, needs input");
}

#[test]
fn there_is_one_answer_to_each_request() {
    let mut served = Served::new();
    let out_of_turn = Err(SendError::OutOfTurn);
    assert_eq!(served.respond(200, &[], Known(0)), out_of_turn, "nothing was asked");
    served.receive(GET);
    served.respond(200, &[], Known(0)).unwrap();
    assert_eq!(served.respond(200, &[], Known(0)), out_of_turn);
    served.finish(&[]).unwrap();
    assert_eq!(served.respond(200, &[], Known(0)), out_of_turn);
    assert_eq!(served.finish(&[]), out_of_turn);
}
