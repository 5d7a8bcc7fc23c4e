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
//! | `transport` | [`Transport`]: the turn of the loop over smol's traits |
//!
//! [`Exchange`] and [`WebSocket`] are the core's, over this transport.

#![forbid(unsafe_code)]

mod clock;
mod connection;
mod server;
mod transport;

pub use connection::serve_connection;
pub use sanderling::drive::{Closed, Error, Message, Payload, Settings, Text, WebSocketOptions};
pub use sanderling::http::{BodyLength, Deadlines, Field, FieldLine, Limits, Method, NO_FIELDS, StatusCode};
pub use sanderling::ws::CloseCode;
pub use server::{Server, ServerHandle};
pub use transport::Transport;

use smol::net::TcpStream;

/// A request and its response, on a stream that is TCP unless you brought another.
pub type Exchange<S = TcpStream> = sanderling::drive::Exchange<Transport<S>>;
/// An open WebSocket.
pub type WebSocket<S = TcpStream> = sanderling::drive::WebSocket<Transport<S>>;
/// The receiving half of a WebSocket.
pub type Receiver<S = TcpStream> = sanderling::drive::Receiver<Transport<S>>;
/// The sending half of a WebSocket.
pub type Sender<S = TcpStream> = sanderling::drive::Sender<Transport<S>>;
