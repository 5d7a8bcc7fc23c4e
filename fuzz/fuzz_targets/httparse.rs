//! See [`sanderling_fuzz::httparse`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::httparse(data));
