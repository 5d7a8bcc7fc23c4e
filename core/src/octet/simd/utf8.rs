//! UTF-8, thirty-two octets a step, after Keiser and Lemire, "Validating UTF-8 in less than one instruction
//! per byte" (2021).
//!
//! Two octets in a row show all that can be wrong with a text, but for the third and fourth octets of a character.
//! They can be wrong in seven ways, and each is a product of three sets: of the first octet's upper half, of its
//! lower half, and of the second's upper half. So each half has a table of where it takes part, a bit for each way,
//! and what is in all three is wrong. The eighth bit is two tails in a row, which has to be just where a lead of three
//! or four octets stands before them.

use core::arch::x86_64::*;

use crate::octet::utf8::{BEFORE, State, check_scalar, state_after, step};

/// Octets in a vector.
const LANES: usize = 32;
/// A vector and what is before it.
const WINDOW: usize = BEFORE + LANES;
/// Octets that are passed over at once if they are ASCII.
const BLOCK: usize = 2 * LANES;
/// The same where nothing else came before.
const STRIDE: usize = 4 * LANES;

#[inline]
pub(crate) fn check_utf8(state: State, octets: &[u8]) -> State {
    if octets.len() < WINDOW || !super::has_avx2() {
        return check_scalar(state, octets);
    }
    // SAFETY: the processor has AVX2, as just asked.
    unsafe { check_avx2(state, octets) }
}

