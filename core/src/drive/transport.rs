//! What an adapter brings: its transport, its timer and its clocks.

use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use super::Driver;
use crate::Tick;

/// A transport that can be pumped: what differs between runtimes, and all of it.
///
/// A blocking transport waits within [`Transport::poll_turn`] and never gives
/// [`Poll::Pending`]; then all futures over it are ready at their first poll.
pub trait Transport {
    /// What [`Transport::sleep`] gives.
    type Sleep: Future<Output = ()> + Send;

    /// Whether it is a blocking one: then time passes within a poll, in a turn as in a handler.
    const BLOCKS: bool = false;

    /// Takes one turn of the loop: writes what the driver has, shuts down the writing side or
    /// reads if the driver wants it, and lets a deadline pass that is due. Ready as soon as
    /// anything was done; pending if nothing could be, with the task woken when that changes.
    ///
    /// Nothing is lost if it is not called again.
    ///
    /// # Errors
    ///
    /// The transport failed; it is of no further use.
    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Whether all that was written has also left buffers of the transport's own, such as those of
    /// TLS. A turn sees to it.
    fn is_flushed(&self) -> bool;

    /// Whether its turns write parts of files (`Driver::file`) by having the system send them. If not, which is
    /// the default and right for whatever encrypts or has no system beneath it, files are read and written as
    /// octets.
    fn sends_files(&self) -> bool {
        false
    }

    /// Whether a read would end at once, with octets or at the end of the stream. To be asked of a
    /// connection that is kept, where both mean that it is of no more use; octets may be lost. It is for the system to
    /// say where it can: what a runtime remembers may be from before the connection came to rest.
    fn is_readable(&mut self) -> bool;

    /// The monotonic clock.
    fn now(&self) -> Tick;

    /// A timer apart from the one of the driver's deadline: for a handler that takes too long, and for a connection
    /// whose server shuts down, which is sure by it that no request has come. So it does not end before the transport
    /// knows of all that had arrived when it began. A blocking transport, whose handler cannot be interrupted and whose
    /// reads ask the system, gives one that never ends.
    fn sleep(&self, wait: Duration) -> Self::Sleep;

    /// Does work that may wait for a disk where nothing else waits for it. If the future is dropped, work
    /// that has begun goes on.
    ///
    /// By default it is done at once, as is right for a transport whose turns wait anyway.
    fn unblock<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<Self, R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        async move { work() }
    }

    /// The time of day, in seconds since 1970.
    fn unix_time(&self) -> u64;
}
