//! Message body length: RFC 9112 section 6.3, clause by clause in its order of precedence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sanderling::http::framing::{self, TransferCodings};
use sanderling::http::{BodyFraming, Limits, Method, RequestParser, ResponseParser, Rule, StatusCode, Version};

use BodyFraming::{Chunked, Length, UntilClose};
use TransferCodings as Codings;
use Version::{Http10, Http11};

const NONE: Result<BodyFraming, Rule> = Ok(BodyFraming::None);
const NOT_ALLOWED: Result<BodyFraming, Rule> = Err(Rule::TransferEncodingNotAllowed);

#[test]
fn requests() {
    let rows = [
        // 3: both fields "ought to be handled as an error", whatever the codings are.
        (3, Method::POST, Http11, Some(5), Codings::Chunked, NOT_ALLOWED),
        (3, Method::POST, Http11, Some(0), Codings::Chunked, NOT_ALLOWED),
        (3, Method::POST, Http11, Some(5), Codings::UnknownThenChunked, NOT_ALLOWED),
        (3, Method::POST, Http11, Some(5), Codings::NotChunkedLast, NOT_ALLOWED),
        (3, Method::POST, Http11, Some(5), Codings::Malformed, NOT_ALLOWED),
        (3, Method::GET, Http11, Some(5), Codings::Chunked, NOT_ALLOWED),
        // 4: chunked is the final coding, or the length cannot be known.
        (4, Method::POST, Http11, None, Codings::Chunked, Ok(Chunked)),
        (4, Method::GET, Http11, None, Codings::Chunked, Ok(Chunked)),
        (4, Method::POST, Http11, None, Codings::NotChunkedLast, Err(Rule::TransferEncoding)),
        (4, Method::POST, Http11, None, Codings::ChunkedNotLast, Err(Rule::TransferEncoding)),
        (4, Method::POST, Http11, None, Codings::Malformed, Err(Rule::TransferEncoding)),
        // Section 6.1 on codings that are not understood, and on HTTP/1.0.
        (4, Method::POST, Http11, None, Codings::UnknownThenChunked, Err(Rule::UnknownTransferCoding)),
        (4, Method::POST, Http10, None, Codings::Chunked, NOT_ALLOWED),
        (4, Method::POST, Http10, Some(5), Codings::Chunked, NOT_ALLOWED),
        // 6: a valid Content-Length.
        (6, Method::POST, Http11, Some(5), Codings::Absent, Ok(Length(5))),
        (6, Method::POST, Http10, Some(5), Codings::Absent, Ok(Length(5))),
        (6, Method::GET, Http11, Some(u64::MAX), Codings::Absent, Ok(Length(u64::MAX))),
        (6, Method::HEAD, Http11, Some(5), Codings::Absent, Ok(Length(5))),
        (6, Method::POST, Http11, Some(0), Codings::Absent, NONE),
        // 7: none of these. A request is never delimited by the end of the connection.
        (7, Method::GET, Http11, None, Codings::Absent, NONE),
        (7, Method::POST, Http11, None, Codings::Absent, NONE),
        (7, Method::POST, Http10, None, Codings::Absent, NONE),
        // RFC 9110 section 9.3.6: CONNECT has no content.
        (7, Method::CONNECT, Http11, None, Codings::Absent, NONE),
        (6, Method::CONNECT, Http11, Some(0), Codings::Absent, NONE),
        (6, Method::CONNECT, Http11, Some(1), Codings::Absent, Err(Rule::ContentInConnect)),
        (4, Method::CONNECT, Http11, None, Codings::Chunked, Err(Rule::ContentInConnect)),
    ];
    for row in rows {
        let (_, method, version, content_length, codings, expected) = row;
        assert_eq!(framing::request(method, version, content_length, codings), expected, "{row:?}");
    }
}

