//! HTTP/1.0 and HTTP/1.1 messages and connections (RFC 9110, RFC 9112).
//!
//! | room | RFC 9112 |
//! |---|---|
//! | [`RequestTarget`] | section 3.2 |
//! | [`RequestParser`], [`ResponseParser`] | sections 2 to 5 |
//! | [`framing`] | section 6 |
//! | [`ChunkedDecoder`] | section 7 |
//! | [`server`], [`client`] | section 9 |

mod body;
mod chunked;
pub mod client;
mod emit;
mod error;
mod field;
pub mod framing;
mod head;
mod limits;
pub(crate) mod list;
mod method;
mod ring;
pub mod server;
mod status;
pub(crate) mod target;
mod version;

pub use body::{BodyLength, BodyPart};
pub use chunked::{ChunkedDecoder, DataFrame};
pub use error::{Error, Rule, SendError};
pub use field::{Field, FieldLine, FieldSection, NO_FIELDS};
pub use framing::BodyFraming;
pub use head::{RequestHead, RequestParser, ResponseHead, ResponseParser};
#[cfg(feature = "alloc")]
pub(crate) use head::{RequestLayout, ResponseLayout};
pub use limits::{Deadlines, Leniency, Limits};
pub use method::Method;
pub use ring::PIPELINE;
pub use status::StatusCode;
pub use target::RequestTarget;
pub use version::Version;
