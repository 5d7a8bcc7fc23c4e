//! WebSocket connections in virtual time: deadlines, order, what is owed, what is refused, and what a
//! dropped future leaves behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "websocket_connections/cancelled.rs"]
mod cancelled;
#[path = "websocket_connections/channel.rs"]
mod channel;
#[path = "websocket_connections/deadlines.rs"]
mod deadlines;
#[path = "websocket_connections/ends.rs"]
mod ends;
#[path = "websocket_connections/limits.rs"]
mod limits;
#[path = "websocket_connections/owed.rs"]
mod owed;
#[path = "websocket_connections/records.rs"]
mod records;
#[path = "websocket_connections/sending.rs"]
mod sending;
#[path = "websocket_connections/side.rs"]
mod side;
#[path = "websocket_connections/slices.rs"]
mod slices;
#[path = "websocket_connections/wire.rs"]
mod wire;
