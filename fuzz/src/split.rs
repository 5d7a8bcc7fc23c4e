//! The same octets in other pieces.

use sanderling::http::Method;
use sanderling::ws;
use sanderling::ws::deflate::DeflateContext;

use crate::cuts::Cuts;
use crate::script::Script;
use crate::transcript::{self, Answers, Item};

/// Whatever reads a stream makes the same of it however it is cut.
///
/// # Panics
///
/// Where a cut makes a difference.
pub fn split_against_whole(data: &[u8]) {
    let mut script = Script::new(data);
    let octet = script.octet();
    let reader = octet % 4;
    let answers = script.choose(&[Answers::Soon, Answers::Late]);
    let limits = script.http_limits();
    let ends = script.choose(&[false, true]);
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::CONNECT];
    let (early, late) = methods.split_at(usize::from(script.octet()) % methods.len());
    let methods = [late, early].concat();
    let (cuts, octets) = (Cuts::Sizes(script.rest()), script.octets);
    match reader {
        0 => {
            let whole = transcript::server(octets, Cuts::Whole, Answers::Soon, limits);
            for cuts in [cuts, Cuts::Octets] {
                assert_eq!(transcript::server(octets, cuts, answers, limits), whole, "{cuts:?}");
            }
        }
        1 => {
            let whole = transcript::client(&methods, octets, ends, Cuts::Whole, limits);
            for cuts in [cuts, Cuts::Octets] {
                assert_eq!(transcript::client(&methods, octets, ends, cuts, limits), whole, "{cuts:?}");
            }
        }
        role => {
            let mut limits = ws::Limits::default();
            if ends && octet & 4 == 0 {
                (limits.message_size, limits.frame_size, limits.fragments) = (300, 200, 3);
            }
            let context = (octet & 4 != 0).then_some(DeflateContext { takeover: true, window_bits: 15 });
            let read = |cuts| {
                let mut read = transcript::compressed_websocket(octets, role == 2, cuts, limits, context);
                // Which of the two is found first depends on how far the codec reads ahead. The code is the same.
                for item in read.items.iter_mut().filter(|item| **item == Item::Failed(ws::Rule::Compression)) {
                    *item = Item::Failed(ws::Rule::Utf8);
                }
                read
            };
            let whole = read(Cuts::Whole);
            for cuts in [cuts, Cuts::Octets] {
                assert_eq!(read(cuts), whole, "{cuts:?}");
            }
        }
    }
}
