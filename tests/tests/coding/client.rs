//! What the client's driver makes of encoded content, and the clients of the three adapters.

use core::task::Poll;

use proptest::prelude::*;
use sanderling::Tick;
use sanderling::coding::{ContentCoding, DecodeError};
use sanderling::drive::{ClientDriver, Driver, Error};
use sanderling::http::{Deadlines, Limits, Method, NO_FIELDS, RequestTarget};

use super::codecs::whole;
use super::served;

const NOW: Tick = Tick::ZERO;

/// The content of a response that comes in portions of `cut`.
fn content(method: Method<'_>, response: &[u8], decodes: bool, cut: usize) -> Result<Vec<u8>, Error> {
    let mut driver = ClientDriver::new(Limits::default(), Deadlines::default());
    driver.set_decoding(decodes);
    driver.start(method, RequestTarget::Origin("/"), NO_FIELDS, None, NOW)?;
    driver.finish(NO_FIELDS)?;
    let mut portions = response.chunks(cut);
    let mut feed = |driver: &mut ClientDriver| {
        assert!(driver.wants_read());
        let portion = portions.next().unwrap_or_default();
        driver.room()[..portion.len()].copy_from_slice(portion);
        driver.received(portion.len());
    };
    while driver.poll_head(NOW)?.is_pending() {
        feed(&mut driver);
    }
    let mut content = Vec::new();
    loop {
        match driver.poll_data(NOW)? {
            Poll::Ready(None) => {
                assert!(matches!(driver.poll_data(NOW), Poll::Ready(Ok(None))), "the end stays the end");
                return Ok(content);
            }
            Poll::Ready(Some(data)) => {
                assert!(!data.is_empty() && (data.len() <= 16 * 1024 || !decodes));
                content.extend_from_slice(&data);
            }
            Poll::Pending => feed(&mut driver),
        }
    }
}

