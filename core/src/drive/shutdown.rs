//! Graceful shutdown: who is still there, and how they hear of it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::members::{Member, Members};
use super::sweep::NEVER;

/// How far the shutdown of a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // there are three
pub enum Phase {
    /// Connections are served.
    Serving,
    /// Idle connections close, what is in flight may finish.
    Draining,
    /// The grace time is over: connections are dropped.
    Ended,
}

/// A server's shutdown, shared by the server, its handles and its connections.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    phase: AtomicU8,
    /// The first second of those that are far, for whoever is a member: see [`sweep`](super::sweep).
    pub(super) far: AtomicU32,
    members: Mutex<Members>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { phase: AtomicU8::default(), far: AtomicU32::new(NEVER), members: Mutex::default() }
    }
}

impl Shutdown {
    /// Nobody is there, and nothing is shut down.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How far it is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.shared.phase.load(Ordering::Acquire) {
            0 => Phase::Serving,
            1 => Phase::Draining,
            _ => Phase::Ended,
        }
    }

    /// Goes on to a later phase and wakes everyone. Going back does nothing.
    pub fn advance(&self, phase: Phase) {
        if self.shared.phase.fetch_max(phase as u8, Ordering::AcqRel) >= phase as u8 {
            return;
        }
        let wakers = {
            let mut members = self.lock();
            let mut wakers = mem::take(&mut members.phase_watchers);
            wakers.extend(members.places.iter().filter_map(|place| place.waker.clone()));
            wakers
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Adds a connection.
    #[must_use]
    pub fn join(&self) -> Member {
        Member::new(self)
    }

    /// How many connections are there.
    #[must_use]
    pub fn members(&self) -> usize {
        self.lock().count()
    }

    /// Waits until the phase is this one or a later one.
    pub fn poll_phase(&self, phase: Phase, context: &mut Context<'_>) -> Poll<()> {
        let mut members = self.lock();
        if self.phase() >= phase {
            return Poll::Ready(());
        }
        watch(&mut members.phase_watchers, context)
    }

    /// Waits until fewer connections than this are there.
    pub fn poll_fewer(&self, than: usize, context: &mut Context<'_>) -> Poll<()> {
        let mut members = self.lock();
        if members.count() < than {
            return Poll::Ready(());
        }
        watch(&mut members.count_watchers, context)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Members> {
        self.shared.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the task to those who are woken by a change, if it is not among them.
pub(super) fn watch(watchers: &mut Vec<Waker>, context: &Context<'_>) -> Poll<()> {
    if !watchers.iter().any(|waker| waker.will_wake(context.waker())) {
        watchers.push(context.waker().clone());
    }
    Poll::Pending
}
