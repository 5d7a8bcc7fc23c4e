//! What the documentation says of memory.

use allocation_counter::measure;
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, MessageInflater, Part, Status};

fn context(takeover: bool, window_bits: u8) -> DeflateContext {
    DeflateContext { takeover, window_bits }
}

#[test]
fn an_inflater_takes_its_tables_and_the_window() {
    for bits in 8..=15 {
        let mut inflater = None;
        let info = measure(|| {
            let mut new = MessageInflater::new(context(false, bits), 100);
            assert_eq!(new.inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], true, &mut [0; 9]).unwrap().written, 5);
            inflater = Some(new);
        });
        println!("inflating with {bits} bits: {} octets", info.bytes_current);
        assert!((info.bytes_current - (1 << bits) - 10_550).abs() < 100, "{} octets", info.bytes_current);
        assert!(measure(|| inflater.as_mut().unwrap().release()).bytes_current < -10_000);
    }
}

#[test]
fn a_compressor_takes_what_is_said() {
    for bits in [8, 15] {
        for level in [1, 4, 9] {
            let mut deflater = None;
            let mut options = DeflateOptions::default();
            options.level = level;
            let mut payload = Vec::with_capacity(100);
            let info = measure(|| {
                let mut new = MessageDeflater::new(context(true, bits), &options);
                new.deflate_into(b"Hello", Part::Last, &mut payload);
                deflater = Some(new);
            });
            println!("compressing with {bits} bits at level {level}: {} octets", info.bytes_current);
            assert!((info.bytes_current - 312 * 1024).abs() < 1024, "{} octets", info.bytes_current);
            assert!(measure(|| deflater.as_mut().unwrap().release()).bytes_current < -300_000);
        }
    }
}

#[test]
fn no_heap_before_the_first_message_or_for_an_empty_one() {
    let mut payload = Vec::with_capacity(100);
    let info = measure(|| {
        let mut deflater = MessageDeflater::new(context(true, 15), &DeflateOptions::default());
        deflater.deflate_into(b"", Part::Last, &mut payload);
        let _ = MessageInflater::new(context(true, 15), 100);
    });
    assert_eq!((info.count_total, payload.as_slice()), (0, &[0][..]));
}

#[test]
fn steady_state_does_not_allocate() {
    let text = b"the same again and again, ".repeat(40);
    for takeover in [false, true] {
        let mut deflater = MessageDeflater::new(context(takeover, 12), &DeflateOptions::default());
        let mut inflater = MessageInflater::new(context(takeover, 12), u64::MAX);
        let (mut payload, mut scratch) = (Vec::new(), [0; 4096]);
        let mut round = |text: &[u8]| {
            payload.clear();
            deflater.deflate_into(text, Part::Last, &mut payload);
            let coded = inflater.inflate(&payload, true, &mut scratch).unwrap();
            assert_eq!((&scratch[..coded.written], coded.status), (text, Status::End));
        };
        round(&text);
        assert_eq!(measure(|| (0..100).for_each(|_| round(&text))).count_total, 0);
    }
}
