//! The chunked transfer coding (RFC 9112 section 7.1).

mod decode;
mod encode;

pub use decode::ChunkedDecoder;
pub(crate) use decode::is_forbidden_trailer;
pub use encode::DataFrame;
