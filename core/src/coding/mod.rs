//! Content codings (RFC 9110 section 8.4): gzip and deflate, and with features of their names br and
//! zstd.
//!
//! Slices in, slices out, nothing unbounded between: an [`Encoder`] compresses piece by piece, and says
//! with [`Flush::Sync`] all that it was told; a [`Decoder`] undoes whatever stands in Content-Encoding.
//! [`ServerDriver`](crate::drive::ServerDriver) and [`ClientDriver`](crate::drive::ClientDriver) use
//! them where that is asked for; which coding suits a request is told by
//! [`choose_coding`](crate::semantics::choose_coding).
//!
//! ```
//! use sanderling::coding::{ContentCoding, Decoder, Encoder, Flush};
//!
//! let mut encoder = Encoder::new(ContentCoding::Gzip, 6);
//! let mut coded = [0; 64];
//! let encoded = encoder.encode(b"sand sand sand sand sand", Flush::Finish, &mut coded);
//! assert!(encoded.done);
//!
//! let mut decoder = Decoder::new(ContentCoding::Gzip);
//! let mut text = [0; 64];
//! let decoded = decoder.decode(&coded[..encoded.written], &mut text)?;
//! decoder.finish()?;
//! assert_eq!(&text[..decoded.written], b"sand sand sand sand sand");
//! # Ok::<(), sanderling::coding::DecodeError>(())
//! ```
//!
//! | coding | what it is | RFC |
//! |---|---|---|
//! | `gzip` | DEFLATE with a header and a CRC | 1952 |
//! | `deflate` | DEFLATE in the zlib format; without it is read as well, as browsers do | 1950 |
//! | `br` (feature `brotli`) | Brotli | 7932 |
//! | `zstd` (feature `zstd`) | Zstandard, with a window of at most 8 MiB | 8878, 9659 |
//!
//! # Memory
//!
//! All of it is on the heap, taken with the first octet. gzip and deflate take 325 KiB to compress, at any
//! level, and 43 KiB to decompress. br takes 1.3 MiB to compress at level 1, 2.1 MiB at 4, 3.7 MiB at 6 and
//! 34 MiB at 9; zstd, with a window of 256 KiB, grows with the level too. To decompress, br takes up to 16 MiB
//! and zstd up to 8 MiB, as the sender chose.

#[cfg(feature = "brotli")]
mod brotli;
mod checksum;
mod decoder;
mod encoder;
mod gzip;
mod zlib;
#[cfg(feature = "zstd")]
mod zstd;

pub use decoder::{DecodeError, Decoded, Decoder};
pub use encoder::{Encoded, Encoder, Flush};

/// A content coding that can be written and read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCoding {
    /// `gzip`, also called `x-gzip` (RFC 9110 section 8.4.1.3).
    Gzip,
    /// `deflate` (RFC 9110 section 8.4.1.2).
    Deflate,
    /// `br` (RFC 7932).
    #[cfg(feature = "brotli")]
    Brotli,
    /// `zstd` (RFC 8878).
    #[cfg(feature = "zstd")]
    Zstd,
}

impl ContentCoding {
    /// All there are, the best first: what makes the shortest in the least time.
    pub const ALL: &[Self] = &[
        #[cfg(feature = "zstd")]
        Self::Zstd,
        #[cfg(feature = "brotli")]
        Self::Brotli,
        Self::Gzip,
        // Last, since there are readers that take it for DEFLATE without the zlib format.
        Self::Deflate,
    ];

    /// What a client writes into Accept-Encoding that can read them all.
    pub const ACCEPT: &str = match (cfg!(feature = "brotli"), cfg!(feature = "zstd")) {
        (false, false) => "gzip, deflate",
        (true, false) => "gzip, deflate, br",
        (false, true) => "gzip, deflate, zstd",
        (true, true) => "gzip, deflate, br, zstd",
    };

    /// The name in Content-Encoding.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            #[cfg(feature = "brotli")]
            Self::Brotli => "br",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    /// The coding of this name, in any case; `None` if it is not known here.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.iter().copied().find(|coding| name.eq_ignore_ascii_case(coding.name().as_bytes()))
    }
}
