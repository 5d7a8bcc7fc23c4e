//! What the head of a request says of itself.

use sanderling::http::{BodyFraming, Limits, RequestHead, RequestParser, RequestTarget, Rule, Version};

fn look<T>(octets: &str, at: impl FnOnce(RequestHead<'_>) -> T) -> T {
    let mut octets = octets.as_bytes().to_vec();
    let (used, head) = RequestParser::new().parse(&mut octets, &Limits::default()).unwrap().unwrap();
    assert!(head.as_bytes().len() <= used);
    at(head)
}

#[test]
fn its_octets_and_their_parts() {
    let octets = "\r\n\r\nPOST /a?b HTTP/1.1\r\nHost: c\r\nX: 1\r\nx: 2\r\nContent-Length: 5\r\n\r\nhello";
    look(octets, |head| {
        assert_eq!(head.as_bytes(), &octets.as_bytes()[4..octets.len() - 5]);
        assert_eq!((head.method().as_str(), head.target()), ("POST", RequestTarget::Origin("/a?b")));
        assert_eq!((head.version(), head.content_length()), (Version::Http11, Some(5)));
        assert_eq!((head.field("X"), head.field("host"), head.field("Y")), (Some(&b"1"[..]), Some(&b"c"[..]), None));
        let names: Vec<_> = head.fields().map(|line| line.name()).collect();
        assert_eq!(names, ["Host", "X", "x", "Content-Length"]);
    });
    look("GET / HTTP/1.0\r\n\r\n", |head| {
        assert_eq!((head.version(), head.content_length(), head.fields().count()), (Version::Http10, None, 0));
    });
}

#[test]
fn the_form_of_its_target_and_whom_it_is_for() {
    let rows = [
        ("GET /a HTTP/1.1\r\nHost: b:80\r\n\r\n", RequestTarget::Origin("/a"), Some("b:80")),
        ("GET /a HTTP/1.0\r\nHost:\r\n\r\n", RequestTarget::Origin("/a"), Some("")),
        ("GET /a HTTP/1.0\r\n\r\n", RequestTarget::Origin("/a"), None),
        ("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n", RequestTarget::Asterisk, Some("b")),
        ("GET http://a/c HTTP/1.1\r\nHost: b\r\n\r\n", RequestTarget::Absolute("http://a/c"), Some("a")),
        ("GET urn:c HTTP/1.1\r\nHost: b\r\n\r\n", RequestTarget::Absolute("urn:c"), None),
        ("GET x:/?http://c/ HTTP/1.1\r\nHost: b\r\n\r\n", RequestTarget::Absolute("x:/?http://c/"), None),
        ("CONNECT a:443 HTTP/1.1\r\nHost: b\r\n\r\n", RequestTarget::Authority("a:443"), Some("a:443")),
    ];
    for (octets, target, authority) in rows {
        look(octets, |head| assert_eq!((head.target(), head.authority()), (target, authority), "{octets}"));
    }
}

/// RFC 9110 section 10.1.1.
#[test]
fn whether_it_awaits_100() {
    let rows = [
        ("HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue", true),
        ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue", true),
        ("HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue, 100-continue", true),
        ("HTTP/1.1\r\nContent-Length: 5", false),
        ("HTTP/1.1\r\nContent-Length: 5\r\nExpect:", false),
        ("HTTP/1.1\r\nContent-Length: 0\r\nExpect: 100-continue", false),
        ("HTTP/1.1\r\nExpect: 100-continue", false),
        ("HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue", false),
        ("HTTP/1.0\r\nContent-Length: 5\r\nExpect: other", false),
    ];
    for (rest, expects) in rows {
        let octets = format!("PUT / {rest}\r\nHost: a\r\n\r\n");
        look(&octets, |head| assert_eq!(head.expects_continue(), expects, "{rest}"));
    }
}

/// RFC 9110 section 7.8.
#[test]
fn whether_it_offers_another_protocol() {
    let rows = [
        ("HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: a", true),
        ("HTTP/1.1\r\nConnection: close, Upgrade\r\nUpgrade: a", true),
        ("HTTP/1.1\r\nConnection: upgrade, x\r\nUpgrade: a", true),
        ("HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: ,", false),
        ("HTTP/1.1\r\nConnection: upgrade", false),
        ("HTTP/1.1\r\nUpgrade: a", false),
        ("HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: a", false),
    ];
    for (rest, offers) in rows {
        let octets = format!("GET / {rest}\r\nHost: a\r\n\r\n");
        look(&octets, |head| assert_eq!(head.offers_upgrade(), offers, "{rest}"));
    }
}

/// RFC 9112 section 9.3.
#[test]
fn whether_the_connection_is_to_be_kept() {
    let rows = [
        ("HTTP/1.1", true),
        ("HTTP/1.1\r\nConnection: keep-alive", true),
        ("HTTP/1.1\r\nConnection: close", false),
        ("HTTP/1.1\r\nConnection: keep-alive, close", false),
        ("HTTP/1.1\r\nConnection: keep-alive\r\nConnection: close", false),
        ("HTTP/1.0", false),
        ("HTTP/1.0\r\nConnection: x, Keep-Alive", true),
        ("HTTP/1.0\r\nConnection: keep-alive, close", false),
    ];
    for (rest, keeps) in rows {
        let octets = format!("GET / {rest}\r\nHost: a\r\n\r\n");
        look(&octets, |head| assert_eq!(head.wants_keep_alive(), keeps, "{rest}"));
    }
}

#[test]
fn how_its_body_ends() {
    let rows = [
        ("", BodyFraming::None, None),
        ("Content-Length: 0\r\n", BodyFraming::None, Some(0)),
        ("Content-Length: 5\r\n", BodyFraming::Length(5), Some(5)),
        ("Content-Length: 5, 5\r\n", BodyFraming::Length(5), Some(5)),
        ("Transfer-Encoding: chunked\r\n", BodyFraming::Chunked, None),
    ];
    for (fields, framing, length) in rows {
        look(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"), |head| {
            assert_eq!((head.body_framing(), head.content_length()), (framing, length), "{fields}");
        });
    }
}

