//! HTTP/1.1 and WebSocket over blocking threads: an adapter of the sans-IO core [`sanderling`].
//!
//! ```no_run
//! use sanderling_std::{Exchange, Server, StatusCode};
//!
//! fn main() -> std::io::Result<()> {
//!     let server = Server::bind("127.0.0.1:8080")?;
//!     server.serve(|exchange: Exchange| {
//!         exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello, World!")
//!     })
//! }
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `server` | [`Server`]: listens, accepts, shuts down |
//! | `listener` | what it accepts from, until somebody knocks |
//! | `pool` | the threads, and what happens when there are too few |
//! | `connection` | [`serve_connection`]: one stream that you already have |
//! | `client` | [`Client`], which blocks |
//! | `exchange`, `websocket` | [`Exchange`], [`Events`] and [`WebSocket`], which block |
//! | `stream` | [`Stream`]: what a stream has to be able to do |
//! | `transport` | [`Transport`]: the turn of the loop over it |
//!
//! # Features
//!
//! | feature | what it adds | by default |
//! |---|---|---|
//! | `files` | `Files`: a directory that is served | yes |
//! | `simd` | vector code in the core, the only `unsafe` of the project | yes |
//! | `brotli` | the content coding br | no |
//! | `zstd` | the content coding zstd, whose code is C | no |
//!
//! The core is here as [`sanderling`], for what is named there alone, such as
//! [`semantics`](sanderling::semantics) with queries, cookies and dates.
//!
//! # TLS
//!
//! Whatever encrypts is a stream for which you implement [`Stream`]: [`serve_connection`] serves it, [`ClientConnection`]
//! is a client on it.
//!
//! # On all cores
//!
//! Each connection has a thread while it lasts, so the system puts all cores to use by itself.

#![forbid(unsafe_code)]

mod client;
mod client_connection;
mod clock;
mod connection;
mod exchange;
mod listener;
mod pool;
mod server;
mod stream;
mod transport;
mod websocket;

pub use client::{Client, Connector, Opened, Request, Response, Upload, WebSocketRequest};
pub use client_connection::ClientConnection;
pub use connection::serve_connection;
pub use exchange::{Events, Exchange};
pub use pool::Overflow;
/// The core, for what is not named here.
pub use sanderling;
pub use sanderling::MinRate;
pub use sanderling::coding::ContentCoding;
#[cfg(feature = "files")]
pub use sanderling::drive::Files;
pub use sanderling::drive::{
    AsUtf8, ClientOptions, Closed, Compression, Error, Message, MessagePart, Payload, Progress, Settings, Text,
    WebSocketOptions,
};
pub use sanderling::http::{
    BodyLength, Deadlines, Field, FieldLine, Limits, Method, NO_FIELDS, RequestTarget, StatusCode,
};
#[cfg(feature = "files")]
pub use sanderling::semantics::{CacheDirective, DeltaSeconds};
pub use sanderling::semantics::{HttpUri, ServerSentEvent};
pub use sanderling::ws::deflate::DeflateOptions;
pub use sanderling::ws::{CloseCode, MessageKind};
pub use server::{Server, ServerHandle};
pub use stream::{Plain, Stream};
pub use transport::Transport;
pub use websocket::{MessageWriter, Receiver, Sender, WebSocket};
