//! Content codings: the codecs, the server that compresses, the client that decodes, events.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "coding/codecs.rs"]
mod codecs;
#[path = "coding/members.rs"]
mod members;
#[path = "coding/responses.rs"]
mod responses;
