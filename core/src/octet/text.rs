//! Octets as text, and single octets in it.

/// The octets as text; empty if they are not UTF-8.
///
/// Names, targets and most values are short and ASCII, which is found out by a few words at once.
#[inline]
pub(crate) fn text(octets: &[u8]) -> &str {
    #[cfg(feature = "simd")]
    if let Some(text) = super::simd::ascii(octets) {
        return text;
    }
    core::str::from_utf8(octets).unwrap_or_default()
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Where an octet stands first.
#[inline]
pub(crate) fn find(octets: &[u8], wanted: u8) -> Option<usize> {
    #[cfg(all(feature = "simd", target_arch = "x86_64", target_feature = "sse2"))]
    if octets.len() >= 16 {
        return super::simd::find(octets, wanted);
    }
    find_by_words(octets, wanted)
}

/// Eight at a time. The last eight may overlap those before, which do not have it.
#[inline]
fn find_by_words(octets: &[u8], wanted: u8) -> Option<usize> {
    let lane = |word: u64| {
        let other = word ^ (ONES * u64::from(wanted));
        // The lowest flagged lane is exact: a borrow only runs upwards.
        let flagged = other.wrapping_sub(ONES) & !other & HIGH;
        (flagged != 0).then_some(flagged.trailing_zeros() as usize / 8)
    };
    let (words, _) = octets.as_chunks();
    for (before, word) in words.iter().enumerate() {
        if let Some(lane) = lane(u64::from_le_bytes(*word)) {
            return Some(8 * before + lane);
        }
    }
    if let Some(last) = octets.last_chunk() {
        return lane(u64::from_le_bytes(*last)).map(|lane| octets.len() - 8 + lane);
    }
    let (Some(first), Some(last)) = (octets.first_chunk(), octets.last_chunk()) else {
        return octets.iter().position(|&octet| octet == wanted);
    };
    let lane = lane(u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32)?;
    Some(if lane < 4 { lane } else { octets.len() + lane - 8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_the_standard_library_says() {
        for len in 0..100 {
            let mut octets = [b'a'; 100];
            let octets = &mut octets[..len];
            assert_eq!(Ok(text(octets)), core::str::from_utf8(octets));
            for at in 0..len {
                octets[at] = 0xff;
                assert_eq!(text(octets), "");
                octets[at] = b'a';
            }
        }
        assert_eq!(text("Käse".as_bytes()), "Käse");
    }

    #[test]
    fn the_first_of_several_is_found() {
        for len in 0..40 {
            for first in 0..len {
                for second in first..len {
                    let mut octets = [b'?' ^ 0x80; 40];
                    octets[first] = b'?';
                    octets[second] = b'?';
                    for find in [find, find_by_words] {
                        assert_eq!(find(&octets[..len], b'?'), Some(first));
                        assert_eq!(find(&octets[..first], b'?'), None);
                    }
                }
            }
        }
    }
}
