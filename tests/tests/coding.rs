//! Content codings: the codecs, the server that compresses, the client that decodes, events.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "coding/client.rs"]
mod client;
#[path = "coding/codecs.rs"]
mod codecs;
#[path = "coding/event_text.rs"]
mod event_text;
#[path = "coding/members.rs"]
mod members;
#[path = "coding/responses.rs"]
mod responses;
#[path = "coding/served.rs"]
mod served;
