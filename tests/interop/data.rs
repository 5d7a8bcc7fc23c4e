//! A long body that can be made, and checked, without ever holding it; short ones; and numbers
//! that are random the same way each time.

use std::io::{self, Read, Write};

/// No round number, so that a piece that is lost or doubled at one shifts it.
const BLOCK: usize = 1_000_003;

/// The body of `/bytes/N`.
pub(crate) fn lines(length: usize) -> Vec<u8> {
    b"The sanderling runs ahead of each wave and follows it back out.\n".iter().copied().cycle().take(length).collect()
}

/// xorshift64
pub(crate) struct Random(u64);

impl Random {
    /// `seed` may not be 0.
    pub(crate) fn new(seed: u64) -> Random {
        Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Bytes that look random; each block also starts with its number.
pub(crate) struct Data {
    block: Vec<u8>,
    position: u64,
    length: u64,
}

impl Data {
    pub(crate) fn new(length: u64) -> Data {
        let mut random = Random::new(1);
        let block = (0..BLOCK).map(|_| (random.next() >> 32) as u8);
        Data { block: block.collect(), position: 0, length }
    }

    /// The next bytes, at most so many, and none after the last.
    fn next(&mut self, most: usize) -> &[u8] {
        let start = (self.position % BLOCK as u64) as usize;
        if let (0, Some(number)) = (start, self.block.first_chunk_mut()) {
            *number = (self.position / BLOCK as u64).to_be_bytes();
        }
        let left = usize::try_from(self.length - self.position).unwrap_or(usize::MAX);
        let rest = self.block.get(start..).unwrap_or_default();
        let piece = rest.get(..most.min(left)).unwrap_or(rest);
        self.position += piece.len() as u64;
        piece
    }

    /// Writes all of it.
    pub(crate) fn write_to(mut self, to: &mut impl Write) -> io::Result<()> {
        loop {
            let piece = self.next(usize::MAX);
            if piece.is_empty() {
                return to.flush();
            }
            to.write_all(piece)?;
        }
    }

    /// Reads to the end and says where that is not what this would have written.
    pub(crate) fn compare(mut self, from: &mut impl Read) -> Result<(), String> {
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let at = self.position;
            let count = from.read(&mut buffer).map_err(|error| format!("reading: {error}"))?;
            if count == 0 {
                let length = self.length;
                return if at == length { Ok(()) } else { Err(format!("it ends after {at} of {length} bytes")) };
            }
            let mut rest = buffer.get(..count).unwrap_or_default();
            while !rest.is_empty() {
                let at = self.position;
                let expected = self.next(rest.len());
                if expected.is_empty() {
                    return Err(format!("it goes on after {at} bytes"));
                }
                let (found, after) = rest.split_at(expected.len());
                if found != expected {
                    return Err(format!("a difference between bytes {at} and {}", self.position));
                }
                rest = after;
            }
        }
    }
}
