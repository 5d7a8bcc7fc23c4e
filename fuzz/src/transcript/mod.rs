//! What comes of a stream, in a form that does not depend on how it was cut.

mod client;
mod server;
mod websocket;

use sanderling::http::{self, FieldSection, Rule};

pub use client::client;
pub use server::{Answers, server};
pub use websocket::{Item, WebSocket, compressed_websocket, websocket};

/// A request or a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The octets of a request's head; those of a response's, written anew.
    pub head: Vec<u8>,
    /// The content that came.
    pub body: Vec<u8>,
    /// The trailer section.
    pub trailers: Vec<(String, Vec<u8>)>,
    /// Where it ends in the stream, if its end came.
    pub end: Option<usize>,
}

/// How it stands at the end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Ending {
    /// More could come.
    Open,
    /// What follows is another protocol's.
    Tunnel,
    /// Nothing more is read.
    Closed,
    /// The peer broke a rule, at this octet.
    Failed(Rule, Option<u64>),
}

impl Ending {
    fn failed(error: &http::Error) -> Self {
        // How far past its limit a line is seen depends on how much of it has arrived.
        let depends_on_cuts = matches!(error.rule(), Rule::RequestLineTooLong | Rule::FieldSectionTooLarge);
        Self::Failed(error.rule(), (!depends_on_cuts).then_some(error.offset()))
    }
}

/// The lines of a field section, owned.
#[must_use]
pub fn lines(section: FieldSection<'_>) -> Vec<(String, Vec<u8>)> {
    section.map(|line| (line.name().to_owned(), line.value().to_owned())).collect()
}
