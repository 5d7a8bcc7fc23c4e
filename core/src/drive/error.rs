//! What an application gets to see when something goes wrong.

use core::fmt;

#[cfg(feature = "deflate")]
use crate::coding::DecodeError;
use crate::http;
#[cfg(feature = "ws")]
use crate::ws;

/// Why an exchange or a WebSocket cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke a rule of HTTP. If the handler gives this back, the peer is answered with
    /// the status that fits.
    Http(http::Error),
    /// The application asked for something that may not be sent.
    Send(http::SendError),
    /// What a client was to ask for is no URI of the scheme `http`, or `ws` for a WebSocket. Those of `https` and `wss`
    /// go over connections of the application's own: see [`Client::with_connector`](super::Client::with_connector).
    #[cfg(feature = "std")]
    Uri,
    /// The peer broke a rule of WebSocket. It has been told.
    #[cfg(feature = "ws")]
    WebSocket(ws::Error),
    /// The application asked for something that may not be sent.
    #[cfg(feature = "ws")]
    SendFrame(ws::SendError),
    /// The request asks for no WebSocket. A [`ServerDriver`](super::ServerDriver) can still answer it; where an exchange was
    /// to become one, the client has its answer.
    #[cfg(feature = "ws")]
    NotWebSocket,
    /// A server has answered the opening handshake in another way than it may.
    #[cfg(feature = "ws")]
    Mismatch(ws::handshake::Mismatch),
    /// A server has answered the opening handshake with this status.
    #[cfg(feature = "ws")]
    Declined(http::StatusCode),
    /// The opening handshake breaks a rule. Who answers is as with [`Error::NotWebSocket`].
    #[cfg(feature = "ws")]
    Refused(ws::handshake::Refusal),
    /// The content passes the limit that the application gave.
    ContentTooLarge,
    /// The content of a response cannot be decoded.
    #[cfg(feature = "deflate")]
    Decode(DecodeError),
    /// More redirects than the client follows.
    TooManyRedirects,
    /// The peer took too long.
    TimedOut,
    /// The connection ended without a word where there should have been one.
    Disconnected,
    /// The transport failed.
    #[cfg(feature = "std")]
    Io(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Send(error) => error.fmt(f),
            #[cfg(feature = "std")]
            Self::Uri => f.write_str("no URI of the scheme http, or ws for a WebSocket"),
            #[cfg(feature = "ws")]
            Self::WebSocket(error) => error.fmt(f),
            #[cfg(feature = "ws")]
            Self::SendFrame(error) => error.fmt(f),
            #[cfg(feature = "ws")]
            Self::NotWebSocket => f.write_str("the request asks for no WebSocket"),
            #[cfg(feature = "ws")]
            Self::Declined(status) => write!(f, "the server declined the WebSocket with {status}"),
            #[cfg(feature = "ws")]
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            #[cfg(feature = "ws")]
            Self::Refused(refusal) => refusal.fmt(f),
            Self::ContentTooLarge => f.write_str("content too large"),
            #[cfg(feature = "deflate")]
            Self::Decode(error) => error.fmt(f),
            Self::TooManyRedirects => f.write_str("too many redirects"),
            Self::TimedOut => f.write_str("the peer took too long"),
            Self::Disconnected => f.write_str("the connection ended unexpectedly"),
            #[cfg(feature = "std")]
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(feature = "std")]
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<http::Error> for Error {
    fn from(error: http::Error) -> Self {
        if error.rule() == http::Rule::Timeout { Self::TimedOut } else { Self::Http(error) }
    }
}

#[cfg(feature = "deflate")]
impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<http::SendError> for Error {
    fn from(error: http::SendError) -> Self {
        Self::Send(error)
    }
}

#[cfg(feature = "ws")]
impl From<ws::Error> for Error {
    fn from(error: ws::Error) -> Self {
        Self::WebSocket(error)
    }
}

#[cfg(feature = "ws")]
impl From<ws::handshake::Mismatch> for Error {
    fn from(mismatch: ws::handshake::Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

#[cfg(feature = "ws")]
impl From<ws::SendError> for Error {
    fn from(error: ws::SendError) -> Self {
        Self::SendFrame(error)
    }
}

#[cfg(feature = "std")]
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}
