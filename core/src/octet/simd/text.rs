//! Text that is ASCII, and single octets in it.

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use core::arch::x86_64::*;

/// The octets as text if they are ASCII, which is UTF-8.
#[inline]
pub(crate) fn ascii(octets: &[u8]) -> Option<&str> {
    let is_ascii = match octets.len() {
        4..8 => ends_are_ascii::<4>(octets),
        8..16 => ends_are_ascii::<8>(octets),
        16..=32 => ends_are_ascii::<16>(octets),
        _ => octets.is_ascii(),
    };
    // SAFETY: any run of ASCII is UTF-8.
    is_ascii.then(|| unsafe { core::str::from_utf8_unchecked(octets) })
}

/// Of the first octets and the last: all, if there are no more than twice as many.
#[inline(always)]
fn ends_are_ascii<const N: usize>(octets: &[u8]) -> bool {
    let (Some(first), Some(last)) = (octets.first_chunk::<N>(), octets.last_chunk::<N>()) else { return false };
    first.iter().zip(last).fold(0, |all, (first, last)| all | first | last).is_ascii()
}

/// Where an octet stands first among sixteen or more.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
pub(crate) fn find(octets: &[u8], wanted: u8) -> Option<usize> {
    // SAFETY: all is compiled for processors that have SSE2.
    unsafe { find_with_sse2(octets, wanted) }
}

/// The last sixteen may overlap those before, which do not have it.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
#[target_feature(enable = "sse2")]
fn find_with_sse2(octets: &[u8], wanted: u8) -> Option<usize> {
    let (blocks, _) = octets.as_chunks();
    for (before, block) in blocks.iter().enumerate() {
        let found = places_of(wanted, block);
        if found != 0 {
            return Some(16 * before + found.trailing_zeros() as usize);
        }
    }
    let found = places_of(wanted, octets.last_chunk()?);
    (found != 0).then(|| octets.len() - 16 + found.trailing_zeros() as usize)
}

/// A bit for each octet that is this one.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
#[target_feature(enable = "sse2")]
fn places_of(wanted: u8, block: &[u8; 16]) -> u32 {
    // SAFETY: the unaligned load reads the 16 octets of `block`.
    let lanes = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    _mm_movemask_epi8(_mm_cmpeq_epi8(lanes, _mm_set1_epi8(wanted.cast_signed()))).cast_unsigned()
}
