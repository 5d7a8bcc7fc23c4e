//! The checksums behind compressed data.

/// CRC-32 of the octets and their number, as gzip ends with them (RFC 1952 section 2.3.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Crc {
    hasher: crc32fast::Hasher,
    /// Modulo 2^32.
    len: u32,
}

impl Crc {
    pub(super) fn update(&mut self, octets: &[u8]) {
        self.hasher.update(octets);
        self.len = self.len.wrapping_add(octets.len() as u32);
    }

    pub(super) fn crc(&self) -> u32 {
        self.hasher.clone().finalize()
    }

    pub(super) fn trailer(&self) -> [u8; 8] {
        (u64::from(self.len) << 32 | u64::from(self.crc())).to_le_bytes()
    }
}

/// Adler-32 (RFC 1950 section 8.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Adler {
    a: u32,
    b: u32,
}

const MODULUS: u32 = 65_521;
/// After so many octets the greatest sum still fits into 32 bits.
const UNREDUCED: usize = 5552;

impl Default for Adler {
    fn default() -> Self {
        Self { a: 1, b: 0 }
    }
}

impl Adler {
    pub(super) fn update(&mut self, octets: &[u8]) {
        for portion in octets.chunks(UNREDUCED) {
            for &octet in portion {
                self.a += u32::from(octet);
                self.b += self.a;
            }
            self.a %= MODULUS;
            self.b %= MODULUS;
        }
    }

    pub(super) fn trailer(self) -> [u8; 4] {
        (self.b << 16 | self.a).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Adler, Crc};

    #[test]
    fn known_values() {
        let (mut crc, mut adler) = (Crc::default(), Adler::default());
        crc.update(b"12345");
        crc.update(b"6789");
        adler.update(b"Wiki");
        adler.update(b"pedia");
        assert_eq!(crc.trailer(), [0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0]);
        assert_eq!(adler.trailer(), [0x11, 0xe6, 0x03, 0x98]);
        let mut most = Adler::default();
        most.update(&[0xff; 3 * super::UNREDUCED]);
        let (mut a, mut b) = (1_u64, 0_u64);
        for _ in 0..3 * super::UNREDUCED {
            a += 0xff;
            b += a;
        }
        let modulus = u64::from(super::MODULUS);
        assert_eq!(u64::from(u32::from_be_bytes(most.trailer())), ((b % modulus) << 16) | (a % modulus));
    }
}
