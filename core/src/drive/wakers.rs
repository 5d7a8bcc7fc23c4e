//! Who waits on one connection, and one waker for all of them.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::mem;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Collects the tasks that wait on a connection shared by several of them.
///
/// A transport remembers one waker for each direction. As long as no more than one task waits, that is the
/// task's own. If each half of a split connection left its own there, the last to poll would shut the others
/// out; so once a second one waits they all leave a common one, which wakes every task that waits.
#[derive(Debug, Default)]
pub(super) enum Wakers {
    #[default]
    Nobody,
    One(Waiting),
    Several(Arc<Common>),
}

/// Something that waits. Several may wait in one task, so that its waker does not tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// Something that has not waited yet, and gets a number of its own when it does.
    New,
    /// The half that receives, of which there is one.
    Receiver,
    /// Something that sends.
    Sender(u32),
    /// The task that polls the handler which has the WebSocket.
    Server,
    /// Not one, but several of a task.
    Several,
}

/// A task, and who waits in it.
#[derive(Debug)]
pub(super) struct Waiting {
    waker: Waker,
    /// [`Waiter::Several`] if it is not the only one.
    only: Waiter,
}

impl Waiting {
    fn new(waiter: Waiter, context: &Context<'_>) -> Self {
        Self { waker: context.waker().clone(), only: waiter }
    }

    /// Notes that this one waits, too, if it is in the same task or the same one as before.
    fn joins(&mut self, waiter: Waiter, context: &Context<'_>) -> bool {
        if self.waker.will_wake(context.waker()) {
            if self.only != waiter {
                self.only = Waiter::Several;
            }
            return true;
        }
        if self.only == waiter {
            // It waits in another task now.
            self.waker.clone_from(context.waker());
            return true;
        }
        false
    }
}

impl Wakers {
    /// Adds to those who wait. Gives the waker to poll the transport with, if it is not the task's own.
    pub(super) fn add(&mut self, waiter: Waiter, context: &Context<'_>) -> Option<Waker> {
        let common = match self {
            Self::Nobody => {
                *self = Self::One(Waiting::new(waiter, context));
                return None;
            }
            Self::One(waiting) => {
                if waiting.joins(waiter, context) {
                    return None;
                }
                let common = Arc::new(Common::default());
                if let Self::One(first) = mem::replace(self, Self::Several(Arc::clone(&common))) {
                    common.lock().push(first);
                }
                common
            }
            Self::Several(common) => Arc::clone(common),
        };
        common.add(waiter, context);
        Some(common.into())
    }

    /// It waits no longer.
    #[inline]
    pub(super) fn remove(&mut self, waiter: Waiter) {
        match self {
            Self::One(waiting) if waiting.only == waiter => *self = Self::Nobody,
            Self::Nobody | Self::One(_) => {}
            Self::Several(common) => common.remove(waiter),
        }
    }

    /// What wakes all who wait, if anyone may.
    pub(super) fn waker(&self) -> Option<Waker> {
        match self {
            Self::Nobody => None,
            Self::One(waiting) => Some(waiting.waker.clone()),
            Self::Several(common) => Some(Arc::clone(common).into()),
        }
    }

    /// Wakes all who wait but this one, in this task too. It stays on the list.
    pub(super) fn wake_others(&mut self, waiter: Waiter, context: &Context<'_>) {
        match self {
            Self::Nobody => {}
            Self::One(waiting) if waiting.only == waiter => {}
            Self::One(waiting) => mem::replace(waiting, Waiting::new(waiter, context)).waker.wake(),
            Self::Several(common) => {
                let is_alone = common.lock().iter().all(|waiting| waiting.only == waiter);
                if !is_alone {
                    common.wake_by_ref();
                    common.add(waiter, context);
                }
            }
        }
    }
}

/// All who wait, from the first time that they are several.
#[derive(Debug, Default)]
pub(super) struct Common {
    waiting: Mutex<Vec<Waiting>>,
    /// Whether anyone waits: it changes under the lock, and whoever has added itself sees that it has.
    is_awaited: AtomicBool,
}

impl Common {
    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, waiter: Waiter, context: &Context<'_>) {
        let mut all = self.lock();
        self.is_awaited.store(true, Ordering::Relaxed);
        let is_same_task = |waiting: &Waiting| waiting.waker.will_wake(context.waker());
        let place = all.iter().position(is_same_task).or_else(|| all.iter().position(|waiting| waiting.only == waiter));
        match place.and_then(|place| all.get_mut(place)) {
            Some(waiting) => {
                waiting.joins(waiter, context);
            }
            None => all.push(Waiting::new(waiter, context)),
        }
    }

    fn remove(&self, waiter: Waiter) {
        if self.is_awaited.load(Ordering::Relaxed) {
            let mut all = self.lock();
            all.retain(|waiting| waiting.only != waiter);
            self.is_awaited.store(!all.is_empty(), Ordering::Relaxed);
        }
    }

    fn take_all(&self) -> Vec<Waiting> {
        let mut all = self.lock();
        self.is_awaited.store(false, Ordering::Relaxed);
        mem::take(&mut *all)
    }
}

/// Outside the lock, because a waker may do anything; then the list gets its memory back.
impl Wake for Common {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut woken = self.take_all();
        woken.drain(..).for_each(|waiting| waiting.waker.wake());
        let mut all = self.lock();
        if all.capacity() == 0 {
            *all = woken;
        }
    }
}
