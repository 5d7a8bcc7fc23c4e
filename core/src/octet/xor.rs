//! XOR with four octets, over and over.

/// Below this the caller does it itself, eight octets at a time.
const LONG: usize = 64;

/// From here on it pays that no block lies across two lines of the processor's cache.
const VERY_LONG: usize = 4096;

/// Combines each octet with its turn of `pattern`.
#[inline]
pub(crate) fn apply(pattern: [u8; 4], octets: &mut [u8]) {
    if octets.len() < LONG { apply_short(pattern, octets) } else { apply_long(pattern, octets) }
}

#[inline(never)]
fn apply_long(pattern: [u8; 4], octets: &mut [u8]) {
    if octets.len() < VERY_LONG { apply_blocks(pattern, octets) } else { apply_aligned(pattern, octets) }
}

#[inline(never)]
fn apply_aligned(mut pattern: [u8; 4], octets: &mut [u8]) {
    let before = octets.as_ptr().align_offset(LONG).min(LONG);
    let (first, rest) = octets.split_at_mut(before);
    apply_short(pattern, first);
    pattern.rotate_left(before % 4);
    apply_blocks(pattern, rest);
}

#[inline]
fn apply_blocks(pattern: [u8; 4], octets: &mut [u8]) {
    #[cfg(feature = "simd")]
    super::simd::xor(pattern, octets);
    #[cfg(not(feature = "simd"))]
    apply_scalar(pattern, octets);
}

/// In a shape that the compiler makes vector code of, as wide as the caller's: octet by octet, since of words it makes
/// permutations where there is AVX-512, which take twenty times as long.
#[inline(always)]
pub(crate) fn apply_scalar(pattern: [u8; 4], octets: &mut [u8]) {
    let repeated = [pattern; 16];
    let (blocks, rest) = octets.as_chunks_mut::<64>();
    for block in blocks {
        for (octet, turn) in block.iter_mut().zip(repeated.as_flattened()) {
            *octet ^= turn;
        }
    }
    apply_short(pattern, rest);
}

#[inline(always)]
fn apply_short(pattern: [u8; 4], octets: &mut [u8]) {
    let four = u32::from_ne_bytes(pattern);
    let (words, rest) = octets.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ (u64::from(four) << 32 | u64::from(four))).to_ne_bytes();
    }
    let (words, rest) = rest.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ four).to_ne_bytes();
    }
    for (octet, turn) in rest.iter_mut().zip(pattern) {
        *octet ^= turn;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_and_alignment_is_as_octet_by_octet() {
        let pattern = [0x37, 0xfa, 0x21, 0x3d];
        let plain: [u8; 600] = core::array::from_fn(|at| (at * 7) as u8);
        for start in 0..40 {
            for end in start..plain.len() {
                let mut octets = plain;
                apply(pattern, &mut octets[start..end]);
                for (at, (octet, plain)) in octets.iter().zip(plain).enumerate() {
                    let turn = if (start..end).contains(&at) { pattern[(at - start) % 4] } else { 0 };
                    assert_eq!(*octet, plain ^ turn, "{at} in {start}..{end}");
                }
            }
        }
    }

    #[test]
    fn what_is_very_long_is_as_octet_by_octet() {
        let pattern = [0x37, 0xfa, 0x21, 0x3d];
        let plain: [u8; VERY_LONG + 200] = core::array::from_fn(|at| (at * 7) as u8);
        for (start, len) in (0..70).flat_map(|start| [VERY_LONG - 1, VERY_LONG, VERY_LONG + 67].map(|len| (start, len)))
        {
            let mut octets = plain;
            apply(pattern, &mut octets[start..start + len]);
            for (at, (octet, plain)) in octets.iter().zip(plain).enumerate() {
                let turn = if (start..start + len).contains(&at) { pattern[(at - start) % 4] } else { 0 };
                assert_eq!(*octet, plain ^ turn, "{at} of {len} from {start} on");
            }
        }
    }
}
