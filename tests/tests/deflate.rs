//! permessage-deflate: what is negotiated, what is inflated, and that what is sent keeps to what
//! was agreed on. The vectors are described in `vectors/deflate/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "deflate/coding.rs"]
mod coding;
#[path = "deflate/inflating.rs"]
mod inflating;
#[path = "deflate/memory.rs"]
mod memory;
#[path = "deflate/negotiation.rs"]
mod negotiation;
#[path = "deflate/properties.rs"]
mod properties;
#[path = "deflate/walker.rs"]
mod walker;
