//! WebSocket connections with their buffers: whole messages, or parts of them as they come and go.

#[cfg(feature = "deflate")]
mod compression;
mod driver;
mod message;
mod opening;
mod options;

pub use driver::WebSocketDriver;
pub use message::{AsUtf8, Closed, Message, MessagePart, Text};
pub use options::WebSocketOptions;
