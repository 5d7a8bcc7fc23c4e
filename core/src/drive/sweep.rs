//! Far deadlines: one timer for all connections of a server.
//!
//! A connection at rest has a deadline that is far, and mostly moves away before it comes. A timer of its own would
//! be a good part of what it holds. Instead it notes at its place in the shutdown, to the second, when its deadline
//! is, and the server sweeps: it wakes whoever has a deadline soon, and these set timers of their own.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::mem;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use super::members::{Members, Place};
use super::shutdown::{Shutdown, watch};
use crate::Tick;

/// A sweep wakes for deadlines of the second in which it comes and of the next two, so that there is at least one
/// second between two of them, and at least one from a sweep to each deadline that was noted in time.
const HORIZON: u32 = 3;

/// The second that does not come.
pub(super) const NEVER: u32 = u32::MAX;

/// The second in which a moment lies.
pub(super) fn second(moment: Tick) -> u32 {
    u32::try_from(moment.as_nanos() / 1_000_000_000).unwrap_or(NEVER - 1)
}

/// Who sweeps, and when.
#[derive(Debug)]
pub(super) struct Sweeps {
    /// How many servers do.
    count: usize,
    /// The second of the next.
    next: u32,
    /// Who is to hear of an earlier one.
    watchers: Vec<Waker>,
}

impl Default for Sweeps {
    fn default() -> Self {
        Self { count: 0, next: NEVER, watchers: Vec::new() }
    }
}

impl Members {
    /// Clears the notes of seconds before `far`, and gives what wakes those who have made them.
    fn clear_notes(&mut self, far: u32) -> Vec<Waker> {
        let is_due = |place: &&mut Place| place.deadline < far;
        self.places.iter_mut().filter(is_due).filter_map(Place::clear_note).collect()
    }

    /// When to sweep for the earliest of the notes.
    fn next_sweep(&self) -> u32 {
        self.places.iter().map(|place| place.deadline).min().map_or(NEVER, time_for)
    }
}

impl Place {
    fn clear_note(&mut self) -> Option<Waker> {
        self.deadline = NEVER;
        self.waker.clone()
    }
}

impl Shutdown {
    /// Does some work, which is that of a server, and meanwhile has one timer for all deadlines of its connections
    /// that are far: those that have [joined](Self::join) wake up one to three seconds before theirs, and only then
    /// need a timer. `now` is the clock of their transports, and `sleep` what waits for so long. Once the
    /// future was polled it has to be polled on, or dropped: while it is neither, nobody is woken for a far deadline.
    ///
    /// Several servers that share a shutdown may all do this. A connection on a clock that is ahead of theirs must
    /// not join; one that blocks, or whose clock is behind, has its own timer.
    pub fn swept<R, S: Future<Output = ()>>(
        &self,
        work: impl Future<Output = R>,
        now: impl Fn() -> Tick,
        sleep: impl Fn(Duration) -> S,
    ) -> impl Future<Output = R> {
        let mut sweeping = None;
        let (mut work, mut timer) = (Box::pin(work), Box::pin(None));
        let mut armed = NEVER;
        poll_fn(move |context| {
            loop {
                let now = now();
                let sweeping = sweeping.get_or_insert_with(|| Sweeping::begin(self, now));
                let next = sweeping.0.sweep(second(now), context);
                if mem::replace(&mut armed, next) != next {
                    let moment = Tick::ZERO + Duration::from_secs(next.into());
                    timer.set((next != NEVER).then(|| sleep(moment.since(now))));
                }
                if timer.as_mut().as_pin_mut().is_none_or(|timer| timer.poll(context).is_pending()) {
                    break;
                }
                armed = NEVER;
                timer.set(None);
            }
            work.as_mut().poll(context)
        })
    }

    /// Sweeps if it is time to, and gives the second of the next sweep. If an earlier one is needed, the task is
    /// woken.
    fn sweep(&self, now: u32, context: &Context<'_>) -> u32 {
        let (woken, next) = {
            let mut members = self.lock();
            let mut woken = Vec::new();
            if members.sweeps.next <= now {
                // Should there be several clocks, the one that is ahead counts.
                let far = self.shared.far.load(Ordering::Relaxed).max(now.saturating_add(HORIZON));
                self.shared.far.store(far, Ordering::Relaxed);
                woken = members.clear_notes(far);
                members.sweeps.next = members.next_sweep();
            }
            let _: Poll<()> = watch(&mut members.sweeps.watchers, context);
            (woken, members.sweeps.next)
        };
        woken.into_iter().for_each(Waker::wake);
        next
    }

