//! The driver (feature `alloc`): one owner of the buffers and deadlines of a connection, which an
//! adapter pumps.
//!
//! ```text
//! loop {
//!     ask the driver for what the application waits for; if it is there, hand it over
//!     write Driver::output, tell Driver::written          (Driver::write_to does both)
//!     shut down the writing side if Driver::wants_shutdown, tell Driver::write_closed
//!     if Driver::wants_read: read into Driver::room, tell Driver::received           (Driver::read_from does both)
//!     sleep until Driver::deadline at the latest, then Driver::handle_timeout
//! }
//! ```
//!
//! Whatever an application waits for is a method `poll_…` that takes the time and gives
//! [`Poll::Pending`](core::task::Poll::Pending) when one turn of that loop has to come first. No
//! waker is involved: the adapter's I/O is what wakes.

#[cfg(feature = "std")]
mod accept;
#[cfg(all(feature = "std", feature = "ws"))]
mod channel;
mod client;
#[cfg(feature = "std")]
mod client_connection;
#[cfg(feature = "deflate")]
mod compression;
#[cfg(feature = "std")]
mod connection;
mod driver;
mod error;
#[cfg(feature = "std")]
mod events;
#[cfg(feature = "std")]
mod exchange;
#[cfg(feature = "std")]
mod fetch;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "std")]
mod handler;
mod input;
#[cfg(feature = "std")]
mod members;
mod output;
#[cfg(any(feature = "std", feature = "ws"))]
mod patience;
#[cfg(feature = "std")]
mod patient;
mod payload;
#[cfg(feature = "std")]
mod pool;
mod server;
#[cfg(feature = "std")]
mod service;
#[cfg(feature = "std")]
mod settings;
#[cfg(feature = "std")]
mod shutdown;
#[cfg(feature = "std")]
mod slot;
#[cfg(feature = "futures")]
mod streams;
#[cfg(feature = "std")]
mod successor;
#[cfg(feature = "std")]
mod sweep;
#[cfg(feature = "std")]
mod transport;
#[cfg(feature = "std")]
mod turn;
#[cfg(feature = "ws")]
mod websocket;
#[cfg(all(feature = "std", feature = "ws"))]
mod websocket_request;

#[cfg(feature = "std")]
pub use accept::pause_after;
#[cfg(all(feature = "std", feature = "ws"))]
pub use channel::{MessageWriter, Receiver, Sender, WebSocket};
pub use client::ClientDriver;
#[cfg(feature = "std")]
pub use client_connection::{ClientConnection, Progress};
#[cfg(feature = "deflate")]
pub use compression::Compression;
pub use driver::Driver;
pub use error::Error;
#[cfg(feature = "std")]
pub use events::Events;
#[cfg(feature = "std")]
pub use exchange::Exchange;
#[cfg(feature = "std")]
pub use fetch::{Client, ClientOptions, Connect, Request, Response, Upload};
#[cfg(feature = "files")]
pub use files::{FilePart, Files};
#[cfg(feature = "std")]
pub use members::Member;
pub use payload::Payload;
pub use server::ServerDriver;
#[cfg(feature = "std")]
pub use service::Service;
#[cfg(feature = "std")]
pub use settings::Settings;
#[cfg(feature = "std")]
pub use shutdown::{Phase, Shutdown};
#[cfg(feature = "std")]
pub use transport::Transport;
#[cfg(feature = "std")]
pub use turn::{AsyncIo, Turns};
#[cfg(feature = "ws")]
pub use websocket::{AsUtf8, Burst, Closed, Message, MessagePart, Text, WebSocketDriver, WebSocketOptions};
#[cfg(all(feature = "std", feature = "ws"))]
pub use websocket_request::{Opened, WebSocketRequest};
