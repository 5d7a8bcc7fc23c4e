//! What gzip and zlib have around their blocks, octet by octet, from data.

use flate2::Crc;
use sanderling::coding::{ContentCoding, DecodeError, Decoder};

use super::codecs::decoded;

/// The blocks of "Hello", and what gzip has behind them.
const BLOCKS: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
const TRAILER: &[u8] = &[0x82, 0x89, 0xd1, 0xf7, 5, 0, 0, 0];

/// What comes of the octets whole, which is what comes of them one by one.
fn of(coding: ContentCoding, octets: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let [whole, one_by_one] = [octets.len().max(1), 1].map(|cut| {
        let mut decoder = Decoder::new(coding);
        let content = decoded(&mut decoder, octets, cut, 100)?;
        decoder.finish().map(|()| content)
    });
    assert_eq!(whole, one_by_one);
    whole
}

fn gzip(parts: &[&[u8]]) -> Result<Vec<u8>, DecodeError> {
    of(ContentCoding::Gzip, &parts.concat())
}

fn header(flags: u8) -> [u8; 10] {
    [0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 2, 3]
}

fn header_crc(parts: &[&[u8]]) -> [u8; 2] {
    let mut crc = Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    (crc.sum() as u16).to_le_bytes()
}

#[test]
fn a_header_may_have_more() {
    let hello = Ok(b"Hello".to_vec());
    let (extra, none) = ([3, 0, 1, 2, 3], [0, 0]);
    assert_eq!(gzip(&[&header(0), BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(1), BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(4), &extra, BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(4), &none, BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(8), b"name\0", BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(8), b"\0", BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(16), b"comment\0", BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(28), &extra, b"name\0comment\0", BLOCKS, TRAILER]), hello);
    assert_eq!(gzip(&[&header(20), &none, b"comment\0", BLOCKS, TRAILER]), hello);
    for parts in [&[&header(30)[..], &extra, b"name\0comment\0"][..], &[&header(2)], &[&header(6), &none]] {
        let crc = header_crc(parts);
        let mut right = parts.to_vec();
        right.extend([&crc, BLOCKS, TRAILER]);
        assert_eq!(gzip(&right), hello);
        let wrong = [crc[0], crc[1] ^ 1];
        let mut parts = parts.to_vec();
        parts.extend([&wrong, BLOCKS, TRAILER]);
        assert_eq!(gzip(&parts), Err(DecodeError::Checksum));
    }
}

#[test]
fn a_header_that_is_none() {
    for at in 0..4 {
        let mut header = header(0);
        header[at] ^= 0x80;
        assert_eq!(gzip(&[&header, BLOCKS, TRAILER]), Err(DecodeError::Corrupt), "octet {at}");
    }
}

#[test]
fn members_follow_each_other() {
    let member = [&header(0), BLOCKS, TRAILER].concat();
    assert_eq!(gzip(&[&member, &member]), Ok(b"HelloHello".to_vec()));
    assert_eq!(gzip(&[&member, b"\0"]), Err(DecodeError::Corrupt));
    assert_eq!(gzip(&[&member, &member[..5]]), Err(DecodeError::Truncated));
    assert_eq!(gzip(&[]), Ok(Vec::new()));
}

#[test]
fn a_trailer_that_is_wrong() {
    for at in 0..8 {
        let mut trailer = TRAILER.to_vec();
        trailer[at] ^= 1;
        assert_eq!(gzip(&[&header(0), BLOCKS, &trailer]), Err(DecodeError::Checksum), "octet {at}");
    }
}

#[test]
fn deflate_with_and_without_its_format() {
    let adler = [0x05, 0x8c, 0x01, 0xf5];
    let of = |parts: &[&[u8]]| of(ContentCoding::Deflate, &parts.concat());
    let hello = Ok(b"Hello".to_vec());
    assert_eq!(of(&[&[0x78, 0x9c], BLOCKS, &adler]), hello);
    assert_eq!(of(&[&[0x18, 0x19], BLOCKS, &adler]), hello);
    assert_eq!(of(&[BLOCKS]), hello);
    assert_eq!(of(&[&[0x78, 0x9c], BLOCKS, &adler, b"\0"]), Err(DecodeError::Corrupt));
    assert_eq!(of(&[BLOCKS, b"\0"]), Err(DecodeError::Corrupt));
    assert_eq!(of(&[&[0x78, 0x9c], BLOCKS, &adler[..3]]), Err(DecodeError::Truncated));
    assert_eq!(of(&[&[0x78]]), Err(DecodeError::Truncated));
    assert_eq!(of(&[&[0x78, 0x9c], BLOCKS, &[0x05, 0x8c, 0x01, 0xf4]]), Err(DecodeError::Checksum));
    // A dictionary, which nobody has told.
    assert!(of(&[&[0x78, 0xbb, 0, 0, 0, 0], BLOCKS, &adler]).is_err());
}

#[test]
fn what_content_encoding_may_say() {
    let of = |values: &[&str]| {
        let lines: Vec<_> =
            values.iter().map(|value| sanderling::http::FieldLine::new("content-encoding", value)).collect();
        Decoder::of(lines).map(|decoder| decoder.is_some())
    };
    assert_eq!(of(&[]), Ok(false));
    assert_eq!(of(&["identity, "]), Ok(false));
    assert_eq!(of(&["GZIP"]), Ok(true));
    assert_eq!(of(&["gzip", "deflate"]), Ok(true));
    assert_eq!(of(&["gzip, identity, br"]), Ok(true));
    assert_eq!(of(&["gzip, gzip", "gzip"]), Err(DecodeError::TooMany));
    assert_eq!(of(&["gzip, compress"]), Err(DecodeError::Unsupported));
}
