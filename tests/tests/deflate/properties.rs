//! Whatever is sent comes out again, and can be read by a peer that remembers no more than was
//! agreed on.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, InflateError, MessageDeflater, MessageInflater, Part};
use sanderling_fuzz::cuts::Cuts;

use crate::{coding, walker};

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

/// Content that has something to be found in it, near and far.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let stretch = prop_oneof![
        vec(any::<u8>(), 0..300),
        (any::<u8>(), 0..1500_usize).prop_map(|(octet, len)| vec![octet; len]),
        ("[a-d]{1,9}", 0..200_usize).prop_map(|(word, times)| word.repeat(times).into_bytes()),
        (0..900_usize).prop_map(|len| (0..len).map(|at| (at * at / 3 % 61) as u8).collect()),
    ];
    vec(stretch, 0..6).prop_map(|stretches| stretches.concat())
}

/// Sizes of reads; none stands for one read.
fn cuts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(vec![]), Just(vec![1]), vec(any::<u8>(), 0..8)]
}

fn rooms() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![Just(vec![100_000]), Just(vec![1]), vec(1..40_usize, 1..5), vec(1..6000_usize, 1..3)]
}

fn context() -> impl Strategy<Value = DeflateContext> {
    (any::<bool>(), 8..=15_u8).prop_map(|(takeover, window_bits)| DeflateContext { takeover, window_bits })
}

fn deflater(context: DeflateContext, level: u8) -> MessageDeflater {
    let mut options = DeflateOptions::default();
    options.level = level;
    MessageDeflater::new(context, &options)
}

/// The payloads of messages, each given in pieces.
fn payloads(
    deflater: &mut MessageDeflater,
    messages: &[Vec<u8>],
    cuts: &[u8],
    rooms: &[usize],
    between: Part,
) -> Vec<Vec<u8>> {
    let compress = |message: &Vec<u8>| {
        let (mut payload, mut used) = (Vec::new(), 0);
        for arrived in Cuts::Sizes(cuts).arrivals(message.len()) {
            let part = if arrived == message.len() { Part::Last } else { between };
            coding::deflate(deflater, &message[used..arrived], part, rooms, &mut payload);
            used = arrived;
        }
        payload
    };
    messages.iter().map(compress).collect()
}

/// That no message refers further back than was agreed on, whatever window its reader really has.
fn assert_within(context: DeflateContext, messages: &[Vec<u8>], payloads: &[Vec<u8>]) -> usize {
    let (mut history, mut matches) = (Vec::new(), 0);
    for (message, payload) in messages.iter().zip(payloads) {
        if !context.takeover {
            history.clear();
        }
        let start = history.len();
        let walked = walker::walk(payload, &mut history).unwrap();
        assert!(walked.distance <= 1 << context.window_bits, "{} octets back, {context:?}", walked.distance);
        assert!(history[start..] == *message, "another message");
        matches += walked.matches;
    }
    matches
}

