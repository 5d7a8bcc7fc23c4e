//! A client: requests to any origin, over connections that are kept and used again.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{ClientConnection, Error, Payload, Progress, Transport};
use crate::Tick;
use crate::http::{BodyLength, Deadlines, FieldSection, Limits, Method, RequestTarget, ResponseHead, SendError};
use crate::semantics::HttpUri;

/// How an adapter opens connections.
pub trait Connect {
    /// What it opens.
    type Transport: Transport;

    /// Opens a connection to a host, by name or address, and a port. One that is not open `within`
    /// this time is given up.
    ///
    /// # Errors
    ///
    /// Those of the system, and [`TimedOut`](io::ErrorKind::TimedOut).
    fn connect(
        &self,
        host: &str,
        port: u16,
        within: Option<Duration>,
    ) -> impl Future<Output = io::Result<Self::Transport>> + Send;

    /// Fills the octets with randomness strong enough for keys: the nonces and masking keys of WebSockets
    /// (RFC 6455 section 10.3).
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn random(octets: &mut [u8]) -> io::Result<()>;

    /// The clock by which kept connections age.
    fn now(&self) -> Tick;
}

/// How a client behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientOptions {
    /// How much a server may make a connection hold.
    pub limits: Limits,
    /// How long it may take. [`Deadlines::idle`] is how long a kept connection stays.
    pub deadlines: Deadlines,
    /// How long a connection may take to open. Default 30 s.
    pub connect: Option<Duration>,
    /// A proxy through which all requests go (RFC 9110 section 3.7): they name their whole target, and
    /// CONNECT asks it for a tunnel. Fields such as Proxy-Authorization are the application's to add.
    /// Default none.
    pub proxy: Option<HttpUri>,
    /// How many redirects are followed (RFC 9110 section 15.4). Default 0: none.
    pub redirects: u8,
    /// Whether requests ask for compressed content, and responses are decoded: see [`Request::decode`].
    /// Default false.
    #[cfg(feature = "deflate")]
    pub decode: bool,
    /// How many idle connections are kept for one origin, or for the proxy. Default 8.
    pub kept_per_origin: usize,
    /// How many idle connections are kept in all. Default 64.
    pub kept: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            deadlines: Deadlines::default(),
            connect: Some(Duration::from_secs(30)),
            proxy: None,
            redirects: 0,
            #[cfg(feature = "deflate")]
            decode: false,
            kept_per_origin: 8,
            kept: 64,
        }
    }
}

/// Sends requests, and keeps connections for the next ones. Clones share what is kept.
pub struct Client<C: Connect> {
    shared: Arc<Shared<C>>,
}

struct Shared<C: Connect> {
    connector: C,
    options: ClientOptions,
    /// Idle connections, the one used last at the end.
    kept: Mutex<Vec<Kept<C::Transport>>>,
}

struct Kept<T> {
    authority: String,
    since: Tick,
    connection: Box<ClientConnection<T>>,
}

impl<C: Connect> Shared<C> {
    fn kept(&self) -> MutexGuard<'_, Vec<Kept<C::Transport>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that were kept for long enough, to be dropped where nothing is locked: a transport may do anything then.
    fn take_old(&self, kept: &mut Vec<Kept<C::Transport>>) -> Vec<Kept<C::Transport>> {
        let Some(idle) = self.options.deadlines.idle else { return Vec::new() };
        let now = self.connector.now();
        kept.extract_if(.., |kept| kept.since + idle <= now).collect()
    }

    /// A connection kept for this authority, the proxy's if there is one, that has stayed silent.
    fn take(&self, authority: &str) -> Option<Box<ClientConnection<C::Transport>>> {
        loop {
            let (found, old) = {
                let mut kept = self.kept();
                let old = self.take_old(&mut kept);
                let at = kept.iter().rposition(|kept| kept.authority == authority);
                (at.map(|at| kept.remove(at).connection), old)
            };
            drop(old);
            let mut connection = found?;
            // The end of the stream, or octets that nobody asked for: of no use any more.
            if !connection.transport.is_readable() {
                return Some(connection);
            }
        }
    }

