//! The header of a frame (RFC 6455 section 5.2):
//!
//! ```text
//!  FIN RSV1-3 opcode | MASK length | length, 16 or 64 bits | masking key
//! ```

use super::error::Rule;
use super::mask::MaskingKey;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // all others are reserved, and refused
pub enum Opcode {
    /// A further fragment of a message.
    Continuation = 0x0,
    /// A text message, or its first fragment.
    Text = 0x1,
    /// A binary message, or its first fragment.
    Binary = 0x2,
    /// The beginning of the closing handshake (section 5.5.1).
    Close = 0x8,
    /// A question for a sign of life (section 5.5.2).
    Ping = 0x9,
    /// The answer, or an unasked sign of life (section 5.5.3).
    Pong = 0xa,
}

impl Opcode {
    const fn parse(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xa => Some(Self::Pong),
            _ => None,
        }
    }

    const fn bits(self) -> u8 {
        self as u8
    }

    /// Whether the frame is a control frame (section 5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The header of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameHeader {
    /// FIN: the frame is its message's last.
    pub last: bool,
    /// RSV1, which an extension may give a meaning.
    pub rsv1: bool,
    /// The opcode.
    pub opcode: Opcode,
    /// The key, if the payload is masked.
    pub key: Option<MaskingKey>,
    /// Octets of payload, below 2^63.
    pub length: u64,
}

impl FrameHeader {
    /// The longest header: two octets, a length of eight and a key of four.
    pub const MAX_LEN: usize = 14;

    /// A header without reserved bits.
    #[must_use]
    pub const fn new(opcode: Opcode, last: bool, length: u64, key: Option<MaskingKey>) -> Self {
        Self { last, rsv1: false, opcode, key, length }
    }

    /// Reads a header from the front of `input`, and says how many octets it has; `None` while
    /// there are too few. What can be seen wrong is said before the header is whole.
    ///
    /// # Errors
    ///
    /// The rule of section 5.2 or 5.5 that it breaks.
    #[inline]
    pub fn parse(input: &[u8]) -> Result<Option<(usize, Self)>, Rule> {
        let [first, rest @ ..] = input else { return Ok(None) };
        if first & 0x30 != 0 {
            return Err(Rule::ReservedBits);
        }
        let (last, rsv1) = (first & 0x80 != 0, first & 0x40 != 0);
        let opcode = Opcode::parse(first & 0x0f).ok_or(Rule::Opcode)?;
        if opcode.is_control() && !last {
            return Err(Rule::ControlFrame);
        }
        let [second, rest @ ..] = rest else { return Ok(None) };
        let short = second & 0x7f;
        if opcode.is_control() && short > 125 {
            return Err(Rule::ControlFrame);
        }
        let (length, rest) = match short {
            126 => {
                let Some((octets, rest)) = rest.split_first_chunk::<2>() else { return Ok(None) };
                let length = u64::from(u16::from_be_bytes(*octets));
                if length < 126 {
                    return Err(Rule::PayloadLength);
                }
                (length, rest)
            }
            127 => {
                let Some((octets, rest)) = rest.split_first_chunk::<8>() else { return Ok(None) };
                let length = u64::from_be_bytes(*octets);
                if length <= 0xffff || length >> 63 != 0 {
                    return Err(Rule::PayloadLength);
                }
                (length, rest)
            }
            _ => (u64::from(short), rest),
        };
        let (key, rest) = match second & 0x80 {
            0 => (None, rest),
            _ => {
                let Some((key, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
                (Some(*key), rest)
            }
        };
        Ok(Some((input.len() - rest.len(), Self { last, rsv1, opcode, key, length })))
    }

    /// FIN, the reserved bits and the opcode.
    const fn first(&self) -> u8 {
        (self.last as u8) << 7 | (self.rsv1 as u8) << 6 | self.opcode.bits()
    }

    /// The header if it has but the two octets that each begins with.
    #[inline]
    pub(crate) const fn short(&self) -> Option<[u8; 2]> {
        match (self.key, self.length) {
            (None, 0..=125) => Some([self.first(), self.length as u8]),
            _ => None,
        }
    }

    /// The header if it has those and a length of 16 bits.
    #[inline]
    pub(crate) const fn medium(&self) -> Option<[u8; 4]> {
        match (self.key, self.length) {
            (None, 126..=0xffff) => {
                let [high, low] = (self.length as u16).to_be_bytes();
                Some([self.first(), 126, high, low])
            }
            _ => None,
        }
    }

    /// The header's octets, and how many of the array they are.
    #[inline]
    #[must_use]
    pub fn write(&self) -> ([u8; Self::MAX_LEN], usize) {
        let mut octets = [0; Self::MAX_LEN];
        octets[0] = self.first();
        let masked = u8::from(self.key.is_some()) << 7;
        let mut len = match self.length {
            0..=125 => {
                octets[1] = masked | self.length as u8;
                2
            }
            126..=0xffff => {
                octets[1] = masked | 126;
                [octets[2], octets[3]] = (self.length as u16).to_be_bytes();
                4
            }
            _ => {
                octets[1] = masked | 127;
                let [_, _, length @ .., _, _, _, _] = &mut octets;
                *length = self.length.to_be_bytes();
                10
            }
        };
        if let (Some(key), Some(room)) = (self.key, octets.get_mut(len..len + 4)) {
            room.copy_from_slice(&key);
            len += key.len();
        }
        (octets, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_back() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, (1 << 63) - 1] {
            for key in [None, Some([1, 2, 3, 4])] {
                let header = FrameHeader::new(Opcode::Binary, true, length, key);
                let (octets, len) = header.write();
                for cut in 0..len {
                    assert_eq!(FrameHeader::parse(&octets[..cut]), Ok(None));
                }
                assert_eq!(FrameHeader::parse(&octets[..len]), Ok(Some((len, header))));
                assert!(header.short().is_none_or(|short| octets[..len] == short));
                assert!(header.medium().is_none_or(|medium| octets[..len] == medium));
                assert_eq!((header.short().is_some(), header.medium().is_some()), (len == 2, len == 4));
            }
        }
    }
}
