//! The world itself: an executor over virtual time.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::ops::Deref;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use super::Handle;
use super::conditions::below;
use super::state::{Shared, Spawned};
use crate::Tick;

/// Tasks, the links between them, and a clock that jumps to the next moment at which something
/// happens.
///
/// A world is its own first [`Handle`]. What happens in it follows from its source of chance and
/// from nothing else: which of the tasks that can go on does so first, how long octets are under
/// way, where they are cut. The same source gives the same conversation.
///
/// When it is dropped, its tasks are.
pub struct World {
    handle: Handle,
    tasks: BTreeMap<usize, Task>,
    /// The number of the next task, or of the next future that [`World::run_until`] is given: what wakes one does
    /// not wake another.
    next: usize,
    ready: Arc<Ready>,
}

struct Task {
    name: String,
    is_background: bool,
    ticket: Arc<Ticket>,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// The tasks that can go on.
#[derive(Default)]
struct Ready {
    tasks: Mutex<Vec<usize>>,
}

/// What wakes a task.
struct Ticket {
    task: usize,
    is_ready: AtomicBool,
    ready: Arc<Ready>,
}

impl Ready {
    /// A task that is ready from the start.
    fn ticket(self: &Arc<Self>, task: usize) -> Arc<Ticket> {
        let ticket = Arc::new(Ticket { task, is_ready: AtomicBool::new(false), ready: Arc::clone(self) });
        ticket.wake_by_ref();
        ticket
    }

    /// Takes out one of the tasks.
    fn draw(&self, shared: &Shared) -> Option<usize> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match tasks.len() {
            0 => return None,
            len => shared.with(|state| below(&mut state.chance, len as u64)) as usize,
        };
        Some(tasks.swap_remove(at))
    }
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_ready.swap(true, Ordering::AcqRel) {
            self.ready.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(self.task);
        }
    }
}

/// Why a world came to no end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stalled {
    /// What held it up.
    pub stall: Stall,
    /// When that was.
    pub at: Tick,
    /// The tasks that had not ended, those in the background aside.
    pub waiting: Vec<String>,
}

/// What holds a world up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // there are no other ways
pub enum Stall {
    /// All tasks wait, and nothing that could wake one will ever happen.
    Hang,
    /// What happens next lies beyond [`World::limit_time`].
    Time,
    /// [`World::limit_steps`] was reached: most likely something turns for ever.
    Steps,
}

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.stall {
            Stall::Hang => "nothing happens any more",
            Stall::Time => "the limit of time is reached",
            Stall::Steps => "the limit of steps is reached",
        };
        write!(f, "{what} at {}; waiting: {}", self.at, self.waiting.join(", "))
    }
}

impl core::error::Error for Stalled {}

impl World {
    /// An empty world with a source of chance, at [`Tick::ZERO`]. It may spend a day of virtual time
    /// and ten million steps.
    #[must_use]
    pub fn new(chance: impl FnMut() -> u64 + Send + 'static) -> Self {
        let handle = Handle { shared: Shared::new(Box::new(chance)) };
        Self { handle, tasks: BTreeMap::new(), next: 0, ready: Arc::default() }
    }

    /// Keeps no transcript, where it would only cost time: a seed that fails can be run again.
    #[must_use]
    pub fn without_transcript(self) -> Self {
        self.handle.shared.with(|state| state.transcript.is_kept = false);
        self
    }

    /// How much virtual time may pass in all.
    #[must_use]
    pub fn limit_time(self, limit: Duration) -> Self {
        self.handle.shared.with(|state| state.time_limit = Tick::ZERO + limit);
        self
    }

    /// How many steps may be taken in all: polls of tasks, and turns of transports. Beyond it, a
    /// transport's turns fail, so that a loop around them ends.
    #[must_use]
    pub fn limit_steps(self, limit: u64) -> Self {
        self.handle.shared.with(|state| state.step_limit = limit);
        self
    }

