//! See [`sanderling_fuzz::server_connection`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanderling_fuzz::server_connection(data));
