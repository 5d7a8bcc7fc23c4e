//! What can be set of a WebSocket.

use crate::http::RequestHead;
#[cfg(feature = "deflate")]
use crate::ws::deflate::DeflateOptions;
use crate::ws::{Deadlines, Limits};

/// How a WebSocket is opened, in either role.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WebSocketOptions {
    /// What the peer may send.
    pub limits: Limits,
    /// How long it may take.
    pub deadlines: Deadlines,
    /// The subprotocols that the application speaks, the one preferred first. A server agrees on the
    /// client's first choice among them.
    pub subprotocols: &'static [&'static str],
    /// Whether and how messages are compressed, if the peer can do it too. Default `None`: they are not.
    #[cfg(feature = "deflate")]
    pub deflate: Option<DeflateOptions>,
    /// Which requests a server accepts; the others get 403. A server that serves browsers' users
    /// should look at Origin here, as
    /// [`is_same_origin`](crate::ws::handshake::is_same_origin) does (RFC 6455 section 10.2). Default
    /// `None`: all.
    pub accepts: Option<fn(&RequestHead<'_>) -> bool>,
}
