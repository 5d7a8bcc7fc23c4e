//! Scans of thirty-two octets a step.

use core::arch::x86_64::*;

use crate::octet::class;
use crate::octet::scan::{Scalar, Scan, Task};

/// Does the work with vectors if the processor has them.
#[inline]
pub(crate) fn perform<T: Task>(task: T) -> T::Output {
    #[cfg(feature = "std")]
    let is_there = std::is_x86_feature_detected!("avx2");
    #[cfg(not(feature = "std"))]
    let is_there = cfg!(target_feature = "avx2");
    if is_there {
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

    /// Most lines are short: name and value come from one block.
    #[inline(always)]
    fn line_ends(self, octets: &[u8], at: usize) -> (usize, usize) {
        let Some(block) = block(octets, at) else {
            // SAFETY: as above.
            return unsafe { line_ends_in_last(octets, at) };
        };
        // SAFETY: as above.
        let (names, values) = unsafe { line_stops(block, 0) };
        if names == 0 {
            let name_end = self.token_end(octets, at + 32);
            return (name_end, self.value_end(octets, name_end + 1));
        }
        let name_end = at + names.trailing_zeros() as usize;
        if values == 0 {
            return (name_end, self.value_end(octets, at + 32));
        }
        (name_end, at + values.trailing_zeros() as usize)
    }
}

/// # Safety
///
/// The processor has AVX2.
#[inline(always)] // into what is compiled for it
unsafe fn end<const CLASS: u8>(octets: &[u8], mut at: usize) -> usize {
    while let Some(block) = block(octets, at) {
        // SAFETY: as the caller says.
        let stops = unsafe { stops::<CLASS>(block) };
        if stops != 0 {
            return at + stops.trailing_zeros() as usize;
        }
        at += 32;
    }
    // SAFETY: as the caller says.
    unsafe { end_in_last::<CLASS>(octets, at) }
}

#[inline(never)]
#[target_feature(enable = "avx2")]
fn end_in_last<const CLASS: u8>(octets: &[u8], at: usize) -> usize {
    let Some((block, seen)) = last_block(octets, at) else { return rest_end::<CLASS>(octets, at) };
    let stops = stops::<CLASS>(block) >> seen;
    if stops == 0 { octets.len() } else { at + stops.trailing_zeros() as usize }
}

#[inline(never)]
#[target_feature(enable = "avx2")]
fn line_ends_in_last(octets: &[u8], at: usize) -> (usize, usize) {
    let Some((block, seen)) = last_block(octets, at) else {
        let name_end = rest_end::<{ class::TOKEN }>(octets, at);
        return (name_end, rest_end::<{ class::VALUE }>(octets, name_end + 1));
    };
    let (names, values) = line_stops(block, seen);
    let end = |stops: u32| if stops == 0 { octets.len() } else { at + stops.trailing_zeros() as usize };
    // Behind a name that has no end here there is no value.
    (end(names), if names == 0 { octets.len() + 1 } else { end(values) })
}

/// The stops of a name and of the value behind it, without those before the `seen` first octets.
#[inline]
#[target_feature(enable = "avx2")]
fn line_stops(block: &[u8; 32], seen: u32) -> (u32, u32) {
    let names = stops::<{ class::TOKEN }>(block) >> seen;
    let values = stops::<{ class::VALUE }>(block) >> seen;
    // The lowest bit of the name's and all below it go.
    (names, values & !(names ^ names.wrapping_sub(1)))
}

/// Thirty-two octets from a place on.
#[inline(always)]
fn block(octets: &[u8], at: usize) -> Option<&[u8; 32]> {
    if at.checked_add(32)? > octets.len() {
        return None;
    }
    // SAFETY: there are 32 octets from `at` on. `get` and `first_chunk` would ask twice, at each step.
    Some(unsafe { &*octets.as_ptr().add(at).cast() })
}

/// Near the end the last thirty-two, so that nothing is read behind it, and how many of them are
/// before the place. `None` if there are fewer, or none from the place on.
#[inline(always)]
fn last_block(octets: &[u8], at: usize) -> Option<(&[u8; 32], u32)> {
    let left = octets.len().checked_sub(at).filter(|&left| left > 0)?;
    Some((octets.last_chunk()?, 32 - left as u32))
}

/// What is too short for a block.
#[cold]
fn rest_end<const CLASS: u8>(octets: &[u8], at: usize) -> usize {
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
fn stops<const CLASS: u8>(block: &[u8; 32]) -> u32 {
    // SAFETY: the unaligned load reads the 32 octets of `block`.
    let lanes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
    let outside = if CLASS == class::VALUE {
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(lanes, _mm256_set1_epi8(0x1f)), lanes);
        let tab = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(0x09));
        let delete = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(0x7f));
        _mm256_or_si256(_mm256_andnot_si256(tab, control), delete)
    } else {
        // The low half of an octet chooses a column of the ASCII table, the high half a row. A shuffle
        // gives zero for an octet with the high bit, so none outside ASCII is of the class.
        let columns = _mm256_broadcastsi128_si256(vector(const { &columns(CLASS) }));
        let rows = _mm256_broadcastsi128_si256(vector(&ROWS));
        let high = _mm256_and_si256(_mm256_srli_epi16(lanes, 4), _mm256_set1_epi8(0x0f));
        let inside = _mm256_and_si256(_mm256_shuffle_epi8(columns, lanes), _mm256_shuffle_epi8(rows, high));
        _mm256_cmpeq_epi8(inside, _mm256_setzero_si256())
    };
    _mm256_movemask_epi8(outside).cast_unsigned()
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