/// What zlib makes of payloads, with the window agreed on. It writes octet by octet, because what
/// lies in its output it can refer to beyond the window.
fn zlib_inflate(context: DeflateContext, payloads: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut zlib = Decompress::new_with_window_bits(false, context.window_bits);
    let inflate = |payload: &Vec<u8>| {
        if !context.takeover {
            zlib = Decompress::new_with_window_bits(false, context.window_bits);
        }
        let input = [payload.as_slice(), &[0, 0, 0xff, 0xff]].concat();
        let (mut used, mut content) = (0, Vec::new());
        loop {
            let (before, mut octet) = ((zlib.total_in(), zlib.total_out()), [0]);
            // It complains if there is nothing left to do.
            match zlib.decompress(&input[used..], &mut octet, FlushDecompress::Sync) {
                Ok(_) => {}
                Err(error) => assert!(used == input.len(), "{error}"),
            }
            used += (zlib.total_in() - before.0) as usize;
            content.extend_from_slice(&octet[..(zlib.total_out() - before.1) as usize]);
            if (zlib.total_in(), zlib.total_out()) == before {
                assert_eq!(used, input.len());
                return content;
            }
        }
    };
    payloads.iter().map(inflate).collect()
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn messages_come_out_as_they_went_in(
        messages in vec(content(), 1..5),
        context in context(),
        level in 1..=9_u8,
        (cuts, rooms) in (cuts(), rooms()),
        between in prop_oneof![Just(Part::More), Just(Part::Flush)],
        (arrivals, scratch) in (cuts(), prop_oneof![Just(1), Just(7), Just(4096), 1..300_usize]),
        release in any::<bool>(),
    ) {
        let mut deflater = deflater(context, level);
        let mut inflater = MessageInflater::new(context, u64::MAX);
        for message in &messages {
            let payload = payloads(&mut deflater, std::slice::from_ref(message), &cuts, &rooms, between).remove(0);
            prop_assert!(!payload.is_empty());
            let cuts = Cuts::Sizes(&arrivals);
            let content = coding::inflate(&mut inflater, &payload, cuts.arrivals(payload.len()), scratch);
            prop_assert!(content.as_ref() == Ok(message), "{content:?} instead of {message:?}");
            if release {
                deflater.release();
                inflater.release();
            }
        }
    }

    #[test]
    fn what_is_sent_keeps_to_the_window(
        messages in vec(content(), 1..5),
        context in context(),
        level in 1..=9_u8,
        (cuts, rooms) in (cuts(), rooms()),
        between in prop_oneof![Just(Part::More), Just(Part::Flush)],
    ) {
        let payloads = payloads(&mut deflater(context, level), &messages, &cuts, &rooms, between);
        assert_within(context, &messages, &payloads);
        // It has no window of eight bits.
        if context.window_bits > 8 {
            prop_assert!(zlib_inflate(context, &payloads) == messages);
        }
    }

    #[test]
    fn what_zlib_sends_is_read(
        messages in vec(content(), 1..5),
        context in context(),
        level in 0..=9_u32,
        (arrivals, scratch) in (cuts(), prop_oneof![Just(1), Just(7), Just(4096)]),
    ) {
        let context = DeflateContext { window_bits: context.window_bits.max(9), ..context };
        let new = || Compress::new_with_window_bits(Compression::new(level), false, context.window_bits);
        let mut zlib = new();
        let mut inflater = MessageInflater::new(context, u64::MAX);
        for message in &messages {
            if !context.takeover {
                zlib = new();
            }
            let mut payload = Vec::with_capacity(2 * message.len() + 100);
            let before = zlib.total_in();
            zlib.compress_vec(message, &mut payload, FlushCompress::Sync).unwrap();
            prop_assert!((zlib.total_in() - before) as usize == message.len() && payload.len() < payload.capacity());
            payload.truncate(payload.len().saturating_sub(4));
            let cuts = Cuts::Sizes(&arrivals);
            let content = coding::inflate(&mut inflater, &payload, cuts.arrivals(payload.len()), scratch);
            prop_assert_eq!(content.as_ref(), Ok(message));
        }
    }

    #[test]
    fn what_is_flushed_can_be_read(
        parts in vec(content(), 1..5),
        context in context(),
        rooms in rooms(),
    ) {
        let mut deflater = deflater(context, 4);
        let mut inflater = MessageInflater::new(context, u64::MAX);
        let mut scratch = vec![0; 20_000];
        for part in &parts {
            let mut payload = Vec::new();
            coding::deflate(&mut deflater, part, Part::Flush, &rooms, &mut payload);
            let coded = inflater.inflate(&payload, false, &mut scratch).unwrap();
            prop_assert!(scratch[..coded.written] == **part && coded.read == payload.len());
        }
        let mut payload = Vec::new();
        coding::deflate(&mut deflater, b"", Part::Last, &rooms, &mut payload);
        let coded = inflater.inflate(&payload, true, &mut scratch).unwrap();
        prop_assert_eq!((coded.written, coded.status), (0, sanderling::ws::deflate::Status::End));
    }
}

/// More than all windows, and than a compressor holds back.
#[test]
fn long_messages() {
    let text: Vec<u8> =
        (0..30_000_u32).flat_map(|at| format!("{} ", at.wrapping_mul(at) % 9973).into_bytes()).collect();
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let noise: Vec<u8> = noise.take(100_000).collect();
    let messages = [text, noise.clone(), noise, vec![7; 150_000]];
    for bits in 8..=15 {
        for takeover in [false, true] {
            let context = DeflateContext { takeover, window_bits: bits };
            let payloads = payloads(&mut deflater(context, 4), &messages, &[], &[10_000], Part::More);
            assert!(assert_within(context, &messages, &payloads) > 1000, "nothing was found");
            let mut inflater = MessageInflater::new(context, u64::MAX);
            for (message, payload) in messages.iter().zip(&payloads) {
                let content = coding::inflate(&mut inflater, payload, [payload.len()], 4096).unwrap();
                assert!(content == *message, "{context:?}");
            }
            if bits > 8 && takeover {
                assert!(zlib_inflate(context, &payloads) == messages);
            }
        }
    }
}

