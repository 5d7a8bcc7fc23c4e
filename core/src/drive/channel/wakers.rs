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
    /// [`Waiter::Several`] if it is not the only one, and [`Waiter::New`] if nobody waits any more: the next to wait
    /// is mostly the same.
    only: Waiter,
}

/// What has become of a task's waker that something waits with.
#[derive(Debug)]
enum Joined {
    /// It was known.
    Known,
    /// It is known now, in the place of this one.
    Instead(Waker),
    /// Somebody else waits.
    No,
}

impl Waiting {
    fn new(waiter: Waiter, context: &Context<'_>) -> Self {
        Self { waker: context.waker().clone(), only: waiter }
    }

    /// Notes that this one waits, too, if it is in the same task or the same one as before.
    fn join(&mut self, waiter: Waiter, context: &Context<'_>) -> Joined {
        let is_free = self.only == waiter || self.only == Waiter::New;
        if self.waker.will_wake(context.waker()) {
            self.only = if is_free { waiter } else { Waiter::Several };
            return Joined::Known;
        }
        if is_free {
            // It waits in another task now.
            return Joined::Instead(mem::replace(self, Self::new(waiter, context)).waker);
        }
        Joined::No
    }
}

/// What is to be woken, and dropped, where nothing is locked: either may do anything, such as drop the last that
/// has the connection.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// All others who wait.
    others: Option<Arc<Common>>,
    woken: Option<Waker>,
    pub(super) left: Option<Waker>,
    /// Hardly ever is there any.
    replaced: Vec<Waker>,
    /// Nor here.
    sweepers: Vec<Waker>,
}

impl Aside {
    /// To be dropped.
    pub(super) fn replaced(&mut self, waker: Option<Waker>) {
        self.replaced.extend(waker);
    }

    /// To be woken for what was noted of a deadline.
    #[inline]
    pub(super) fn sweepers(&mut self, mut sweepers: Vec<Waker>) {
        self.sweepers.append(&mut sweepers);
    }

    /// Wakes all who were waiting, but for this one.
    pub(super) fn settle(self, waiter: Waiter) {
        self.sweepers.into_iter().for_each(Waker::wake);
        if let Some(common) = self.others {
            common.wake_others(Some(waiter));
        }
        self.woken.into_iter().for_each(Waker::wake);
    }
}

impl Wakers {
    /// Adds to those who wait. Gives the waker to poll the transport with, if it is not the task's own, and says
    /// whether that which is polled with now is another one than before.
    pub(super) fn add(&mut self, waiter: Waiter, context: &Context<'_>, aside: &mut Aside) -> (Option<Waker>, bool) {
        let (common, is_new) = match self {
            Self::Nobody => {
                *self = Self::One(Waiting::new(waiter, context));
                return (None, true);
            }
            Self::One(waiting) => match waiting.join(waiter, context) {
                Joined::Known => return (None, false),
                Joined::Instead(former) => {
                    aside.replaced(Some(former));
                    return (None, true);
                }
                Joined::No => {
                    let common = Arc::new(Common::default());
                    if let Self::One(first) = mem::replace(self, Self::Several(Arc::clone(&common))) {
                        common.lock().waiting.push(first);
                    }
                    (common, true)
                }
            },
            Self::Several(common) => (Arc::clone(common), false),
        };
        aside.replaced(common.add(waiter, context));
        (Some(common.into()), is_new)
    }

    /// It waits no longer. If its waker is not kept, it is to be dropped where nothing is locked.
    #[inline]
    pub(super) fn remove(&mut self, waiter: Waiter) -> Option<Waker> {
        match self {
            Self::One(waiting) => {
                if waiting.only == waiter {
                    waiting.only = Waiter::New;
                }
                None
            }
            Self::Nobody => None,
            Self::Several(common) => common.remove(waiter),
        }
    }

    /// What wakes all who wait, if anyone may.
    pub(super) fn waker(&self) -> Option<Waker> {
        match self {
            Self::Nobody => None,
            Self::One(waiting) => (waiting.only != Waiter::New).then(|| waiting.waker.clone()),
            Self::Several(common) => Some(Arc::clone(common).into()),
        }
    }

    /// Has all who wait woken but this one, in this task too. It stays on the list.
    pub(super) fn wake_others(&mut self, waiter: Waiter, aside: &mut Aside) {
        match self {
            Self::Nobody => {}
            Self::One(waiting) => {
                let former = mem::replace(&mut waiting.only, waiter);
                if former != waiter && former != Waiter::New {
                    aside.woken = Some(waiting.waker.clone());
                }
            }
            Self::Several(common) => aside.others = Some(Arc::clone(common)),
        }
    }
}

/// All who wait, from the first time that they are several.
#[derive(Debug, Default)]
pub(super) struct Common {
    lists: Mutex<Lists>,
    /// Whether anyone waits: it changes under the lock, and whoever has added itself sees that it has.
    is_awaited: AtomicBool,
}

#[derive(Debug, Default)]
struct Lists {
    waiting: Vec<Waiting>,
    /// Memory for the next that wait while these are woken.
    spare: Vec<Waiting>,
}

impl Common {
    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the waker back that waited before.
    fn add(&self, waiter: Waiter, context: &Context<'_>) -> Option<Waker> {
        let all = &mut self.lock().waiting;
        self.is_awaited.store(true, Ordering::Relaxed);
        let is_same_task = |waiting: &Waiting| waiting.waker.will_wake(context.waker());
        let place = all.iter().position(is_same_task).or_else(|| all.iter().position(|waiting| waiting.only == waiter));
        match place.and_then(|place| all.get_mut(place)) {
            Some(waiting) => match waiting.join(waiter, context) {
                Joined::Instead(former) => Some(former),
                Joined::Known | Joined::No => None,
            },
            None => {
                all.push(Waiting::new(waiter, context));
                None
            }
        }
    }

    fn remove(&self, waiter: Waiter) -> Option<Waker> {
        if !self.is_awaited.load(Ordering::Relaxed) {
            return None;
        }
        let all = &mut self.lock().waiting;
        let place = all.iter().position(|waiting| waiting.only == waiter)?;
        let removed = all.swap_remove(place);
        self.is_awaited.store(!all.is_empty(), Ordering::Relaxed);
        Some(removed.waker)
    }

    /// Wakes all who wait but this one, outside the lock, because a waker may do anything.
    fn wake_others(&self, waiter: Option<Waiter>) {
        let mut woken = {
            let Lists { waiting, spare } = &mut *self.lock();
            let own = waiting.iter().position(|waiting| Some(waiting.only) == waiter);
            let own = own.map(|place| waiting.swap_remove(place));
            let woken = mem::replace(waiting, mem::take(spare));
            waiting.extend(own);
            self.is_awaited.store(!waiting.is_empty(), Ordering::Relaxed);
            woken
        };
        woken.drain(..).for_each(|waiting| waiting.waker.wake());
        let spare = &mut self.lock().spare;
        if spare.capacity() == 0 {
            *spare = woken;
        }
    }
}

impl Wake for Common {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_others(None);
    }
}
