//! HTTP/1.1 and WebSocket over smol: an adapter of the sans-IO core [`sanderling`].
//!
//! ```no_run
//! use sanderling_smol::{Exchange, Server, StatusCode};
//!
//! fn main() -> std::io::Result<()> {
//!     smol::block_on(async {
//!         let server = Server::bind("127.0.0.1:8080").await?;
//!         server
//!             .serve(|exchange: Exchange| async move {
//!                 exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello, World!").await
//!             })
//!             .await
//!     })
//! }
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `server` | [`Server`]: listens, accepts, shuts down |
//! | `connection` | [`serve_connection`]: one stream that you already have |
//! | `client` | how [`Client`] opens connections |
//! | `transport` | [`Transport`]: the turn of the loop over smol's traits |
//!
//! [`Exchange`], [`WebSocket`] and [`Client`] are the core's, over this transport.
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
//! Whatever encrypts is a stream like any other: [`serve_connection`] serves it, [`ClientConnection`] is a client on it.
//! The front page of `sanderling-tokio` shows both sides; here they are the same.
//!
//! # On all cores
//!
//! Connections are tasks of smol's global executor, which has one thread unless the environment's
//! `SMOL_THREADS` asks for more.

#![forbid(unsafe_code)]

mod client;
mod clock;
mod connection;
mod server;
mod transport;

pub use client::Connector;
pub use connection::serve_connection;
/// The core, for what is not named here.
pub use sanderling;
pub use sanderling::MinRate;
pub use sanderling::coding::ContentCoding;
#[cfg(feature = "files")]
pub use sanderling::drive::Files;
pub use sanderling::drive::{
    ClientOptions, Closed, Compression, Error, Message, MessagePart, Payload, Progress, Settings, Text,
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
pub use transport::{Sleep, Transport};

use smol::net::TcpStream;

/// A request and its response, on a stream that is TCP unless you brought another.
pub type Exchange<S = TcpStream> = sanderling::drive::Exchange<Transport<S>>;
/// An open stream of events: from [`Exchange::events`](sanderling::drive::Exchange::events).
pub type Events<S = TcpStream> = sanderling::drive::Events<Transport<S>>;
/// An open WebSocket.
pub type WebSocket<S = TcpStream> = sanderling::drive::WebSocket<Transport<S>>;
/// The receiving half of a WebSocket.
pub type Receiver<S = TcpStream> = sanderling::drive::Receiver<Transport<S>>;
/// The sending half of a WebSocket.
pub type Sender<S = TcpStream> = sanderling::drive::Sender<Transport<S>>;

/// A message that is sent part by part.
pub type MessageWriter<S = TcpStream> = sanderling::drive::MessageWriter<Transport<S>>;
/// A WebSocket to be opened: from [`Client::websocket`](sanderling::drive::Client::websocket).
///
/// ```no_run
/// # async fn example() -> Result<(), sanderling_smol::Error> {
/// let mut socket = sanderling_smol::Client::new().websocket("ws://127.0.0.1:8080/ws").open().await?;
/// socket.send_text("Hello").await?;
/// println!("{:?}", socket.recv().await?);
/// # Ok(())
/// # }
/// ```
pub type WebSocketRequest = sanderling::drive::WebSocketRequest<Connector>;
/// What a server has answered to a WebSocket's opening handshake.
pub type Opened = sanderling::drive::Opened<Connector>;

/// Sends requests, and keeps connections for the next ones.
///
/// ```no_run
/// # async fn example() -> Result<(), sanderling_smol::Error> {
/// let client = sanderling_smol::Client::new();
/// let mut response = client.get("http://127.0.0.1:8080/hello").send().await?;
/// println!("{} {:?}", response.head().status(), response.read_to_end(1 << 20).await?);
/// # Ok(())
/// # }
/// ```
pub type Client = sanderling::drive::Client<Connector>;
/// A request to be sent.
pub type Request = sanderling::drive::Request<Connector>;
/// A request whose body is being sent.
pub type Upload = sanderling::drive::Upload<Connector>;
/// A response whose head has come.
pub type Response = sanderling::drive::Response<Connector>;
/// One connection of a client, on a stream that you already have: made from [`Transport::new`].
pub type ClientConnection<S = TcpStream> = sanderling::drive::ClientConnection<Transport<S>>;
