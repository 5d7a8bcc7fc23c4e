//! What the servers under test, the load and the measurement have to agree about.

pub mod content;
pub mod exchange;
pub mod websocket;
