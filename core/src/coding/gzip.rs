//! gzip (RFC 1952).
//!
//! ```text
//! member = 1F 8B 08 FLG MTIME*4 XFL OS [XLEN*2 extra] [name 00] [comment 00] [CRC16*2] blocks CRC32*4 ISIZE*4
//! ```
//!
//! Members follow each other without anything between, and their contents are joined (section 2.2).

use super::checksum::Crc;
use super::decoder::{Decode, DecodeError, Decoded};
use super::encoder::{Encode, Encoded, Flush};
use super::zlib::{Wrapping, inflater};
use crate::ws::deflate::{Inflate, InflateState, MinizInflate};

/// No time, no name, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The compressor.
pub(super) struct Gzip {
    wrapping: Wrapping<10, 8>,
    crc: Crc,
}

impl Gzip {
    pub(super) fn new(level: u8) -> Self {
        Self { wrapping: Wrapping::new(HEADER, level), crc: Crc::default() }
    }
}

impl Encode for Gzip {
    fn encode(&mut self, input: &[u8], flush: Flush, out: &mut [u8]) -> Encoded {
        let Self { wrapping, crc } = self;
        let encoded = wrapping.encode(input, flush, out, |read| {
            crc.update(read);
            crc.trailer()
        });
        if encoded.done && flush == Flush::Finish {
            self.crc = Crc::default();
        }
        encoded
    }

    fn reset(&mut self) {
        self.wrapping.reset();
        self.crc = Crc::default();
    }
}

const FLAG_HEADER_CRC: u8 = 1 << 1;
const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Where the decompressor is within a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At this octet of those that are always there.
    Fixed(u8),
    ExtraLength(u8),
    Extra(u16),
    Name,
    Comment,
    HeaderCrc(u8),
    Blocks,
    /// At this octet of the trailer.
    Trailer(u8),
}

/// The decompressor.
pub(super) struct Gunzip {
    place: Place,
    flags: u8,
    /// Octets of a number that has not come wholly yet, the last one on top.
    number: u64,
    /// Of the header, then of the content.
    crc: Crc,
    codec: MinizInflate,
    /// A member is behind us, and none has begun since.
    is_between: bool,
}

impl Gunzip {
    pub(super) fn new(price: usize) -> Self {
        let (place, codec) = (Place::Fixed(0), inflater(price));
        Self { place, flags: 0, number: 0, crc: Crc::default(), codec, is_between: false }
    }

    /// Passes over what says nothing, all that there is of it at once, and says how much that was.
    fn pass(&mut self, octets: &[u8]) -> usize {
        let len = match &mut self.place {
            Place::Name | Place::Comment => octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len()),
            // The last is what the next part comes behind.
            Place::Extra(left) => {
                let len = octets.len().min(usize::from(left.saturating_sub(1)));
                *left -= len as u16;
                len
            }
            _ => return 0,
        };
        self.crc.update(octets.get(..len).unwrap_or_default());
        len
    }

    /// Takes an octet of a header or trailer.
    fn take(&mut self, octet: u8) -> Result<(), DecodeError> {
        let before = self.place;
        self.is_between = false;
        self.number = self.number >> 8 | u64::from(octet) << 56;
        if !matches!(before, Place::HeaderCrc(_) | Place::Trailer(_)) {
            self.crc.update(&[octet]);
        }
        self.place = match before {
            Place::Fixed(at) => {
                let is_right = match at {
                    3 => {
                        self.flags = octet;
                        octet & RESERVED == 0
                    }
                    _ => at > 3 || HEADER.get(usize::from(at)) == Some(&octet),
                };
                if !is_right {
                    return Err(DecodeError::Corrupt);
                }
                if at < 9 { Place::Fixed(at + 1) } else { self.behind(before) }
            }
            Place::ExtraLength(0) => Place::ExtraLength(1),
            Place::ExtraLength(_) => match (self.number >> 48) as u16 {
                0 => self.behind(Place::Extra(0)),
                length => Place::Extra(length),
            },
            Place::HeaderCrc(0) => Place::HeaderCrc(1),
            Place::HeaderCrc(_) if (self.number >> 48) as u16 != self.crc.crc() as u16 => {
                return Err(DecodeError::Checksum);
            }
            Place::Trailer(at @ ..7) => Place::Trailer(at + 1),
            Place::Trailer(_) if self.number.to_le_bytes() != self.crc.trailer() => return Err(DecodeError::Checksum),
            Place::Trailer(_) => {
                self.is_between = true;
                self.crc = Crc::default();
                Place::Fixed(0)
            }
            Place::Extra(_) | Place::Name | Place::Comment | Place::HeaderCrc(_) | Place::Blocks => self.behind(before),
        };
        if self.place == Place::Blocks {
            self.crc = Crc::default();
            self.codec.reset();
        }
        Ok(())
    }

    /// What comes after this part of the header.
    fn behind(&self, part: Place) -> Place {
        let has = |flag| self.flags & flag != 0;
        match part {
            Place::Fixed(_) if has(FLAG_EXTRA) => Place::ExtraLength(0),
            Place::Fixed(_) | Place::Extra(_) if has(FLAG_NAME) => Place::Name,
            Place::Fixed(_) | Place::Extra(_) | Place::Name if has(FLAG_COMMENT) => Place::Comment,
            Place::Fixed(_) | Place::Extra(_) | Place::Name | Place::Comment if has(FLAG_HEADER_CRC) => {
                Place::HeaderCrc(0)
            }
            _ => Place::Blocks,
        }
    }
}

impl Decode for Gunzip {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
        let (mut read, mut written) = (0, 0);
        loop {
            if self.place == Place::Blocks {
                let room = output.get_mut(written..).unwrap_or_default();
                let inflated = self.codec.inflate_one(input.get(read..).unwrap_or_default(), room)?;
                self.crc.update(room.get(..inflated.written).unwrap_or_default());
                read += inflated.read;
                written += inflated.written;
                if inflated.state != InflateState::StreamEnd {
                    return Ok(Decoded { read, written });
                }
                self.place = Place::Trailer(0);
            }
            read += self.pass(input.get(read..).unwrap_or_default());
            let Some(&octet) = input.get(read) else { return Ok(Decoded { read, written }) };
            self.take(octet)?;
            read += 1;
        }
    }

    fn is_complete(&self) -> bool {
        self.is_between
    }
}
