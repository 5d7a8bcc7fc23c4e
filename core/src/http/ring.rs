//! What waits in order, without heap.

/// The most requests that can wait for their answers at a time, on either side.
pub const PIPELINE: usize = 16;

/// A power of two, so that offsets wrap by themselves, with room for an error behind all that may wait.
const PLACES: usize = (PIPELINE + 1).next_power_of_two();

/// What the messages not yet answered need remembered, in their order.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    places: [T; PLACES],
    first: u8,
    len: u8,
}

impl<T: Copy> Ring<T> {
    pub(crate) const fn new(blank: T) -> Self {
        Self { places: [blank; PLACES], first: 0, len: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        usize::from(self.len)
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place behind so many items.
    #[inline]
    const fn place(&self, items: u8) -> usize {
        self.first.wrapping_add(items) as usize % PLACES
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<T> {
        if self.is_empty() { None } else { self.places.get(self.place(0)).copied() }
    }

    pub(crate) fn first_mut(&mut self) -> Option<&mut T> {
        let at = self.place(0);
        if self.is_empty() { None } else { self.places.get_mut(at) }
    }

    pub(crate) fn last(&self) -> Option<T> {
        self.places.get(self.place(self.len.checked_sub(1)?)).copied()
    }

    /// One place more than may wait is there, for an error behind the last of them.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        let at = self.place(self.len);
        if self.len() <= PIPELINE
            && let Some(place) = self.places.get_mut(at)
        {
            *place = item;
            self.len += 1;
        }
    }

    #[inline]
    pub(crate) fn pop(&mut self) {
        if self.len > 0 {
            self.first = self.first.wrapping_add(1);
            self.len -= 1;
        }
    }
}