fn response(status: &str, coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn decoded(coding: &str, body: &[u8]) -> Result<Vec<u8>, Error> {
    content(Method::GET, &response("200 OK", coding, body), true, 1000)
}

fn is(result: Result<Vec<u8>, Error>, expected: DecodeError) -> bool {
    matches!(result, Err(Error::Decode(error)) if error == expected)
}

#[test]
fn content_is_decoded() {
    let text = b"sand ".repeat(50_000);
    for coding in ContentCoding::ALL {
        let coded = whole(*coding, &text);
        assert!(decoded(coding.name(), &coded).unwrap() == text);
        assert!(decoded(&format!("{}, gzip", coding.name()), &whole(ContentCoding::Gzip, &coded)).unwrap() == text);
    }
}

#[test]
fn what_was_not_asked_for_is_left_alone() {
    let coded = whole(ContentCoding::Gzip, b"text");
    let response = response("200 OK", "gzip", &coded);
    assert_eq!(content(Method::GET, &response, false, 10).unwrap(), coded);
    let part = self::response("206 Partial Content", "gzip", &coded);
    assert_eq!(content(Method::GET, &part, true, 10).unwrap(), coded);
    assert_eq!(decoded("identity", b"text").unwrap(), b"text");
    assert_eq!(decoded("", b"text").unwrap(), b"text");
}

#[test]
fn what_has_no_content_has_nothing_to_decode() {
    for coding in ["gzip", "br", "unknown"] {
        assert_eq!(decoded(coding, b"").unwrap(), b"");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 100\r\n\r\n");
        assert_eq!(content(Method::HEAD, head.as_bytes(), true, 10).unwrap(), b"");
        let head = format!("HTTP/1.1 304 Not Modified\r\nContent-Encoding: {coding}\r\n\r\n");
        assert_eq!(content(Method::GET, head.as_bytes(), true, 10).unwrap(), b"");
    }
}

#[test]
fn what_cannot_be_decoded_is_an_error() {
    let coded = whole(ContentCoding::Gzip, b"text");
    assert!(is(decoded("compress", &coded), DecodeError::Unsupported));
    assert!(is(decoded("gzip, gzip, gzip", &coded), DecodeError::TooMany));
    assert!(is(decoded("gzip", &coded[1..]), DecodeError::Corrupt));
    assert!(is(decoded("gzip", &coded[..coded.len() - 1]), DecodeError::Truncated));
    let mut wrong = coded.clone();
    *wrong.last_mut().unwrap() ^= 1;
    assert!(is(decoded("gzip", &wrong), DecodeError::Checksum));
    // Cut short by the transport: that is what is said.
    let cut = &response("200 OK", "gzip", &coded)[..60];
    assert!(matches!(content(Method::GET, cut, true, 10), Err(Error::Http(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn in_whatever_portions_it_comes(at in 0..ContentCoding::ALL.len(), len in 0..60_000_usize, cut in 1..2000_usize) {
        let coding = ContentCoding::ALL[at];
        let text: Vec<u8> = (0..len).map(|at| (at / 7 % 251) as u8).collect();
        let body = whole(coding, &text);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {}\r\nTransfer-Encoding: chunked\r\n\r\n", coding.name());
        let mut response = head.into_bytes();
        for chunk in body.chunks(cut) {
            response.extend(format!("{:x}\r\n", chunk.len()).bytes().chain(chunk.iter().copied()).chain(*b"\r\n"));
        }
        response.extend_from_slice(b"0\r\n\r\n");
        prop_assert!(content(Method::GET, &response, true, cut).unwrap() == text);
    }
}

#[test]
fn clients_ask_and_decode() {
    let address = served::tokio();
    let uri = format!("http://{address}/whole");
    let limit = served::body().len();

    let client = sanderling_std::Client::new();
    let mut response = client.get(&uri).decode(true).send().unwrap();
    assert_eq!(response.head().field("content-encoding"), Some(ContentCoding::ALL[0].name().as_bytes()));
    assert!(response.head().content_length().unwrap() < 1000);
    assert!(response.read_to_end(limit).unwrap() == served::body().as_bytes());
    drop(response);
    // The limit is for what was decoded.
    let mut response = client.get(&uri).decode(true).send().unwrap();
    assert!(matches!(response.read_to_end(limit - 1), Err(Error::ContentTooLarge)));
    drop(response);
    // The next request on the same connection does not ask.
    let mut response = client.get(&uri).send().unwrap();
    assert_eq!(response.head().field("content-encoding"), None);
    assert_eq!(response.read_to_end(limit).unwrap().len(), limit);
    // What the application says itself holds.
    let mut response = client.get(&uri).decode(true).field("accept-encoding", "deflate").send().unwrap();
    assert_eq!(response.head().field("content-encoding"), Some(&b"deflate"[..]));
    assert_eq!(response.read_to_end(limit).unwrap().len(), limit);
    let mut response = client.get(&uri).decode(true).field("Range", "bytes=0-").send().unwrap();
    assert_eq!(response.head().field("content-encoding"), None);
    assert_eq!(response.read_to_end(limit).unwrap().len(), limit);

    let mut options = sanderling_tokio::ClientOptions::default();
    options.decode = true;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let body = runtime.block_on(async {
        let mut response = sanderling_tokio::Client::with_options(options.clone()).get(&uri).send().await?;
        assert!(response.head().field("content-encoding").is_some());
        response.read_to_end(limit).await
    });
    assert!(body.unwrap() == served::body().as_bytes());
    let body = smol::block_on(async {
        let mut response = sanderling_smol::Client::with_options(options).get(&uri).send().await?;
        assert!(response.head().field("content-encoding").is_some());
        response.read_to_end(limit).await
    });
    assert!(body.unwrap() == served::body().as_bytes());
}

#[test]
fn an_encoding_that_brings_nothing_has_an_end() {
    // A gzip member whose file name does not end.
    let mut body = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff];
    body.resize(4 << 20, b'a');
    assert!(is(decoded("gzip", &body), DecodeError::Corrupt));
}

/// A gzip member with a file name of so many octets.
fn named(len: usize, content: &[u8]) -> Vec<u8> {
    let member = whole(ContentCoding::Gzip, content);
    let name = vec![b'a'; len];
    [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff], &name[..], &[0], &member[10..]].concat()
}

#[test]
fn nor_does_one_within_another_take_for_ever() {
    let text = |len| vec![b'a'; len];
    let empty = whole(ContentCoding::Gzip, b"").repeat(100_000);
    let short = whole(ContentCoding::Gzip, b"a").repeat(60_000);
    // A name that would have an end, members without content, and a little content now and then.
    for inner in [named(2 << 20, b"text"), empty, short, named(200_000, b"a").repeat(10)] {
        for outer in ContentCoding::ALL {
            let body = whole(*outer, &inner);
            assert!(is(decoded(&format!("gzip, {}", outer.name()), &body), DecodeError::Corrupt), "{outer:?}");
        }
    }
    // What an honest sender may have done.
    for (inner, content) in [
        (named(60_000, &text(60_000)).repeat(2), text(120_000)),
        (whole(ContentCoding::Gzip, &text(100)).repeat(10_000), text(1_000_000)),
    ] {
        for outer in ContentCoding::ALL {
            let body = whole(*outer, &inner);
            assert!(decoded(&format!("gzip, {}", outer.name()), &body).unwrap() == content, "{outer:?}");
        }
    }
}

/// Blocks of DEFLATE with fixed codes, and nothing in them: ten bits each, so that four have five octets.
fn empty_blocks(fours: usize) -> Vec<u8> {
    [0x02, 0x08, 0x20, 0x80, 0x00].repeat(fours)
}

/// A stored block of one octet.
const STORED: [u8; 6] = [0, 1, 0, 0xfe, 0xff, b'a'];

#[test]
fn blocks_that_make_nothing_have_an_end() {
    let few = [&empty_blocks(1)[..], &STORED, &[3, 0]].concat();
    assert_eq!(decoded("deflate", &few).unwrap(), b"a");
    let many = empty_blocks(20_000);
    let with_a_little = [&empty_blocks(11)[..], &STORED].concat().repeat(20_000);
    for blocks in [many, with_a_little] {
        assert!(is(decoded("deflate", &blocks), DecodeError::Corrupt));
        for outer in ContentCoding::ALL {
            let body = whole(*outer, &blocks);
            assert!(is(decoded(&format!("deflate, {}", outer.name()), &body), DecodeError::Corrupt), "{outer:?}");
        }
    }
}

/// Who sends what is typed ends each octet's block with another one, of either kind.
#[test]
fn blocks_that_end_a_flush_are_let_pass() {
    let synced = [0x4a, 0x04, 0, 0, 0, 0xff, 0xff].repeat(100_000);
    // Eighteen bits with an octet, and ten without.
    let partial = [0x4a, 0x04, 0x08, 0xa0, 0x44, 0x80, 0x00].repeat(100_000);
    for blocks in [synced, partial] {
        let body = [&blocks[..], &[3, 0]].concat();
        assert!(decoded("deflate", &body).unwrap().iter().all(|octet| *octet == b'a'));
    }
}

/// An inner coding may make its content longer, if only by so much.
#[test]
fn an_inner_coding_may_make_it_longer() {
    use std::io::Write;

    let mut random = fastrand::Rng::with_seed(4);
    let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(4 << 20).collect();
    for (level, len) in [(0, 1 << 16), (1, 1 << 16), (6, 1000), (6, 200)] {
        let mut inner = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
        for piece in noise.chunks(len) {
            inner.write_all(piece).unwrap();
            inner.flush().unwrap();
        }
        let body = whole(ContentCoding::Gzip, &inner.finish().unwrap());
        assert!(decoded("deflate, gzip", &body).unwrap() == noise, "{level} {len}");
    }
}

#[test]
fn codings_on_top_of_each_other_may_come_octet_by_octet() {
    let text = "sand and water ".repeat(2000);
    let body = whole(ContentCoding::Gzip, &whole(ContentCoding::Zstd, text.as_bytes()));
    let response = response("200 OK", "zstd, gzip", &body);
    assert_eq!(content(Method::GET, &response, true, 1).unwrap(), text.as_bytes());
}
