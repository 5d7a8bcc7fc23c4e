//! Running an application's handler.

use core::future::poll_fn;
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::Poll;
use std::panic::catch_unwind;

use super::shutdown::{Member, Phase};

/// Runs the handler of one exchange, which `start` begins and whose future is pinned in `place`
/// (a `pin!(None)`, so that nothing is boxed), to its end, to its panic or to the end of the
/// server's grace time.
///
/// Whatever it comes to costs only its own exchange: dropped without an answer, that answers for
/// itself.
pub fn run<F: Future>(
    start: impl FnOnce() -> F,
    mut place: Pin<&mut Option<F>>,
    member: &mut Member,
) -> impl Future<Output = ()> {
    place.set(catch_unwind(AssertUnwindSafe(start)).ok());
    poll_fn(move |context| {
        if member.phase(context.waker()) < Phase::Ended
            && let Some(future) = place.as_mut().as_pin_mut()
            && let Ok(Poll::Pending) = catch_unwind(AssertUnwindSafe(|| future.poll(context).map(drop)))
        {
            return Poll::Pending;
        }
        place.set(None);
        Poll::Ready(())
    })
}
