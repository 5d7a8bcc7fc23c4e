//! Each coding against itself, in pieces of any size, and against the crates of others.

use std::io::Read;

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::coding::{ContentCoding, DecodeError, Decoder, Encoder, Flush};

/// All that comes of these pieces, each with what is to come behind it. `room` octets are written at a time.
pub(crate) fn encoded(encoder: &mut Encoder, pieces: &[(Vec<u8>, Flush)], room: usize) -> Vec<Vec<u8>> {
    let mut buffer = vec![0; room];
    let mut encode = |piece: &[u8], flush| {
        let (mut rest, mut coded) = (piece, Vec::new());
        loop {
            let encoded = encoder.encode(rest, flush, &mut buffer);
            rest = &rest[encoded.read..];
            coded.extend_from_slice(&buffer[..encoded.written]);
            if encoded.done {
                assert!(rest.is_empty());
                return coded;
            }
            assert_eq!(encoded.written, room, "neither done nor full");
        }
    };
    pieces.iter().map(|(piece, flush)| encode(piece, *flush)).collect()
}

/// What comes of these octets, given in portions of `cut` and taken in portions of `room`.
pub(crate) fn decoded(decoder: &mut Decoder, octets: &[u8], cut: usize, room: usize) -> Result<Vec<u8>, DecodeError> {
    let (mut buffer, mut content) = (vec![0; room], Vec::new());
    for portion in octets.chunks(cut) {
        let mut rest = portion;
        loop {
            let decoded = decoder.decode(rest, &mut buffer)?;
            rest = &rest[decoded.read..];
            content.extend_from_slice(&buffer[..decoded.written]);
            if decoded.written < room {
                assert!(rest.is_empty(), "room is left, and input");
                break;
            }
        }
    }
    Ok(content)
}

pub(crate) fn whole(coding: ContentCoding, content: &[u8]) -> Vec<u8> {
    encoded(&mut Encoder::new(coding, 6), &[(content.to_vec(), Flush::Finish)], 64).concat()
}

fn codings() -> impl Strategy<Value = ContentCoding> {
    (0..ContentCoding::ALL.len()).prop_map(|at| ContentCoding::ALL[at])
}

/// Octets that can be compressed, and some that cannot.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..300),
        (vec(any::<u8>(), 1..20), 1..400_usize).prop_map(|(word, times)| word.repeat(times)),
    ]
}

