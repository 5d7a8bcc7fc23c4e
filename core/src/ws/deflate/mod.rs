//! Compression of messages: the extension permessage-deflate (RFC 7692).
//!
//! # Compression
//!
//! Each message, or only those for which it pays, is compressed as a whole and then put into frames;
//! RSV1 of the first frame says so. What was compressed can refer to earlier messages of the same
//! direction: that is *context takeover*, which makes small messages that resemble each other very
//! small, and costs memory for as long as the connection lasts.
//!
//! | room | RFC 7692 |
//! |---|---|
//! | [`DeflateOptions`], [`Acceptance`], [`DeflateParameters`] | sections 5 and 7.1 |
//! | [`MessageInflater`] | section 7.2.2 |
//! | [`MessageDeflater`] | section 7.2.1 |
//! | [`Inflate`], [`Deflate`] | RFC 1951: what a codec has to do |
//!
//! # What is negotiated
//!
//! Four parameters, two for each direction, say what a receiver has to remember:
//! `server_no_context_takeover`, `client_no_context_takeover`, `server_max_window_bits` and
//! `client_max_window_bits`. A client writes an offer and reads the answer; a server reads the
//! offers and picks the first that it can serve:
//!
//! ```
//! use sanderling::ws::deflate::{DeflateOptions, MessageDeflater, MessageInflater, Part};
//!
//! let mut small = DeflateOptions::default();
//! small.client_no_context_takeover = true;
//! small.client_max_window_bits = 11;
//!
//! let client = DeflateOptions::default();
//! let offer = client.offer();
//! let acceptance = small.accept([offer.as_str().as_bytes()])?.unwrap();
//! let response = acceptance.response().as_str();
//! assert_eq!(response, "permessage-deflate; client_no_context_takeover; client_max_window_bits=11");
//! let agreed = client.read_response([response.as_bytes()])?.unwrap();
//! assert_eq!(agreed, acceptance.parameters());
//!
//! // The client's sending side and the server's receiving side.
//! let mut deflater = MessageDeflater::new(agreed.client, &client);
//! let mut inflater = MessageInflater::new(agreed.client, 1 << 20);
//! let (mut payload, mut scratch) = (Vec::new(), [0; 4096]);
//! deflater.deflate_into(&b"sand ".repeat(100), Part::Last, &mut payload);
//! let coded = inflater.inflate(&payload, true, &mut scratch)?;
//! assert_eq!((payload.len() < 30, coded.written), (true, 500));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Names are compared as they are registered, in lower case. An offer with 8 window bits is accepted
//! and kept to, in both directions. The codec here cannot be told to look back less than 32 KiB, so
//! towards a smaller window it is made to forget everything whenever it has read as many octets as
//! the window has: the smaller the window, the less is gained. At 8 bits hardly anything is.
//!
//! # Memory
//!
//! All of it is on the heap, taken with the first message that needs it.
//!
//! | for each connection | octets | until |
//! |---|---|---|
//! | inflating | 10.3 KiB and the window: 256 octets to 32 KiB | [`MessageInflater::release`], which keeps it with context takeover |
//! | compressing | 312 KiB at any level and any window, and up to 64 KiB more while output waits for room | [`MessageDeflater::release`], at any time between messages |
//!
//! Either passes over the stack on its way to the heap: up to 20 KiB for inflating and 96 KiB for
//! compressing in an optimised build, four times that in one that is not.
//!
//! What comes of a long message is best made and written piece by piece, each of them a frame: after
//! [`Part::Flush`] for [`frame_compressed`](crate::ws::Connection::frame_compressed) that is not the last, after
//! [`Part::Last`] for the last. So do the drivers with every 64 KiB.
//!
//! A compressor that is released only loses its context. So a server with many quiet connections
//! should release those of connections that have nothing to say, or set `server_no_context_takeover`
//! and release after each message.
//!
//! # Security
//!
//! *Bombs.* A kilobyte can inflate to a megabyte. Nothing is inflated beyond the scratch buffer and
//! the window before the caller asks for it, and a message that passes the limit given to
//! [`MessageInflater::new`] is an error there and then. The limit is on the inflated size, and is
//! needed beside one on the payload that comes in.
//!
//! *Leakage.* Encryption hides what is said but not how long it is, and the length of compressed
//! data tells whether its parts resemble each other. If one message, or with context takeover one
//! connection, carries both a secret and what an attacker can choose, who sees the lengths can guess
//! the secret piece by piece, as in the attacks CRIME and BREACH. Send secrets in messages of their
//! own, uncompressed; leaving out context takeover helps only between messages.

mod codec;
mod deflater;
mod inflater;
mod miniz;
mod negotiation;
mod parameters;

pub use codec::{Corrupt, Deflate, Deflated, Flush, Inflate, InflateState, Inflated};
pub use deflater::{MessageDeflater, Part};
pub use inflater::{InflateError, MessageInflater};
pub use miniz::{MinizDeflate, MinizInflate};
pub use negotiation::{Acceptance, NegotiationError};
pub use parameters::{DeflateContext, DeflateOptions, DeflateParameters, ExtensionValue};

/// The end of a flush, which is cut off the end of each message (section 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// How far a [`MessageInflater`] or [`MessageDeflater`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coded {
    /// How many octets of the part were read.
    pub read: usize,
    /// How many octets were written.
    pub written: usize,
    /// What is to be done next.
    pub status: Status,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // whoever drives it has to know them all
pub enum Status {
    /// Call again with the rest of the part and more room.
    NeedRoom,
    /// Call again with the next part.
    NeedInput,
    /// The message is complete.
    End,
}