    /// From this second on deadlines are far; [`NEVER`] if nobody sweeps.
    #[inline]
    pub(super) fn far(&self) -> u32 {
        self.shared.far.load(Ordering::Relaxed)
    }

    /// Notes a deadline at a place. Says whether it is a far one, and whom to wake for the sake of an earlier sweep.
    pub(super) fn note(&self, place: u32, deadline: u32) -> (bool, Vec<Waker>) {
        let mut members = self.lock();
        // A sweep may just have come by.
        if deadline < self.far() {
            return (false, Vec::new());
        }
        if let Some(place) = members.place(place) {
            place.deadline = deadline;
        }
        let is_earlier = time_for(deadline) < members.sweeps.next;
        if is_earlier {
            members.sweeps.next = time_for(deadline);
        }
        (true, if is_earlier { mem::take(&mut members.sweeps.watchers) } else { Vec::new() })
    }
}

/// When to sweep for a deadline.
fn time_for(deadline: u32) -> u32 {
    if deadline == NEVER { NEVER } else { deadline - (HORIZON - 1) }
}

/// One that sweeps, until this is dropped.
struct Sweeping<'a>(&'a Shutdown);

impl<'a> Sweeping<'a> {
    fn begin(shutdown: &'a Shutdown, now: Tick) -> Self {
        let mut members = shutdown.lock();
        if members.sweeps.count == 0 {
            shutdown.shared.far.store(second(now).saturating_add(HORIZON), Ordering::Relaxed);
            // Notes of a time when somebody else swept hold on.
            members.sweeps.next = members.next_sweep();
        }
        members.sweeps.count += 1;
        drop(members);
        Self(shutdown)
    }
}

