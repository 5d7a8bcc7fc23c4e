//! What the server's driver compresses, and what it says of it.

use core::task::Poll;

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::Tick;
use sanderling::coding::{ContentCoding, Decoder};
use sanderling::drive::{Compression, Driver, ServerDriver};
use sanderling::http::{BodyLength, Deadlines, FieldLine, Limits, NO_FIELDS, SendError, StatusCode};

use super::codecs::decoded;

const NOW: Tick = Tick::ZERO;
const TEXT: (&str, &str) = ("Content-Type", "text/plain");

pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(output: &[u8]) -> Self {
        let end = output.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(output[..end + 2].to_vec()).unwrap();
        let rest = &output[end + 4..];
        let mut answer = Self { head, body: rest.to_vec() };
        if answer.field("Transfer-Encoding").is_some() && !rest.is_empty() {
            answer.body = unchunked(rest);
        }
        answer
    }

    /// The values of this name, joined.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let lines = self.head.split("\r\n").filter_map(|line| line.split_once(": "));
        let values: Vec<_> = lines.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect();
        (!values.is_empty()).then(|| values.join(" | "))
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        let Some(coding) = self.field("Content-Encoding") else { return self.body.clone() };
        let mut decoder = Decoder::new(ContentCoding::named(coding.as_bytes()).unwrap());
        let content = decoded(&mut decoder, &self.body, 4096, 4096).unwrap();
        decoder.finish().unwrap();
        content
    }
}

/// The data of chunks, up to the last one if it has come.
pub(crate) fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while !rest.is_empty() {
        let line = rest.windows(2).position(|window| window == b"\r\n").unwrap();
        let len = usize::from_str_radix(core::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        body.extend_from_slice(&rest[line + 2..][..len]);
        rest = &rest[line + len + 4..];
    }
    body
}

fn driver(head: &str) -> ServerDriver {
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    driver.set_compression(Some(Compression::default()));
    ask(&mut driver, head);
    driver
}

fn ask(driver: &mut ServerDriver, head: &str) {
    let input = format!("{head}\r\n\r\n");
    driver.room()[..input.len()].copy_from_slice(input.as_bytes());
    driver.received(input.len());
    assert_eq!(driver.poll_request(NOW), Poll::Ready(true));
}

fn take(driver: &mut ServerDriver) -> Vec<u8> {
    let output: Vec<u8> = driver.output().flatten().copied().collect();
    driver.written(output.len(), NOW);
    output
}

/// The answer to GET with this Accept-Encoding, and other lines.
fn get(lines: &str, answer: impl FnOnce(&mut ServerDriver)) -> Answer {
    request(&format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}"), answer)
}

fn request(head: &str, answer: impl FnOnce(&mut ServerDriver)) -> Answer {
    let mut driver = driver(head.trim_end());
    answer(&mut driver);
    driver.end_exchange();
    Answer::of(&take(&mut driver))
}

fn body() -> String {
    "sand ".repeat(1000)
}

fn respond<'a>(fields: &'a [(&'a str, &'a str)]) -> impl FnOnce(&mut ServerDriver) + 'a {
    move |driver| driver.respond(StatusCode::OK, fields, body()).unwrap()
}

#[test]
fn a_body_is_compressed_whole() {
    for coding in ContentCoding::ALL {
        let answer = get(
            &format!("Accept-Encoding: {}", coding.name()),
            respond(&[TEXT, ("ETag", "\"a\""), ("Accept-Ranges", "bytes")]),
        );
        assert_eq!(answer.field("Content-Encoding").as_deref(), Some(coding.name()));
        assert_eq!(answer.field("Content-Length"), Some(answer.body.len().to_string()));
        assert_eq!(answer.field("Vary").as_deref(), Some("Accept-Encoding"));
        assert_eq!(answer.field("ETag").as_deref(), Some("W/\"a\""));
        assert_eq!(answer.field("Accept-Ranges"), None);
        assert_eq!(answer.field("Transfer-Encoding"), None);
        assert!(answer.body.len() < 100);
        assert_eq!(answer.content(), body().as_bytes());
    }
}

