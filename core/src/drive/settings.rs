//! What can be set of a server.

use core::time::Duration;

#[cfg(feature = "deflate")]
use super::Compression;
use super::Shutdown;
use crate::http::{Deadlines, Limits};

/// What a server's connections have in common. Default for each is said at the field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How much a client may make a connection hold.
    pub limits: Limits,
    /// How long it may take.
    pub deadlines: Deadlines,
    /// How long what is in flight may still take once the server shuts down. Default 10 s.
    pub grace: Duration,
    /// The most connections at a time; more wait to be accepted. Default `usize::MAX`.
    pub max_connections: usize,
    /// Whether answers have a Date field. Default true.
    pub date: bool,
    /// How responses are compressed. Default `None`: not at all.
    #[cfg(feature = "deflate")]
    pub compression: Option<Compression>,
    /// The server's shutdown.
    pub shutdown: Shutdown,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            deadlines: Deadlines::default(),
            grace: Duration::from_secs(10),
            max_connections: usize::MAX,
            date: true,
            #[cfg(feature = "deflate")]
            compression: None,
            shutdown: Shutdown::new(),
        }
    }
}
