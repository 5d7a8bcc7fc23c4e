//! See [`sanderling_fuzz::split_against_whole`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::split_against_whole(data));