#[test]
fn a_client_that_accepts_none_is_told_that_it_mattered() {
    for lines in
        ["", "Accept-Encoding: identity", "Accept-Encoding: gzip;q=0", "Accept-Encoding: gzip;q=0.5, identity;q=0.7"]
    {
        let answer = get(lines, respond(&[TEXT, ("ETag", "\"a\""), ("Accept-Ranges", "bytes")]));
        assert_eq!(answer.field("Content-Encoding"), None, "{lines}");
        assert_eq!(answer.field("Vary").as_deref(), Some("Accept-Encoding"));
        assert_eq!(answer.field("ETag").as_deref(), Some("\"a\""));
        assert_eq!(answer.field("Accept-Ranges").as_deref(), Some("bytes"));
        assert_eq!(answer.body, body().as_bytes());
    }
}

#[test]
fn what_a_client_wants_most_is_taken() {
    let answer = get("Accept-Encoding: gzip;q=0.5, deflate", respond(&[TEXT]));
    assert_eq!(answer.field("Content-Encoding").as_deref(), Some("deflate"));
    let answer = get("Accept-Encoding: *", respond(&[TEXT]));
    assert_eq!(answer.field("Content-Encoding").as_deref(), Some(ContentCoding::ALL[0].name()));
    let answer = get("Accept-Encoding: deflate, gzip", respond(&[TEXT]));
    assert_eq!(answer.field("Content-Encoding").as_deref(), Some("gzip"));
}

#[test]
fn what_is_not_compressed_for_anyone() {
    let gzip = "Accept-Encoding: gzip";
    for fields in [
        &[("Content-Type", "image/png")][..],
        &[],
        &[TEXT, ("Content-Encoding", "br")],
        &[TEXT, ("Cache-Control", "max-age=5, No-Transform")],
        &[TEXT, ("Content-Range", "bytes 0-4999/9999")],
    ] {
        let answer = get(gzip, respond(fields));
        assert_eq!(answer.field("Vary"), None, "{fields:?}");
        assert_eq!(answer.body, body().as_bytes());
    }
    for status in [204, 205] {
        let status = StatusCode::new(status).unwrap();
        let answer = get(gzip, |driver| driver.start(status, &[TEXT], BodyLength::Unknown).unwrap());
        assert_eq!((answer.field("Vary"), answer.field("Content-Encoding")), (None, None));
    }
    let answer = get(gzip, |driver| driver.respond(StatusCode::OK, &[TEXT], "x".repeat(1023)).unwrap());
    assert_eq!((answer.field("Vary"), answer.body.len()), (None, 1023));
    let answer = get(gzip, |driver| driver.respond(StatusCode::OK, &[TEXT], "x".repeat(1024)).unwrap());
    assert_eq!(answer.field("Content-Encoding").as_deref(), Some("gzip"));
}

