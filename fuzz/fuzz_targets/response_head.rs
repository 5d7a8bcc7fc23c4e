//! See [`sanderling_fuzz::response_head`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::response_head(data));
