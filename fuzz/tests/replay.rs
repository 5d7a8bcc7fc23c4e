//! Runs every file of the corpus through its target, without libFuzzer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        let outcome = std::panic::catch_unwind(|| run(&data));
        assert!(outcome.is_ok(), "{} panicked", path.display());
        count += 1;
    }
    assert!(count > 0, "{target} has no corpus");
}

macro_rules! replay {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), sanderling_fuzz::$target);
        })*
    };
}

replay! {
    request_head
    response_head
    chunked
    server_connection
    client_connection
    websocket_connection
    handshake
    framing
    split_against_whole
    decode
    driver
    files
    inflate
    httparse
    websocket_pair
}