impl Drop for Sweeping<'_> {
    fn drop(&mut self) {
        let (woken, watchers) = {
            let mut members = self.0.lock();
            members.sweeps.count -= 1;
            if members.sweeps.count > 0 {
                return;
            }
            self.0.shared.far.store(NEVER, Ordering::Relaxed);
            members.sweeps.next = NEVER;
            // What they have noted stays: they rely on it if somebody sweeps again before they look.
            let noted = members.places.iter().filter(|place| place.deadline != NEVER);
            let woken: Vec<_> = noted.filter_map(|place| place.waker.clone()).collect();
            (woken, mem::take(&mut members.sweeps.watchers))
        };
        drop(watchers);
        woken.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloc::sync::Arc;
    use alloc::task::Wake;
    use core::cell::Cell;
    use core::sync::atomic::AtomicUsize;

    use super::*;
    use crate::drive::Member;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Count {
        /// How often it was woken since it was asked last.
        fn take(&self) -> usize {
            self.0.swap(0, Ordering::Relaxed)
        }
    }

    /// A task, and the waker of it.
    fn task() -> (Arc<Count>, Waker) {
        let count = Arc::<Count>::default();
        let waker = Waker::from(Arc::clone(&count));
        (count, waker)
    }

    impl Member {
        /// Notes a deadline and wakes who is to be woken.
        fn notes(&self, deadline: Tick) -> bool {
            let sweepers = Cell::default();
            let is_far = self.spot().note(deadline, &sweepers);
            sweepers.into_inner().into_iter().for_each(Waker::wake);
            is_far
        }
    }

    fn at(second: u32) -> Tick {
        Tick::ZERO + Duration::from_secs(second.into())
    }

    /// A member, and the task that is woken.
    fn member(shutdown: &Shutdown) -> (Arc<Count>, Member) {
        let (count, waker) = task();
        let mut member = shutdown.join();
        member.watch(&waker);
        (count, member)
    }

    #[test]
    fn without_a_sweep_nothing_is_far() {
        let shutdown = Shutdown::new();
        let (_, member) = member(&shutdown);
        assert!(!member.notes(at(1_000)));
        assert!(!member.notes(Tick::from_nanos(u64::MAX)));
    }

    #[test]
    fn a_deadline_is_near_until_the_third_second() {
        let shutdown = Shutdown::new();
        let _sweeping = Sweeping::begin(&shutdown, at(10) + Duration::from_millis(900));
        let (_, member) = member(&shutdown);
        assert!(!member.notes(at(12)));
        assert!(!member.notes(Tick::from_nanos(at(13).as_nanos() - 1)));
        assert!(member.notes(at(13)));
        assert!(member.notes(Tick::from_nanos(u64::MAX)));
    }

    #[test]
    fn who_has_noted_is_woken_once_and_in_time() {
        let shutdown = Shutdown::new();
        let (sweeper, waker) = task();
        let context = Context::from_waker(&waker);
        let _sweeping = Sweeping::begin(&shutdown, at(0));
        assert_eq!(shutdown.sweep(0, &context), NEVER);
        let ((one, first), (other, second)) = (member(&shutdown), member(&shutdown));
        assert!(first.notes(at(60)) && second.notes(at(90)));
        assert_eq!(sweeper.take(), 1, "for the first alone");
        assert_eq!(shutdown.sweep(57, &context), 58);
        assert_eq!((one.take(), other.take()), (0, 0));
        assert_eq!(shutdown.sweep(58, &context), 88);
        assert_eq!((one.take(), other.take()), (1, 0));
        // Now it is near, and another one is not.
        assert!(!first.notes(at(60)));
        assert!(first.notes(at(61)));
        assert_eq!(sweeper.take(), 1);
        assert_eq!(shutdown.sweep(59, &context), 88);
        assert_eq!((one.take(), other.take()), (1, 0));
    }

    #[test]
    fn a_deadline_that_comes_nearer_is_noted_anew() {
        let shutdown = Shutdown::new();
        let (sweeper, waker) = task();
        let context = Context::from_waker(&waker);
        let _sweeping = Sweeping::begin(&shutdown, at(0));
        let (one, member) = member(&shutdown);
        shutdown.sweep(0, &context);
        assert!(member.notes(at(60)));
        assert_eq!(shutdown.sweep(1, &context), 58);
        sweeper.take();
        assert!(member.notes(at(61)));
        assert_eq!(sweeper.take(), 0, "what is noted is early enough");
        assert!(member.notes(at(30)));
        assert_eq!(sweeper.take(), 1);
        assert_eq!(shutdown.sweep(28, &context), NEVER);
        assert_eq!(one.take(), 1);
    }

    #[test]
    fn a_sweep_that_was_long_ago_is_made_up_for() {
        let shutdown = Shutdown::new();
        let (_, waker) = task();
        let context = Context::from_waker(&waker);
        let _sweeping = Sweeping::begin(&shutdown, at(0));
        let (one, member) = member(&shutdown);
        // It is second 100, which nobody has said.
        assert!(member.notes(at(101)));
        assert_eq!(shutdown.sweep(100, &context), NEVER);
        assert_eq!(one.take(), 1);
        assert!(!member.notes(at(101)));
    }

    #[test]
    fn who_has_left_is_not_woken_nor_who_comes_after() {
        let shutdown = Shutdown::new();
        let (_, waker) = task();
        let context = Context::from_waker(&waker);
        let _sweeping = Sweeping::begin(&shutdown, at(0));
        let (one, first) = member(&shutdown);
        assert!(first.notes(at(60)));
        drop(first);
        let (other, _second) = member(&shutdown);
        shutdown.sweep(60, &context);
        assert_eq!((one.take(), other.take()), (0, 0));
        assert_eq!(Arc::strong_count(&one), 1, "its waker is gone");
    }

    #[test]
    fn the_last_who_sweeps_leaves_nobody_asleep() {
        let shutdown = Shutdown::new();
        let (first, second) = (Sweeping::begin(&shutdown, at(0)), Sweeping::begin(&shutdown, at(0)));
        let (one, member) = member(&shutdown);
        assert!(member.notes(at(60)));
        drop(first);
        assert_eq!(one.take(), 0);
        drop(second);
        assert_eq!(one.take(), 1);
        assert!(!member.notes(at(60)));
    }

    #[test]
    fn what_was_noted_holds_when_another_one_sweeps() {
        let shutdown = Shutdown::new();
        let (_, waker) = task();
        let context = Context::from_waker(&waker);
        let first = Sweeping::begin(&shutdown, at(0));
        let (one, member) = member(&shutdown);
        assert!(member.notes(at(60)));
        drop(first);
        assert_eq!(one.take(), 1);
        let _second = Sweeping::begin(&shutdown, at(10));
        assert!(member.notes(at(60)), "as if nothing had been");
        assert_eq!(shutdown.sweep(10, &context), 58);
        shutdown.sweep(58, &context);
        assert_eq!(one.take(), 1);
    }

    #[test]
    fn who_sweeps_no_longer_is_forgotten() {
        let shutdown = Shutdown::new();
        let (sweeper, waker) = task();
        let sweeping = Sweeping::begin(&shutdown, at(0));
        shutdown.sweep(0, &Context::from_waker(&waker));
        drop((sweeping, waker));
        assert_eq!(Arc::strong_count(&sweeper), 1);
    }
}