#[target_feature(enable = "avx2")]
fn check_avx2(state: State, octets: &[u8]) -> State {
    let (strides, _) = octets.as_chunks();
    let is_ascii = |stride: &&[u8; STRIDE]| is_ascii(stride);
    let ascii = if state == State::BETWEEN { strides.iter().take_while(is_ascii).count() * STRIDE } else { 0 };
    let octets = octets.get(ascii..).unwrap_or_default();
    if octets.len() < WINDOW { check_scalar(state, octets) } else { check_mixed(state, octets) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn is_ascii(stride: &[u8; STRIDE]) -> bool {
    let first = _mm256_or_si256(lanes::<0, _>(stride), lanes::<LANES, _>(stride));
    let second = _mm256_or_si256(lanes::<{ 2 * LANES }, _>(stride), lanes::<{ 3 * LANES }, _>(stride));
    _mm256_testz_si256(_mm256_or_si256(first, second), each(0x80)) == 1
}

#[inline]
#[target_feature(enable = "avx2")]
fn check_mixed(state: State, octets: &[u8]) -> State {
    // The first have not got three before them.
    let Some((first, _)) = octets.split_first_chunk::<BEFORE>() else { return step(state, octets) };
    if step(state, first) == State::INVALID {
        return State::INVALID;
    }
    let mut wrong = _mm256_setzero_si256();
    let (mut at, blocks) = (0, (octets.len() - BEFORE) / BLOCK * BLOCK);
    while at < blocks {
        // SAFETY: another block begins at `at`, so that with the three before it there are 3 + 64 octets from
        // there on. Slices would ask again, at each step.
        let block: &[u8; BEFORE + BLOCK] = unsafe { &*octets.as_ptr().add(at).cast() };
        if let (Some(one), Some(other)) = (block.first_chunk(), block.last_chunk())
            && !are_ascii(one, other)
        {
            wrong = _mm256_or_si256(wrong, _mm256_or_si256(mistakes(one), mistakes(other)));
        }
        at += BLOCK;
    }
    if let Some(window) = octets.get(at..).and_then(<[u8]>::first_chunk) {
        wrong = _mm256_or_si256(wrong, mistakes(window));
    }
    // The last begins earlier, to be whole: what was found valid is so again.
    if let Some(window) = octets.last_chunk() {
        wrong = _mm256_or_si256(wrong, mistakes(window));
    }
    if _mm256_testz_si256(wrong, wrong) == 0 { State::INVALID } else { state_after(octets) }
}

/// Whether all is ASCII in two windows that overlap in what is before the other one.
#[inline]
#[target_feature(enable = "avx2")]
fn are_ascii(one: &[u8; WINDOW], other: &[u8; WINDOW]) -> bool {
    let all = _mm256_or_si256(_mm256_or_si256(lanes::<3, _>(one), lanes::<3, _>(other)), lanes::<0, _>(one));
    _mm256_testz_si256(all, each(0x80)) == 1
}

/// Zero for each octet that is right behind the three before it.
#[inline]
#[target_feature(enable = "avx2")]
fn mistakes(window: &[u8; WINDOW]) -> __m256i {
    let (third, second, first, octets) =
        (lanes::<0, _>(window), lanes::<1, _>(window), lanes::<2, _>(window), lanes::<3, _>(window));
    let half = each(0x0f);
    let upper = |octets| _mm256_and_si256(_mm256_srli_epi16(octets, 4), half);
    let ways = _mm256_and_si256(
        _mm256_and_si256(look_up(&FIRST_UPPER, upper(first)), look_up(&FIRST_LOWER, _mm256_and_si256(first, half))),
        look_up(&SECOND_UPPER, upper(octets)),
    );
    // A lead of three octets before the last one, or of four before that: E0 or F0 at least. The highest bit stays.
    let highest = _mm256_max_epu8(second, _mm256_subs_epu8(third, each(0xf0 - 0xe0)));
    let wants_tail = _mm256_and_si256(_mm256_subs_epu8(highest, each(0xe0 - 0x80)), each(0x80));
    _mm256_xor_si256(ways, wants_tail)
}

#[inline]
#[target_feature(enable = "avx2")]
fn each(octet: u8) -> __m256i {
    _mm256_set1_epi8(octet.cast_signed())
}

/// Thirty-two octets from a place on.
#[inline]
#[target_feature(enable = "avx2")]
fn lanes<const FROM: usize, const LEN: usize>(octets: &[u8; LEN]) -> __m256i {
    const { assert!(FROM + LANES <= LEN) };
    // SAFETY: there are 32 octets from `FROM` on, as just asserted; the load need not be aligned.
    unsafe { _mm256_loadu_si256(octets.as_ptr().add(FROM).cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn look_up(table: &[u8; 16], halves: __m256i) -> __m256i {
    // SAFETY: the unaligned load reads the 16 octets of the table.
    let table = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), halves)
}

/// Halves, a bit for each.
type Halves = u16;

const ALL: Halves = 0xffff;
const ASCII: Halves = between(0x0, 0x7);
const TAIL: Halves = between(0x8, 0xb);
const LEAD: Halves = between(0xc, 0xf);

const fn between(least: u32, most: u32) -> Halves {
    ((1 << (most + 1)) - (1 << least)) as Halves
}

/// What two octets may be, by the upper and the lower half of the first and the upper half of the second; the
/// last is no mistake by itself.
const WAYS: [(Halves, Halves, Halves); 8] = [
    // A lead without a tail, and a tail without a lead.
    (LEAD, ALL, ASCII | LEAD),
    (ASCII, ALL, TAIL),
    // What would have fitted into one octet, into two, or into three; that bit has room for F5 to FF, too.
    (1 << 0xc, between(0x0, 0x1), TAIL),
    (1 << 0xe, 1 << 0x0, between(0x8, 0x9)),
    (1 << 0xf, 1 << 0x0 | between(0x5, 0xf), 1 << 0x8),
    // Surrogates.
    (1 << 0xe, 1 << 0xd, between(0xa, 0xb)),
    // Above 10FFFF.
    (1 << 0xf, between(0x4, 0xf), between(0x9, 0xb)),
    (TAIL, ALL, TAIL),
];

static FIRST_UPPER: [u8; 16] = table(0);
static FIRST_LOWER: [u8; 16] = table(1);
static SECOND_UPPER: [u8; 16] = table(2);

/// For each half the ways it takes part in, at one of the three places.
#[allow(clippy::indexing_slicing)] // at compile time
const fn table(place: usize) -> [u8; 16] {
    let mut table = [0; 16];
    let mut way = 0;
    while way < WAYS.len() {
        let (first_upper, first_lower, second_upper) = WAYS[way];
        let halves = [first_upper, first_lower, second_upper][place];
        let mut half = 0;
        while half < table.len() {
            table[half] |= ((halves >> half & 1) as u8) << way;
            half += 1;
        }
        way += 1;
    }
    table
}
