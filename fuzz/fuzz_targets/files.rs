//! See [`sanderling_fuzz::files`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::files(data));
