//! A client that opens WebSockets (RFC 6455 section 4.1).

use core::cell::RefCell;
use core::fmt;
use core::hash::{BuildHasher, Hasher};
use core::ptr;
use std::hash::RandomState;
use std::io;

use super::fetch::{Client, Connect, Request, Response};
use super::{Error, WebSocket, WebSocketDriver, WebSocketOptions};
use crate::http::{self, Rule, SendError, StatusCode};
use crate::ws::MaskingKey;
use crate::ws::handshake::{Key, Proposal};

/// A WebSocket to be opened.
pub struct WebSocketRequest<C: Connect> {
    request: Request<C>,
    options: WebSocketOptions,
}

/// What a server has answered.
#[allow(clippy::exhaustive_enums)] // it has either agreed or not
pub enum Opened<C: Connect> {
    /// The WebSocket.
    WebSocket(WebSocket<C::Transport>),
    /// Anything but an agreement, such as a 401 or a redirect that is not followed: an answer as to any
    /// other request.
    Response(Response<C>),
}

impl<C: Connect> Client<C> {
    /// A WebSocket at a URI of the scheme `ws`, or `http`, which means the same here. What is wrong with
    /// it is said when it is opened.
    pub fn websocket(&self, uri: &str) -> WebSocketRequest<C> {
        let is_ws = uri.get(..3).is_some_and(|scheme| scheme.eq_ignore_ascii_case("ws:"));
        let request = match uri.get(3..) {
            Some(rest) if is_ws => self.get(&alloc::format!("http:{rest}")),
            _ => self.get(uri),
        };
        // Its answer has no content.
        #[cfg(feature = "deflate")]
        let request = request.decode(false);
        WebSocketRequest { request, options: WebSocketOptions::default() }
    }
}

impl<C: Connect> WebSocketRequest<C> {
    /// Adds a field line to the request, such as Origin or Authorization. Those of the handshake itself are not among
    /// them: what is proposed is said by the options.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.field(name, value);
        self
    }

    /// How it is to be opened.
    #[must_use]
    pub fn options(mut self, options: WebSocketOptions) -> Self {
        self.options = options;
        self
    }
}

impl<C: Connect + Sync> WebSocketRequest<C> {
    /// Opens it, or fails: see [`WebSocketRequest::send`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketRequest::send`], and [`Error::Declined`] for any other answer.
    pub async fn open(self) -> Result<WebSocket<C::Transport>, Error> {
        match self.send().await? {
            Opened::WebSocket(socket) => Ok(socket),
            Opened::Response(response) => Err(Error::Declined(response.head().status())),
        }
    }

    /// Sends the opening handshake and waits for the answer. Through a proxy it goes in a tunnel.
    ///
    /// # Errors
    ///
    /// As [`Request::send`], with [`SendError::HandshakeField`] and [`SendError::Subprotocol`] for what no opening
    /// handshake may have, and [`Error::Mismatch`] if the server agrees to something else than was proposed.
    pub async fn send(self) -> Result<Opened<C>, Error> {
        let Self { mut request, options } = self;
        if request.has_field(is_of_the_handshake) {
            return Err(SendError::HandshakeField.into());
        }
        if !Proposal::are_subprotocols(options.subprotocols) {
            return Err(SendError::Subprotocol.into());
        }
        // To be drawn anew wherever it is sent.
        request.key = Some(Key::new([0; 16]));
        if !options.subprotocols.is_empty() {
            request = request.field("Sec-WebSocket-Protocol", options.subprotocols.join(", "));
        }
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &options.deflate {
            request = request.field("Sec-WebSocket-Extensions", deflate.offer().as_str());
        }
        let response = match request.tunnel() {
            None => request.send_on().await?,
            Some(connect) => {
                let tunnel = connect.send().await?;
                if !tunnel.head().status().is_success() {
                    return Ok(Opened::Response(tunnel));
                }
                let (transport, leftover) = tunnel.into_parts().ok_or(Error::Disconnected)?;
                if !leftover.is_empty() {
                    // Whoever is at its other end was not asked anything yet.
                    return Err(http::Error::new(Rule::UnexpectedResponse, 0).into());
                }
                request.send_through(transport).await?
            }
        };
        if response.head().status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(Opened::Response(response));
        }
        let proposal = Proposal {
            key: request.key.ok_or(Error::Disconnected)?,
            subprotocols: options.subprotocols,
            #[cfg(feature = "deflate")]
            deflate: options.deflate,
        };
        let agreement = proposal.read(&response.head())?;
        let (transport, leftover) = response.into_parts().ok_or(Error::Disconnected)?;
        let driver = WebSocketDriver::client(masking_key::<C>, &options, &agreement, &leftover);
        Ok(Opened::WebSocket(WebSocket::new(transport, driver, None)))
    }
}

/// Whether a field is the handshake's own (RFC 6455 section 4.1).
fn is_of_the_handshake(name: &str) -> bool {
    const PREFIX: &str = "sec-websocket-";
    let is_ours = |known: &str| name.eq_ignore_ascii_case(known);
    ["connection", "upgrade"].into_iter().any(is_ours)
        || name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Octets of randomness that are drawn at a time.
const POOL: usize = 256;

/// [`Connect::random`] of some client.
type Source = fn(&mut [u8]) -> io::Result<()>;

/// Octets that are drawn in advance, and from where: a thread's clients are not all of one kind, and keys of a
/// simulated world must not go to a real one.
struct Pool {
    octets: [u8; POOL],
    at: usize,
    source: Option<Source>,
}

impl Pool {
    fn key(&mut self, source: Source) -> MaskingKey {
        if self.at >= POOL || !self.source.is_some_and(|last| ptr::fn_addr_eq(last, source)) {
            self.source = None;
            if source(&mut self.octets).is_err() {
                // It gave the nonce, and has stopped since. The standard library keeps randomness of its own.
                return (RandomState::new().build_hasher().finish() as u32).to_ne_bytes();
            }
            self.source = Some(source);
            self.at = 0;
        }
        let key = self.octets.get(self.at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
        self.at += key.len();
        key
    }
}

/// A key for the next frame (RFC 6455 section 5.3). Drawing four octets at a time would cost a system call
/// for each frame.
fn masking_key<C: Connect>() -> MaskingKey {
    std::thread_local! {
        static KEYS: RefCell<Pool> = const { RefCell::new(Pool { octets: [0; POOL], at: POOL, source: None }) };
    }
    KEYS.with_borrow_mut(|pool| pool.key(C::random))
}

impl<C: Connect> fmt::Debug for WebSocketRequest<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketRequest").finish_non_exhaustive()
    }
}

impl<C: Connect> fmt::Debug for Opened<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebSocket(socket) => socket.fmt(f),
            Self::Response(response) => response.fmt(f),
        }
    }
}
