//! How far a run of octets of one class goes.
//!
//! Names and targets are short: a table look-up per octet. Field values are long: eight octets
//! at a time, or a vector with feature `simd`.

use super::class;

/// The length of the longest prefix of `tchar`.
#[inline]
pub(crate) fn token_len(octets: &[u8]) -> usize {
    run(octets, class::TOKEN)
}

/// The length of the longest prefix of request-target octets.
#[inline]
pub(crate) fn target_len(octets: &[u8]) -> usize {
    run(octets, class::TARGET)
}

/// The length of the longest prefix of field value octets, SP and HTAB among them.
#[inline]
pub(crate) fn value_len(octets: &[u8]) -> usize {
    #[cfg(feature = "simd")]
    return super::simd::value_len(octets);
    #[cfg(not(feature = "simd"))]
    value_len_scalar(octets)
}

#[inline]
fn run(octets: &[u8], class: u8) -> usize {
    octets.iter().position(|&octet| !class::is(octet, class)).unwrap_or(octets.len())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The scalar twin of the vector code, and its oracle.
#[inline]
pub(crate) fn value_len_scalar(octets: &[u8]) -> usize {
    // Long runs of plain text, in a shape that the compiler makes vector code of.
    let (blocks, _) = octets.as_chunks::<16>();
    let is_plain =
        |block: &[u8; 16]| !block.iter().fold(false, |other, &octet| other | (octet < b' ') | (octet == 0x7f));
    let mut done = 16 * blocks.iter().take_while(|block| is_plain(block)).count();
    let (words, _) = octets.get(done..).unwrap_or_default().as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The lowest flagged lane is exact: a borrow only runs upwards.
        let below_space = word.wrapping_sub(ONES * 0x20) & !word;
        let delete = word ^ (ONES * 0x7f);
        let is_delete = delete.wrapping_sub(ONES) & !delete;
        let flagged = (below_space | is_delete) & HIGH;
        if flagged != 0 {
            let lowest = flagged.trailing_zeros() as usize / 8;
            if word >> (lowest * 8) & 0xff != u64::from(b'\t') {
                return done + lowest;
            }
            // HTAB is flagged but belongs to a value, so the table says what comes after it.
            let here = run(octets.get(done..done + 8).unwrap_or_default(), class::VALUE);
            if here < 8 {
                return done + here;
            }
        }
        done += 8;
    }
    done + run(octets.get(done..).unwrap_or_default(), class::VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_len_agrees_with_the_table() {
        for len in 0..70 {
            for at in 0..len {
                for octet in 0..=255 {
                    let mut octets = [b'a'; 70];
                    octets[at] = octet;
                    let octets = &octets[..len];
                    let naive = run(octets, class::VALUE);
                    assert_eq!(value_len(octets), naive);
                    assert_eq!(value_len_scalar(octets), naive);
                }
            }
        }
    }
}
