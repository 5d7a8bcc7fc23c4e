//! One waker for all who wait on one connection.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::mem;
use core::task::{Context, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Collects the tasks that wait on a connection shared by several of them.
///
/// A transport remembers one waker for each direction. If each half of a split connection left its
/// own there, the last to poll would shut the others out; so they all leave this one, which wakes
/// every task that waits.
#[derive(Clone, Debug, Default)]
pub struct Wakers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Vec<Waker>>,
}

impl Wakers {
    /// Nobody waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the task to those who wait.
    pub fn add(&self, context: &Context<'_>) {
        let mut waiting = self.shared.lock();
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
    }

    /// The waker to poll the transport with.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.shared))
    }

    /// Wakes all who wait but this task. It stays on the list: another half of the connection may
    /// wait in the same task.
    pub fn wake_others(&self, context: &Context<'_>) {
        let is_alone = self.shared.lock().iter().all(|waker| waker.will_wake(context.waker()));
        if !is_alone {
            self.shared.wake_all();
            self.add(context);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Outside the lock, because a waker may do anything; then the list gets its memory back.
    fn wake_all(&self) {
        let mut woken = mem::take(&mut *self.lock());
        woken.drain(..).for_each(Waker::wake);
        let mut waiting = self.lock();
        if waiting.capacity() == 0 {
            *waiting = woken;
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