#[test]
fn responses() {
    let rows = [
        // 1: no body after HEAD nor with these codes, whatever the fields say.
        (1, Method::HEAD, 200, Http11, None, Codings::Absent, NONE),
        (1, Method::HEAD, 200, Http11, Some(5), Codings::Absent, NONE),
        (1, Method::HEAD, 200, Http11, None, Codings::Chunked, NONE),
        (1, Method::HEAD, 404, Http11, None, Codings::NotChunkedLast, NONE),
        (1, Method::HEAD, 200, Http11, Some(5), Codings::Chunked, NONE),
        (1, Method::GET, 100, Http11, Some(5), Codings::Absent, NONE),
        (1, Method::GET, 103, Http11, None, Codings::Chunked, NONE),
        (1, Method::GET, 204, Http11, Some(5), Codings::Absent, NONE),
        (1, Method::GET, 204, Http11, None, Codings::Chunked, NONE),
        (1, Method::GET, 204, Http11, Some(5), Codings::Chunked, NONE),
        (1, Method::GET, 304, Http11, Some(5), Codings::Absent, NONE),
        (1, Method::GET, 304, Http11, Some(5), Codings::Chunked, NONE),
        (1, Method::GET, 304, Http10, None, Codings::Absent, NONE),
        // 2: a tunnel, and both fields must be ignored.
        (2, Method::CONNECT, 200, Http11, None, Codings::Absent, NONE),
        (2, Method::CONNECT, 299, Http11, Some(5), Codings::Absent, NONE),
        (2, Method::CONNECT, 200, Http11, None, Codings::Chunked, NONE),
        (2, Method::CONNECT, 200, Http11, Some(5), Codings::Chunked, NONE),
        (2, Method::CONNECT, 407, Http11, Some(5), Codings::Absent, Ok(Length(5))),
        // 3: both fields.
        (3, Method::GET, 200, Http11, Some(5), Codings::Chunked, NOT_ALLOWED),
        (3, Method::GET, 200, Http11, Some(5), Codings::NotChunkedLast, NOT_ALLOWED),
        (3, Method::CONNECT, 407, Http11, Some(5), Codings::Chunked, NOT_ALLOWED),
        // 4: chunked is the final coding, or the body goes on until the server closes.
        (4, Method::GET, 200, Http11, None, Codings::Chunked, Ok(Chunked)),
        (4, Method::GET, 200, Http11, None, Codings::UnknownThenChunked, Ok(Chunked)),
        (4, Method::GET, 200, Http11, None, Codings::NotChunkedLast, Ok(UntilClose)),
        (4, Method::GET, 200, Http11, None, Codings::ChunkedNotLast, Ok(UntilClose)),
        // Lists that section 7 has no sender make, and the faulty framing of section 6.1.
        (4, Method::GET, 200, Http11, None, Codings::Malformed, Err(Rule::TransferEncoding)),
        (4, Method::GET, 200, Http10, None, Codings::Chunked, NOT_ALLOWED),
        // 6: a valid Content-Length.
        (6, Method::GET, 200, Http11, Some(5), Codings::Absent, Ok(Length(5))),
        (6, Method::GET, 200, Http10, Some(5), Codings::Absent, Ok(Length(5))),
        (6, Method::GET, 205, Http11, Some(0), Codings::Absent, NONE),
        // 8: until the server closes.
        (8, Method::GET, 200, Http11, None, Codings::Absent, Ok(UntilClose)),
        (8, Method::POST, 500, Http10, None, Codings::Absent, Ok(UntilClose)),
        (8, Method::CONNECT, 502, Http11, None, Codings::Absent, Ok(UntilClose)),
    ];
    let mut wrong = Vec::new();
    for row in rows {
        let (_, method, code, version, content_length, codings, expected) = row;
        let status = StatusCode::new(code).unwrap();
        let got = framing::response(method, status, version, content_length, codings);
        if got != expected {
            wrong.push(format!("{row:?}, got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// 5: an invalid Content-Length is an error, but for a list of one valid number over and over.
#[test]
fn content_length_values() {
    let rows = [
        ("5", Ok(5)),
        ("005", Ok(5)),
        ("5, 5", Ok(5)),
        ("5,\t05 ,5", Ok(5)),
        ("5\r\nContent-Length: 5", Ok(5)),
        ("18446744073709551615", Ok(u64::MAX)),
        ("18446744073709551616", Err(Rule::ContentLength)),
        ("", Err(Rule::ContentLength)),
        ("x", Err(Rule::ContentLength)),
        ("+5", Err(Rule::ContentLength)),
        ("-5", Err(Rule::ContentLength)),
        ("5 5", Err(Rule::ContentLength)),
        ("0x5", Err(Rule::ContentLength)),
        ("5, 6", Err(Rule::ContentLength)),
        ("5, x", Err(Rule::ContentLength)),
        ("5\r\nContent-Length: 6", Err(Rule::ContentLength)),
    ];
    for (value, expected) in rows {
        let fields = format!("Host: a\r\nContent-Length: {value}\r\n\r\n");
        let limits = Limits::default();

        let request = format!("POST / HTTP/1.1\r\n{fields}");
        let mut request = request.into_bytes();
        let got = RequestParser::new().parse(&mut request, &limits);
        let got = got.map(|head| head.unwrap().1.content_length().unwrap()).map_err(|error| error.rule());
        assert_eq!(got, expected, "request, {value:?}");

        let response = format!("HTTP/1.1 200 OK\r\n{fields}");
        let mut response = response.into_bytes();
        let got = ResponseParser::new().parse(&mut response, &limits);
        let head = got.unwrap().unwrap().1;
        let got = head.body_framing(Method::GET).map(|_| head.content_length().unwrap());
        assert_eq!(got, expected, "response, {value:?}");
        assert_eq!(head.body_framing(Method::HEAD), NONE, "response to HEAD, {value:?}");
    }
}
