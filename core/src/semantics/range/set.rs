//! Ranges of octets, and sets of them that have no octet twice.

use core::fmt;

use super::content::ContentRange;

/// A range of octets of a representation. It has at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::len_without_is_empty)] // it never is
pub struct ByteRange {
    first: u64,
    last: u64,
}

impl ByteRange {
    /// From the first position to the last, both within; `None` if the last is before the first or
    /// `u64::MAX`, which no representation reaches.
    #[must_use]
    pub const fn new(first: u64, last: u64) -> Option<Self> {
        if first <= last && last < u64::MAX { Some(Self { first, last }) } else { None }
    }

    /// The position of the first octet; positions begin with 0.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The position of the last octet.
    #[must_use]
    pub const fn last(self) -> u64 {
        self.last
    }

    /// How many octets it has.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.last - self.first + 1
    }

    /// The Content-Range that goes with it, if the representation has this length in octets.
    #[must_use]
    pub const fn content_range(self, complete_length: u64) -> ContentRange {
        ContentRange::Range(self, Some(complete_length))
    }

    /// Whether they have an octet in common, or none between them.
    const fn touches(self, other: Self) -> bool {
        // Neither end is u64::MAX.
        self.first <= other.last + 1 && other.first <= self.last + 1
    }
}

/// How many ranges one answer may have.
pub const MAX_RANGES: usize = 16;

/// Ranges in the order in which they were asked for. No two overlap or touch.
#[derive(Clone, Copy)]
pub struct ByteRangeSet {
    ranges: [ByteRange; MAX_RANGES],
    count: usize,
    complete_length: u64,
}

impl ByteRangeSet {
    pub(super) const fn new(complete_length: u64) -> Self {
        Self { ranges: [ByteRange { first: 0, last: 0 }; MAX_RANGES], count: 0, complete_length }
    }

    /// The ranges.
    #[must_use]
    pub fn ranges(&self) -> &[ByteRange] {
        self.ranges.get(..self.count).unwrap_or_default()
    }

    /// The length of the whole representation, in octets.
    #[must_use]
    pub const fn complete_length(&self) -> u64 {
        self.complete_length
    }

    /// Adds a range. All that it touches become one, in the place of the first of them (section
    /// 15.3.7.2). Tells whether there was room.
    pub(super) fn insert(&mut self, mut range: ByteRange) -> bool {
        // What the range touches as it is touches it still when it has grown, and no other range
        // can be reached by growing over one that did not touch it before.
        let (mut place, mut kept) = (None, 0);
        for at in 0..self.count {
            let Some(&other) = self.ranges.get(at) else { break };
            if range.touches(other) {
                range = ByteRange { first: range.first.min(other.first), last: range.last.max(other.last) };
                if place.is_some() {
                    continue;
                }
                place = Some(kept);
            }
            if let Some(slot) = self.ranges.get_mut(kept) {
                *slot = other;
            }
            kept += 1;
        }
        self.count = kept;
        let place = place.unwrap_or(kept);
        let Some(slot) = self.ranges.get_mut(place) else { return false };
        *slot = range;
        self.count = kept.max(place + 1);
        true
    }
}

impl PartialEq for ByteRangeSet {
    fn eq(&self, other: &Self) -> bool {
        (self.ranges(), self.complete_length) == (other.ranges(), other.complete_length)
    }
}

impl Eq for ByteRangeSet {}

impl fmt::Debug for ByteRangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", self.ranges(), self.complete_length)
    }
}
