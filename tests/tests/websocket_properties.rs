//! What goes in at one side of a WebSocket comes out at the other: any message, in any fragments,
//! compressed or not, however it is cut.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "websocket_properties/agreement.rs"]
mod agreement;
#[path = "websocket_properties/fragments.rs"]
mod fragments;
#[path = "websocket_properties/messages.rs"]
mod messages;
#[path = "websocket_properties/pair.rs"]
mod pair;
