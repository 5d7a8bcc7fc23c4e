//! Masking (RFC 6455 section 5.3).

/// The key with which a client masks one frame. It has to be unpredictable (section 10.3).
pub type MaskingKey = [u8; 4];

/// Masks or unmasks, which is the same, octets that begin `offset` octets into the payload.
pub(crate) fn apply(key: MaskingKey, offset: u64, octets: &mut [u8]) {
    let mut key = key;
    key.rotate_left((offset % 4) as usize);
    // Sixteen octets at a time: the compiler makes vectors of it.
    let wide = u128::from_ne_bytes(core::array::from_fn(|at| *key.get(at % 4).unwrap_or(&0)));
    let (blocks, rest) = octets.as_chunks_mut::<16>();
    for block in blocks {
        *block = (u128::from_ne_bytes(*block) ^ wide).to_ne_bytes();
    }
    for (octet, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *octet ^= key;
    }
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
