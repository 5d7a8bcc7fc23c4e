//! Masking (RFC 6455 section 5.3).

use crate::octet::xor;

/// The key with which a client masks one frame. It has to be unpredictable (section 10.3).
pub type MaskingKey = [u8; 4];

/// Masks or unmasks, which is the same, octets that begin `offset` octets into the payload.
#[inline]
pub(crate) fn apply(mut key: MaskingKey, offset: u64, octets: &mut [u8]) {
    key.rotate_left((offset % 4) as usize);
    xor::apply(key, octets);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_masks_the_same() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let mut whole: [u8; 70] = core::array::from_fn(|at| at as u8);
        let plain = whole;
        apply(key, 0, &mut whole);
        for (at, (masked, plain)) in whole.iter().zip(plain).enumerate() {
            assert_eq!(*masked, plain ^ key[at % 4]);
        }
        for cut in 0..=70 {
            let mut parts = plain;
            let (first, second) = parts.split_at_mut(cut);
            apply(key, 0, first);
            apply(key, cut as u64, second);
            assert_eq!(parts, whole);
        }
    }
}
