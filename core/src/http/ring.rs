//! What waits in order, without heap.

/// The most requests that can wait for their answers at a time, on either side.
pub const PIPELINE: usize = 16;

/// What the messages not yet answered need remembered, in their order.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    places: [T; PIPELINE + 1],
    first: u8,
    len: u8,
}

impl<T: Copy> Ring<T> {
    pub(crate) const fn new(blank: T) -> Self {
        Self { places: [blank; PIPELINE + 1], first: 0, len: 0 }
    }

    /// An offset of less than two rounds.
    const fn wrap(at: usize) -> usize {
        if at > PIPELINE { at - PIPELINE - 1 } else { at }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn first(&self) -> Option<T> {
        if self.is_empty() { None } else { self.places.get(usize::from(self.first)).copied() }
    }

    pub(crate) fn last(&self) -> Option<T> {
        let before = self.len().checked_sub(1)?;
        self.places.get(Self::wrap(usize::from(self.first) + before)).copied()
    }

    /// One place more than may wait is there, for an error behind the last of them.
    pub(crate) fn push(&mut self, item: T) {
        let at = Self::wrap(usize::from(self.first) + self.len());
        if self.len() < self.places.len()
            && let Some(place) = self.places.get_mut(at)
        {
            *place = item;
            self.len += 1;
        }
    }

    pub(crate) fn pop(&mut self) {
        if self.len > 0 {
            self.first = Self::wrap(usize::from(self.first) + 1) as u8;
            self.len -= 1;
        }
    }
}
