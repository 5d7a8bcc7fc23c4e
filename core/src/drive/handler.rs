//! Running an application's handler.

use alloc::boxed::Box;
use core::fmt;
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::panic::catch_unwind;

use super::Transport;

/// Where a handler runs: a place on the heap that is used for one after another.
pub(super) struct Desk<T: Transport, F> {
    handler: Pin<Box<Option<F>>>,
    /// The timer for one that may take only so long, made when it is needed first.
    overdue: Option<Pin<Box<Option<T::Sleep>>>>,
}

/// What has become of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has ended or panicked.
    Done,
    /// Its time is over.
    Overdue,
}

impl<T: Transport, F: Future> Desk<T, F> {
    pub(super) fn new() -> Self {
        Self { handler: Box::pin(None), overdue: None }
    }

    /// The handler to come may take until this is over.
    #[cold] // so that no room is made for a timer where there is none
    pub(super) fn limit(&mut self, timer: T::Sleep) {
        self.overdue.get_or_insert_with(|| Box::pin(None)).set(Some(timer));
    }

    /// Begins a handler. One that panics at once is done.
    pub(super) fn begin(&mut self, start: impl FnOnce() -> F) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.handler.set(Some(start()))));
    }

    /// Goes on with it. Its time is only over if it has not begun to answer.
    ///
    /// Whatever it comes to costs only its own exchange: dropped without an answer, that answers for
    /// itself.
    pub(super) fn poll(&mut self, is_answered: impl FnOnce() -> bool, context: &mut Context<'_>) -> Poll<Outcome> {
        let Some(handler) = self.handler.as_mut().as_pin_mut() else { return Poll::Ready(Outcome::Done) };
        let polled = catch_unwind(AssertUnwindSafe(|| handler.poll(context).map(drop)));
        if !matches!(polled, Ok(Poll::Pending)) {
            return Poll::Ready(Outcome::Done);
        }
        if let Some(place) = &mut self.overdue
            && let Some(timer) = place.as_mut().as_pin_mut()
            && timer.poll(context).is_ready()
        {
            place.set(None);
            if !is_answered() {
                return Poll::Ready(Outcome::Overdue);
            }
        }
        Poll::Pending
    }

    /// Drops the handler, with all that it still has.
    pub(super) fn clear(&mut self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.handler.set(None)));
        if let Some(place) = &mut self.overdue {
            place.set(None);
        }
    }
}

impl<T: Transport, F> fmt::Debug for Desk<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}
