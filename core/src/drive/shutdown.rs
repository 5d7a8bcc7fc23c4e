//! Graceful shutdown: who is still there, and how they hear of it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};
use core::task::{Context, Poll, RawWakerVTable, Waker};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

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
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    phase: AtomicU8,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    /// Each member's waker, at the member's place; free places are listed.
    places: Vec<Option<Waker>>,
    free: Vec<u32>,
    /// Who waits for the next phase.
    phase_watchers: Vec<Waker>,
    /// Members whose connection has another one.
    companions: usize,
    /// Who waits until there are fewer.
    count_watchers: Vec<Waker>,
}

impl Members {
    fn count(&self) -> usize {
        self.places.len() - self.free.len() - self.companions
    }

    fn place(&mut self, number: u32) -> Option<&mut Option<Waker>> {
        self.places.get_mut(usize::try_from(number).ok()?)
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
            let mut members = self.shared.lock();
            let mut wakers = mem::take(&mut members.phase_watchers);
            wakers.extend(members.places.iter().flatten().cloned());
            wakers
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Adds a connection.
    #[must_use]
    pub fn join(&self) -> Member {
        let mut members = self.shared.lock();
        let place = members.free.pop().unwrap_or_else(|| {
            members.places.push(None);
            u32::try_from(members.places.len() - 1).unwrap_or(u32::MAX)
        });
        drop(members);
        Member { shutdown: self.clone(), place, known: 0, kind: None, is_companion: false, has_looked: false }
    }

    /// How many connections are there.
    #[must_use]
    pub fn members(&self) -> usize {
        self.shared.lock().count()
    }

    /// Waits until the phase is this one or a later one.
    pub fn poll_phase(&self, phase: Phase, context: &mut Context<'_>) -> Poll<()> {
        let mut members = self.shared.lock();
        if self.phase() >= phase {
            return Poll::Ready(());
        }
        watch(&mut members.phase_watchers, context)
    }

    /// Waits until fewer connections than this are there.
    pub fn poll_fewer(&self, than: usize, context: &mut Context<'_>) -> Poll<()> {
        let mut members = self.shared.lock();
        if members.count() < than {
            return Poll::Ready(());
        }
        watch(&mut members.count_watchers, context)
    }
}

fn watch(watchers: &mut Vec<Waker>, context: &Context<'_>) -> Poll<()> {
    if !watchers.iter().any(|waker| waker.will_wake(context.waker())) {
        watchers.push(context.waker().clone());
    }
    Poll::Pending
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number for wakers that work in the same way, for the first few that are seen: a program has one for each
/// executor.
fn kind(waker: &Waker) -> Option<u8> {
    static KINDS: [OnceLock<&RawWakerVTable>; 8] = [const { OnceLock::new() }; 8];
    let vtable = waker.vtable();
    let kind = KINDS.iter().position(|kind| ptr::eq(*kind.get_or_init(|| vtable), vtable));
    u8::try_from(kind?).ok()
}

/// One connection's membership; it ends when this is dropped.
#[derive(Debug)]
pub struct Member {
    shutdown: Shutdown,
    place: u32,
    /// Whose waker stands at the place, so that the same need not be stored again: where its data is, which lives
    /// as long as it stands there.
    known: usize,
    /// Which kind of waker it is, if one is known there.
    kind: Option<u8>,
    is_companion: bool,
    has_looked: bool,
}

impl Member {
    /// The shutdown that it is a part in.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The connection has another member now, which counts for it.
    pub(super) fn accompany(&mut self) {
        if mem::replace(&mut self.is_companion, true) {
            return;
        }
        let watchers = {
            let mut members = self.shutdown.shared.lock();
            members.companions += 1;
            mem::take(&mut members.count_watchers)
        };
        watchers.into_iter().for_each(Waker::wake);
    }

    /// Whether this was asked before: a connection that drains looks twice for a last request.
    pub(super) fn has_looked(&mut self) -> bool {
        mem::replace(&mut self.has_looked, true)
    }

    /// How far the shutdown is. If a later phase comes, `waker` is woken.
    pub fn phase(&mut self, waker: &Waker) -> Phase {
        self.watch(waker);
        self.shutdown.phase()
    }

    /// From now on `waker` is woken when another phase comes.
    pub(super) fn watch(&mut self, waker: &Waker) {
        let is_known = self.kind.is_some() && (self.known, self.kind) == (waker.data().addr(), kind(waker));
        // A blocking thread waits with the waker that wakes nobody.
        if !is_known && !waker.will_wake(Waker::noop()) {
            let kept = waker.clone();
            // A clone may have data of its own.
            (self.known, self.kind) = (kept.data().addr(), kind(&kept));
            let former = self.shutdown.shared.lock().place(self.place).and_then(|place| place.replace(kept));
            // Not under the lock: a task may go with it, and with that a member.
            drop(former);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let watchers = {
            let mut members = self.shutdown.shared.lock();
            if let Some(place) = members.place(self.place) {
                *place = None;
            }
            members.free.push(self.place);
            members.companions -= usize::from(self.is_companion);
            mem::take(&mut members.count_watchers)
        };
        watchers.into_iter().for_each(Waker::wake);
    }
}
