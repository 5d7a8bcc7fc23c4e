//! What a request looks like, and which are refused.

use sanderling::Tick;
use sanderling::http::BodyLength::{Known, Unknown};
use sanderling::http::{Method, RequestTarget, SendError};

use super::asked::{Asked, EXPECT, OK};

#[test]
fn only_the_length_of_the_body_is_added() {
    let fields = [("Host", "a"), ("x-Y", "")];
    let mut asked = Asked::new();
    let head = asked.ask("GET /?q", &fields, None).unwrap();
    assert_eq!(head, "GET /?q HTTP/1.1\r\nHost: a\r\nx-Y: \r\n\r\n");

    let mut asked = Asked::new();
    let head = asked.ask("POST http://a/b", &fields, Some(Known(3))).unwrap();
    assert_eq!(head, "POST http://a/b HTTP/1.1\r\nHost: a\r\nx-Y: \r\nContent-Length: 3\r\n\r\n");

    let mut asked = Asked::new();
    let head = asked.ask("OPTIONS *", &fields, Some(Unknown)).unwrap();
    assert_eq!(head, "OPTIONS * HTTP/1.1\r\nHost: a\r\nx-Y: \r\nTransfer-Encoding: chunked\r\n\r\n");

    let mut asked = Asked::new();
    assert_eq!(asked.ask("CONNECT a:80", &[], None).unwrap(), "CONNECT a:80 HTTP/1.1\r\n\r\n");

    let mut asked = Asked::new();
    assert_eq!(asked.ask("PUT /", &[], Some(Known(0))).unwrap(), "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
}

/// RFC 9112 section 3.2: the form of the target is the method's.
#[test]
fn a_target_that_is_not_what_it_says_is_refused() {
    let rows = [
        (Method::GET, RequestTarget::Origin("/a b")),
        (Method::GET, RequestTarget::Origin("")),
        (Method::GET, RequestTarget::Origin("/\r\nA: b")),
        (Method::GET, RequestTarget::Origin("http://a/")),
        (Method::GET, RequestTarget::Absolute("/a")),
        (Method::GET, RequestTarget::Asterisk),
        (Method::GET, RequestTarget::Authority("a:80")),
        (Method::CONNECT, RequestTarget::Origin("/")),
        (Method::CONNECT, RequestTarget::Authority("a")),
    ];
    for (method, target) in rows {
        let mut asked = Asked::new();
        let sent = asked.connection.send_request(method, target, &[("Host", "a")], None, Tick::ZERO, &mut [0; 512]);
        assert_eq!(sent, Err(SendError::RequestLine), "{method} {target:?}");
        assert!(asked.connection.can_reuse(), "{method} {target:?}");
    }
}

/// RFC 9112 section 6.1. Before the first answer nobody knows.
#[test]
fn no_chunks_go_to_a_server_of_http_1_0() {
    let mut asked = Asked::new();
    asked.ask("PUT /", &[], Some(Unknown)).unwrap();
    asked.finish(&[]).unwrap();
    asked.receive("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
    assert!(asked.connection.can_send() && !asked.connection.takes_unknown_length());
    assert_eq!(asked.ask("PUT /", &[], Some(Unknown)), Err(SendError::UnknownLength));
    asked.ask("PUT /", &[], Some(Known(0))).unwrap();
    asked.finish(&[]).unwrap();
    asked.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    asked.ask("PUT /", &[], Some(Unknown)).unwrap();
}

#[test]
fn a_refused_request_leaves_all_as_it_was() {
    let mut asked = Asked::new();
    let refused = [
        ("CONNECT a:80", ("A", "b"), Some(Known(0)), SendError::ForbiddenContent),
        ("CONNECT a:80", ("A", "b"), Some(Unknown), SendError::ForbiddenContent),
        ("TRACE /", ("A", "b"), Some(Known(0)), SendError::ForbiddenContent),
        ("PUT /", ("A", "b"), None, SendError::Expect),
        ("PUT /", ("A", "b"), Some(Known(0)), SendError::Expect),
        ("PUT /", ("content-length", "3"), Some(Known(3)), SendError::FramingField),
        ("PUT /", ("Transfer-Encoding", "chunked"), None, SendError::FramingField),
        ("PUT /", ("Host", "b"), None, SendError::Host),
        ("PUT /", ("A b", "c"), None, SendError::FieldName),
        ("PUT /", ("A", "b\0"), None, SendError::FieldValue),
    ];
    for (request, field, length, error) in refused {
        let fields = [EXPECT[0], ("Host", "a"), ("Connection", "close"), field];
        assert_eq!(asked.ask(request, &fields, length), Err(error), "{request} {field:?}");
    }
    // RFC 9112 section 3.2: a server has to refuse them.
    for host in ["a b", "a@b", "a/", "a:b", ":80", "[::1", "a, b", "\u{e4}"] {
        assert_eq!(asked.ask("GET /", &[("host", host)], None), Err(SendError::Host), "{host}");
    }
    let len = "GET / HTTP/1.1\r\nA: b\r\n\r\n".len();
    let mut ask = |room: usize| {
        let target = RequestTarget::Origin("/");
        asked.connection.send_request(Method::GET, target, &[("A", "b")], None, Tick::ZERO, &mut vec![0; room])
    };
    assert_eq!(ask(len - 1), Err(SendError::TooSmall { required: len }));
    assert_eq!(ask(len), Ok(len));
    assert_eq!(asked.connection.unanswered(), 1);
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
    assert!(asked.connection.can_reuse());
}

#[test]
fn a_refused_request_runs_no_deadline() {
    let mut asked = Asked::new();
    assert!(asked.ask("PUT /", &[EXPECT[0], ("A", "\n")], Some(Known(3))).is_err());
    assert_eq!(asked.connection.deadline(), None);
    assert!(!asked.connection.awaits_continue() && !asked.connection.wants_read());
}

#[test]
fn one_after_the_other() {
    let mut asked = Asked::new();
    let out_of_turn = Err(SendError::OutOfTurn);
    asked.ask("PUT /", &[], Some(Known(3))).unwrap();
    assert_eq!(asked.ask("GET /", &[], None), out_of_turn, "one is being sent");
    asked.send("abc").unwrap();
    asked.finish(&[]).unwrap();
    assert_eq!(asked.ask("GET /", &[], None), out_of_turn, "one is not answered");
    asked.step(OK);
    assert_eq!(asked.ask("GET /", &[], None), out_of_turn, "its response is not complete");
    asked.receive("");
    assert!(asked.ask("GET /", &[], None).is_ok());
}
