//! Where a connection comes back to when its handler is done with it.

use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};
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
        Self { shared: Arc::new(Shared { shutdown: shutdown.clone(), is_answered: AtomicBool::new(false), state }) }
    }

    /// Lends a value, which comes back when the loan is dropped.
    pub(super) fn lend(&self, value: T) -> Lent<T, S> {
        self.shared.is_answered.store(false, Ordering::Relaxed);
        Lent { value: Some(value), slot: Self { shared: Arc::clone(&self.shared) } }
    }

    /// Waits for the end of the loan. The slot can then be used for another one.
    pub(super) fn poll_take(&mut self, context: &Context<'_>) -> Poll<Return<T, S>> {
        // Mostly the borrower is gone by now, and without it no lock is needed.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            return shared.state.get_mut().unwrap_or_else(PoisonError::into_inner).poll_take(context);
        }
        self.shared.lock().poll_take(context)
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

impl<T, S> Shared<T, S> {
    fn lock(&self) -> MutexGuard<'_, State<T, S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a loan.
    fn fill(&self, returned: Return<T, S>) {
        let mut state = self.lock();
        state.returned = Some(returned);
        state.borrower = None;
        let lender = state.lender.take();
        drop(state);
        lender.into_iter().for_each(Waker::wake);
    }
}

fn remember(place: &mut Option<Waker>, waker: &Waker) {
    if !place.as_ref().is_some_and(|known| known.will_wake(waker)) {
        *place = Some(waker.clone());
    }
}

/// A value that goes back to its [`Slot`] when this is dropped.
#[derive(Debug)]
pub(super) struct Lent<T, S> {
    /// There until this is dropped or kept, which both end it.
    value: Option<T>,
    slot: Slot<T, S>,
}

impl<T, S> Lent<T, S> {
    /// Tells the lender that the answer begins.
    pub(super) fn note_answer(&self) {
        self.slot.shared.is_answered.store(true, Ordering::Relaxed);
    }

    /// The shutdown of the server that lends.
    pub(super) fn shutdown(&self) -> &Shutdown {
        &self.slot.shared.shutdown
    }

    /// The borrower is about to wait. Says whether the shutdown has ended by now; else it wakes the
    /// borrower when it does.
    pub(super) fn waits(&self, context: &Context<'_>) -> bool {
        remember(&mut self.slot.shared.lock().borrower, context.waker());
        self.shutdown().phase() == Phase::Ended
    }

    /// Keeps the value for good.
    pub(super) fn keep(self) -> T {
        self.replace(|value| (value, None))
    }

    /// Makes something else of the value; the lender is told what.
    pub(super) fn replace<R>(mut self, change: impl FnOnce(T) -> (R, Option<S>)) -> R {
        match self.value.take() {
            Some(value) => {
                let (changed, successor) = change(value);
                self.slot.shared.fill(Return::Gone(successor));
                changed
            }
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T, S> Deref for Lent<T, S> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.value {
            Some(value) => value,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T, S> DerefMut for Lent<T, S> {
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.value {
            Some(value) => value,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T, S> Drop for Lent<T, S> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.slot.shared.fill(Return::Back(value));
        }
    }
}