    fn put(&self, authority: String, connection: Box<ClientConnection<C::Transport>>) {
        // Here, so that it is dropped behind the lock.
        let mut dropped = Vec::new();
        let mut kept = self.kept();
        dropped.append(&mut self.take_old(&mut kept));
        let of_origin = kept.iter().filter(|kept| kept.authority == authority).count();
        if of_origin >= self.options.kept_per_origin
            && let Some(oldest) = kept.iter().position(|kept| kept.authority == authority)
        {
            dropped.push(kept.remove(oldest));
        }
        if kept.len() >= self.options.kept && !kept.is_empty() {
            dropped.push(kept.remove(0));
        }
        if self.options.kept > 0 && self.options.kept_per_origin > 0 {
            kept.push(Kept { authority, since: self.connector.now(), connection });
        }
    }
}

impl<C: Connect + Default> Client<C> {
    /// A client with the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(ClientOptions::default())
    }

    /// A client with options.
    #[must_use]
    pub fn with_options(options: ClientOptions) -> Self {
        Self::with_connector(C::default(), options)
    }
}

impl<C: Connect + Default> Default for Client<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Connect> Client<C> {
    /// A client that opens its connections in a way of its own, with TLS for one.
    #[must_use]
    pub fn with_connector(connector: C, options: ClientOptions) -> Self {
        Self { shared: Arc::new(Shared { connector, options, kept: Mutex::default() }) }
    }

    /// A request for a URI of the scheme `http`. What is wrong with it is said when it is sent.
    pub fn request(&self, method: Method<'_>, uri: &str) -> Request<C> {
        Request {
            shared: Arc::clone(&self.shared),
            method: method.as_str().to_owned(),
            uri: HttpUri::parse(uri),
            fields: Vec::new(),
            body: None,
            #[cfg(feature = "deflate")]
            decodes: self.shared.options.decode,
        }
    }

    /// A GET request.
    pub fn get(&self, uri: &str) -> Request<C> {
        self.request(Method::GET, uri)
    }
}

impl<C: Connect> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// A request to be sent.
pub struct Request<C: Connect> {
    shared: Arc<Shared<C>>,
    method: String,
    uri: Option<HttpUri>,
    fields: Vec<(String, Vec<u8>)>,
    body: Option<Bytes>,
    #[cfg(feature = "deflate")]
    decodes: bool,
}

/// What does not go to another origin by itself.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// What describes a body, and goes with it.
const OF_THE_BODY: [&str; 11] = [
    "content-digest",
    "content-encoding",
    "content-language",
    "content-location",
    "content-md5",
    "content-type",
    "digest",
    "expect",
    "last-modified",
    "repr-digest",
    "trailer",
];

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl<C: Connect> Request<C> {
    /// Adds a field line. Fields leave in the order given; Host is put first unless it is among them.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The body, of which Content-Length tells the length.
    #[must_use]
    pub fn body(mut self, body: impl Payload) -> Self {
        self.body = Some(body.into_bytes());
        self
    }

    /// Whether the request asks for compressed content with Accept-Encoding, unless it has that field or
    /// Range already, and the response is decoded whatever its Content-Encoding; in place of
    /// [`ClientOptions::decode`].
    ///
    /// Content that is corrupt, cut short, or in an unknown coding is [`Error::Decode`]. It is decoded as it is
    /// read, in small pieces, so that a short content that stands for a long one costs no more memory than any;
    /// the limit of [`Response::read_to_end`] is for what was decoded. The head stays as it came. Parts of an
    /// encoded content (206) are not decoded.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn decode(mut self, decodes: bool) -> Self {
        self.decodes = decodes;
        self
    }

    fn method(&self) -> Result<Method<'_>, Error> {
        Method::new(&self.method).ok_or(Error::Send(SendError::RequestLine))
    }

    /// Begins the request on a connection.
    fn start(
        &self,
        connection: &mut ClientConnection<C::Transport>,
        uri: &HttpUri,
        length: Option<BodyLength>,
    ) -> Result<(), Error> {
        let method = self.method()?;
        let through_proxy = self.shared.options.proxy.is_some();
        let whole = match method {
            Method::CONNECT => uri.host_and_port(),
            // RFC 9112 section 3.2.4: the last in the chain makes the asterisk of it.
            Method::OPTIONS if through_proxy && uri.target() == "/*" => format!("http://{}", uri.authority()),
            _ if through_proxy => uri.to_string(),
            _ => String::new(),
        };
        let target = match method {
            Method::CONNECT => RequestTarget::Authority(&whole),
            _ if through_proxy => RequestTarget::Absolute(&whole),
            Method::OPTIONS if uri.target() == "/*" => RequestTarget::Asterisk,
            _ => RequestTarget::Origin(uri.target()),
        };
        let fields: Vec<_> = self.host(uri).into_iter().chain(self.codings()).chain(self.given()).collect();
        #[cfg(feature = "deflate")]
        connection.set_decoding(self.decodes);
        connection.start(method, target, &fields, length)
    }

    /// The codings that are asked for, where the application says nothing about it. A range would be one of
    /// the encoded content.
    fn codings(&self) -> Option<(&str, &[u8])> {
        #[cfg(feature = "deflate")]
        if self.decodes && !self.fields.iter().any(|(name, _)| is_one_of(name, &["accept-encoding", "range"])) {
            return Some(("Accept-Encoding", crate::coding::ContentCoding::ACCEPT.as_bytes()));
        }
        None
    }

    /// The Host that is put first, unless the application has given its own.
    fn host<'a>(&self, uri: &'a HttpUri) -> Option<(&'a str, &'a [u8])> {
        let is_given = self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        (!is_given).then(|| ("Host", uri.authority().as_bytes()))
    }

    fn given(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The length that says that there is no body, where one would be expected.
    fn length_of_none(&self) -> Option<BodyLength> {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH").then_some(BodyLength::Known(0))
    }
}

