//! The two connections and the driver of a server, in virtual time: what the vectors cannot say, because it is a
//! deadline, a state, or something that the application does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "connections/chunked.rs"]
mod chunked;
#[path = "connections/client/mod.rs"]
mod client;
#[path = "connections/driven.rs"]
mod driven;
#[path = "connections/moments.rs"]
mod moments;
#[path = "connections/server/mod.rs"]
mod server;
#[path = "connections/waiting.rs"]
mod waiting;
