//! The lines of a head, whose ends are found in windows of sixty-four octets: all of a window at once, so that no
//! line waits until the one before it has been looked at.

use super::scan::{block, end, last_block, stops};
use crate::octet::class;
use crate::octet::scan::Lines;

/// Made only where the processor has AVX2.
pub(super) struct Windows<'o> {
    octets: &'o [u8],
    /// Where the window begins.
    base: usize,
    /// A bit for each octet of the window that stands behind the lines before and may not stand in a value.
    stops: u64,
}

impl<'o> Windows<'o> {
    /// # Safety
    ///
    /// The processor has AVX2.
    #[inline(always)] // into what is compiled for it, as all that is here
    pub(super) unsafe fn new(octets: &'o [u8]) -> Self {
        // SAFETY: as the caller says.
        let stops = unsafe {
            match (octets.first_chunk(), octets.last_chunk()) {
                // A short head is all in this one: it should not cost a call.
                (Some(first), Some(last)) if octets.len() < 64 => overlapping_stops(first, last, octets.len()),
                _ => window_stops(octets, octets),
            }
        };
        Self { octets, base: 0, stops }
    }

    /// The end of the line that begins at a place, which CRLF has to be.
    #[inline(always)]
    fn end(&mut self, line: usize) -> Option<usize> {
        while self.stops == 0 {
            self.base += 64;
            let left = self.octets.get(self.base..)?;
            // SAFETY: that there is one of these says that the processor has AVX2.
            let stops = unsafe { window_stops(self.octets, left) };
            // The first octet may be the LF of the line before.
            self.stops = stops & !u64::from(line > self.base);
        }
        let end = self.base + self.stops.trailing_zeros() as usize;
        // The CR, and the LF behind it.
        self.stops &= self.stops.wrapping_sub(1);
        self.stops &= self.stops.wrapping_sub(1);
        // SAFETY: the two octets are there.
        let is_right =
            end + 2 <= self.octets.len() && unsafe { *self.octets.as_ptr().add(end).cast::<[u8; 2]>() } == *b"\r\n";
        is_right.then_some(end)
    }
}

impl Lines for Windows<'_> {
    #[inline(always)]
    fn start_line(&mut self, _: usize) -> Option<usize> {
        self.end(0)
    }

    #[inline(always)]
    fn field_line(&mut self, at: usize) -> Option<(usize, usize)> {
        let end = self.end(at)?;
        if end == at {
            return Some((at, at));
        }
        // SAFETY: that there is one of these says that the processor has AVX2.
        let colon = unsafe { name_end(self.octets, at) };
        (colon > at && self.octets.get(colon) == Some(&b':')).then_some((colon, end))
    }
}

/// The octets that may not stand in a value, of the window that begins what is left of all.
///
/// # Safety
///
/// The processor has AVX2.
#[inline(always)]
unsafe fn window_stops(octets: &[u8], left: &[u8]) -> u64 {
    // SAFETY: as the caller says.
    unsafe {
        match left.first_chunk() {
            Some(window) => whole_window_stops(window),
            None => last_window_stops(octets, left),
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn whole_window_stops(window: &[u8; 64]) -> u64 {
    let [first, second] = window.as_chunks().0 else { return 0 };
    block_stops(first) | block_stops(second) << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn overlapping_stops(first: &[u8; 32], last: &[u8; 32], len: usize) -> u64 {
    block_stops(first) | block_stops(last) << (len - 32)
}

/// Those that are left may be fewer than a block, which then begins before them.
#[cold]
#[inline(never)]
#[target_feature(enable = "avx2")]
fn last_window_stops(octets: &[u8], left: &[u8]) -> u64 {
    match (left.first_chunk(), octets.last_chunk()) {
        (Some(first), Some(last)) => overlapping_stops(first, last, left.len()),
        (None, Some(last)) => block_stops(last) >> (32 - left.len()),
        _ => left.iter().rev().fold(0, |stops, &octet| stops << 1 | u64::from(!class::is(octet, class::VALUE))),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn block_stops(block: &[u8; 32]) -> u64 {
    stops::<{ class::VALUE }>(block).into()
}

/// The end of the name that begins at a place.
///
/// # Safety
///
/// The processor has AVX2.
#[inline(always)]
unsafe fn name_end(octets: &[u8], at: usize) -> usize {
    let found = match block(octets, at) {
        // SAFETY: as the caller says.
        Some(block) => unsafe { stops::<{ class::TOKEN }>(block) },
        None => match last_block(octets, at) {
            // SAFETY: as the caller says.
            Some((block, seen)) => unsafe { stops::<{ class::TOKEN }>(block) >> seen },
            None => 0,
        },
    };
    if found == 0 {
        // SAFETY: as the caller says.
        return unsafe { long_name_end(octets, at) };
    }
    at + found.trailing_zeros() as usize
}

#[cold]
#[inline(never)]
#[target_feature(enable = "avx2")]
fn long_name_end(octets: &[u8], at: usize) -> usize {
    // SAFETY: this function says so.
    unsafe { end::<{ class::TOKEN }>(octets, at) }
}