/// Ten bits that take as long as hundreds of octets: who sends many of them is refused, but not who sends one in each
/// message, as some do for one that is empty.
#[test]
fn blocks_that_make_nothing_have_an_end() {
    let four = [0x02, 0x08, 0x20, 0x80, 0x00];
    for takeover in [false, true] {
        let context = DeflateContext { takeover, window_bits: 15 };
        let mut inflater = MessageInflater::new(context, u64::MAX);
        for _ in 0..50_000 {
            for (payload, content) in [(&[0x02, 0x00][..], &b""[..]), (&[0x4a, 0x04, 0x00], b"a")] {
                assert_eq!(coding::inflate(&mut inflater, payload, [payload.len()], 9).as_deref(), Ok(content));
            }
            let long = vec![b'a'; 8];
            let payload = [&[0, 8, 0, 0xf7, 0xff], &long[..], &[0x00]].concat();
            assert_eq!(coding::inflate(&mut inflater, &payload, [payload.len()], 9), Ok(long));
        }
        let payload = four.repeat(20_000);
        assert_eq!(coding::inflate(&mut inflater, &payload, [payload.len()], 9), Err(InflateError::Corrupt));
    }
}

#[test]
fn a_repetitive_text_shrinks() {
    let text = "{\"symbol\":\"SAND\",\"price\":101.25,\"volume\":1200}\n".repeat(200).into_bytes();
    for level in 1..=9 {
        let context = DeflateContext { takeover: true, window_bits: 15 };
        let payload =
            &payloads(&mut deflater(context, level), std::slice::from_ref(&text), &[], &[9999], Part::More)[0];
        assert!(payload.len() * 10 < text.len(), "{} octets at level {level}", payload.len());
    }
}

#[test]
fn only_takeover_makes_the_second_message_small() {
    let message: Vec<u8> = (0..400_u32).map(|at| ((at * at * 31) >> 5) as u8).collect();
    let messages = [message.clone(), message];
    let lengths = |takeover| {
        let context = DeflateContext { takeover, window_bits: 15 };
        let payloads = payloads(&mut deflater(context, 4), &messages, &[], &[1000], Part::More);
        [payloads[0].len(), payloads[1].len()]
    };
    let [first, second] = lengths(true);
    assert!(second < 20 && first > 100, "{first}, then {second}");
    assert_eq!(lengths(false), [first, first]);
}

#[test]
fn without_takeover_what_was_flushed_is_forgotten() {
    let context = DeflateContext { takeover: false, window_bits: 15 };
    let mut deflater = deflater(context, 4);
    let message = b"over and over".to_vec();
    let messages = [message.clone(), message];
    let payloads = messages.each_ref().map(|message| {
        let mut payload = Vec::new();
        deflater.deflate_into(message, Part::Flush, &mut payload);
        deflater.deflate_into(b"", Part::Last, &mut payload);
        payload
    });
    assert_within(context, &messages, &payloads);
}

#[test]
fn a_compressor_that_was_released_begins_anew() {
    let context = DeflateContext { takeover: true, window_bits: 8 };
    let mut deflater = deflater(context, 4);
    let message: Vec<u8> = (0..200).collect();
    let payloads = [(); 2].map(|()| {
        let mut payload = Vec::new();
        deflater.deflate_into(&message, Part::Last, &mut payload);
        deflater.release();
        payload
    });
    assert_eq!(payloads[0], payloads[1]);
}

#[test]
fn short_messages_are_not_worthwhile() {
    let context = DeflateContext { takeover: true, window_bits: 15 };
    let mut options = DeflateOptions::default();
    assert!(!MessageDeflater::new(context, &options).is_worthwhile(127));
    assert!(MessageDeflater::new(context, &options).is_worthwhile(128));
    options.threshold = 0;
    assert!(MessageDeflater::new(context, &options).is_worthwhile(0));
}
