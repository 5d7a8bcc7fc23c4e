//! A client: requests to any origin, over connections that are kept and used again.

mod kept;
mod options;
mod redirect;
mod request;
mod response;
#[cfg(feature = "ws")]
mod tunnel;
mod upload;

use alloc::borrow::ToOwned;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::io;
use std::sync::Mutex;

pub use options::ClientOptions;
pub use request::Request;
pub use response::Response;
pub use upload::Upload;

use super::Transport;
use crate::Tick;
use crate::http::Method;
use crate::semantics::HttpUri;
use kept::Shared;

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

/// Sends requests, and keeps connections for the next ones. Clones share what is kept.
pub struct Client<C: Connect> {
    shared: Arc<Shared<C>>,
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
            #[cfg(feature = "ws")]
            key: None,
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