    /// A handle to the world, for its tasks.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until all tasks have ended, those in the background aside.
    ///
    /// # Errors
    ///
    /// [`Stalled`] if that does not come.
    ///
    /// # Panics
    ///
    /// If a task does. A handler's panic costs only its exchange, as in a server.
    pub fn run(&mut self) -> Result<(), Stalled> {
        self.go_on(None)
    }

    /// Runs until a future is ready, and gives its output. Other tasks may go on later.
    ///
    /// # Errors
    ///
    /// [`Stalled`] if it never is.
    ///
    /// # Panics
    ///
    /// If it or a task does.
    pub fn run_until<F: Future>(&mut self, future: F) -> Result<F::Output, Stalled> {
        let output = Cell::new(None);
        self.go_on(Some(pin!(async { output.set(Some(future.await)) })))?;
        match output.take() {
            Some(output) => Ok(output),
            None => unreachable!("it has run to its end"),
        }
    }

    fn go_on(&mut self, mut main: Option<Pin<&mut dyn Future<Output = ()>>>) -> Result<(), Stalled> {
        let main_ticket = main.as_ref().map(|_| self.ticket());
        loop {
            self.take_over();
            if main.is_none() && self.tasks.values().all(|task| task.is_background) {
                return Ok(());
            }
            let Some(number) = self.ready.draw(&self.handle.shared) else {
                self.pass_time().map_err(|stall| self.stalled(stall, main.is_some()))?;
                continue;
            };
            let is_main = main_ticket.as_ref().is_some_and(|ticket| ticket.task == number);
            let has_ended = if let (true, Some(main), Some(ticket)) = (is_main, &mut main, &main_ticket) {
                poll(ticket, main.as_mut())
            } else {
                // A task that has ended may still be woken, and so may a main future of the past.
                self.tasks.get_mut(&number).is_some_and(|task| poll(&task.ticket, task.future.as_mut()))
            };
            let is_beyond = self.handle.shared.with(|state| {
                state.steps += 1;
                state.steps > state.step_limit
            });
            if is_beyond {
                return Err(self.stalled(Stall::Steps, main.is_some()));
            }
            if has_ended && is_main {
                return Ok(());
            }
            if has_ended {
                self.tasks.remove(&number);
            }
        }
    }

    /// Takes over the tasks that were spawned.
    fn take_over(&mut self) {
        for spawned in self.handle.shared.with(|state| core::mem::take(&mut state.spawned)) {
            let Spawned { name, is_background, future } = spawned;
            let ticket = self.ticket();
            self.tasks.insert(ticket.task, Task { name, is_background, ticket, future });
        }
    }

    /// What wakes a task that is new.
    fn ticket(&mut self) -> Arc<Ticket> {
        let ticket = self.ready.ticket(self.next);
        self.next += 1;
        ticket
    }

    fn pass_time(&self) -> Result<(), Stall> {
        self.handle.shared.with(|state| {
            let next = state.next_moment().ok_or(Stall::Hang)?;
            if next > state.time_limit {
                return Err(Stall::Time);
            }
            state.advance(next);
            Ok(())
        })
    }

    fn stalled(&self, stall: Stall, has_main: bool) -> Stalled {
        let tasks = self.tasks.values().filter(|task| !task.is_background).map(|task| task.name.clone());
        let main = has_main.then(|| "main".to_owned());
        Stalled { stall, at: self.handle.now(), waiting: main.into_iter().chain(tasks).collect() }
    }
}

/// Polls a task, and says whether it has ended.
fn poll(ticket: &Arc<Ticket>, future: Pin<&mut (dyn Future<Output = ()> + '_)>) -> bool {
    ticket.is_ready.store(false, Ordering::Release);
    let waker = Waker::from(Arc::clone(ticket));
    future.poll(&mut Context::from_waker(&waker)).is_ready()
}

impl Deref for World {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Tasks hold handles; what they spawn while they are dropped is dropped, too.
        self.take_over();
        while !self.tasks.is_empty() {
            self.tasks.clear();
            self.take_over();
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.tasks.values().map(|task| &task.name).collect();
        f.debug_struct("World").field("now", &self.now()).field("tasks", &names).finish_non_exhaustive()
    }
}
