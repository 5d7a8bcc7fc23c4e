//! A client: the core's, waited for.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sanderling::Tick;
use sanderling::drive::{self, Connect};
use sanderling::http::{FieldSection, ResponseHead};
use sanderling::semantics::HttpUri;

use crate::clock::Clock;
use crate::connection::block;
use crate::{
    BodyLength, ClientOptions, Error, Field, Method, Payload, Progress, Transport, WebSocket, WebSocketOptions,
};

/// Opens TCP connections.
#[derive(Clone, Copy, Debug)]
pub struct Connector {
    clock: Clock,
}

impl Default for Connector {
    fn default() -> Self {
        Self { clock: Clock::new() }
    }
}

impl Connect for Connector {
    type Transport = Transport<TcpStream>;

    async fn connect(&self, host: &str, port: u16, within: Option<Duration>) -> io::Result<Self::Transport> {
        let stream = match within {
            Some(within) => connect_within((host, port), within)?,
            None => TcpStream::connect((host, port))?,
        };
        stream.set_nodelay(true)?;
        Ok(Transport::new(stream, None))
    }

    fn random(octets: &mut [u8]) -> io::Result<()> {
        getrandom::fill(octets).map_err(io::Error::from)
    }

    fn now(&self) -> Tick {
        self.clock.now()
    }
}

/// Tries one address after another. Looking the name up is not counted: that cannot be interrupted.
fn connect_within(address: impl ToSocketAddrs, within: Duration) -> io::Result<TcpStream> {
    let addresses = address.to_socket_addrs()?;
    let end = Instant::now() + within;
    let mut last = io::ErrorKind::NotFound.into();
    for address in addresses {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Sends requests, and keeps connections for the next ones. Clones share what is kept.
///
/// ```no_run
/// # fn main() -> Result<(), sanderling_std::Error> {
/// let client = sanderling_std::Client::new();
/// let mut response = client.get("http://127.0.0.1:8080/hello").send()?;
/// println!("{} {:?}", response.head().status(), response.read_to_end(1 << 20)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Client {
    inner: drive::Client<Connector>,
}

impl Client {
    /// A client with the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A client with options.
    #[must_use]
    pub fn with_options(options: ClientOptions) -> Self {
        Self { inner: drive::Client::with_options(options) }
    }

    /// A request for a URI of the scheme `http`. What is wrong with it is said when it is sent.
    #[must_use]
    pub fn request(&self, method: Method<'_>, uri: &str) -> Request {
        Request { inner: self.inner.request(method, uri) }
    }

    /// A WebSocket at a URI of the scheme `ws`, or `http`, which means the same here. What is wrong with
    /// it is said when it is opened.
    #[must_use]
    pub fn websocket(&self, uri: &str) -> WebSocketRequest {
        WebSocketRequest { inner: self.inner.websocket(uri) }
    }

    /// A GET request.
    #[must_use]
    pub fn get(&self, uri: &str) -> Request {
        self.request(Method::GET, uri)
    }
}

/// A request to be sent.
#[derive(Debug)]
pub struct Request {
    inner: drive::Request<Connector>,
}

impl Request {
    /// Adds a field line. Fields leave in the order given; Host is put first unless it is among them.
    #[must_use]
    pub fn field(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        Self { inner: self.inner.field(name, value) }
    }

    /// The body, of which Content-Length tells the length.
    #[must_use]
    pub fn body(self, body: impl Payload) -> Self {
        Self { inner: self.inner.body(body) }
    }

    /// Whether the request asks for compressed content and the response is decoded, in place of
    /// [`ClientOptions::decode`]: see [`drive::Request::decode`].
    #[must_use]
    pub fn decode(self, decodes: bool) -> Self {
        Self { inner: self.inner.decode(decodes) }
    }

    /// Sends the request and waits for the head of the response. See
    /// [`drive::Request::send`] for when it is sent again, and redirects.
    ///
    /// # Errors
    ///
    /// [`Error::Uri`], [`Error::Send`] for a request that may not be sent, [`Error::Io`] if there is no connection to
    /// be had, and what the server does wrong.
    pub fn send(self) -> Result<Response, Error> {
        Ok(Response { inner: block(self.inner.send())? })
    }

    /// Sends the head of the request; the body follows through the [`Upload`].
    ///
    /// # Errors
    ///
    /// As [`Request::send`].
    pub fn upload(self, length: BodyLength) -> Result<Upload, Error> {
        Ok(Upload { inner: block(self.inner.upload(length))? })
    }
}

/// A request whose body is being sent.
#[derive(Debug)]
pub struct Upload {
    inner: drive::Upload<Connector>,
}

impl Upload {
    /// Sends a part of the body. Says whether more of it is wanted: `false` if the response has begun
    /// and is an error. Where a long response may come before the request has ended, use
    /// [`Upload::progress`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared, [`Error::Io`] if the server is gone.
    pub fn write(&mut self, data: impl Payload) -> Result<bool, Error> {
        block(self.inner.write(data))
    }

    /// Goes on in both directions at once, until there is room for more of the body or something of
    /// the response's has come.
    ///
    /// # Errors
    ///
    /// What the server did wrong.
    pub fn progress(&mut self) -> Result<Progress, Error> {
        block(self.inner.progress())
    }

    /// Queues a part of the body, after [`Progress::Room`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared.
    pub fn queue(&mut self, data: impl Payload) -> Result<(), Error> {
        self.inner.queue(data)
    }

    /// The head of the response; `None` until it has come.
    #[must_use]
    pub fn head(&self) -> Option<ResponseHead<'_>> {
        self.inner.head()
    }

    /// Ends the body and waits for the head of the response.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for less than was declared, and what the server does wrong.
    pub fn finish(self) -> Result<Response, Error> {
        Ok(Response { inner: block(self.inner.finish())? })
    }

    /// Ends a body of unknown length with a trailer section, and waits for the head of the response.
    ///
    /// # Errors
    ///
    /// As [`Upload::finish`], and [`Error::Send`] if the body is not chunked.
    pub fn finish_with<F: Field>(self, trailers: &[F]) -> Result<Response, Error> {
        Ok(Response { inner: block(self.inner.finish_with(trailers))? })
    }
}

