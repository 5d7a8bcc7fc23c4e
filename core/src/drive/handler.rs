//! Running an application's handler.

use core::future::poll_fn;
use core::panic::AssertUnwindSafe;
use core::pin::pin;
use core::task::Poll;
use std::panic::catch_unwind;

use super::Slot;
use super::shutdown::{Member, Phase};

/// Runs the handler of one exchange, which `start` begins, to its end, to its panic or to the end of
/// the server's grace time. Says whether it was given up because it had not begun to answer when
/// `overdue` came.
///
/// Whatever it comes to costs only its own exchange: dropped without an answer, that answers for
/// itself.
pub(super) async fn run<F: Future, T>(
    start: impl FnOnce() -> F,
    overdue: Option<impl Future<Output = ()>>,
    slot: &Slot<T>,
    member: &mut Member,
) -> bool {
    let Ok(handler) = catch_unwind(AssertUnwindSafe(start)) else { return false };
    let mut handler = pin!(handler);
    let mut overdue = pin!(overdue);
    poll_fn(|context| {
        if member.phase(context.waker()) == Phase::Ended {
            return Poll::Ready(false);
        }
        let polled = catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context).map(drop)));
        if !matches!(polled, Ok(Poll::Pending)) {
            return Poll::Ready(false);
        }
        if let Some(timer) = overdue.as_mut().as_pin_mut()
            && timer.poll(context).is_ready()
        {
            overdue.set(None);
            if !slot.is_answered() {
                return Poll::Ready(true);
            }
        }
        Poll::Pending
    })
    .await
}
