//! Runs the three example clients against servers of plain TCP: what they send, what they make of
//! the answer, and which connections they use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../interop/fetch/mod.rs"]
mod fetch;
