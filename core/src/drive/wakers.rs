//! One waker for all who wait on one connection.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::mem;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::task::{Context, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Collects the tasks that wait on a connection shared by several of them.
///
/// A transport remembers one waker for each direction. If each half of a split connection left its
/// own there, the last to poll would shut the others out; so they all leave this one, which wakes
/// every task that waits.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    shared: Arc<Shared>,
    /// Waiters that were given a number.
    waiters: AtomicU64,
}

/// Something that waits. Several may wait in one task, so that its waker does not tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter(u64);

impl Waiter {
    /// Something that has not waited yet, and gets a number of its own when it does.
    pub(super) const NEW: Self = Self(0);
    /// Not one, but several of a task.
    const SEVERAL: Self = Self(u64::MAX);
    /// The half that receives, of which there is one.
    pub(super) const fn receiver() -> Self {
        Self(1)
    }

    /// The task that polls the handler which has the WebSocket.
    pub(super) const fn server() -> Self {
        Self(u64::MAX - 1)
    }
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Queue>,
    /// Whether anyone waits: it changes under the lock, and whoever has added itself sees that it has.
    is_awaited: AtomicBool,
}

/// Mostly it is one task that waits.
#[derive(Debug, Default)]
struct Queue {
    first: Option<Waiting>,
    others: Vec<Waiting>,
}

impl Queue {
    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Waiting> {
        self.first.iter_mut().chain(&mut self.others)
    }
}

/// A task, and who waits in it.
#[derive(Debug)]
struct Waiting {
    waker: Waker,
    /// [`Waiter::SEVERAL`] if it is not the only one.
    only: Waiter,
}

impl Wakers {
    /// Nobody waits.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A number of its own for something that sends.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter(2 + self.waiters.fetch_add(1, Ordering::Relaxed))
    }

    /// Adds to those who wait.
    pub(super) fn add(&self, waiter: &mut Waiter, context: &Context<'_>) {
        if *waiter == Waiter::NEW {
            *waiter = self.waiter();
        }
        let waiter = *waiter;
        let mut queue = self.shared.lock();
        self.shared.is_awaited.store(true, Ordering::Relaxed);
        if let Some(waiting) = queue.iter_mut().find(|waiting| waiting.waker.will_wake(context.waker())) {
            if waiting.only != waiter {
                waiting.only = Waiter::SEVERAL;
            }
            return;
        }
        if let Some(waiting) = queue.iter_mut().find(|waiting| waiting.only == waiter) {
            // It waits in another task now.
            waiting.waker.clone_from(context.waker());
            return;
        }
        let new = Waiting { waker: context.waker().clone(), only: waiter };
        if queue.first.is_none() {
            queue.first = Some(new);
        } else {
            queue.others.push(new);
        }
    }

    /// It waits no longer.
    #[inline]
    pub(super) fn remove(&self, waiter: Waiter) {
        if self.shared.is_awaited.load(Ordering::Relaxed) {
            self.shared.remove(waiter);
        }
    }

    /// The waker to poll the transport with.
    pub(super) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.shared))
    }

    /// Wakes all who wait but this one, in this task too. It stays on the list.
    pub(super) fn wake_others(&self, waiter: &mut Waiter, context: &Context<'_>) {
        let is_alone = self.shared.lock().iter_mut().all(|waiting| waiting.only == *waiter);
        if !is_alone {
            self.shared.wake_all();
            self.add(waiter, context);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, waiter: Waiter) {
        let mut waiting = self.lock();
        waiting.first.take_if(|waiting| waiting.only == waiter);
        waiting.others.retain(|waiting| waiting.only != waiter);
        self.is_awaited.store(waiting.first.is_some() || !waiting.others.is_empty(), Ordering::Relaxed);
    }

    fn take_all(&self) -> Queue {
        let mut waiting = self.lock();
        self.is_awaited.store(false, Ordering::Relaxed);
        mem::take(&mut *waiting)
    }

    /// Outside the lock, because a waker may do anything; then the list gets its memory back.
    fn wake_all(&self) {
        let Queue { first, mut others } = self.take_all();
        first.into_iter().chain(others.drain(..)).for_each(|waiting| waiting.waker.wake());
        let mut waiting = self.lock();
        if waiting.others.capacity() == 0 {
            waiting.others = others;
        }
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}
