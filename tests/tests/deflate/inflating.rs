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

/// What an error is found behind is given before it, so that who checks that finds the same wrong first, however the
/// payload is cut and however little room there is.
#[test]
fn what_comes_before_an_error_is_the_same_however_it_is_cut() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut count, mut partial) = (0, 0);
    for record in read_folder("deflate").unwrap().iter().filter(|record| record.file() == "inflate.vec") {
        let (context, size) = settings(record);
        for payload in
            record.values("in").map(|value| escape::hex(value).unwrap()).filter(|payload| payload.len() < 300)
        {
            for _ in 0..20 {
                let mut payload = payload.clone();
                if !payload.is_empty() {
                    let at = random.usize(..payload.len());
                    payload[at] ^= 1 << random.u8(..8);
                    payload.truncate(random.usize(1..=payload.len()));
                }
                let limit = size.min(random.choice([u64::MAX, 0, 1, 5, 40]).unwrap());
                let come = |feeding: Feeding, scratch| {
                    let mut content = Vec::new();
                    let mut inflater = MessageInflater::new(context, limit);
                    let arrivals = feeding.arrivals(payload.len());
                    let end = coding::inflate_into(&mut inflater, &payload, arrivals, scratch, &mut content);
                    (content, end)
                };
                let whole = come(Feeding::Whole, 4096);
                assert!(whole.0.len() as u64 <= limit);
                for feeding in Feeding::all(payload.len()) {
                    for scratch in [3, 4096] {
                        assert_eq!(
                            come(feeding, scratch),
                            whole,
                            "{record}: {payload:02x?}, {feeding}, into {scratch}, limit {limit}"
                        );
                    }
                }
                count += usize::from(whole.1.is_err());
                partial += usize::from(whole.1.is_err() && !whole.0.is_empty());
            }
        }
    }
    assert!(count > 300 && partial > 100, "{count} errors, {partial} of them behind something");
}
