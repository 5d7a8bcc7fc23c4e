//! Who is there: a place for each connection of a server, where others find what wakes it.

use alloc::vec::Vec;
use core::cell::Cell;
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{RawWakerVTable, Waker};

use super::shutdown::{Phase, Shutdown};
use super::sweep::{NEVER, Sweeps, second};
use crate::Tick;

/// The members of a shutdown, and who waits for a change among them.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) places: Vec<Place>,
    /// The places that nobody has.
    free: Vec<u32>,
    /// Who waits for the next phase.
    pub(super) phase_watchers: Vec<Waker>,
    /// Members whose connection has another one.
    companions: usize,
    /// Who waits until there are fewer.
    pub(super) count_watchers: Vec<Waker>,
    pub(super) sweeps: Sweeps,
}

/// A member's place.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) waker: Option<Waker>,
    /// The second in which it has to have been woken, or [`NEVER`].
    pub(super) deadline: u32,
    /// The connection has another member, which counts for it.
    is_companion: bool,
}

impl Place {
    const EMPTY: Self = Self { waker: None, deadline: NEVER, is_companion: false };
}

impl Members {
    pub(super) fn count(&self) -> usize {
        self.places.len() - self.free.len() - self.companions
    }

    fn join(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::EMPTY);
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Takes what lies at a place, and leaves the place to others.
    fn leave(&mut self, number: u32) -> Option<Place> {
        let left = self.place(number).map(|place| mem::replace(place, Place::EMPTY));
        self.free.push(number);
        self.companions -= usize::from(left.as_ref().is_some_and(|place| place.is_companion));
        left
    }

    pub(super) fn place(&mut self, number: u32) -> Option<&mut Place> {
        self.places.get_mut(usize::try_from(number).ok()?)
    }

    /// Whoever has this place counts no longer.
    fn accompany(&mut self, number: u32) {
        let is_new = self.place(number).is_some_and(|place| !mem::replace(&mut place.is_companion, true));
        self.companions += usize::from(is_new);
    }
}

/// A place among the members, which is left when this is dropped.
#[derive(Debug)]
pub(super) struct Spot {
    shutdown: Shutdown,
    number: u32,
    /// The second that was noted last. It stands at the place until a sweep has passed it.
    noted: AtomicU32,
}

impl Spot {
    fn join(shutdown: &Shutdown) -> Self {
        let number = shutdown.lock().join();
        Self { shutdown: shutdown.clone(), number, noted: AtomicU32::new(NEVER) }
    }

    /// How far the shutdown is.
    pub(super) fn phase(&self) -> Phase {
        self.shutdown.phase()
    }

    /// From now on this is woken when another phase comes, and some time before a deadline that was noted. What was
    /// woken before is given back, to be dropped where nothing is locked: a task may go with it.
    pub(super) fn watch(&self, waker: Waker) -> Option<Waker> {
        // A blocking thread waits with the waker that wakes nobody.
        if waker.will_wake(Waker::noop()) {
            return Some(waker);
        }
        self.shutdown.lock().place(self.number).and_then(|place| place.waker.replace(waker))
    }

    /// Whether the one who is woken here need not wait for this deadline by itself: it is far, and it will be woken
    /// in time to look at it again. Adds those who have to be woken for that, where nothing is locked.
    #[inline]
    pub(super) fn note(&self, deadline: Tick, sweepers: &Cell<Vec<Waker>>) -> bool {
        let far = self.shutdown.far();
        // Mostly nobody sweeps, or a deadline has moved away since it was noted.
        let (deadline, noted) = (second(deadline), self.noted.load(Ordering::Relaxed));
        deadline >= far && ((far..=deadline).contains(&noted) || self.note_anew(deadline, sweepers))
    }

    #[cold]
    fn note_anew(&self, deadline: u32, sweepers: &Cell<Vec<Waker>>) -> bool {
        let (is_far, mut watchers) = self.shutdown.note(self.number, deadline);
        if is_far {
            self.noted.store(deadline, Ordering::Relaxed);
        }
        watchers.append(&mut sweepers.take());
        sweepers.set(watchers);
        is_far
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        let (left, watchers) = {
            let mut members = self.shutdown.lock();
            (members.leave(self.number), mem::take(&mut members.count_watchers))
        };
        // Neither under the lock.
        drop(left);
        watchers.into_iter().for_each(Waker::wake);
    }
}

/// One connection's membership; it ends when this is dropped.
#[derive(Debug)]
pub struct Member {
    spot: Spot,
    /// The waker at the place, so that the same need not be stored again: where its data is, which lives as long as
    /// it stands there, and how it works.
    known: Option<(usize, &'static RawWakerVTable)>,
}

impl Member {
    pub(super) fn new(shutdown: &Shutdown) -> Self {
        Spot::join(shutdown).into()
    }

    /// The shutdown that it is a part in.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.spot.shutdown
    }

    /// Where it is.
    pub(super) fn spot(&self) -> &Spot {
        &self.spot
    }

    /// For who knows by itself whether its waker was stored.
    #[cfg(feature = "ws")]
    pub(super) fn into_spot(self) -> Spot {
        self.spot
    }

    /// The connection has another member now, which counts for it.
    pub(super) fn accompany(&self) {
        let watchers = {
            let mut members = self.spot.shutdown.lock();
            members.accompany(self.spot.number);
            mem::take(&mut members.count_watchers)
        };
        watchers.into_iter().for_each(Waker::wake);
    }

    /// How far the shutdown is. If a later phase comes, `waker` is woken.
    pub fn phase(&mut self, waker: &Waker) -> Phase {
        self.watch(waker);
        self.spot.phase()
    }

    /// From now on `waker` is woken when another phase comes, and some time before a deadline that was noted.
    pub(super) fn watch(&mut self, waker: &Waker) {
        let is_known =
            self.known.is_some_and(|(data, vtable)| data == waker.data().addr() && ptr::eq(vtable, waker.vtable()));
        if !is_known {
            let kept = waker.clone();
            // A clone may have data of its own.
            self.known = Some((kept.data().addr(), kept.vtable()));
            drop(self.spot.watch(kept));
        }
    }
}

impl From<Spot> for Member {
    fn from(spot: Spot) -> Self {
        Self { spot, known: None }
    }
}
