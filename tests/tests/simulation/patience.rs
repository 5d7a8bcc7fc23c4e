//! Futures that are given up.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use sanderling::simulation::Handle;

/// The output of a future, unless some time goes by before; then it is dropped.
pub(crate) async fn within<T>(handle: &Handle, time: Duration, future: impl Future<Output = T>) -> Option<T> {
    let (mut sleep, mut future) = (pin!(handle.sleep(time)), pin!(future));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => sleep.as_mut().poll(context).map(|()| None),
    })
    .await
}
