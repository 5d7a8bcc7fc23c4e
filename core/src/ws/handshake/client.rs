//! The client's side (RFC 6455 section 4.1).

use core::fmt;
use core::str::from_utf8;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Accept, only};
use crate::http::{FieldLine, ResponseHead, StatusCode, Version, list};
#[cfg(feature = "std")]
use crate::octet::class;
#[cfg(feature = "deflate")]
use crate::ws::deflate::{DeflateOptions, DeflateParameters};

/// A client's key: sixteen random octets, in base64.
#[derive(Clone, Copy)]
pub struct Key([u8; 24]);

impl Key {
    /// The key of a nonce, which must be random and new for each connection.
    #[must_use]
    pub fn new(nonce: [u8; 16]) -> Self {
        let mut key = [0; 24];
        // Sixteen octets always make 24 characters.
        let _ = STANDARD.encode_slice(nonce, &mut key);
        Self(key)
    }

    /// The fields of the request, besides Host and what else is proposed.
    #[must_use]
    pub fn fields(&self) -> [FieldLine<'_>; 4] {
        [
            FieldLine::new("Upgrade", "websocket"),
            FieldLine::new("Connection", "Upgrade"),
            FieldLine::new("Sec-WebSocket-Key", from_utf8(&self.0).unwrap_or_default()),
            FieldLine::new("Sec-WebSocket-Version", "13"),
        ]
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(from_utf8(&self.0).unwrap_or_default())
    }
}

/// What a client proposes: a WebSocket, and how it is to be spoken.
///
/// Its request has the fields of the [`Key`], a Sec-WebSocket-Protocol with the subprotocols if there are
/// any, and a Sec-WebSocket-Extensions with [`DeflateOptions::offer`] if compression is wanted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Proposal<'a> {
    /// The key that the answer has to know.
    pub key: Key,
    /// The subprotocols, the one preferred first: tokens that are not alike.
    pub subprotocols: &'a [&'a str],
    /// The compression offered.
    #[cfg(feature = "deflate")]
    pub deflate: Option<DeflateOptions>,
}

/// What a server has agreed to; by default nothing but the WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agreement<'a> {
    /// The subprotocol, one of those proposed.
    pub subprotocol: Option<&'a str>,
    /// How messages may be compressed.
    #[cfg(feature = "deflate")]
    pub deflate: Option<DeflateParameters>,
}

/// Why an answer does not open the WebSocket that was proposed: the client fails the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mismatch {
    /// The status is not 101. It is an answer as to any other request.
    Status,
    /// The version is HTTP/1.0, which has no status 101 (RFC 9110 section 7.8).
    Version,
    /// Upgrade does not say `websocket`.
    Upgrade,
    /// Connection does not say `upgrade`.
    Connection,
    /// Sec-WebSocket-Accept does not fit the key.
    Accept,
    /// A subprotocol that was not proposed.
    Subprotocol,
    /// An extension that was not offered, or with parameters that it may not have.
    Extension,
}

impl<'a> Proposal<'a> {
    /// A proposal without subprotocols and compression.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            subprotocols: &[],
            #[cfg(feature = "deflate")]
            deflate: None,
        }
    }

    /// Reads the server's answer: the six checks of section 4.1.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn read(&self, response: &ResponseHead<'_>) -> Result<Agreement<'a>, Mismatch> {
        let fields = response.fields();
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Mismatch::Status);
        }
        if response.version() != Version::Http11 {
            return Err(Mismatch::Version);
        }
        if !only(fields, "upgrade").is_some_and(|value| value.eq_ignore_ascii_case(b"websocket")) {
            return Err(Mismatch::Upgrade);
        }
        if !fields.named("connection").any(|value| list::has_token(value, "upgrade")) {
            return Err(Mismatch::Connection);
        }
        let accept = Accept::new(&self.key.0);
        if only(fields, "sec-websocket-accept") != Some(accept.as_str().as_bytes()) {
            return Err(Mismatch::Accept);
        }
        let subprotocol = match fields.first("sec-websocket-protocol") {
            None => None,
            Some(_) => Some(self.proposed(only(fields, "sec-websocket-protocol")).ok_or(Mismatch::Subprotocol)?),
        };
        let extensions = fields.named("sec-websocket-extensions");
        #[cfg(feature = "deflate")]
        let deflate = match self.deflate {
            Some(options) => options.read_response(extensions).map_err(|_| Mismatch::Extension)?,
            None if extensions.count() > 0 => return Err(Mismatch::Extension),
            None => None,
        };
        #[cfg(not(feature = "deflate"))]
        if extensions.count() > 0 {
            return Err(Mismatch::Extension);
        }
        Ok(Agreement {
            subprotocol,
            #[cfg(feature = "deflate")]
            deflate,
        })
    }

    /// Whether subprotocols may be proposed: tokens, none of them twice.
    #[cfg(feature = "std")]
    pub(crate) fn are_subprotocols(names: &[&str]) -> bool {
        let is_new = |(at, name): (usize, &&str)| !names.iter().take(at).any(|before| before == name);
        names.iter().all(|name| class::all(name.as_bytes(), class::TOKEN)) && names.iter().enumerate().all(is_new)
    }

    fn proposed(&self, name: Option<&[u8]>) -> Option<&'a str> {
        self.subprotocols.iter().copied().find(|proposed| Some(proposed.as_bytes()) == name)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status => "the server does not switch protocols",
            Self::Version => "the server switches protocols in HTTP/1.0",
            Self::Upgrade => "the server switches to another protocol",
            Self::Connection => "the server's answer is malformed",
            Self::Accept => "the server has not understood the handshake",
            Self::Subprotocol => "the server chose a subprotocol that was not proposed",
            Self::Extension => "the server chose an extension that was not offered",
        })
    }
}

impl core::error::Error for Mismatch {}
