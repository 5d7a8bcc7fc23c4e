//! The driver of a server hands out and sends the same, however what arrives is cut.

use core::cell::Cell;
use core::task::Poll;
use core::time::Duration;
use std::io::{self, Write};

use sanderling::Tick;
use sanderling::drive::{Driver, Error, ServerDriver};
use sanderling::http::{Deadlines, FieldLine, Limits, NO_FIELDS, SendError, StatusCode};

const NOW: Tick = Tick::ZERO;

fn arrive(driver: &mut ServerDriver, octets: &[u8]) {
    driver.room()[..octets.len()].copy_from_slice(octets);
    driver.received(octets.len());
}

/// The body of a request that arrives in these pieces, what is wrong with it, and all that is sent.
fn served(pieces: &[&[u8]]) -> (Vec<u8>, Option<String>, Vec<u8>) {
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    let mut pieces = pieces.iter();
    while driver.poll_request(NOW).is_pending() {
        arrive(&mut driver, pieces.next().unwrap());
    }
    let mut body = Vec::new();
    let error = loop {
        match driver.poll_data(NOW) {
            Poll::Ready(Ok(Some(data))) => body.extend(data),
            Poll::Ready(Ok(None)) => break None,
            Poll::Ready(Err(error)) => break Some(error.to_string()),
            Poll::Pending => arrive(&mut driver, pieces.next().unwrap()),
        }
    };
    if error.is_none() {
        driver.respond(StatusCode::OK, NO_FIELDS, "read").unwrap();
    }
    driver.end_exchange();
    (body, error, driver.output().flatten().copied().collect())
}

#[test]
fn a_chunked_body_is_read_alike_for_any_cut() {
    let bodies = [
        "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
        "05\r\nhello\r\n007;a=b\r\n, world\r\n0\r\nAge-Of-Man: 3\r\n\r\n",
        "5\r\nhello\r\n7\r\n, world0\r\n\r\n",
        "5\r\nhello\r\ng\r\n",
    ];
    for expect in ["", "Expect: 100-continue\r\n"] {
        for body in bodies {
            let input = format!("POST / HTTP/1.1\r\nHost: a\r\n{expect}Transfer-Encoding: chunked\r\n\r\n{body}");
            let input = input.as_bytes();
            let octets: Vec<&[u8]> = input.chunks(1).collect();
            let expected = served(&octets);
            assert!(expected.0.starts_with(b"hello"));
            for cut in 1..input.len() {
                let (first, second) = input.split_at(cut);
                assert_eq!(served(&[first, second]), expected, "cut at {cut}: {}", input.escape_ascii());
            }
        }
    }
}

#[test]
fn nothing_is_handed_out_once_the_answer_is_late() {
    let wait = Duration::from_secs(1);
    let mut deadlines = Deadlines::default();
    deadlines.handler = Some(wait);
    let mut driver = ServerDriver::new(Limits::default(), deadlines, NOW);
    assert!(driver.poll_request(NOW).is_pending());
    arrive(
        &mut driver,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n",
    );
    assert_eq!(driver.poll_request(NOW), Poll::Ready(true));
    assert!(matches!(driver.poll_data(NOW), Poll::Ready(Ok(Some(data))) if data == "hello"));
    driver.handle_timeout(NOW + wait);
    assert!(matches!(driver.poll_data(NOW + wait), Poll::Ready(Err(Error::TimedOut))));
}

