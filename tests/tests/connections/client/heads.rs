//! What the head of a response says of itself.

use sanderling::http::{BodyFraming, Limits, Method, ResponseHead, ResponseParser, Rule, StatusCode, Version};

fn look<T>(octets: &str, at: impl FnOnce(ResponseHead<'_>) -> T) -> T {
    let mut octets = octets.as_bytes().to_vec();
    let (used, head) = ResponseParser::new().parse(&mut octets, &Limits::default()).unwrap().unwrap();
    assert_eq!(head.as_bytes().len(), used);
    at(head)
}

#[test]
fn its_octets_and_their_parts() {
    let octets = "HTTP/1.0 404 Not  Found\r\nX: 1\r\nx: 2\r\nContent-Length: 5\r\n\r\nhello";
    look(octets, |head| {
        assert_eq!(head.as_bytes(), &octets.as_bytes()[..octets.len() - 5]);
        assert_eq!((head.version(), head.status()), (Version::Http10, StatusCode::NOT_FOUND));
        assert_eq!((head.reason(), head.content_length()), (&b"Not  Found"[..], Some(5)));
        assert_eq!((head.field("X"), head.field("Y")), (Some(&b"1"[..]), None));
        let names: Vec<_> = head.fields().map(|line| line.name()).collect();
        assert_eq!(names, ["X", "x", "Content-Length"]);
    });
}

#[test]
fn its_reason_may_be_empty_or_missing() {
    for (line, reason) in [("200 OK", "OK"), ("200 ", ""), ("200", ""), ("200  ", " "), ("200 \u{e9}", "\u{e9}")] {
        look(&format!("HTTP/1.1 {line}\r\nA: b\r\n\r\n"), |head| {
            assert_eq!((head.reason(), head.field("a")), (reason.as_bytes(), Some(&b"b"[..])), "{line:?}");
        });
    }
}

/// A client looks at three digits, and takes any (RFC 9110 section 15).
#[test]
fn its_status() {
    for code in [100, 101, 199, 200, 204, 299, 304, 405, 599, 600, 987, 999] {
        look(&format!("HTTP/1.1 {code} \r\n\r\n"), |head| assert_eq!(head.status().as_u16(), code));
    }
}

/// RFC 9112 section 9.3.
#[test]
fn whether_the_connection_is_to_be_kept() {
    let rows = [
        ("HTTP/1.1 200 \r\n", true),
        ("HTTP/1.9 200 \r\n", true),
        ("HTTP/1.1 200 \r\nConnection: keep-alive\r\n", true),
        ("HTTP/1.1 200 \r\nConnection: close\r\n", false),
        ("HTTP/1.1 200 \r\nConnection: keep-alive, close\r\n", false),
        ("HTTP/1.0 200 \r\n", false),
        ("HTTP/1.0 200 \r\nConnection: x, Keep-Alive\r\n", true),
        ("HTTP/1.0 200 \r\nConnection: keep-alive, close\r\n", false),
    ];
    for (octets, keeps) in rows {
        look(&format!("{octets}\r\n"), |head| assert_eq!(head.wants_keep_alive(), keeps, "{octets}"));
    }
}

#[test]
fn how_its_body_ends() {
    let rows = [
        ("", Ok(BodyFraming::UntilClose), None),
        ("Content-Length: 0\r\n", Ok(BodyFraming::None), Some(0)),
        ("Content-Length: 5\r\n", Ok(BodyFraming::Length(5)), Some(5)),
        ("Content-Length: 5, x\r\n", Err(Rule::ContentLength), None),
        ("Content-Length: x\r\n", Err(Rule::ContentLength), None),
        ("Transfer-Encoding: chunked\r\n", Ok(BodyFraming::Chunked), None),
        ("Transfer-Encoding: chunked\r\nContent-Length: x\r\n", Err(Rule::TransferEncodingNotAllowed), None),
    ];
    for (fields, framing, length) in rows {
        look(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"), |head| {
            assert_eq!((head.body_framing(Method::GET), head.content_length()), (framing, length), "{fields}");
            assert_eq!(head.body_framing(Method::HEAD), Ok(BodyFraming::None), "{fields}");
        });
    }
}

/// Each limit lets pass what is as long as it says, and no octet more.
#[test]
fn its_limits_to_the_octet() {
    let octets = "HTTP/1.1 200 OK\r\nHost: a\r\nA: b\r\n\r\n";
    let fits = |change: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let whole =
            ResponseParser::default().parse(&mut octets.as_bytes().to_vec(), &limits).map(|head| head.is_some());
        // Octet by octet it is the same.
        let mut parser = ResponseParser::new();
        let grown = (1..=octets.len())
            .map(|len| parser.parse(&mut octets.as_bytes()[..len].to_vec(), &limits).map(|head| head.is_some()))
            .find(|result| *result != Ok(false));
        assert_eq!(Some(whole.map_err(|error| error.rule())), grown.map(|got| got.map_err(|error| error.rule())));
        whole.map_err(|error| error.rule())
    };
    assert_eq!(fits(&|limits| limits.request_line = 15), Ok(true));
    assert_eq!(fits(&|limits| limits.request_line = 14), Err(Rule::RequestLineTooLong));
    assert_eq!(fits(&|limits| limits.field_section = 15), Ok(true));
    assert_eq!(fits(&|limits| limits.field_section = 14), Err(Rule::FieldSectionTooLarge));
    assert_eq!(fits(&|limits| limits.fields = 2), Ok(true));
    assert_eq!(fits(&|limits| limits.fields = 1), Err(Rule::FieldSectionTooLarge));
}