impl<C: Connect + Sync> Request<C> {
    /// Sends the request and waits for the head of the response.
    ///
    /// A connection that is kept is used if there is one. If it turns out to be dead before anything
    /// of a response has come, an idempotent request is sent again on a new one (RFC 9110 section
    /// 9.2.2). Redirects are followed as [`ClientOptions::redirects`] says: credentials do not go to
    /// another origin, and 303, as well as 301 and 302 to POST, turn the request into GET.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a request that may not be sent, [`Error::Io`] if there is no connection to
    /// be had, [`Error::TooManyRedirects`], and what the server does wrong.
    pub async fn send(mut self) -> Result<Response<C>, Error> {
        let mut left = self.shared.options.redirects;
        loop {
            let response = self.exchange().await?;
            if self.shared.options.redirects == 0 || !self.redirect(&response) {
                return Ok(response);
            }
            if left == 0 {
                return Err(Error::TooManyRedirects);
            }
            left -= 1;
            response.discard().await;
        }
    }

    /// One exchange, tried again where that is right.
    async fn exchange(&self) -> Result<Response<C>, Error> {
        let uri = self.uri.as_ref().ok_or(Error::Send(SendError::RequestLine))?;
        let is_idempotent = self.method()?.is_idempotent();
        loop {
            let (connection, is_kept) = self.shared.connection(uri).await?;
            let mut response = Response::new(Arc::clone(&self.shared), uri.clone(), connection);
            match self.exchange_on(&mut response.connection).await {
                Ok(()) => return Ok(response),
                Err(Error::Disconnected | Error::Io(_))
                    if is_kept && is_idempotent && !response.connection.has_heard() => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn exchange_on(&self, connection: &mut ClientConnection<C::Transport>) -> Result<(), Error> {
        let uri = self.uri.as_ref().ok_or(Error::Send(SendError::RequestLine))?;
        let length = self.body.as_ref().map(|body| BodyLength::Known(body.len() as u64));
        self.start(connection, uri, length.or(self.length_of_none()))?;
        if connection.proceed_if_asked().await? {
            // All of it at once: it leaves while the response comes.
            if let Some(body) = self.body.clone() {
                connection.queue(body)?;
            }
            connection.end()?;
        }
        connection.final_head().await?;
        Ok(())
    }

    /// Sends the head of the request; the body follows through the [`Upload`]. Neither retries nor
    /// redirects, because the body cannot be had again.
    ///
    /// # Errors
    ///
    /// As [`Request::send`].
    pub async fn upload(self, length: BodyLength) -> Result<Upload<C>, Error> {
        let uri = self.uri.clone().ok_or(Error::Send(SendError::RequestLine))?;
        let (mut connection, _) = self.shared.connection(&uri).await?;
        self.start(&mut connection, &uri, Some(length))?;
        let mut response = Response::new(self.shared, uri, connection);
        let is_wanted = response.connection.proceed_if_asked().await?;
        Ok(Upload { response, is_wanted })
    }
}

#[cfg(feature = "ws")]
impl<C: Connect> Request<C> {
    /// The request for a tunnel to where this one goes; `None` without a proxy.
    pub(super) fn tunnel(&self) -> Option<Self> {
        self.shared.options.proxy.as_ref()?;
        let of_the_proxy = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("proxy-authorization");
        Some(Self {
            shared: Arc::clone(&self.shared),
            method: Method::CONNECT.as_str().to_owned(),
            uri: self.uri.clone(),
            fields: self.fields.iter().filter(of_the_proxy).cloned().collect(),
            body: None,
            #[cfg(feature = "deflate")]
            decodes: false,
        })
    }

    /// Sends the request through a tunnel, to its end, and not as to a proxy.
    pub(super) async fn send_through(mut self, transport: C::Transport) -> Result<Response<C>, Error> {
        let uri = self.uri.clone().ok_or(Error::Send(SendError::RequestLine))?;
        let Shared { options, .. } = &*self.shared;
        self.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("proxy-authorization"));
        let mut connection = Box::new(ClientConnection::new(transport, options.limits, options.deadlines));
        let host = self.host(&uri);
        let fields: Vec<_> = host.into_iter().chain(self.given()).collect();
        connection.start(self.method()?, RequestTarget::Origin(uri.target()), &fields, None)?;
        drop(fields);
        connection.end()?;
        connection.final_head().await?;
        // Of no use to the proxy's other requests.
        let connection = Loan { shared: Arc::clone(&self.shared), authority: None, connection: Some(connection) };
        Ok(Response { connection, uri })
    }
}

impl<C: Connect> Request<C> {
    /// Turns this request into the one that a response sends it on to; `false` if it does not.
    fn redirect(&mut self, response: &Response<C>) -> bool {
        let status = response.head().status().as_u16();
        let Some(from) = &self.uri else { return false };
        if self.method == "CONNECT" {
            // A tunnel goes where it was asked to, or nowhere (RFC 9110 section 9.3.6).
            return false;
        }
        let location = response.head().field("location").and_then(|value| core::str::from_utf8(value).ok());
        let Some(to) = location.and_then(|location| from.resolve(location)) else { return false };
        let becomes_get = match status {
            303 => self.method != "HEAD",
            301 | 302 => self.method == "POST",
            307 | 308 => false,
            _ => return false,
        };
        if becomes_get {
            self.method = Method::GET.as_str().to_owned();
            self.body = None;
            self.fields.retain(|(name, _)| !is_one_of(name, &OF_THE_BODY));
        }
        if !from.is_same_origin(&to) {
            // What is for the proxy still goes there.
            let to_proxy = self.shared.options.proxy.is_some();
            self.fields.retain(|(name, _)| {
                let is_kept = to_proxy && name.eq_ignore_ascii_case("proxy-authorization");
                is_kept || (!is_one_of(name, &CREDENTIALS) && !name.eq_ignore_ascii_case("host"))
            });
        }
        self.uri = Some(to);
        true
    }
}

impl<C: Connect> Shared<C> {
    /// Who is asked for a URI.
    fn peer<'a>(&'a self, uri: &'a HttpUri) -> &'a HttpUri {
        self.options.proxy.as_ref().unwrap_or(uri)
    }

    /// A connection to whoever is asked for a URI, and whether it was kept.
    async fn connection(&self, uri: &HttpUri) -> Result<(Box<ClientConnection<C::Transport>>, bool), Error> {
        let peer = self.peer(uri);
        if let Some(kept) = self.take(peer.authority()) {
            return Ok((kept, true));
        }
        let transport = self.connector.connect(peer.host(), peer.port(), self.options.connect).await?;
        Ok((Box::new(ClientConnection::new(transport, self.options.limits, self.options.deadlines)), false))
    }
}

/// A request whose body is being sent.
pub struct Upload<C: Connect> {
    response: Response<C>,
    is_wanted: bool,
}

impl<C: Connect> Upload<C> {
    /// Sends a part of the body, and waits until the transport has taken it. Says whether more of it
    /// is wanted: `false` if the response has begun and is an error.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::write`].
    pub async fn write(&mut self, data: impl Payload) -> Result<bool, Error> {
        if self.is_wanted {
            self.is_wanted = self.response.connection.write(data).await?;
        }
        Ok(self.is_wanted)
    }

    /// Goes on in both directions at once: see [`ClientConnection::progress`].
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::progress`].
    pub async fn progress(&mut self) -> Result<Progress, Error> {
        if !self.is_wanted {
            return Ok(Progress::Unwanted);
        }
        let progress = self.response.connection.progress().await?;
        self.is_wanted = progress != Progress::Unwanted;
        Ok(progress)
    }

    /// Queues a part of the body, after [`Progress::Room`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared.
    pub fn queue(&mut self, data: impl Payload) -> Result<(), Error> {
        self.response.connection.queue(data)
    }

    /// The head of the response; `None` until it has come.
    #[must_use]
    pub fn head(&self) -> Option<ResponseHead<'_>> {
        self.response.connection.response()
    }

    /// Ends the body and waits for the head of the response.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::finish`] and [`ClientConnection::final_head`].
    pub async fn finish(mut self) -> Result<Response<C>, Error> {
        if self.is_wanted || !self.response.connection.wants_data() {
            self.response.connection.finish().await?;
        }
        self.response.connection.final_head().await?;
        Ok(self.response)
    }
}

/// A response whose head has come. When it is dropped after its body was read to the end, its
/// connection is kept for the next request.
pub struct Response<C: Connect> {
    connection: Loan<C>,
    uri: HttpUri,
}

/// A connection that goes back to the client's store, if it can be used again.
struct Loan<C: Connect> {
    shared: Arc<Shared<C>>,
    /// Whose connections it is kept among; `None` if it is not kept.
    authority: Option<String>,
    /// There until this is dropped or the connection is taken over.
    connection: Option<Box<ClientConnection<C::Transport>>>,
}

impl<C: Connect> core::ops::Deref for Loan<C> {
    type Target = ClientConnection<C::Transport>;

