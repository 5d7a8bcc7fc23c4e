//! How to put the protocol into something of your own, chapter by chapter.
//!
//! | chapter | for whom |
//! |---|---|
//! | [`server`] | who has a loop, and wants it to serve HTTP |
//! | `files` (feature `files`) | who has a directory, and wants it served |
//! | [`client`] | who has a connection, and wants to ask something over it |
//! | [`websocket`] | who wants messages both ways |
//! | `streaming` (feature `deflate`) | who sends what is long, is made meanwhile, or never ends, and compresses it |
//! | [`limits`] | who has to know what a peer can cost: every limit and deadline with its default |
//! | `simulation` (feature `simulation`) | who tests any of that, in virtual time |
//!
//! Who wants none of it takes an adapter: `sanderling-tokio`, `sanderling-smol`, `sanderling-std`.

#[cfg(feature = "std")]
#[doc = include_str!("server.md")]
pub mod server {}

#[cfg(feature = "files")]
#[doc = include_str!("files.md")]
pub mod files {}

#[cfg(feature = "std")]
#[doc = include_str!("client.md")]
pub mod client {}

#[cfg(all(feature = "std", feature = "deflate"))]
#[doc = include_str!("websocket.md")]
pub mod websocket {}

#[cfg(all(feature = "std", feature = "deflate"))]
#[doc = include_str!("streaming.md")]
pub mod streaming {}

#[doc = include_str!("limits.md")]
pub mod limits {}
