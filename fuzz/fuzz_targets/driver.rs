//! See [`sanderling_fuzz::driver`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::driver(data));