#[test]
fn nothing_is_compressed_unless_that_is_set() {
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    ask(&mut driver, "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
    driver.respond(StatusCode::OK, &[TEXT], body()).unwrap();
    let answer = Answer::of(&take(&mut driver));
    assert_eq!((answer.field("Vary"), answer.body), (None, body().into_bytes()));
}

#[test]
fn vary_is_said_once() {
    let gzip = "Accept-Encoding: gzip";
    for (given, said) in [
        ("Origin", "Origin | Accept-Encoding"),
        ("accept-encoding", "accept-encoding"),
        ("Origin, ACCEPT-ENCODING", "Origin, ACCEPT-ENCODING"),
        ("*", "*"),
    ] {
        for lines in [gzip, ""] {
            let answer = get(lines, respond(&[TEXT, ("Vary", given)]));
            assert_eq!(answer.field("Vary").as_deref(), Some(said));
        }
    }
}

#[test]
fn digests_of_other_octets_are_not_sent() {
    let fields = [
        TEXT,
        ("Content-Digest", "x"),
        ("Repr-Digest", "x"),
        ("Digest", "x"),
        ("Content-MD5", "x"),
        ("ETag", "W/\"w\""),
    ];
    let answer = get("Accept-Encoding: gzip", respond(&fields));
    for name in ["Content-Digest", "Repr-Digest", "Digest", "Content-MD5"] {
        assert_eq!(answer.field(name), None);
    }
    assert_eq!(answer.field("ETag").as_deref(), Some("W/\"w\""));
    assert!(get("", respond(&fields)).field("Repr-Digest").is_some());
}

#[test]
fn what_does_not_get_shorter_is_sent_as_it_is() {
    let mut random = fastrand::Rng::with_seed(1);
    let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(5000).collect();
    let fields = [TEXT, ("ETag", "\"a\"")];
    let answer = get("Accept-Encoding: gzip", |driver| driver.respond(StatusCode::OK, &fields, &noise).unwrap());
    assert_eq!(answer.field("Content-Encoding"), None);
    assert_eq!(answer.field("Vary").as_deref(), Some("Accept-Encoding"));
    assert_eq!(answer.field("ETag").as_deref(), Some("\"a\""));
    assert_eq!(answer.body, noise);
}

#[test]
fn head_is_told_what_get_is() {
    let lines = "Host: a\r\nAccept-Encoding: gzip";
    for is_whole in [true, false] {
        let answer = |method: &str| {
            request(&format!("{method} / HTTP/1.1\r\n{lines}"), |driver| {
                if is_whole {
                    return driver.respond(StatusCode::OK, &[TEXT, ("ETag", "\"a\"")], body()).unwrap();
                }
                driver.start(StatusCode::OK, &[TEXT, ("ETag", "\"a\"")], BodyLength::Known(5000)).unwrap();
                driver.write(body()).unwrap();
                driver.finish(NO_FIELDS).unwrap();
            })
        };
        let (get, head) = (answer("GET"), answer("HEAD"));
        assert_eq!(get.head, head.head);
        assert_eq!(get.content(), body().as_bytes());
        assert!(head.body.is_empty() && get.field("Content-Encoding").is_some());
        assert_eq!(get.field("Content-Length").is_some(), is_whole);
    }
}

/// Nobody waits until all of a long body is compressed, just to be told how long that is.
#[test]
fn a_long_response_is_compressed_as_it_is_written() {
    let long = body().repeat(200);
    for ends_at_once in [false, true] {
        for coding in ContentCoding::ALL {
            let lines = format!("Host: a\r\nAccept-Encoding: {}", coding.name());
            let answer = |method: &str| {
                let mut driver = driver(&format!("{method} / HTTP/1.1\r\n{lines}"));
                driver.respond(StatusCode::OK, &[TEXT, ("ETag", "\"a\"")], long.clone()).unwrap();
                if ends_at_once {
                    driver.end_exchange();
                    assert!(!driver.is_aborted());
                } else {
                    assert!(method == "HEAD" || !driver.can_write());
                }
                let mut output = Vec::new();
                while driver.output_len() > 0 {
                    output.extend(take(&mut driver));
                }
                driver.end_exchange();
                assert!(!driver.is_aborted() && driver.is_idle());
                Answer::of(&output)
            };
            let (get, head) = (answer("GET"), answer("HEAD"));
            assert_eq!(get.head, head.head);
            assert_eq!(get.field("Transfer-Encoding").as_deref(), Some("chunked"));
            assert!(head.body.is_empty() && get.content() == long.as_bytes(), "{coding:?}");
        }
    }
}

/// Nothing of a response that was given up reaches the next one's client, and whoever writes on hears of it.
#[test]
fn a_response_that_was_given_up_leaves_nothing_behind() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut noise = |len| std::iter::repeat_with(|| random.u8(b'a'..b'i')).take(len).collect::<Vec<u8>>();
    for coding in ContentCoding::ALL {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {}", coding.name());
        for len in [50_000, 1 << 20] {
            let mut given_up = driver(&head);
            given_up.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).unwrap();
            given_up.write(noise(len)).unwrap();
            given_up.abort();
            assert!(given_up.can_write() && given_up.output_len() == 0);
            assert_eq!(given_up.write("more"), Err(SendError::OutOfTurn));
            let _ = (given_up.flush(), given_up.finish(NO_FIELDS));
            given_up.end_exchange();
            let body = noise(30_000);
            let answer = request(&head, |driver| driver.respond(StatusCode::OK, &[TEXT], &body).unwrap());
            assert!(answer.field("Content-Encoding").is_some() && answer.content() == body, "{coding:?}");
        }
    }
}

/// What is declared may be written, whatever becomes of it.
#[test]
fn what_is_written_in_answer_to_head_is_let_pass() {
    for lines in ["Accept-Encoding: gzip", "Accept-Encoding: identity"] {
        let mut driver = driver(&format!("HEAD / HTTP/1.1\r\nHost: a\r\n{lines}"));
        driver.start(StatusCode::OK, &[TEXT], BodyLength::Known(600_000)).unwrap();
        for _ in 0..3 {
            driver.write(vec![b'a'; 200_000]).unwrap();
        }
        driver.finish(NO_FIELDS).unwrap();
    }
}

