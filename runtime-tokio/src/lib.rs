//! HTTP/1.1 and WebSocket over tokio: an adapter of the sans-IO core [`sanderling`].
//!
//! ```no_run
//! use sanderling_tokio::{Exchange, Server, StatusCode};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let server = Server::bind("127.0.0.1:8080").await?;
//!     server
//!         .serve(|exchange: Exchange| async move {
//!             exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello, World!").await
//!         })
//!         .await
//! }
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `server` | [`Server`]: listens, accepts, shuts down |
//! | `connection` | [`serve_connection`]: one stream that you already have |
//! | `client` | how [`Client`] opens connections |
//! | `transport` | [`Transport`]: the turn of the loop over tokio's traits |
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
//! # On all cores
//!
//! | way | when |
//! |---|---|
//! | the runtime with many threads, as above | handlers differ in how long they compute: whoever is free takes over |
//! | a runtime of one thread for each core | many short requests: nothing goes from one core to another |
//!
//! On one processor, two threads of either take up to a tenth more of it for a request than one thread does: with 16
//! requests in a segment 1.35 (many threads) and 1.29 (one runtime each) instead of 1.24 times what a loop takes that
//! does not parse. `BENCHMARKS.md` has them for each load.
//!
//! For the second, each thread has a server of its own on the same address:
//!
//! ```no_run
//! # #[cfg(target_os = "linux")]
//! # fn example() -> std::io::Result<()> {
//! use sanderling_tokio::{Exchange, Server, StatusCode};
//! use tokio::runtime::Builder;
//!
//! async fn answer(exchange: Exchange) -> Result<(), sanderling_tokio::Error> {
//!     exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello, World!").await
//! }
//!
//! let address = "127.0.0.1:8080".parse().map_err(std::io::Error::other)?;
//! let workers = std::thread::available_parallelism()?.get();
//! std::thread::scope(|scope| {
//!     for _ in 0..workers {
//!         scope.spawn(|| {
//!             let runtime = Builder::new_current_thread().enable_all().build()?;
//!             runtime.block_on(async { Server::bind_shared(address)?.serve(answer).await })
//!         });
//!     }
//! });
//! # Ok(())
//! # }
//! ```
//!
//! [`Server::with_handle`] lets one handle shut all of them down.
//!
//! # TLS
//!
//! There is none in it. Whatever encrypts, such as tokio-rustls, is a stream like any other. A server hands each that
//! has shaken hands to [`serve_connection`]; what [`Server`] does for TCP, to accept, to count and to shut down, is then
//! yours:
//!
//! ```no_run
//! use core::time::Duration;
//! use std::sync::Arc;
//!
//! use sanderling_tokio::sanderling::drive::Phase;
//! use sanderling_tokio::{Error, Exchange, NO_FIELDS, Settings, StatusCode, serve_connection};
//! use tokio::net::{TcpListener, TcpStream};
//!
//! # type TlsStream = TcpStream;
//! # #[derive(Clone)] struct Acceptor;
//! # impl Acceptor { async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream> { Ok(stream) } }
//! async fn answer(exchange: Exchange<TlsStream>) -> Result<(), Error> {
//!     exchange.respond(StatusCode::OK, NO_FIELDS, "Hello, whoever you are!").await
//! }
//!
//! # async fn example(acceptor: Acceptor) -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:8443").await?;
//! let settings = Arc::new(Settings::default());
//! let accept = async {
//!     while let Ok((stream, _)) = listener.accept().await {
//!         let (acceptor, settings) = (acceptor.clone(), Arc::clone(&settings));
//!         tokio::spawn(async move {
//!             // No deadline of ours runs before the stream is there.
//!             let handshake = tokio::time::timeout(Duration::from_secs(10), acceptor.accept(stream));
//!             if let Ok(Ok(stream)) = handshake.await {
//!                 serve_connection(stream, &settings, &answer).await;
//!             }
//!         });
//!     }
//! };
//! tokio::select! {
//!     () = accept => {}
//!     _ = tokio::signal::ctrl_c() => {}
//! }
//! // Whoever is answered is answered to the end.
//! settings.shutdown.advance(Phase::Draining);
//! let all_gone = std::future::poll_fn(|context| settings.shutdown.poll_fewer(1, context));
//! let _ = tokio::time::timeout(settings.grace, all_gone).await;
//! settings.shutdown.advance(Phase::Ended);
//! # Ok(())
//! # }
//! ```
//!
//! A client opens its connections with a [`Connect`](sanderling::drive::Connect) of yours. Its URIs stay those of `http`,
//! with the port written out:
//!
//! ```no_run
//! use core::time::Duration;
//! use std::io;
//!
//! use sanderling_tokio::sanderling::Tick;
//! use sanderling_tokio::sanderling::drive::{Client, Connect};
//! use sanderling_tokio::{ClientOptions, Connector, Error, Transport};
//! # use tokio::net::TcpStream;
//!
//! # type TlsStream = TcpStream;
//! # struct TlsConnector;
//! # impl TlsConnector {
//! #     async fn connect(&self, _: &str, stream: TcpStream) -> io::Result<TlsStream> { Ok(stream) }
//! # }
//! struct Tls {
//!     tcp: Connector,
//!     tls: TlsConnector,
//! }
//!
//! impl Connect for Tls {
//!     type Transport = Transport<TlsStream>;
//!
//!     async fn connect(&self, host: &str, port: u16, within: Option<Duration>) -> io::Result<Self::Transport> {
//!         let stream = self.tcp.connect(host, port, within).await?.into_inner();
//!         Ok(Transport::new(self.tls.connect(host, stream).await?))
//!     }
//!
//!     fn random(octets: &mut [u8]) -> io::Result<()> {
//!         Connector::random(octets)
//!     }
//!
//!     fn now(&self) -> Tick {
//!         self.tcp.now()
//!     }
//! }
//!
//! # async fn example(tls: TlsConnector) -> Result<(), Error> {
//! let client = Client::with_connector(Tls { tcp: Connector::default(), tls }, ClientOptions::default());
//! let response = client.get("http://a.example:443/").send().await?;
//! # let _ = response;
//! # Ok(())
//! # }
//! ```

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
pub use transport::Transport;

use tokio::net::TcpStream;

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
/// # async fn example() -> Result<(), sanderling_tokio::Error> {
/// let mut socket = sanderling_tokio::Client::new().websocket("ws://127.0.0.1:8080/ws").open().await?;
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
/// # async fn example() -> Result<(), sanderling_tokio::Error> {
/// let client = sanderling_tokio::Client::new();
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
