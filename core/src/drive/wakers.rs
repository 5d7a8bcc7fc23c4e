//! One waker for all who wait on one connection.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
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

    /// Wakes all who wait but this task, which no longer waits.
    pub fn wake_others(&self, context: &Context<'_>) {
        self.shared.lock().retain(|waker| !waker.will_wake(context.waker()));
        self.shared.wake_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        // One by one and outside the lock: a waker may do anything, and the list keeps its memory.
        let count = self.lock().len();
        for _ in 0..count {
            let next = self.lock().pop();
            if let Some(waker) = next {
                waker.wake();
            }
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
