//! deflate: DEFLATE in the zlib format (RFC 1950).
//!
//! ```text
//! CMF FLG blocks ADLER32*4
//! ```

use super::checksum::Adler;
use super::decoder::{Decode, DecodeError, Decoded};
use super::encoder::{Encode, Encoded, Flush};
use crate::ws::deflate::{self, Deflate, DeflateContext, InflateState, MinizDeflate, MinizInflate};

/// A window of 32 KiB, no dictionary.
const HEADER: [u8; 2] = [0x78, 0x9c];

/// DEFLATE between a header and a trailer.
pub(super) struct Wrapping<const HEADER: usize, const TRAILER: usize> {
    header: [u8; HEADER],
    codec: MinizDeflate,
    trailer: [u8; TRAILER],
    stage: Stage,
}

enum Stage {
    /// So many octets of the header are written.
    Header(usize),
    Blocks,
    /// So many octets of the trailer are written.
    Trailer(usize),
}

impl<const HEADER: usize, const TRAILER: usize> Wrapping<HEADER, TRAILER> {
    pub(super) fn new(header: [u8; HEADER], level: u8) -> Self {
        Self { header, codec: MinizDeflate::new(level), trailer: [0; TRAILER], stage: Stage::Header(0) }
    }

    pub(super) fn reset(&mut self) {
        self.codec.reset();
        self.stage = Stage::Header(0);
    }

    /// As [`Encode::encode`]. `note` takes what was read, and gives the trailer as it is then.
    pub(super) fn encode(
        &mut self,
        input: &[u8],
        flush: Flush,
        out: &mut [u8],
        mut note: impl FnMut(&[u8]) -> [u8; TRAILER],
    ) -> Encoded {
        let (mut read, mut written) = (0, 0);
        loop {
            let room = out.get_mut(written..).unwrap_or_default();
            match &mut self.stage {
                Stage::Header(at) => {
                    written += copy(&self.header, at, room);
                    if *at < HEADER {
                        return Encoded { read, written, done: false };
                    }
                    self.stage = Stage::Blocks;
                }
                Stage::Blocks => {
                    let rest = input.get(read..).unwrap_or_default();
                    let deflated = self.codec.deflate(rest, room, flush.into());
                    self.trailer = note(rest.get(..deflated.read).unwrap_or_default());
                    read += deflated.read;
                    written += deflated.written;
                    if !deflated.done && written < out.len() {
                        continue;
                    }
                    if !deflated.done || flush != Flush::Finish {
                        return Encoded { read, written, done: deflated.done };
                    }
                    self.stage = Stage::Trailer(0);
                }
                Stage::Trailer(at) => {
                    written += copy(&self.trailer, at, room);
                    let done = *at == TRAILER;
                    if done {
                        self.stage = Stage::Header(0);
                    }
                    return Encoded { read, written, done };
                }
            }
        }
    }
}

impl From<Flush> for deflate::Flush {
    fn from(flush: Flush) -> Self {
        match flush {
            Flush::None => Self::None,
            Flush::Sync => Self::Sync,
            Flush::Finish => Self::Finish,
        }
    }
}

/// Copies what comes `at` an octet on, as far as there is room.
fn copy(octets: &[u8], at: &mut usize, room: &mut [u8]) -> usize {
    let rest = octets.get(*at..).unwrap_or_default();
    let len = rest.len().min(room.len());
    for (place, octet) in room.iter_mut().zip(rest) {
        *place = *octet;
    }
    *at += len;
    len
}

/// The compressor.
pub(super) struct Zlib {
    wrapping: Wrapping<2, 4>,
    adler: Adler,
}

impl Zlib {
    pub(super) fn new(level: u8) -> Self {
        Self { wrapping: Wrapping::new(HEADER, level), adler: Adler::default() }
    }
}

impl Encode for Zlib {
    fn encode(&mut self, input: &[u8], flush: Flush, out: &mut [u8]) -> Encoded {
        let Self { wrapping, adler } = self;
        let encoded = wrapping.encode(input, flush, out, |read| {
            adler.update(read);
            adler.trailer()
        });
        if encoded.done && flush == Flush::Finish {
            self.adler = Adler::default();
        }
        encoded
    }

    fn reset(&mut self) {
        self.wrapping.reset();
        self.adler = Adler::default();
    }
}

/// A decompressor with the whole window, whose blocks have to make so many octets.
pub(super) fn inflater(price: usize) -> MinizInflate {
    MinizInflate::new(DeflateContext { takeover: false, window_bits: 15 }).with_price(price)
}

/// The decompressor, which takes DEFLATE without the zlib format as well: there always were servers that
/// sent it (RFC 9110 section 8.4.1.2).
pub(super) struct Unzlib {
    place: Place,
    adler: Adler,
    codec: MinizInflate,
}

enum Place {
    Start,
    /// Behind the first octet, which does not tell the formats apart.
    Second(u8),
    Blocks {
        is_bare: bool,
    },
    /// So many octets of the trailer have come, and were right.
    Trailer(usize),
    End,
}

impl Unzlib {
    pub(super) fn new(price: usize) -> Self {
        Self { place: Place::Start, adler: Adler::default(), codec: inflater(price) }
    }
}

/// Whether two octets begin the zlib format, of DEFLATE and without a dictionary.
fn is_header(cmf: u8, flg: u8) -> bool {
    u16::from_be_bytes([cmf, flg]).is_multiple_of(31) && cmf & 0x0f == 8 && cmf >> 4 <= 7 && flg & 1 << 5 == 0
}

impl Decode for Unzlib {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
        let (mut read, mut written) = (0, 0);
        loop {
            if let Place::Blocks { is_bare } = self.place {
                let room = output.get_mut(written..).unwrap_or_default();
                let inflated = self.codec.inflate_one(input.get(read..).unwrap_or_default(), room)?;
                self.adler.update(room.get(..inflated.written).unwrap_or_default());
                read += inflated.read;
                written += inflated.written;
                if inflated.state != InflateState::StreamEnd {
                    return Ok(Decoded { read, written });
                }
                self.place = if is_bare { Place::End } else { Place::Trailer(0) };
            }
            let Some(&octet) = input.get(read) else { return Ok(Decoded { read, written }) };
            self.place = match self.place {
                Place::Start => Place::Second(octet),
                Place::Second(first) if is_header(first, octet) => Place::Blocks { is_bare: false },
                Place::Second(first) => {
                    // Too little for anything to come of it.
                    self.codec.inflate_one(&[first], &mut [])?;
                    self.place = Place::Blocks { is_bare: true };
                    continue;
                }
                Place::Trailer(at) if self.adler.trailer().get(at) != Some(&octet) => {
                    return Err(DecodeError::Checksum);
                }
                Place::Trailer(3) => Place::End,
                Place::Trailer(at) => Place::Trailer(at + 1),
                Place::Blocks { .. } | Place::End => return Err(DecodeError::Corrupt),
            };
            read += 1;
        }
    }

    fn is_complete(&self) -> bool {
        matches!(self.place, Place::End)
    }
}