#[test]
fn unmodified_is_said_of_what_the_client_has() {
    let not_modified = |lines: &str, fields: &[(&str, &str)]| {
        let answer = get(lines, |driver| {
            driver.start(StatusCode::NOT_MODIFIED, fields, BodyLength::Known(0)).unwrap();
            driver.finish(NO_FIELDS).unwrap();
        });
        assert_eq!(answer.field("Content-Encoding"), None);
        (answer.field("ETag").unwrap(), answer.field("Vary"))
    };
    let vary = Some("Accept-Encoding".to_owned());
    let tag = [("ETag", "\"a\"")];
    assert_eq!(
        not_modified("Accept-Encoding: gzip\r\nIf-None-Match: \"b\", W/\"a\"", &tag),
        ("W/\"a\"".into(), vary.clone())
    );
    assert_eq!(not_modified("Accept-Encoding: gzip\r\nIf-None-Match: \"a\"", &tag), ("\"a\"".into(), vary.clone()));
    // Who does not say which one is told what a 200 would have said.
    for lines in ["If-None-Match: *", "If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT"] {
        assert_eq!(not_modified(&format!("Accept-Encoding: gzip\r\n{lines}"), &tag), ("W/\"a\"".into(), vary.clone()));
        assert_eq!(not_modified(lines, &tag), ("\"a\"".into(), vary.clone()));
    }
    let image = [("ETag", "\"a\""), ("Content-Type", "image/png")];
    assert_eq!(not_modified("If-None-Match: W/\"a\"", &image), ("\"a\"".into(), None));
}

#[test]
fn what_was_flushed_can_be_read_at_once() {
    for coding in ContentCoding::ALL {
        let mut driver = driver(&format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {}", coding.name()));
        driver.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).unwrap();
        let answer = Answer::of(&take(&mut driver));
        assert_eq!(answer.field("Transfer-Encoding").as_deref(), Some("chunked"));
        assert_eq!(answer.field("Content-Length"), None);
        let mut decoder = Decoder::new(*coding);
        for word in ["one ", "two ", "three "] {
            driver.write(word).unwrap();
            driver.flush().unwrap();
            let content = decoded(&mut decoder, &unchunked(&take(&mut driver)), 100, 100).unwrap();
            assert_eq!(content, word.as_bytes());
            driver.flush().unwrap();
            assert!(take(&mut driver).is_empty(), "flushed twice");
        }
        driver.write("the end").unwrap();
        driver.finish(NO_FIELDS).unwrap();
        let content = decoded(&mut decoder, &unchunked(&take(&mut driver)), 100, 100).unwrap();
        assert_eq!((content.as_slice(), decoder.finish()), (&b"the end"[..], Ok(())));
    }
}

#[test]
fn the_output_does_not_grow_by_a_huge_piece() {
    let mut random = fastrand::Rng::with_seed(2);
    let huge: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(3 << 20).collect();
    let limits = Limits::default();
    for coding in ContentCoding::ALL {
        let mut driver = driver(&format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {}", coding.name()));
        driver.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).unwrap();
        driver.write(bytes_of(&huge)).unwrap();
        let (mut output, mut most) = (Vec::new(), 0);
        while driver.output_len() > 0 {
            most = most.max(driver.output_len());
            let some: Vec<u8> = driver.output().flatten().copied().take(10_000).collect();
            driver.written(some.len(), NOW);
            output.extend(some);
        }
        // And a slice, with what is around it.
        assert!(most < limits.output + 65 * 1024, "{coding:?}: {most}");
        assert!(driver.can_write());
        driver.write("more").unwrap();
        driver.finish(NO_FIELDS).unwrap();
        output.extend(take(&mut driver));
        let content = Answer::of(&output).content();
        assert!(content.starts_with(&huge) && content.ends_with(b"more") && content.len() == huge.len() + 4);
    }
}

/// Owned, so that nothing is copied.
fn bytes_of(octets: &[u8]) -> Vec<u8> {
    octets.to_vec()
}

