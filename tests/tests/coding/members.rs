//! What the codings have around their blocks, and what Content-Encoding may say: the records.

use sanderling::coding::{DecodeError, Decoder};
use sanderling::http::FieldLine;
use sanderling_tests::feeding::Feeding;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

#[test]
fn contents_are_decoded() {
    let mut mismatches = Mismatches::default();
    let records = read_folder("coding").unwrap();
    for record in &records {
        let octets = record.hex("in").unwrap();
        let expected: Vec<_> = record.values("out").map(|value| value.as_bytes().to_vec()).collect();
        let outcomes = Feeding::all(octets.len()).flat_map(|feeding| {
            let octets = &octets;
            [1, 7, 4096].map(|room| (format!("{feeding}, into {room}"), vec![outcome(record, octets, feeding, room)]))
        });
        mismatches.compare(record, &expected, outcomes);
    }
    assert!(records.len() > 40 && mismatches.is_empty(), "{mismatches}");
}

fn outcome(record: &Record, octets: &[u8], feeding: Feeding, room: usize) -> Vec<u8> {
    match content(record.value("request").unwrap(), octets, feeding, room) {
        Ok(content) => [b"content ", content.as_slice()].concat(),
        Err(DecodeError::Corrupt) => b"error corrupt".to_vec(),
        Err(DecodeError::Checksum) => b"error checksum".to_vec(),
        Err(DecodeError::Truncated) => b"error truncated".to_vec(),
        Err(DecodeError::Unsupported) => b"error unsupported".to_vec(),
        Err(DecodeError::TooMany) => b"error too-many".to_vec(),
        Err(_) => b"error".to_vec(),
    }
}

fn content(codings: &str, octets: &[u8], feeding: Feeding, room: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = Decoder::of([FieldLine::new("Content-Encoding", codings)])?.unwrap();
    let (mut buffer, mut used, mut content) = (vec![0; room], 0, Vec::new());
    for arrived in feeding.arrivals(octets.len()) {
        loop {
            let decoded = decoder.decode(&octets[used..arrived], &mut buffer)?;
            used += decoded.read;
            content.extend_from_slice(&buffer[..decoded.written]);
            if decoded.written < room {
                assert_eq!(used, arrived, "room is left, and input");
                break;
            }
        }
    }
    decoder.finish().map(|()| content)
}

#[test]
fn several_lines_are_one_list() {
    let of = |values: &[&str]| {
        let lines: Vec<_> = values.iter().map(|value| FieldLine::new("content-encoding", value)).collect();
        Decoder::of(lines).map(|decoder| decoder.is_some())
    };
    assert_eq!(of(&[]), Ok(false));
    assert_eq!(of(&["identity, "]), Ok(false));
    assert_eq!(of(&["gzip", "deflate"]), Ok(true));
    assert_eq!(of(&["gzip, gzip", "gzip"]), Err(DecodeError::TooMany));
}