/// A WebSocket to be opened.
#[derive(Debug)]
pub struct WebSocketRequest {
    inner: drive::WebSocketRequest<Connector>,
}

/// What a server has answered.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums)] // it has either agreed or not
pub enum Opened {
    /// The WebSocket.
    WebSocket(WebSocket),
    /// Anything but an agreement, such as a 401 or a redirect that is not followed: an answer as to any
    /// other request.
    Response(Response),
}

impl WebSocketRequest {
    /// Adds a field line to the request, such as Origin or Authorization.
    #[must_use]
    pub fn field(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        Self { inner: self.inner.field(name, value) }
    }

    /// How it is to be opened.
    #[must_use]
    pub fn options(self, options: WebSocketOptions) -> Self {
        Self { inner: self.inner.options(options) }
    }

    /// Opens it, or fails: see [`WebSocketRequest::send`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketRequest::send`], and [`Error::Declined`] for any other answer.
    pub fn open(self) -> Result<WebSocket, Error> {
        WebSocket::blocking(block(self.inner.open())?)
    }

    /// Sends the opening handshake and waits for the answer. Through a proxy it goes in a tunnel.
    ///
    /// # Errors
    ///
    /// As [`Request::send`], and [`Error::Mismatch`] if the server agrees to something else than was
    /// proposed.
    pub fn send(self) -> Result<Opened, Error> {
        Ok(match block(self.inner.send())? {
            drive::Opened::WebSocket(socket) => Opened::WebSocket(WebSocket::blocking(socket)?),
            drive::Opened::Response(inner) => Opened::Response(Response { inner }),
        })
    }
}

/// A response whose head has come. When it is dropped after its body was read to the end, its
/// connection is kept for the next request.
#[derive(Debug)]
pub struct Response {
    inner: drive::Response<Connector>,
}

impl Response {
    /// The URI that it is the response to, after redirects.
    #[must_use]
    pub fn uri(&self) -> &HttpUri {
        self.inner.uri()
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> ResponseHead<'_> {
        self.inner.head()
    }

    /// Waits for the next part of the body; `None` is its end.
    ///
    /// # Errors
    ///
    /// What the server did wrong, a body cut short among it.
    pub fn read(&mut self) -> Result<Option<Bytes>, Error> {
        block(self.inner.read())
    }

    /// Reads the rest of the body.
    ///
    /// # Errors
    ///
    /// As [`Response::read`], and [`Error::ContentTooLarge`] above `limit` octets.
    pub fn read_to_end(&mut self, limit: usize) -> Result<Vec<u8>, Error> {
        block(self.inner.read_to_end(limit))
    }

    /// The trailer section, after the body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.inner.trailers()
    }

    /// The transport with the octets that came behind the head: after 101, or a 2xx to CONNECT.
    #[must_use]
    pub fn into_parts(self) -> Option<(Transport<TcpStream>, Bytes)> {
        self.inner.into_parts()
    }
}
