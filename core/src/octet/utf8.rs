//! UTF-8 (RFC 3629 section 4) that may be cut anywhere:
//!
//! ```text
//! UTF8-2 = %xC2-DF UTF8-tail
//! UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) / %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
//! UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) / %xF4 %x80-8F 2( UTF8-tail )
//! ```
//!
//! Short text goes through an automaton. In longer text each octet is compared with the three before it, many
//! at a time: those four tell all that can be wrong with it.
//! Where the processor has the vectors for it, `simd/utf8` does the same with fewer comparisons.

/// What may come next. A state is where its successor lies in a row of [`ROWS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State(u8);

impl State {
    /// Nothing that could follow makes it valid.
    pub(crate) const INVALID: Self = Self(0);
    /// Between two characters.
    pub(crate) const BETWEEN: Self = Self(6);
    const ONE_LEFT: Self = Self(12);
    const TWO_LEFT: Self = Self(18);
    const THREE_LEFT: Self = Self(24);
    const AFTER_E0: Self = Self(30);
    const AFTER_ED: Self = Self(36);
    const AFTER_F0: Self = Self(42);
    const AFTER_F4: Self = Self(48);

    const ALL: [Self; 9] = [
        Self::INVALID,
        Self::BETWEEN,
        Self::ONE_LEFT,
        Self::TWO_LEFT,
        Self::THREE_LEFT,
        Self::AFTER_E0,
        Self::AFTER_ED,
        Self::AFTER_F0,
        Self::AFTER_F4,
    ];

    const fn next(self, octet: u8) -> Self {
        match (self, octet) {
            (Self::BETWEEN, 0..=0x7f) => Self::BETWEEN,
            (Self::BETWEEN, 0xc2..=0xdf) => Self::ONE_LEFT,
            (Self::BETWEEN, 0xe0) => Self::AFTER_E0,
            (Self::BETWEEN, 0xed) => Self::AFTER_ED,
            (Self::BETWEEN, 0xe1..=0xef) => Self::TWO_LEFT,
            (Self::BETWEEN, 0xf0) => Self::AFTER_F0,
            (Self::BETWEEN, 0xf1..=0xf3) => Self::THREE_LEFT,
            (Self::BETWEEN, 0xf4) => Self::AFTER_F4,
            (Self::ONE_LEFT, 0x80..=0xbf) => Self::BETWEEN,
            (Self::TWO_LEFT, 0x80..=0xbf) | (Self::AFTER_E0, 0xa0..=0xbf) | (Self::AFTER_ED, 0x80..=0x9f) => {
                Self::ONE_LEFT
            }
            (Self::THREE_LEFT, 0x80..=0xbf) | (Self::AFTER_F0, 0x90..=0xbf) | (Self::AFTER_F4, 0x80..=0x8f) => {
                Self::TWO_LEFT
            }
            _ => Self::INVALID,
        }
    }
}

/// For each octet the successors of all states, six bits each: a step is a load and a shift.
#[allow(clippy::indexing_slicing)] // at compile time
static ROWS: [u64; 256] = {
    let mut rows = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut at = 0;
        while at < State::ALL.len() {
            let state = State::ALL[at];
            rows[octet] |= (state.next(octet as u8).0 as u64) << state.0;
            at += 1;
        }
        octet += 1;
    }
    rows
};

/// Octets that are compared at once.
const BLOCK: usize = 64;
/// An octet depends on so many before it.
pub(crate) const BEFORE: usize = 3;
const WINDOW: usize = BEFORE + BLOCK;

/// The state after `octets`.
#[inline]
pub(crate) fn check(state: State, octets: &[u8]) -> State {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    return super::simd::check_utf8(state, octets);
    #[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
    check_scalar(state, octets)
}

/// The scalar twin of the vector code.
#[inline]
pub(crate) fn check_scalar(state: State, octets: &[u8]) -> State {
    if octets.len() < WINDOW { check_short(state, octets) } else { check_long(state, octets) }
}

fn check_short(state: State, octets: &[u8]) -> State {
    let (words, _) = octets.as_chunks::<8>();
    let is_ascii = |word: &&[u8; 8]| u64::from_ne_bytes(**word) & 0x8080_8080_8080_8080 == 0;
    let ascii = if state == State::BETWEEN { 8 * words.iter().take_while(is_ascii).count() } else { 0 };
    step(state, octets.get(ascii..).unwrap_or_default())
}

/// Octet by octet, through the automaton.
#[allow(clippy::indexing_slicing)] // an octet cannot leave a table of 256
pub(crate) fn step(state: State, octets: &[u8]) -> State {
    let state = octets.iter().fold(u64::from(state.0), |state, &octet| ROWS[usize::from(octet)] >> (state & 63));
    State((state & 63) as u8)
}

/// Block by block; the compiler may make vectors of them.
fn check_long(state: State, octets: &[u8]) -> State {
    // The first have not got three before them.
    let Some((first, _)) = octets.split_first_chunk::<BEFORE>() else { return step(state, octets) };
    if step(state, first) == State::INVALID {
        return State::INVALID;
    }
    let mut at = 0;
    while at + BEFORE < octets.len() {
        // The last block begins earlier, to be whole: what was found valid is so again.
        at = at.min(octets.len().saturating_sub(WINDOW));
        let Some(window) = octets.get(at..).and_then(<[u8]>::first_chunk::<WINDOW>) else { return step(state, octets) };
        if !window.is_ascii() && !is_valid(window) {
            return State::INVALID;
        }
        at += BLOCK;
    }
    state_after(octets)
}

