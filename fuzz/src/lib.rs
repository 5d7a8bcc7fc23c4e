//! Properties of the core over arbitrary octets: one function per target, which panics where a
//! property does not hold. `fuzz_targets` runs them under libFuzzer, `tests/replay.rs` runs them
//! over the corpus on any toolchain.
//!
//! ```text
//! fuzz/smoke 60 driver
//! cargo fuzz run -s none --features libfuzzer driver
//! ```
//!
//! That needs no nightly toolchain; a sanitizer (`RUSTC_BOOTSTRAP=1`, without `-s none`) has little
//! to find where no code is unsafe. New inputs land in the corpus; `cargo fuzz cmin` thins them out.
//!
//! Most targets read their input as a script: some octets that steer, then those that a peer sends.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod chunked;
mod client_connection;
pub mod cuts;
mod decode;
mod driver;
#[cfg(unix)]
mod files;
mod framing;
mod handshake;
mod heads;
mod httparse;
mod inflate;
pub mod opening;
mod patience;
mod script;
mod sending;
mod server_connection;
mod split;
pub mod transcript;
mod websocket_connection;
mod websocket_driver;
mod websocket_pair;

pub use chunked::chunked;
pub use client_connection::client_connection;
pub use decode::decode;
pub use driver::driver;
#[cfg(unix)]
pub use files::files;
pub use framing::framing;
pub use handshake::handshake;
pub use heads::{request_head, response_head};
pub use httparse::httparse;
pub use inflate::inflate;
pub use server_connection::server_connection;
pub use split::split_against_whole;
pub use websocket_connection::websocket_connection;
pub use websocket_pair::websocket_pair;
