//! Where a connection comes back to when its handler is done with it.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::shutdown::{Phase, Shutdown};

/// A place that something is lent from, shared by the lender and the borrower, one loan after another.
///
/// A handler takes its exchange by value; when the exchange is dropped, wherever that is, the
/// connection comes back through the slot, or word that it will not.
#[derive(Debug)]
pub(super) struct Slot<T, S> {
    shared: Arc<Shared<T, S>>,
}

#[derive(Debug)]
struct Shared<T, S> {
    /// Ends loans, too.
    shutdown: Shutdown,
    is_answered: AtomicBool,
    /// The borrower's task has waited for something since the loan began.
    has_waited: AtomicBool,
    state: Mutex<State<T, S>>,
}

#[derive(Debug)]
struct State<T, S> {
    /// What has become of the loan, until the lender has heard of it.
    returned: Option<Return<T, S>>,
    lender: Option<Waker>,
    /// Who waits for the transport with the value.
    borrower: Option<Waker>,
}

impl<T, S> State<T, S> {
    fn poll_take(&mut self, context: &Context<'_>) -> Poll<Return<T, S>> {
        if let Some(returned) = self.returned.take() {
            return Poll::Ready(returned);
        }
        remember(&mut self.lender, context.waker());
        Poll::Pending
    }
}

/// The end of a loan.
#[derive(Debug)]
pub(super) enum Return<T, S> {
    Back(T),
    /// It will not come back, but may have become something else.
    Gone(Option<S>),
}

impl<T, S> Slot<T, S> {
    /// An empty slot of a server's.
    pub(super) fn new(shutdown: &Shutdown) -> Self {
        let state = Mutex::new(State { returned: None, lender: None, borrower: None });
        let (is_answered, has_waited) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { shared: Arc::new(Shared { shutdown: shutdown.clone(), is_answered, has_waited, state }) }
    }

    /// Begins a loan. The borrower ends it.
    pub(super) fn lend(&self) -> Self {
        self.shared.is_answered.store(false, Ordering::Relaxed);
        self.shared.has_waited.store(false, Ordering::Relaxed);
        Self { shared: Arc::clone(&self.shared) }
    }

    /// Waits for the end of the loan. The slot can then be used for another one.
    pub(super) fn poll_take(&mut self, context: &Context<'_>) -> Poll<Return<T, S>> {
        // Mostly the borrower is gone by now, and without it no lock is needed.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            return shared.state.get_mut().unwrap_or_else(PoisonError::into_inner).poll_take(context);
        }
        self.shared.lock().poll_take(context)
    }

    /// Time passes before the borrower goes on.
    pub(super) fn note_wait(&self) {
        self.shared.has_waited.store(true, Ordering::Relaxed);
    }

    /// Whether the borrower has begun to answer, or is done.
    pub(super) fn is_answered(&self) -> bool {
        self.shared.is_answered.load(Ordering::Relaxed) || self.shared.lock().returned.is_some()
    }

    /// The shutdown has ended: whoever waits with the value is to hear of it.
    pub(super) fn end(self) {
        let borrower = self.shared.lock().borrower.take();
        borrower.into_iter().for_each(Waker::wake);
    }
}

/// What the borrower does with it.
impl<T, S> Slot<T, S> {
    /// Tells the lender that the answer begins.
    pub(super) fn note_answer(&self) {
        self.shared.is_answered.store(true, Ordering::Relaxed);
    }

    /// Whether time has passed since the loan began.
    pub(super) fn has_waited(&self) -> bool {
        self.shared.has_waited.load(Ordering::Relaxed)
    }

    /// The shutdown of the server that lends.
    pub(super) fn shutdown(&self) -> &Shutdown {
        &self.shared.shutdown
    }

    /// The borrower is about to wait. Says whether the shutdown has ended by now; else it wakes the
    /// borrower when it does.
    pub(super) fn waits(&self, context: &Context<'_>) -> bool {
        remember(&mut self.shared.lock().borrower, context.waker());
        self.shutdown().phase() == Phase::Ended
    }

    /// Ends the loan.
    pub(super) fn fill(self, returned: Return<T, S>) {
        let mut state = self.shared.lock();
        state.returned = Some(returned);
        state.borrower = None;
        let lender = state.lender.take();
        drop(state);
        lender.into_iter().for_each(Waker::wake);
    }
}

impl<T, S> Shared<T, S> {
    fn lock(&self) -> MutexGuard<'_, State<T, S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember(place: &mut Option<Waker>, waker: &Waker) {
    if !place.as_ref().is_some_and(|known| known.will_wake(waker)) {
        *place = Some(waker.clone());
    }
}