/// The state after valid text of three octets or more: what is begun at its end is all that the next need to know.
#[inline]
pub(crate) fn state_after(octets: &[u8]) -> State {
    let Some(last @ &[third, second, first]) = octets.last_chunk::<BEFORE>() else { return State::BETWEEN };
    if first < 0xc0 && second < 0xe0 && third < 0xf0 {
        return State::BETWEEN;
    }
    let lead = last.iter().rposition(|octet| octet & 0xc0 != 0x80);
    lead.map_or(State::BETWEEN, |lead| step(State::BETWEEN, last.get(lead..).unwrap_or_default()))
}

/// Whether each octet of a block fits the three before it, of which `first` is the nearest.
///
/// The answers are the highest bits of octets: `octet.saturating_sub(least - 0x80)` has it if the octet is at
/// least that.
#[inline(always)]
fn is_valid(window: &[u8; WINDOW]) -> bool {
    let part = |from: usize| window.get(from..).and_then(<[u8]>::first_chunk::<BLOCK>);
    let (Some(third), Some(second), Some(first), Some(block)) = (part(0), part(1), part(2), part(3)) else {
        return false;
    };
    let mut wrong = 0;
    for (((third, second), first), octet) in third.iter().zip(second).zip(first).zip(block) {
        let least = |octet: &u8, least: u8| octet.saturating_sub(least - 0x80);
        let when = |is: bool| if is { 0xff } else { 0 };
        let is_tail = octet & !octet.wrapping_add(*octet);
        let wants_tail = least(first, 0xc0) | least(second, 0xe0) | least(third, 0xf0);
        let never = when(octet & 0xfe == 0xc0) | least(octet, 0xf5);
        let (least_a0, least_90) = (least(octet, 0xa0), least(octet, 0x90));
        let overlong = (when(*first == 0xe0) & !least_a0) | (when(*first == 0xf0) & !least_90);
        let too_high = (when(*first == 0xed) & least_a0) | (when(*first == 0xf4) & least_90);
        wrong |= (is_tail ^ wants_tail) | never | overlong | too_high;
    }
    wrong < 0x80
}

#[cfg(test)]
mod tests {
    use core::str::from_utf8;

    use super::*;

    /// What the standard library thinks of it.
    fn naive(octets: &[u8]) -> State {
        match from_utf8(octets) {
            Ok(_) => State::BETWEEN,
            Err(error) if error.error_len().is_some() => State::INVALID,
            Err(error) => step(State::BETWEEN, &octets[error.valid_up_to()..]),
        }
    }

    fn assert_agrees(text: &[u8]) {
        let expected = naive(text);
        assert_eq!(step(State::BETWEEN, text), expected, "{}", text.escape_ascii());
        assert_eq!(check(State::BETWEEN, text), expected, "{}", text.escape_ascii());
        assert_eq!(check_scalar(State::BETWEEN, text), expected, "{}", text.escape_ascii());
    }

    #[test]
    fn four_octets_anywhere_are_judged_as_by_the_standard_library() {
        // One of each kind that the grammar knows, and its neighbours.
        let kinds = [
            b'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
            0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
        ];
        let mut places = [0, 1, 2, 3, 30, 61, 62, 63, 64, 65, 66, 67, 68, 96].into_iter().cycle();
        for first in kinds {
            for second in kinds {
                for third in kinds {
                    for fourth in kinds {
                        let mut text = [b'x'; 100];
                        let place = places.next().unwrap();
                        text[place..place + 4].copy_from_slice(&[first, second, third, fourth]);
                        assert_agrees(&text);
                        assert_agrees(&text[..place + 4]);
                    }
                }
            }
        }
    }

    #[test]
    fn two_octets_amid_ascii_are_judged_as_by_the_standard_library() {
        let mut places = [0, 1, 63, 126, 127, 128, 129, 130, 131, 158, 162, 190, 197, 198].into_iter().cycle();
        for pair in 0..=u16::MAX {
            let mut text = [b'x'; 200];
            let place = places.next().unwrap();
            text[place..place + 2].copy_from_slice(&pair.to_be_bytes());
            assert_agrees(&text);
            assert_agrees(&text[..place + 2]);
        }
    }

    #[test]
    fn a_cut_anywhere_changes_nothing() {
        let text =
            "Strandläufer, кулики, 海辺を走る小鳥 🐦, قطقاط الرمل, το πουλί, 삼가도요 \u{10ffff}\u{d7ff}\u{e000}"
                .repeat(2);
        let text = text.as_bytes();
        assert!(text.len() > 2 * (WINDOW));
        for cut in 0..=text.len() {
            let (first, second) = text.split_at(cut);
            assert_eq!(check(State::BETWEEN, first), naive(first));
            assert_eq!(check(check(State::BETWEEN, first), second), State::BETWEEN, "{cut}");
            let mut broken = text.to_vec();
            for octet in [b'a', 0x80, 0xc3, 0xff] {
                broken[cut.min(text.len() - 1)] = octet;
                assert_agrees(&broken);
                let middle = text.len() / 2;
                let state = check(check(State::BETWEEN, &broken[..middle]), &broken[middle..]);
                assert_eq!(state, naive(&broken), "{octet} at {cut}");
            }
        }
    }
}