#[test]
fn what_was_declared_is_held() {
    let start = || {
        let mut driver = driver("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
        driver.start(StatusCode::OK, &[TEXT], BodyLength::Known(2000)).unwrap();
        driver.write("x".repeat(1999)).unwrap();
        driver
    };
    let mut driver = start();
    assert_eq!(driver.write("xx"), Err(SendError::BodyTooLong));
    assert_eq!(driver.finish(&[("A", "b")]), Err(SendError::Trailer));
    driver.write("x").unwrap();
    driver.finish(NO_FIELDS).unwrap();
    assert_eq!(Answer::of(&take(&mut driver)).content().len(), 2000);
    let mut driver = start();
    assert_eq!(driver.finish(NO_FIELDS), Err(SendError::BodyTooShort));
    assert!(driver.is_aborted());
}

#[test]
fn a_refused_head_leaves_all_as_it_was() {
    let answer = get("Accept-Encoding: gzip", |driver| {
        let wrong = [TEXT, ("X", "a\r\nb")];
        assert!(driver.start(StatusCode::OK, &wrong, BodyLength::Unknown).is_err());
        assert!(driver.respond(StatusCode::OK, &wrong, body()).is_err());
        driver.respond(StatusCode::OK, &[TEXT], body()).unwrap();
    });
    assert_eq!(answer.content(), body().as_bytes());
}

#[test]
fn an_old_client_gets_it_until_the_end() {
    let answer = request("GET / HTTP/1.0\r\nAccept-Encoding: gzip", |driver| {
        driver.start(StatusCode::OK, &[TEXT], BodyLength::Known(5000)).unwrap();
        driver.write(body()).unwrap();
        driver.finish(NO_FIELDS).unwrap();
    });
    assert_eq!((answer.field("Content-Length"), answer.field("Transfer-Encoding")), (None, None));
    assert_eq!(answer.content(), body().as_bytes());
}

#[test]
fn trailers_follow_what_was_compressed() {
    let mut driver = driver("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
    driver.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).unwrap();
    driver.write(body()).unwrap();
    driver.finish(&[("X-Sum", "1")]).unwrap();
    let output = take(&mut driver);
    let body_end = output.len() - b"0\r\nX-Sum: 1\r\n\r\n".len();
    assert_eq!(&output[body_end..], b"0\r\nX-Sum: 1\r\n\r\n");
    assert_eq!(Answer::of(&output[..body_end]).content(), body().as_bytes());
}

#[test]
fn one_response_does_not_know_of_the_other() {
    let mut driver = driver("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
    for (accept, fields) in [("gzip", [TEXT]), ("identity", [TEXT]), ("gzip", [("Content-Type", "image/png")])] {
        driver.start(StatusCode::OK, &fields, BodyLength::Unknown).unwrap();
        driver.write(body()).unwrap();
        driver.finish(NO_FIELDS).unwrap();
        driver.end_exchange();
        let answer = Answer::of(&take(&mut driver));
        assert_eq!(answer.content(), body().as_bytes(), "{accept}");
        assert!(driver.poll_request(NOW).is_pending());
        ask(&mut driver, "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: identity");
    }
    driver.respond(StatusCode::OK, NO_FIELDS, "").unwrap();
}

#[test]
fn steady_state_does_not_allocate() {
    // br has no compressor that can be used again.
    for coding in [ContentCoding::Gzip, ContentCoding::Deflate] {
        let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
        driver.set_compression(Some(Compression::default()));
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {}", coding.name());
        let input = format!("{head}\r\n\r\n");
        let body = bytes::Bytes::from(body());
        let mut round = |is_whole| {
            assert!(driver.poll_request(NOW).is_pending());
            driver.room()[..input.len()].copy_from_slice(input.as_bytes());
            driver.received(input.len());
            assert_eq!(driver.poll_request(NOW), Poll::Ready(true));
            let fields = [TEXT, ("ETag", "\"abc\"")];
            if is_whole {
                driver.respond(StatusCode::OK, &fields, body.clone()).unwrap();
            } else {
                driver.start(StatusCode::OK, &fields, BodyLength::Unknown).unwrap();
                driver.write(body.clone()).unwrap();
                driver.flush().unwrap();
                driver.write("more").unwrap();
                driver.finish(NO_FIELDS).unwrap();
            }
            driver.end_exchange();
            let len = driver.output_len();
            driver.written(len, NOW);
        };
        for is_whole in [true, false] {
            (0..4).for_each(|_| round(is_whole));
            let info = allocation_counter::measure(|| (0..20).for_each(|_| round(is_whole)));
            assert_eq!(info.count_total, 0, "{coding:?}, whole: {is_whole}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_stream_arrives_as_it_was_written(
        pieces in vec((vec(any::<u8>(), 0..3000), any::<bool>()), 0..6),
        accept in prop_oneof![Just("gzip"), Just("deflate"), Just("br"), Just("zstd"), Just("identity")],
        taken in 1..5000_usize,
    ) {
        let mut driver = driver(&format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {accept}"));
        driver.start(StatusCode::OK, &[FieldLine::new("Content-Type", "text/html")], BodyLength::Unknown).unwrap();
        let (mut content, mut output) = (Vec::new(), Vec::new());
        for (piece, flush) in &pieces {
            driver.write(piece.clone()).unwrap();
            if *flush {
                driver.flush().unwrap();
            }
            content.extend_from_slice(piece);
            let some: Vec<u8> = driver.output().flatten().copied().take(taken).collect();
            driver.written(some.len(), NOW);
            output.extend(some);
        }
        driver.finish(NO_FIELDS).unwrap();
        output.extend(take(&mut driver));
        let answer = Answer::of(&output);
        prop_assert_eq!(answer.content(), content);
        prop_assert_eq!(answer.field("Content-Encoding").unwrap_or("identity".to_owned()), accept);
    }
}

#[test]
fn digests_of_other_octets_stay_behind_in_trailers_too() {
    let mut driver = driver("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
    driver.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).unwrap();
    driver.write("hello").unwrap();
    driver.finish(&[("Repr-Digest", "sha-256=:AA==:"), ("Server-Timing", "db")]).unwrap();
    let output = String::from_utf8_lossy(&take(&mut driver)).into_owned();
    assert!(output.ends_with("0\r\nServer-Timing: db\r\n\r\n"), "{output}");
}

#[test]
fn a_part_says_what_the_whole_depends_on() {
    let mut driver = driver("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
    let fields = [TEXT, ("Content-Range", "bytes 0-1/5000"), ("ETag", "\"x\"")];
    driver.respond(StatusCode::PARTIAL_CONTENT, &fields, "ab").unwrap();
    let answer = Answer::of(&take(&mut driver));
    assert_eq!(answer.field("Vary").as_deref(), Some("Accept-Encoding"));
    assert_eq!(answer.field("ETag").as_deref(), Some("\"x\""));
    assert_eq!((answer.field("Content-Encoding"), answer.body.as_slice()), (None, &b"ab"[..]));
}

#[test]
fn a_part_of_what_is_never_compressed_depends_on_nothing() {
    let image = ("Content-Type", "image/png");
    let several = ("Content-Type", "multipart/byteranges; boundary=x");
    for (kind, content_range, depends) in [
        (TEXT, Some("bytes 0-1/1024"), true),
        (TEXT, Some("bytes 0-1/1023"), false),
        (TEXT, Some("bytes 0-1/*"), true),
        (image, Some("bytes 0-1/5000"), false),
        (several, None, true),
    ] {
        let fields: Vec<_> =
            content_range.iter().map(|content_range| ("Content-Range", *content_range)).chain([kind]).collect();
        let mut driver = driver("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip");
        driver.respond(StatusCode::PARTIAL_CONTENT, &fields, "ab").unwrap();
        let answer = Answer::of(&take(&mut driver));
        assert_eq!(answer.field("Vary").is_some(), depends, "{fields:?}");
    }
}

#[test]
fn a_304_names_the_tag_of_what_this_client_would_get() {
    for (accepted, tag) in [("", "\"x\""), ("\r\nAccept-Encoding: gzip", "W/\"x\"")] {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/\"x\", \"x\"{accepted}");
        let mut driver = driver(&head);
        driver.respond(StatusCode::NOT_MODIFIED, &[("ETag", "\"x\"")], "").unwrap();
        assert_eq!(Answer::of(&take(&mut driver)).field("ETag").as_deref(), Some(tag));
    }
}

#[test]
fn a_body_that_nobody_gets_has_an_end() {
    let mut driver = driver("HEAD / HTTP/1.1\r\nHost: a");
    driver.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).unwrap();
    let results: Vec<_> = (0..100).map(|_| driver.write([b'a'; 16 * 1024].as_slice()).is_ok()).collect();
    assert!(results[0] && !results[99]);
}