    fn deref(&self) -> &Self::Target {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan has its connection until it ends"),
        }
    }
}

impl<C: Connect> core::ops::DerefMut for Loan<C> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan has its connection until it ends"),
        }
    }
}

impl<C: Connect> Drop for Loan<C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.can_reuse()
            && let Some(authority) = self.authority.take()
        {
            self.shared.put(authority, connection);
        }
    }
}

impl<C: Connect> Response<C> {
    fn new(shared: Arc<Shared<C>>, uri: HttpUri, connection: Box<ClientConnection<C::Transport>>) -> Self {
        let authority = Some(shared.peer(&uri).authority().to_owned());
        Self { connection: Loan { shared, authority, connection: Some(connection) }, uri }
    }

    /// The URI that it is the response to, after redirects.
    #[must_use]
    pub fn uri(&self) -> &HttpUri {
        &self.uri
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> ResponseHead<'_> {
        match self.connection.response() {
            Some(head) => head,
            None => unreachable!("a response begins with its head"),
        }
    }

    /// Waits for the next part of the body; `None` is its end.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read`].
    pub fn read(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> {
        self.connection.read()
    }

    /// Reads the rest of the body.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read_to_end`].
    pub fn read_to_end(&mut self, limit: usize) -> impl Future<Output = Result<Vec<u8>, Error>> {
        self.connection.read_to_end(limit)
    }

    /// The trailer section, after the body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.connection.trailers()
    }

    /// The transport with the octets that came behind the head: after 101, or a 2xx to CONNECT.
    #[must_use]
    pub fn into_parts(mut self) -> Option<(C::Transport, Bytes)> {
        self.connection.connection.take().map(|connection| connection.into_parts())
    }

    /// Reads a short body to its end, so that the connection can be used again.
    async fn discard(mut self) {
        #[cfg(feature = "deflate")]
        self.connection.leave_encoded();
        let limit = usize::try_from(self.connection.shared.options.limits.unread_body).unwrap_or(usize::MAX);
        // Where this fails the connection is not kept, and nothing else depends on it.
        let _ = self.read_to_end(limit).await;
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {
        $(impl<C: Connect> fmt::Debug for $name<C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })*
    };
}

opaque! { Client Request Upload Response }
