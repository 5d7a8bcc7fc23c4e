//! Compression of responses (RFC 9110 sections 8.4 and 12.5.3).

mod choice;
mod coder;

pub(super) use choice::{Choice, tells_of_octets};
pub(super) use coder::Coder;

use crate::coding::ContentCoding;
use crate::semantics::is_compressible;

/// How a server compresses responses, whatever their body comes from.
///
/// A response is compressed if its client accepts one of the codings, unless
///
/// * its Content-Type is not worth it, or missing;
/// * its length is known and below the threshold;
/// * it has a Content-Encoding already, or `Cache-Control: no-transform`;
/// * it is a part (206, Content-Range), has no content (204, 205, 304) or opens a tunnel.
///
/// Whenever the client's choice mattered, the response says `Vary: Accept-Encoding`. One that is compressed
/// says Content-Encoding, its strong entity tag becomes weak, and what was only true of the octets before
/// goes: Content-Length, Accept-Ranges, and digests. A body of at most 256 KiB that is given as a whole is compressed as
/// a whole, if it gets shorter by that, and has a Content-Length; a longer one, and one that is written piece by piece, is
/// sent in chunks, and to HTTP/1.0 until the connection closes. What is written may wait in the compressor until
/// [`Exchange::flush`](super::Exchange::flush).
///
/// Compressing over TLS what holds both a secret and something that an attacker can choose gives the secret
/// away by its length (BREACH): send such responses with `no-transform`.
///
/// A response takes 325 KiB while it is compressed by gzip, and [more](crate::coding#memory) by br or zstd. A
/// thread keeps one compressor of each coding for the next response, so that nothing is allocated for it; br
/// has none that can be used again.
///
/// ```
/// use sanderling::drive::{Compression, Settings};
///
/// let mut settings = Settings::default();
/// settings.compression = Some(Compression::default());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Compression {
    /// The codings, the best first: of those that a client wants alike the first is taken. Default all
    /// there are: zstd and br if their features are on, gzip, deflate.
    pub codings: &'static [ContentCoding],
    /// From 1, the fastest, to 9, the shortest; what lies outside counts as the nearest. Default 4.
    pub level: u8,
    /// Bodies that are known to have fewer octets are sent as they are. Default 1024, which is one packet
    /// in any case.
    pub threshold: u32,
    /// Which values of Content-Type are worth it. Default [`is_compressible`].
    pub media_types: fn(&[u8]) -> bool,
}

impl Default for Compression {
    fn default() -> Self {
        Self { codings: ContentCoding::ALL, level: 4, threshold: 1024, media_types: is_compressible }
    }
}