fn pieces() -> impl Strategy<Value = Vec<(Vec<u8>, Flush)>> {
    vec((piece(), prop_oneof![Just(Flush::None), Just(Flush::Sync)]), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_decoded_is_what_was_encoded(
        coding in codings(),
        level in 1..=9_u8,
        mut pieces in pieces(),
        room in prop_oneof![1..9_usize, 100..5000_usize],
        cut in prop_oneof![1..9_usize, 100..5000_usize],
    ) {
        pieces.push((Vec::new(), Flush::Finish));
        let content: Vec<u8> = pieces.iter().flat_map(|(piece, _)| piece.clone()).collect();
        let mut encoder = Encoder::new(coding, level);
        let coded = encoded(&mut encoder, &pieces, room).concat();
        let mut decoder = Decoder::new(coding);
        prop_assert_eq!(decoded(&mut decoder, &coded, cut, room).unwrap(), content.clone());
        prop_assert_eq!(decoder.finish(), Ok(()));
        prop_assert_eq!(by_others(coding, &coded), content);
        // After the end it begins anew.
        prop_assert_eq!(encoded(&mut encoder, &pieces, 4096).concat(), encoded(&mut Encoder::new(coding, level), &pieces, 4096).concat());
    }

    #[test]
    fn all_before_a_flush_can_be_decoded(coding in codings(), mut pieces in pieces(), room in 1..5000_usize) {
        pieces.push((Vec::new(), Flush::Finish));
        let mut decoder = Decoder::new(coding);
        let (mut before, mut content) = (Vec::new(), Vec::new());
        for ((piece, flush), coded) in pieces.iter().zip(encoded(&mut Encoder::new(coding, 4), &pieces, room)) {
            before.extend_from_slice(piece);
            content.extend(decoded(&mut decoder, &coded, 4096, 4096).unwrap());
            prop_assert!(content == before || *flush == Flush::None);
            // With nothing before it the end of the content has not come yet.
            prop_assert!(*flush == Flush::Finish || coded.is_empty() || decoder.finish() == Err(DecodeError::Truncated) || coding.name() == "zstd");
        }
    }

    #[test]
    fn what_was_begun_can_be_forgotten(coding in codings(), first in piece(), second in piece(), room in 1..500_usize) {
        let mut encoder = Encoder::new(coding, 4);
        encoder.encode(&first, Flush::Sync, &mut vec![0; room]);
        encoder.reset();
        let coded = encoded(&mut encoder, &[(second.clone(), Flush::Finish)], 512).concat();
        prop_assert_eq!(by_others(coding, &coded), second);
    }

    #[test]
    fn what_is_cut_short_is_noticed(coding in codings(), content in piece(), part in 0.0..1.0) {
        let coded = whole(coding, &content);
        let len = (coded.len() as f64 * part) as usize;
        let mut decoder = Decoder::new(coding);
        let decoded = decoded(&mut decoder, &coded[..len], 100, 100).unwrap();
        prop_assert!(content.starts_with(&decoded));
        prop_assert_eq!(decoder.finish(), if len == 0 { Ok(()) } else { Err(DecodeError::Truncated) });
    }

    #[test]
    fn a_changed_octet_is_noticed(content in vec(any::<u8>(), 1..300), at in any::<prop::sample::Index>(), with in 1..=255_u8) {
        for coding in [ContentCoding::Gzip, ContentCoding::Deflate] {
            let mut coded = whole(coding, &content);
            // A header may change where that means nothing.
            let header = if coding == ContentCoding::Gzip { 10 } else { 2 };
            let at = header + at.index(coded.len() - header);
            coded[at] ^= with;
            let mut decoder = Decoder::new(coding);
            let result = decoded(&mut decoder, &coded, 7, 50);
            // The last octet of the blocks has bits that nobody reads.
            prop_assert!(decoder.finish().is_err() || result.is_err() || result == Ok(content.clone()));
        }
    }

    #[test]
    fn two_codings_lie_on_top_of_each_other(first in codings(), second in codings(), content in piece(), cut in 1..50_usize, room in 1..50_usize) {
        let coded = whole(second, &whole(first, &content));
        let value = format!("{}, {}", first.name(), second.name());
        let field = sanderling::http::FieldLine::new("Content-Encoding", &value);
        let mut decoder = Decoder::of([field]).unwrap().unwrap();
        prop_assert_eq!(decoded(&mut decoder, &coded, cut, room).unwrap(), content);
        prop_assert_eq!(decoder.finish(), Ok(()));
    }
}

/// The content by a decoder that others wrote. For br and zstd there is none.
fn by_others(coding: ContentCoding, coded: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    match coding {
        ContentCoding::Gzip => flate2::read::GzDecoder::new(coded).read_to_end(&mut content).unwrap(),
        ContentCoding::Deflate => flate2::read::ZlibDecoder::new(coded).read_to_end(&mut content).unwrap(),
        _ => return decoded(&mut Decoder::new(coding), coded, 4096, 4096).unwrap(),
    };
    content
}

#[test]
fn what_others_encoded_is_decoded() {
    let content = b"what the sanderling finds ".repeat(5000);
    for level in [0, 1, 6, 9] {
        let level = flate2::Compression::new(level);
        let (mut gzip, mut zlib, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        flate2::read::GzEncoder::new(&content[..], level).read_to_end(&mut gzip).unwrap();
        flate2::read::ZlibEncoder::new(&content[..], level).read_to_end(&mut zlib).unwrap();
        flate2::read::DeflateEncoder::new(&content[..], level).read_to_end(&mut bare).unwrap();
        let cases = [(ContentCoding::Gzip, gzip), (ContentCoding::Deflate, zlib), (ContentCoding::Deflate, bare)];
        for (coding, coded) in cases {
            for cut in [1, 1000] {
                let mut decoder = Decoder::new(coding);
                assert!(decoded(&mut decoder, &coded, cut, 4096).unwrap() == content, "{coding:?}");
                assert_eq!(decoder.finish(), Ok(()));
            }
        }
    }
}

#[test]
fn a_bomb_takes_no_more_room_than_it_is_given() {
    let info = allocation_counter::measure(|| {
        let mut decoder = Decoder::new(ContentCoding::Gzip);
        let bomb = whole(ContentCoding::Gzip, &vec![0; 4 << 20]);
        assert!(bomb.len() < 10_000);
        let mut room = [0; 1000];
        // A thousand octets, and the rest of the bomb still waits.
        let step = decoder.decode(&bomb, &mut room).unwrap();
        assert!(step.written == 1000 && step.read < 1000);
    });
    assert!(info.count_total < 100);
}

#[test]
fn names() {
    for (name, coding) in
        [("gzip", ContentCoding::Gzip), ("X-GZIP", ContentCoding::Gzip), ("Deflate", ContentCoding::Deflate)]
    {
        assert_eq!(ContentCoding::named(name.as_bytes()), Some(coding));
    }
    for name in ["", "gz", "compress", "identity", "*"] {
        assert_eq!(ContentCoding::named(name.as_bytes()), None);
    }
    for coding in ContentCoding::ALL {
        assert_eq!(ContentCoding::named(coding.name().as_bytes()), Some(*coding));
        assert!(ContentCoding::ACCEPT.split(", ").any(|name| name == coding.name()));
    }
    assert_eq!(ContentCoding::ACCEPT.split(", ").count(), ContentCoding::ALL.len());
}

/// A flush that was begun and given up leaves the end to be written.
#[test]
fn the_end_comes_though_a_flush_was_given_up() {
    let mut random = fastrand::Rng::with_seed(5);
    let content: Vec<u8> = std::iter::repeat_with(|| random.u8(b'a'..b'i')).take(33_000).collect();
    for coding in ContentCoding::ALL.iter().filter(|coding| ["gzip", "deflate"].contains(&coding.name())) {
        let mut encoder = Encoder::new(*coding, 2);
        let (mut rest, mut coded, mut room) = (&content[..], Vec::new(), [0; 64]);
        // All is read, and much of what comes of it is still to be written.
        while !rest.is_empty() {
            let encoded = encoder.encode(rest, Flush::Sync, &mut room);
            rest = &rest[encoded.read..];
            coded.extend_from_slice(&room[..encoded.written]);
            assert!(!encoded.done);
        }
        coded.extend(encoded(&mut encoder, &[(Vec::new(), Flush::Finish)], 64).concat());
        let mut decoder = Decoder::new(*coding);
        assert!(decoded(&mut decoder, &coded, 1000, 1000).unwrap() == content);
        assert_eq!(decoder.finish(), Ok(()));
        // And nothing of it is in the way of what comes next.
        encoder.reset();
        let next = encoded(&mut encoder, &[(content.clone(), Flush::Finish)], 64).concat();
        assert!(decoded(&mut Decoder::new(*coding), &next, 1000, 1000).unwrap() == content);
    }
}
