//! WebSocket connections with their buffers: whole messages, or parts of them as they come and go.

mod burst;
#[cfg(feature = "deflate")]
mod compression;
mod driver;
#[cfg(feature = "std")]
mod idle;
mod message;
mod opening;
mod options;
mod rules;

pub use burst::Burst;
pub use driver::WebSocketDriver;
#[cfg(feature = "std")]
pub(super) use idle::Seat;
pub use message::{AsUtf8, Closed, Message, MessagePart, Text};
pub use options::WebSocketOptions;
