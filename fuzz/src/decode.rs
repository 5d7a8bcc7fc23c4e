//! Encoded content against a decompressor that has all of it before its eyes, and against what was encoded.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use sanderling::coding::{ContentCoding, DecodeError, Decoder, Encoder, Flush};
use sanderling::http::FieldLine;

use crate::cuts::Cuts;
use crate::script::Script;

/// Longer content is not compared.
const LIMIT: usize = 1 << 17;

/// Octets from a peer come out the same whatever pieces they come in and however little room there is, and as
/// another decompressor says; and they come back when they are encoded here, flushed wherever that may be.
///
/// # Panics
///
/// Where they do not.
pub fn decode(data: &[u8]) {
    let mut script = Script::new(data);
    let value = script.choose(&["gzip", "deflate", "gzip, deflate", "deflate, gzip"]);
    let room = script.choose(&[4096, 1, 7, 258, 40_000]);
    let octets = script.octets;
    let whole = decoded(value, octets, Cuts::Whole, 4096);
    for cuts in [Cuts::Sizes(script.rest()), Cuts::Octets] {
        let cut = decoded(value, octets, cuts, room);
        // Of two codings that are both wrong, either may be found wrong first.
        let are_wrong = value.contains(',') && cut.is_err() && whole.is_err();
        // Whether what is behind the limit is still looked at depends on the room.
        let is_long = |result: &Result<Vec<u8>, _>| result.as_ref().is_ok_and(|content| content.len() >= LIMIT);
        // So may when it is given up that nothing comes of what lies between two codings.
        let is_long_between = || {
            let outer = value.rsplit_once(", ").map(|(_, outer)| decoded(outer, octets, Cuts::Whole, 4096));
            outer.is_some_and(|between| is_long(&between))
        };
        assert!(
            cut == whole || are_wrong || is_long(&cut) || is_long(&whole) || is_long_between(),
            "{cuts:?} into {room}"
        );
    }
    if let Some(content) = by_another(value, octets).filter(|content| content.len() < LIMIT) {
        assert_eq!(whole, Ok(content));
    }
    for coding in [ContentCoding::Gzip, ContentCoding::Deflate] {
        let octets = &octets[..octets.len().min(LIMIT - 1)];
        let coded = encoded(coding, octets, &mut script, room);
        assert_eq!(decoded(coding.name(), &coded, Cuts::Whole, room), Ok(octets.to_vec()));
        let blocks =
            if coding == ContentCoding::Gzip { &coded[10..coded.len() - 8] } else { &coded[2..coded.len() - 4] };
        assert_eq!(
            inflated(blocks).as_ref().map(|(content, read)| (content.as_slice(), *read)),
            Some((octets, blocks.len()))
        );
    }
}

fn decoded(value: &str, octets: &[u8], cuts: Cuts<'_>, room: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = Decoder::of([FieldLine::new("Content-Encoding", value)])?.expect("a coding is named");
    let (mut buffer, mut used, mut content) = (vec![0; room], 0, Vec::new());
    for arrived in cuts.arrivals(octets.len()) {
        loop {
            let step = decoder.decode(&octets[used..arrived], &mut buffer)?;
            used += step.read;
            content.extend_from_slice(&buffer[..step.written]);
            if content.len() > LIMIT {
                // Enough was seen of a bomb, the same in any pieces.
                content.truncate(LIMIT);
                return Ok(content);
            }
            if step.written < room {
                assert_eq!(used, arrived, "room is left, and input");
                break;
            }
        }
    }
    decoder.finish().map(|()| content)
}

/// The content, flushed where the steering says so.
fn encoded(coding: ContentCoding, octets: &[u8], script: &mut Script<'_>, room: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(coding, script.octet());
    let (mut buffer, mut coded) = (vec![0; room], Vec::new());
    let mut encode = |mut piece: &[u8], flush| {
        loop {
            let encoded = encoder.encode(piece, flush, &mut buffer);
            piece = &piece[encoded.read..];
            coded.extend_from_slice(&buffer[..encoded.written]);
            if encoded.done {
                assert!(piece.is_empty());
                return;
            }
            assert_eq!(encoded.written, room, "neither done nor full");
        }
    };
    for (at, piece) in octets.chunks(usize::from(script.octet()) + 1).enumerate() {
        encode(piece, if at % 3 == 0 { Flush::Sync } else { Flush::None });
    }
    encode(&[], Flush::Finish);
    coded
}

/// The content of one gzip member without options, or of the zlib format, if that is what it is.
fn by_another(value: &str, octets: &[u8]) -> Option<Vec<u8>> {
    match value {
        "gzip" => {
            let blocks = octets.strip_prefix(&[0x1f, 0x8b, 8, 0])?.get(6..)?;
            let (content, read) = inflated(blocks)?;
            let length = (content.len() as u32).to_le_bytes();
            let is_whole = blocks[read..] == [crc(&content).to_le_bytes(), length].concat();
            is_whole.then_some(content)
        }
        "deflate" => {
            let blocks = octets.strip_prefix(&[0x78, 0x9c])?;
            let (content, read) = inflated(blocks)?;
            (blocks[read..] == adler(&content).to_be_bytes()).then_some(content)
        }
        _ => None,
    }
}

/// The content up to a final block, and how many octets that took.
fn inflated(blocks: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut content = vec![0; LIMIT];
    let mut miniz = DecompressorOxide::new();
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut miniz, blocks, &mut content, 0, flags);
    content.truncate(written);
    (status == TINFLStatus::Done).then_some((content, read))
}

/// CRC-32 bit by bit.
fn crc(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |crc, octet| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

/// Adler-32, reduced at each octet.
fn adler(octets: &[u8]) -> u32 {
    let (a, b) = octets.iter().fold((1, 0), |(a, b), octet| {
        let a = (a + u32::from(*octet)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}
