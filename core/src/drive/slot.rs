//! Where a connection waits while a handler has it.

use alloc::sync::Arc;
use core::future::poll_fn;
use core::ops::{Deref, DerefMut};
use core::task::{Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::shutdown::{Member, Phase};

/// A place that holds something lent, shared by the lender and the borrower.
///
/// A handler takes its exchange by value; when the exchange is dropped, wherever that is, the
/// connection comes back through the slot, or word that it will not.
#[derive(Debug)]
pub struct Slot<T> {
    state: Arc<Mutex<State<T>>>,
}

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    is_gone: bool,
    is_answered: bool,
    waker: Option<Waker>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state) }
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { state: Arc::new(Mutex::new(State { value: None, is_gone: false, is_answered: false, waker: None })) }
    }
}

impl<T> Slot<T> {
    /// An empty slot.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lends a value, which comes back when the loan is dropped.
    pub fn lend(&self, value: T) -> Lent<T> {
        self.lock().is_answered = false;
        Lent { value: Some(value), slot: self.clone() }
    }

    /// Waits for the value; `None` if it will not come back, or not before the server's grace time
    /// is over.
    pub fn take(&self, member: &mut Member) -> impl Future<Output = Option<T>> {
        poll_fn(|context| {
            if member.phase(context.waker()) == Phase::Ended {
                return Poll::Ready(None);
            }
            let mut state = self.lock();
            if let Some(value) = state.value.take() {
                return Poll::Ready(Some(value));
            }
            if state.is_gone {
                return Poll::Ready(None);
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
    }

    /// Whether the borrower has begun to answer, or is done.
    pub(super) fn is_answered(&self) -> bool {
        let state = self.lock();
        state.is_answered || state.is_gone || state.value.is_some()
    }

    fn change(&self, change: impl FnOnce(&mut State<T>)) {
        let waker = {
            let mut state = self.lock();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value that goes back to its [`Slot`] when this is dropped.
#[derive(Debug)]
pub struct Lent<T> {
    /// There until this is dropped or kept, which both end it.
    value: Option<T>,
    slot: Slot<T>,
}

impl<T> Lent<T> {
    /// Tells the lender that the answer begins.
    pub(super) fn note_answer(&self) {
        self.slot.lock().is_answered = true;
    }

    /// Keeps the value for good; whoever waits at the slot is told.
    pub fn keep(mut self) -> T {
        match self.value.take() {
            Some(value) => value,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T> Deref for Lent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.value {
            Some(value) => value,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T> DerefMut for Lent<T> {
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.value {
            Some(value) => value,
            None => unreachable!("a loan has its value until it ends"),
        }
    }
}

impl<T> Drop for Lent<T> {
    fn drop(&mut self) {
        let value = self.value.take();
        self.slot.change(|state| match value {
            Some(value) => state.value = Some(value),
            None => state.is_gone = true,
        });
    }
}
