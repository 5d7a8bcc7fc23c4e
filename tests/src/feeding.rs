//! The ways in which the same input can arrive.

use core::fmt;

/// How an input is cut into reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feeding {
    /// All at once.
    Whole,
    /// One octet at a time.
    Octets,
    /// In two reads, the second of which begins here.
    Cut(usize),
}

/// Inputs above this are not cut at every place.
const LONG: usize = 2000;
/// How many places at either end of a long input are still cut.
const EDGE: usize = 200;
/// How many places between the ends are.
const SAMPLES: usize = 101;

impl Feeding {
    /// All ways to feed an input of `len` octets that are worth the time.
    pub fn all(len: usize) -> impl Iterator<Item = Self> {
        let stride = len / SAMPLES;
        let cuts =
            (1..len).filter(move |at| len <= LONG || *at < EDGE || len - *at < EDGE || at.is_multiple_of(stride));
        [Self::Whole, Self::Octets].into_iter().chain(cuts.map(Self::Cut))
    }

    /// How many octets of `len` have arrived after each read.
    pub fn arrivals(self, len: usize) -> impl Iterator<Item = usize> {
        let (first, step) = match self {
            Self::Whole => (len, 1),
            Self::Octets => (1.min(len), 1),
            Self::Cut(at) => (at, len - at),
        };
        (first..=len).step_by(step.max(1))
    }
}

impl fmt::Display for Feeding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Octets => f.write_str("octet by octet"),
            Self::Cut(at) => write!(f, "cut at {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feeding_ends_with_everything() {
        for len in [0, 1, 2, 7, LONG, LONG + 1, 100_000] {
            for feeding in Feeding::all(len) {
                assert_eq!(feeding.arrivals(len).last(), Some(len), "{feeding}");
            }
        }
        assert_eq!(Feeding::Octets.arrivals(3).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(Feeding::Cut(1).arrivals(3).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(Feeding::all(3).count(), 4);
    }
}
