//! Compressed messages against a decompressor that has a whole message before its eyes and all that
//! came before it.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use sanderling::ws::deflate::{DeflateContext, InflateError, MessageInflater, Status};

use crate::cuts::Cuts;
use crate::script::Script;

/// Longer messages are not compared.
const LIMIT: usize = 1 << 17;

/// Two messages, the octets and the same octets again, come out as the other decompressor says,
/// whatever pieces they come in and however little room there is.
///
/// # Panics
///
/// Where they do not.
pub fn inflate(data: &[u8]) {
    let mut script = Script::new(data);
    let takeover = script.choose(&[true, false]);
    let scratch = script.choose(&[4096, 1, 7, 258, 40_000]);
    let context = DeflateContext { takeover, window_bits: 15 };
    let octets = script.octets;
    let whole = messages(context, octets, Cuts::Whole, 4096);
    for cuts in [Cuts::Sizes(script.rest()), Cuts::Octets] {
        assert_eq!(messages(context, octets, cuts, scratch), whole, "{cuts:?} into {scratch}");
    }
    let mut history = Vec::new();
    for message in &whole {
        if !takeover {
            history.clear();
        }
        let start = history.len();
        match message {
            Err((InflateError::TooBig, content)) => {
                assert_eq!(content.len(), LIMIT, "short of the limit");
                return;
            }
            Err(_) => assert!(!extend(&mut history, octets), "refused, and there is nothing wrong"),
            Ok(content) => {
                assert!(extend(&mut history, octets), "accepted");
                assert_eq!(*content, history[start..]);
            }
        }
    }
    // A smaller window refuses more, and changes nothing.
    let small = DeflateContext { takeover, window_bits: 8 };
    for (small, whole) in messages(small, octets, Cuts::Whole, scratch).into_iter().zip(whole) {
        assert!(small.is_err() || small == whole);
    }
}

/// What a message has, or an error and what comes before it.
type Message = Result<Vec<u8>, (InflateError, Vec<u8>)>;

/// The contents of both messages, up to the first error.
fn messages(context: DeflateContext, octets: &[u8], cuts: Cuts<'_>, scratch: usize) -> Vec<Message> {
    let mut inflater = MessageInflater::new(context, LIMIT as u64);
    let mut messages = Vec::new();
    while messages.len() < 2 {
        let message = message(&mut inflater, octets, cuts, scratch);
        let is_over = message.is_err();
        messages.push(message);
        if is_over {
            break;
        }
    }
    messages
}

fn message(inflater: &mut MessageInflater, octets: &[u8], cuts: Cuts<'_>, scratch: usize) -> Message {
    let mut scratch = vec![0; scratch];
    let (mut used, mut content) = (0, Vec::new());
    for arrived in cuts.arrivals(octets.len()) {
        let last = arrived == octets.len();
        loop {
            let coded = match inflater.inflate(&octets[used..arrived], last, &mut scratch) {
                Ok(coded) => coded,
                Err(error) => return Err((error, content)),
            };
            used += coded.read;
            content.extend_from_slice(&scratch[..coded.written]);
            match coded.status {
                Status::NeedRoom => assert!(coded.written > 0, "no progress"),
                Status::NeedInput => {
                    assert!(!last && used == arrived);
                    break;
                }
                Status::End => {
                    assert!(last && used == arrived);
                    return Ok(content);
                }
            }
        }
    }
    panic!("the last part was not the end")
}

/// Appends the content of a message; whether there is nothing wrong with it.
fn extend(history: &mut Vec<u8>, octets: &[u8]) -> bool {
    if octets.is_empty() {
        return true;
    }
    // If a final block is the very end, nothing is missing behind it.
    if read(&mut history.clone(), octets) == Some(true) {
        return read(history, octets).is_some();
    }
    let with_tail = [octets, &[0, 0, 0xff, 0xff]].concat();
    let before = history.clone();
    match read(history, &with_tail) {
        None => false,
        Some(true) => true,
        // It says nothing about where in a block it stands, but what is right can go on in two ways:
        // with a final block that is empty, and with one that holds a letter.
        Some(false) => {
            [(&[1, 0, 0, 0xff, 0xff][..], &b""[..]), (&[0x4b, 0x04, 0x00], b"a")].iter().all(|(block, content)| {
                let mut longer = before.clone();
                let is_end = read(&mut longer, &[&with_tail, *block].concat()) == Some(true);
                is_end && longer == [history.as_slice(), content].concat()
            })
        }
    }
}

/// Appends what comes of the octets; whether they end with a final block. `None` if they are wrong.
fn read(history: &mut Vec<u8>, octets: &[u8]) -> Option<bool> {
    let start = history.len();
    history.resize(start + LIMIT + 1, 0);
    let (mut used, mut at) = (0, start);
    loop {
        let mut miniz = DecompressorOxide::new();
        let flags = TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, written) = decompress(&mut miniz, &octets[used..], history, at, flags);
        used += read;
        at += written;
        let is_end = match status {
            TINFLStatus::Done if used < octets.len() => continue,
            TINFLStatus::Done => true,
            TINFLStatus::NeedsMoreInput => false,
            _ => return None,
        };
        history.truncate(at);
        return Some(is_end);
    }
}
