//! Reads `inflate.vec`.

use sanderling::ws::deflate::{DeflateContext, InflateError, MessageInflater};
use sanderling_tests::escape;
use sanderling_tests::feeding::Feeding;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

use crate::{coding, walker};

#[test]
fn messages_are_inflated() {
    let mut mismatches = Mismatches::default();
    let mut count = 0;
    for record in read_folder("deflate").unwrap().iter().filter(|record| record.file() == "inflate.vec") {
        count += 1;
        let payloads: Vec<_> = record.values("in").map(|value| escape::hex(value).unwrap()).collect();
        let expected: Vec<_> = record.values("out").map(|value| escape::text(value).unwrap()).collect();
        assert!(expected.len() == payloads.len(), "{record}");
        let longest = payloads.iter().map(Vec::len).max().unwrap();
        let outcomes = Feeding::all(longest).flat_map(|feeding| {
            // One octet at a time takes long, and tells no more of a long message.
            let scratches = [1, 7, 4096].into_iter().filter(move |scratch| longest < 1000 || *scratch > 1);
            let payloads = &payloads;
            scratches
                .map(move |scratch| (format!("{feeding}, into {scratch}"), outcome(record, payloads, feeding, scratch)))
        });
        mismatches.compare(record, &expected, outcomes);
    }
    assert!(count > 70 && mismatches.is_empty(), "{mismatches}");
}

fn settings(record: &Record) -> (DeflateContext, u64) {
    let (mut context, mut size) = (DeflateContext { takeover: true, window_bits: 15 }, u64::MAX);
    for (name, number) in record.limits().unwrap() {
        match name {
            "window-bits" => context.window_bits = u8::try_from(number).unwrap(),
            "takeover" => context.takeover = number == 1,
            "size" => size = number,
            _ => panic!("{record}: unknown limit {name}"),
        }
    }
    (context, size)
}

fn outcome(record: &Record, payloads: &[Vec<u8>], feeding: Feeding, scratch: usize) -> Vec<Vec<u8>> {
    let (context, size) = settings(record);
    let mut inflater = MessageInflater::new(context, size);
    let mut lines = Vec::new();
    for payload in payloads {
        // A message that is shorter than the cut is fed whole.
        let feeding = if matches!(feeding, Feeding::Cut(at) if at >= payload.len()) { Feeding::Whole } else { feeding };
        match coding::inflate(&mut inflater, payload, feeding.arrivals(payload.len()), scratch) {
            Ok(content) if content.is_empty() => lines.push(b"message".to_vec()),
            Ok(content) => lines.push([b"message ", content.as_slice()].concat()),
            Err(error) => {
                lines.push(match error {
                    InflateError::Corrupt => b"error corrupt".to_vec(),
                    InflateError::TooBig => b"error too-big".to_vec(),
                    _ => b"error".to_vec(),
                });
                return lines;
            }
        }
    }
    lines
}

/// The walker that other tests rely on reads what the vectors say that there is.
#[test]
fn the_walker_agrees() {
    let mut count = 0;
    for record in read_folder("deflate").unwrap().iter().filter(|record| record.file() == "inflate.vec") {
        let (context, size) = settings(record);
        let mut history = Vec::new();
        if size != u64::MAX {
            continue;
        }
        for (payload, expected) in record.values("in").zip(record.values("out")) {
            let payload = escape::hex(payload).unwrap();
            if !context.takeover {
                history.clear();
            }
            let start = history.len();
            let walked = walker::walk(&payload, &mut history);
            let is_in_window = walked.is_ok_and(|walked| walked.distance <= 1 << context.window_bits);
            if expected == "error corrupt" {
                assert!(!is_in_window, "{record}");
            } else {
                assert!(is_in_window, "{record}: {walked:?}");
                let content = expected.strip_prefix("message").unwrap();
                let content = escape::text(content.strip_prefix(' ').unwrap_or(content)).unwrap();
                assert!(content == history[start..], "{record}");
                count += 1;
            }
        }
    }
    assert!(count > 50);
}
