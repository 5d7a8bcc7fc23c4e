//! How far a field value goes.

#[cfg(target_arch = "x86_64")]
pub(crate) fn value_len(octets: &[u8]) -> usize {
    #[cfg(feature = "std")]
    if octets.len() >= 32 && std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as just asked.
        return unsafe { x86::value_len_avx2(octets) };
    }
    x86::value_len_sse2(octets)
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn value_len(octets: &[u8]) -> usize {
    crate::octet::scan::value_len_scalar(octets)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    use crate::octet::scan::value_len_scalar;

    /// Sixteen octets a step. An octet stops the scan if it is below SP but HTAB, or DEL.
    #[inline]
    pub(super) fn value_len_sse2(octets: &[u8]) -> usize {
        let mut done = 0;
        let (blocks, _) = octets.as_chunks::<16>();
        for block in blocks {
            // SAFETY: SSE2 is part of x86-64, and the unaligned load reads the 16 octets of `block`.
            let stops = unsafe {
                let lanes = _mm_loadu_si128(block.as_ptr().cast());
                let space = _mm_set1_epi8(0x20);
                let control = _mm_xor_si128(_mm_cmpeq_epi8(_mm_max_epu8(lanes, space), lanes), _mm_set1_epi8(-1));
                let tab = _mm_cmpeq_epi8(lanes, _mm_set1_epi8(0x09));
                let delete = _mm_cmpeq_epi8(lanes, _mm_set1_epi8(0x7f));
                _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, control), delete))
            };
            if stops != 0 {
                return done + stops.trailing_zeros() as usize;
            }
            done += 16;
        }
        done + value_len_scalar(octets.get(done..).unwrap_or_default())
    }

    /// The same with thirty-two octets a step.
    #[cfg(feature = "std")]
    #[target_feature(enable = "avx2")]
    pub(super) fn value_len_avx2(octets: &[u8]) -> usize {
        let mut done = 0;
        let (blocks, _) = octets.as_chunks::<32>();
        for block in blocks {
            // SAFETY: the unaligned load reads the 32 octets of `block`.
            let lanes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
            let space = _mm256_set1_epi8(0x20);
            let control =
                _mm256_xor_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(lanes, space), lanes), _mm256_set1_epi8(-1));
            let tab = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(0x09));
            let delete = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(0x7f));
            let stops = _mm256_movemask_epi8(_mm256_or_si256(_mm256_andnot_si256(tab, control), delete));
            if stops != 0 {
                return done + stops.trailing_zeros() as usize;
            }
            done += 32;
        }
        done + value_len_sse2(octets.get(done..).unwrap_or_default())
    }
}