#[test]
fn what_was_left_of_a_body_is_not_part_of_the_next() {
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    arrive(&mut driver, b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    assert!(driver.poll_request(NOW).is_ready());
    driver.respond(StatusCode::OK, NO_FIELDS, "").unwrap();
    driver.end_exchange();
    assert!(driver.poll_to_end(9, NOW).is_pending());
    arrive(&mut driver, b"defPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz");
    assert!(driver.poll_request(NOW).is_ready());
    assert!(matches!(driver.poll_to_end(9, NOW), Poll::Ready(Ok(body)) if body == b"xyz"));
}

/// A head that says so itself needs no 100, and nothing of its body is kept (RFC 9110 section 10.1.1).
#[test]
fn a_body_that_is_announced_too_long_is_refused_at_once() {
    for expect in ["", "Expect: 100-continue\r\n"] {
        let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{expect}Content-Length: 10000000000\r\n\r\n");
        arrive(&mut driver, head.as_bytes());
        assert!(driver.poll_request(NOW).is_ready());
        assert!(matches!(driver.poll_to_end(1 << 20, NOW), Poll::Ready(Err(Error::ContentTooLarge))));
        assert_eq!(driver.output_len(), 0);
        driver.end_exchange();
        let output: Vec<u8> = driver.output().flatten().copied().collect();
        let output = String::from_utf8(output).unwrap();
        assert!(output.starts_with("HTTP/1.1 413 Content Too Large\r\n"), "{output}");
        assert!(output.contains("\r\nConnection: close\r\n"), "{output}");
    }
}

/// What is said in the core's words is text; not what has no words, or another type.
#[test]
fn a_refusal_has_one_content_type() {
    const JSON: FieldLine<'_> = FieldLine::new("content-type", "application/json");
    for (status, fields, expected) in [
        (403, &[][..], Some("text/plain")),
        (403, &[JSON], Some("application/json")),
        (204, &[], None),
        (304, &[], None),
        (499, &[], None),
    ] {
        let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
        arrive(&mut driver, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(driver.poll_request(NOW).is_ready());
        driver.refuse_with(StatusCode::new(status).unwrap(), fields);
        driver.end_exchange();
        let output: Vec<u8> = driver.output().flatten().copied().collect();
        let output = String::from_utf8(output).unwrap().to_ascii_lowercase();
        let types: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("content-type: ")).collect();
        assert_eq!(types, Vec::from_iter(expected), "{status}");
    }
}

/// It is too long to be thrown away, so whatever the answer is, it is the last (RFC 9112 section 9.6).
#[test]
fn an_answer_before_a_long_body_that_nobody_reads_says_close() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n";
    for refused in [false, true] {
        let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
        arrive(&mut driver, head);
        assert!(driver.poll_request(NOW).is_ready());
        if refused {
            driver.refuse_with(StatusCode::UNAUTHORIZED, NO_FIELDS);
        }
        driver.end_exchange();
        let output: Vec<u8> = driver.output().flatten().copied().collect();
        assert!(String::from_utf8(output).unwrap().contains("\r\nConnection: close\r\n"));
    }
}

/// RFC 9110 section 7.8: a server must not switch to what the client has not named.
#[test]
fn only_a_protocol_that_was_offered_is_switched_to() {
    let head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: a/1, b\r\nUpgrade: c\r\n\r\n";
    for (chosen, is_offered) in
        [("a", false), ("a/2", false), ("b, d", false), ("a/1", true), ("B", true), ("c, b", true)]
    {
        let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
        arrive(&mut driver, head);
        assert!(driver.poll_request(NOW).is_ready());
        let expected = if is_offered { Ok(()) } else { Err(SendError::Upgrade) };
        assert_eq!(driver.upgrade(&[("Upgrade", chosen)]), expected, "{chosen}");
        assert_eq!(driver.output_len() > 0, is_offered, "{chosen}");
    }
}

#[test]
fn without_any_room_one_piece_may_be_written() {
    let mut limits = Limits::default();
    limits.output = 0;
    let driver = ServerDriver::new(limits, Deadlines::default(), NOW);
    assert!(driver.can_write());
}

/// Reading all of a body may be given up, or found to be too much: what was read of it is still there.
#[test]
fn nothing_that_was_read_is_lost() {
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    arrive(&mut driver, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
    assert!(driver.poll_request(NOW).is_ready());
    assert!(driver.poll_to_end(100, NOW).is_pending());
    arrive(&mut driver, b"5\r\n56789\r\n0\r\n\r\n");
    assert!(matches!(driver.poll_data(NOW), Poll::Ready(Ok(Some(data))) if data == "01234"));
    assert!(matches!(driver.poll_to_end(4, NOW), Poll::Ready(Err(Error::ContentTooLarge))));
    assert!(matches!(driver.poll_to_end(4, NOW), Poll::Ready(Err(Error::ContentTooLarge))));
    assert!(matches!(driver.poll_to_end(5, NOW), Poll::Ready(Ok(body)) if body == b"56789"));
    assert!(matches!(driver.poll_data(NOW), Poll::Ready(Ok(None))));
}

/// A blocking stream that takes one octet of each write, and three seconds for it.
struct Slow<'c>(&'c Cell<Tick>);

impl Write for Slow<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + Duration::from_secs(3));
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_write_deadline_runs_anew_from_the_end_of_a_long_write() {
    let wait = Duration::from_secs(2);
    let mut deadlines = Deadlines::default();
    deadlines.write = Some(wait);
    let mut driver = ServerDriver::new(Limits::default(), deadlines, NOW);
    arrive(&mut driver, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(driver.poll_request(NOW).is_ready());
    driver.respond(StatusCode::OK, NO_FIELDS, "").unwrap();
    driver.end_exchange();
    let clock = Cell::new(NOW);
    driver.written(0, NOW);
    assert_eq!(driver.deadline(), Some(NOW + wait));
    for _ in 0..3 {
        assert_eq!(driver.write_to(&mut Slow(&clock), || clock.get()).unwrap(), 1);
        assert_eq!(driver.deadline(), Some(clock.get() + wait));
    }
}
