//! How a client behaves.

use core::time::Duration;

use crate::http::{Deadlines, Limits};
use crate::semantics::HttpUri;

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
    /// How many redirects are followed (RFC 9110 section 15.4), to URIs of the scheme `http`. Default 0: none.
    pub redirects: u8,
    /// Whether requests ask for compressed content, and responses are decoded: see [`Request::decode`](super::Request::decode).
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
