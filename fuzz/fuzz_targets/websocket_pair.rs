//! See [`sanderling_fuzz::websocket_pair`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::websocket_pair(data));
