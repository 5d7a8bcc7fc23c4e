//! See [`sanderling_fuzz::inflate`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::inflate(data));
