//! A request, and its way to the head of the response: sent, perhaps again, perhaps elsewhere.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;

use super::kept::Shared;
use super::{Connect, Response, Upload};
use crate::drive::{ClientConnection, Error, Payload};
use crate::http::{BodyLength, Method, RequestTarget, SendError};
use crate::semantics::HttpUri;
#[cfg(feature = "ws")]
use crate::ws::handshake::Key;

/// A request to be sent.
pub struct Request<C: Connect> {
    pub(super) shared: Arc<Shared<C>>,
    pub(super) method: String,
    pub(super) uri: Option<HttpUri>,
    pub(super) fields: Vec<(String, Vec<u8>)>,
    pub(super) body: Option<Bytes>,
    /// That of an opening handshake, as it was sent last.
    #[cfg(feature = "ws")]
    pub(in crate::drive) key: Option<Key>,
    #[cfg(feature = "deflate")]
    pub(super) decodes: bool,
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
    /// [`ClientOptions::decode`](super::ClientOptions::decode).
    ///
    /// Content that is corrupt, cut short, or in an unknown coding is [`Error::Decode`]. It is decoded as it is
    /// read, in small pieces, so that a short content that stands for a long one costs no more memory than any;
    /// the limit of [`Response::read_to_end`](super::Response::read_to_end) is for what was decoded. The head stays as it came. Parts of an
    /// encoded content (206) are not decoded.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn decode(mut self, decodes: bool) -> Self {
        self.decodes = decodes;
        self
    }

    /// Whether the application has given a field of such a name.
    #[cfg(feature = "ws")]
    pub(in crate::drive) fn has_field(&self, is_such: impl Fn(&str) -> bool) -> bool {
        self.fields.iter().any(|(name, _)| is_such(name))
    }

    pub(super) fn method(&self) -> Result<Method<'_>, Error> {
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
        let fields: Vec<_> = self.host(uri).into_iter().chain(self.codings()).chain(self.lines()).collect();
        #[cfg(feature = "deflate")]
        connection.set_decoding(self.decodes);
        connection.begin(method, target, &fields, length)
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
    pub(super) fn host<'a>(&self, uri: &'a HttpUri) -> Option<(&'a str, &'a [u8])> {
        let is_given = self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        (!is_given).then(|| ("Host", uri.authority().as_bytes()))
    }

    /// The lines that the application has given, and those of an opening handshake.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let given = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        #[cfg(feature = "ws")]
        let given = given.chain(self.key.iter().flat_map(Key::fields).map(|line| (line.name(), line.value())));
        given
    }

    /// An opening handshake has a new key on each connection (RFC 6455 section 4.1).
    pub(super) fn renew_key(&mut self) -> Result<(), Error> {
        #[cfg(feature = "ws")]
        if let Some(key) = &mut self.key {
            let mut nonce = [0; 16];
            C::random(&mut nonce)?;
            *key = Key::new(nonce);
        }
        Ok(())
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
    /// 9.2.2). Redirects are followed as [`ClientOptions::redirects`](super::ClientOptions::redirects) says: credentials do not go to
    /// another origin, and 303, as well as 301 and 302 to POST, turn the request into GET. One that leads to another scheme
    /// than `http` is the response.
    ///
    /// # Errors
    ///
    /// [`Error::Uri`], [`Error::Send`] for a request that may not be sent, [`Error::Io`] if there is no connection to
    /// be had, [`Error::TooManyRedirects`], and what the server does wrong.
    pub async fn send(mut self) -> Result<Response<C>, Error> {
        self.send_on().await
    }

    /// The same; this is then the request that was answered.
    pub(in crate::drive) async fn send_on(&mut self) -> Result<Response<C>, Error> {
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
    async fn exchange(&mut self) -> Result<Response<C>, Error> {
        let is_idempotent = self.method()?.is_idempotent();
        loop {
            self.renew_key()?;
            let uri = self.uri.as_ref().ok_or(Error::Uri)?;
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
        let uri = self.uri.as_ref().ok_or(Error::Uri)?;
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
        let uri = self.uri.clone().ok_or(Error::Uri)?;
        let mut connection = loop {
            let (connection, is_kept) = self.shared.connection(&uri).await?;
            // A new one does not know yet to whom it speaks.
            if !is_kept || connection.takes(length) {
                break connection;
            }
        };
        self.start(&mut connection, &uri, Some(length))?;
        let mut response = Response::new(self.shared, uri, connection);
        let is_wanted = response.connection.proceed_if_asked().await?;
        Ok(Upload { response, is_wanted })
    }
}

pub(super) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}