/// The parser says early what a connection has to know of a head that may never be complete.
#[test]
fn what_is_known_before_it_is_complete() {
    let rows = [
        ("", false, false),
        ("\r\n\r\n", false, false),
        ("\r\n\r", false, false),
        ("G", true, false),
        ("\r\nG", true, false),
        ("HEAD", true, false),
        ("HEAD ", true, true),
        ("HEADS ", true, false),
        ("\r\nHEAD / HTTP/1.1\r\nHo", true, true),
        ("GET / HTTP/1.1\r\nHo", true, false),
    ];
    for (octets, has_begun, is_head) in rows {
        let mut parser = RequestParser::default();
        assert!(parser.parse(&mut octets.as_bytes().to_vec(), &Limits::default()).unwrap().is_none(), "{octets:?}");
        assert_eq!((parser.has_begun(), parser.is_head()), (has_begun, is_head), "{octets:?}");
    }
}

/// Each limit lets pass what is as long as it says, and no octet more.
#[test]
fn its_limits_to_the_octet() {
    let octets = "\r\nGET /abc HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    let fits = |change: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let whole = RequestParser::new().parse(&mut octets.as_bytes().to_vec(), &limits).map(|head| head.is_some());
        // Octet by octet it is the same.
        let mut parser = RequestParser::new();
        let grown = (1..=octets.len())
            .map(|len| parser.parse(&mut octets.as_bytes()[..len].to_vec(), &limits).map(|head| head.is_some()))
            .find(|result| *result != Ok(false));
        assert_eq!(Some(whole), grown);
        whole.map_err(|error| error.rule())
    };
    assert_eq!(fits(&|limits| limits.request_line = 17), Ok(true));
    assert_eq!(fits(&|limits| limits.request_line = 16), Err(Rule::RequestLineTooLong));
    assert_eq!(fits(&|limits| limits.field_section = 15), Ok(true));
    assert_eq!(fits(&|limits| limits.field_section = 14), Err(Rule::FieldSectionTooLarge));
    assert_eq!(fits(&|limits| limits.fields = 2), Ok(true));
    assert_eq!(fits(&|limits| limits.fields = 1), Err(Rule::FieldSectionTooLarge));
    assert_eq!(fits(&|limits| limits.leading_empty_lines = 1), Ok(true));
    assert_eq!(fits(&|limits| limits.leading_empty_lines = 0), Err(Rule::LeadingEmptyLines));
}

/// A line that never ends is refused by the first octet that is too many.
#[test]
fn an_open_line_is_held_to_its_limit() {
    let mut limits = Limits::default();
    limits.request_line = 8;
    let rows = [
        ("\r\nGET /abc", Ok(false)),
        ("\r\nGET /abcd", Err(Rule::RequestLineTooLong)),
        ("OPTIONSX", Ok(false)),
        ("OPTIONSXY", Err(Rule::Method)),
    ];
    for (octets, expected) in rows {
        let parsed = RequestParser::new().parse(&mut octets.as_bytes().to_vec(), &limits).map(|head| head.is_some());
        assert_eq!(parsed.map_err(|error| error.rule()), expected, "{octets:?}");
    }
}
