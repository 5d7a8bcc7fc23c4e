//! Scans of thirty-two octets a step.

use core::arch::x86_64::*;

use super::lines::Windows;
use crate::octet::class;
use crate::octet::scan::{Lines, Scalar, Scan, Task};

/// Does the work with vectors if the processor has them.
#[inline]
pub(crate) fn perform<T: Task>(task: T) -> T::Output {
    if super::has_avx2() {
        // SAFETY: the processor has AVX2.
        unsafe { with_avx2(task) }
    } else {
        without(task)
    }
}

/// Not inlined, so that the other way stays short.
#[inline(never)]
fn without<T: Task>(task: T) -> T::Output {
    task.run(Scalar)
}

#[target_feature(enable = "avx2")]
fn with_avx2<T: Task>(task: T) -> T::Output {
    task.run(Avx2(()))
}

/// Made only where the processor has AVX2.
#[derive(Clone, Copy, Debug)]
struct Avx2(());

impl Scan for Avx2 {
    #[inline(always)]
    fn token_end(self, octets: &[u8], at: usize) -> usize {
        // SAFETY: that there is one of these says that the processor has AVX2.
        unsafe { end::<{ class::TOKEN }>(octets, at) }
    }

    #[inline(always)]
    fn target_end(self, octets: &[u8], at: usize) -> usize {
        // SAFETY: as above.
        unsafe { end::<{ class::TARGET }>(octets, at) }
    }

    #[inline(always)]
    fn host_end(self, octets: &[u8], at: usize) -> usize {
        // SAFETY: as above.
        unsafe { end::<{ class::HOST }>(octets, at) }
    }

    #[inline(always)]
    fn value_end(self, octets: &[u8], at: usize) -> usize {
        // SAFETY: as above.
        unsafe { end::<{ class::VALUE }>(octets, at) }
    }

    #[inline(always)]
    fn lines(self, octets: &[u8]) -> impl Lines {
        // SAFETY: as above.
        unsafe { Windows::new(octets) }
    }
}

/// # Safety
///
/// The processor has AVX2.
#[inline(always)] // into what is compiled for it
pub(super) unsafe fn end<const CLASS: u8>(octets: &[u8], mut at: usize) -> usize {
    while let Some(block) = block(octets, at) {
        // SAFETY: as the caller says.
        let stops = unsafe { stops::<CLASS>(block) };
        if stops != 0 {
            return at + stops.trailing_zeros() as usize;
        }
        at += 32;
    }
    match last_block(octets, at) {
        Some((block, seen)) => {
            // SAFETY: as the caller says.
            let stops = unsafe { stops::<CLASS>(block) } >> seen;
            if stops == 0 { octets.len() } else { at + stops.trailing_zeros() as usize }
        }
        None if octets.len() < 32 => short_end::<CLASS>(octets, at),
        None => at,
    }
}

/// Thirty-two octets from a place on, if there are so many.
#[inline(always)]
pub(super) fn block(octets: &[u8], at: usize) -> Option<&[u8; 32]> {
    let last = octets.len().checked_sub(32)?;
    // SAFETY: there are 32 octets from the last such place on, and so from one before it. `get` and `first_chunk`
    // would ask twice, at each step.
    (at <= last).then(|| unsafe { &*octets.as_ptr().add(at).cast() })
}

/// The last thirty-two octets, if there are so many, and how many of them stand before a place from which on there
/// are fewer.
#[inline(always)]
pub(super) fn last_block(octets: &[u8], at: usize) -> Option<(&[u8; 32], u32)> {
    let last = octets.len().checked_sub(32)?;
    if at >= octets.len() { None } else { Some((block(octets, last)?, at.wrapping_sub(last) as u32)) }
}

/// What is too short for a block.
#[cold]
#[inline(never)]
fn short_end<const CLASS: u8>(octets: &[u8], at: usize) -> usize {
    match CLASS {
        class::TOKEN => Scalar.token_end(octets, at),
        class::TARGET => Scalar.target_end(octets, at),
        class::HOST => Scalar.host_end(octets, at),
        _ => Scalar.value_end(octets, at),
    }
}

/// A bit for each octet that is not of the class.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn stops<const CLASS: u8>(block: &[u8; 32]) -> u32 {
    let lanes = load(block);
    if CLASS == class::VALUE { value_stops(lanes) } else { class_stops::<CLASS>(lanes) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(block: &[u8; 32]) -> __m256i {
    // SAFETY: the unaligned load reads the 32 octets of `block`.
    unsafe { _mm256_loadu_si256(block.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn value_stops(lanes: __m256i) -> u32 {
    let control = _mm256_cmpeq_epi8(_mm256_min_epu8(lanes, _mm256_set1_epi8(0x1f)), lanes);
    let tab = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(0x09));
    let delete = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(0x7f));
    _mm256_movemask_epi8(_mm256_or_si256(_mm256_andnot_si256(tab, control), delete)).cast_unsigned()
}

/// For classes of ASCII.
#[inline]
#[target_feature(enable = "avx2")]
fn class_stops<const CLASS: u8>(lanes: __m256i) -> u32 {
    // The low half of an octet chooses a column of the ASCII table, the high half a row. A shuffle
    // gives zero for an octet with the high bit, so none outside ASCII is of the class.
    let columns = _mm256_broadcastsi128_si256(vector(const { &columns(CLASS) }));
    let rows = _mm256_broadcastsi128_si256(vector(&ROWS));
    let high = _mm256_and_si256(_mm256_srli_epi16(lanes, 4), _mm256_set1_epi8(0x0f));
    let inside = _mm256_and_si256(_mm256_shuffle_epi8(columns, lanes), _mm256_shuffle_epi8(rows, high));
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(inside, _mm256_setzero_si256())).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2")]
fn vector(octets: &[u8; 16]) -> __m128i {
    // SAFETY: the unaligned load reads the 16 octets.
    unsafe { _mm_loadu_si128(octets.as_ptr().cast()) }
}

/// A bit for each row of the ASCII table.
const ROWS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// For each column of the ASCII table the rows whose octet there is of the class.
#[allow(clippy::indexing_slicing)] // at compile time
const fn columns(class: u8) -> [u8; 16] {
    let mut columns = [0; 16];
    let mut octet = 0;
    while octet < 128 {
        if class::is(octet, class) {
            columns[octet as usize % 16] |= 1 << (octet / 16);
        }
        octet += 1;
    }
    columns
}
