//! HTTP/1.1 and WebSocket as pure state machines: bytes in, events out, bytes out, time as a
//! number.
//!
//! Nothing here does I/O, reads a clock, starts a thread or asks for randomness, but for one thing that
//! is there only if you ask for it: feature `files` reads the files that it serves. You own the bytes and
//! the loop; the library owns the rules of RFC 9110, RFC 9112 and RFC 6455. If you want
//! a ready server, take an adapter: `sanderling-tokio`, `sanderling-smol` or `sanderling-std`.
//!
//! # Three layers
//!
//! 1. **Codecs**, stateless or tiny: [`http::RequestParser`], [`http::framing`],
//!    [`http::ChunkedDecoder`], [`ws::FrameHeader`], [`ws::Utf8Validator`], [`ws::handshake`],
//!    [`semantics`].
//! 2. **Connections**, the protocol state of one connection without a byte of heap:
//!    [`http::server::Connection`], [`http::client::Connection`], [`ws::Connection`].
//! 3. **Drivers** (feature `alloc`), which also own the buffers and deadlines: [`drive`].
//!
//! You can stop at any of them; each is built on the one below. The [`guide`] has a chapter for each
//! use, and one table of all limits and deadlines.
//!
//! # A conversation
//!
//! A connection has a reading and a writing side. `receive` takes octets from the front of your
//! buffer, says how many it used and what they mean; `respond` and `send_data` write into a buffer
//! of yours and say how much. Here a client asks for an echo, and then for a WebSocket, all on
//! fixed arrays:
//!
//! ```
//! use sanderling::Tick;
//! use sanderling::http::server::{Connection, Event};
//! use sanderling::http::{BodyLength, Deadlines, Limits, NO_FIELDS, StatusCode};
//! # #[cfg(feature = "ws")]
//! use sanderling::ws::{self, handshake::Offer};
//!
//! let mut input = *b"POST /echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello\
//!     GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//!     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\
//!     \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
//! let (mut output, mut sent) = ([0; 1024], 0);
//! let mut at = 0;
//!
//! // Time is yours: any monotonic count of nanoseconds.
//! let now = Tick::ZERO;
//! let mut http = Connection::new(Limits::default(), Deadlines::default(), now);
//! # #[cfg(feature = "ws")]
//! let mut accept = None;
//! loop {
//!     let (used, event) = http.receive(&mut input[at..], now)?;
//!     at += used;
//!     match event {
//!         // The head borrows from the input; keep what you need of it.
//!         Event::Request(head) if head.target().path() == "/echo" => {
//!             let length = BodyLength::Known(head.content_length().unwrap_or(0));
//!             // Some clients send the body only then.
//!             if http.wants_continue() {
//!                 sent += http.interim(StatusCode::CONTINUE, NO_FIELDS, &mut output[sent..])?;
//!             }
//!             sent += http.respond(StatusCode::OK, NO_FIELDS, length, &mut output[sent..])?;
//!         }
//!         # #[cfg(feature = "ws")]
//!         Event::Request(head) => accept = Offer::read(&head)?.map(|offer| offer.accept()),
//!         # #[cfg(not(feature = "ws"))]
//!         # Event::Request(_) => {}
//!         // The answer may begin before the request has ended.
//!         Event::Data(data) => sent += http.send_data(data, &mut output[sent..])?,
//!         # #[cfg(feature = "ws")]
//!         Event::End => match &accept {
//!             Some(accept) => sent += http.upgrade(&accept.fields(), &mut output[sent..])?,
//!             None => sent += http.finish(NO_FIELDS, &mut output[sent..])?,
//!         },
//!         # #[cfg(not(feature = "ws"))]
//!         # Event::End => sent += http.finish(NO_FIELDS, &mut output[sent..])?,
//!         // The rest of the input is the new protocol's.
//!         Event::Tunnel => break,
//!         // With a real peer: read more, and look at `deadline` meanwhile.
//!         Event::NeedInput => break,
//!         Event::Trailers(_) | Event::Paused | Event::Closed => break,
//!     }
//! }
//! assert!(output.starts_with(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 101 "));
//!
//! # #[cfg(feature = "ws")] {
//! let mut socket = ws::Connection::server(ws::Limits::default(), ws::Deadlines::default());
//! let (_, event) = socket.receive(&mut input[at..], now)?;
//! let ws::Event::Data { kind, payload, last } = event else { panic!("a message was sent") };
//! let len = socket.send_data(kind, payload, last, &mut output)?;
//! assert_eq!(output[..len], *b"\x81\x05Hello");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When something is wrong
//!
//! `receive` gives an [`http::Error`]: the rule that was broken, where, and the status to answer
//! with. While [`http::server::Connection::can_respond`], answer; then nothing more is read, and
//! the answer says `Connection: close`. What *you* get wrong is a [`http::SendError`], and leaves
//! everything as it was: a header with a line break, a body longer than declared, an answer to
//! nothing. Nothing panics.
//!
//! # Time
//!
//! Each connection tells the next moment that matters to it ([`http::server::Connection::deadline`])
//! and is told when it has come ([`http::server::Connection::handle_timeout`]). The defaults are in
//! [`http::Deadlines`] and [`ws::Deadlines`]; how much a peer may make you hold is in
//! [`http::Limits`] and [`ws::Limits`].
//!
//! # Features
//!
//! | feature | what it adds | needs |
//! |---|---|---|
//! | `ws` (default) | [`ws`] | `sha1_smol`, `base64` |
//! | `deflate` (default) | `ws::deflate`, compression of WebSocket messages; `coding`, that of content: gzip, deflate | `alloc`, `ws`, `miniz_oxide`, `crc32fast` |
//! | `brotli` | the content coding br | `deflate`, `std`, `brotli` |
//! | `zstd` | the content coding zstd, in C | `deflate`, `std`, `zstd` |
//! | `alloc` | [`drive`] | `bytes`, an allocator |
//! | `std` (default) | read buffers recycled per thread, the parts of adapters | `alloc` |
//! | `futures` | WebSockets as `Stream` and `Sink` of messages | `std`, `futures-core`, `futures-sink` |
//! | `files` | `drive::Files`: a directory whose files are served | `std`, `cap-std`, `mime_guess`, `rustix` |
//! | `simulation` | `simulation`: a seeded world of virtual time, to test servers and clients in | `std` |
//! | `simd` (default) | vector code where the processor can: the only `unsafe` code of the project, which is forbidden without it | |
//!
//! Without any of them the crate needs neither `std` nor `alloc`.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "deflate")]
pub mod coding;
#[cfg(feature = "alloc")]
pub mod drive;
pub mod guide;
pub mod http;
mod octet;
pub mod semantics;
#[cfg(feature = "simulation")]
pub mod simulation;
mod time;
#[cfg(feature = "ws")]
pub mod ws;

pub use time::{MinRate, Tick};
