//! What a handler sends while it is being polled, held back until it waits.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread_local;

/// What the task that serves a connection and the WebSocket that this has become tell each other.
///
/// That task says when it polls the handler, and on which thread. What is sent on that thread meanwhile is
/// sent by the handler, and may wait for the end of the poll, so that what answers one read leaves by one
/// write. Nobody else's sending waits: the handler could be waiting for it.
#[derive(Debug, Default)]
pub(super) struct Cork {
    /// The number of the thread that polls the handler, or 0.
    attended_by: AtomicU32,
    /// Something waits: it changes under the lock of the connection.
    is_in: AtomicBool,
}

/// A number that no other thread has, and is not 0.
fn thread() -> u32 {
    thread_local! {
        static NUMBER: u32 = {
            static THREADS: AtomicU32 = AtomicU32::new(0);
            THREADS.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1)
        };
    }
    NUMBER.with(|number| *number)
}

impl Cork {
    /// The handler is about to be polled.
    pub(super) fn attend(&self) {
        self.attended_by.store(thread(), Ordering::Relaxed);
    }

    /// The handler was polled.
    pub(super) fn leave(&self) {
        self.attended_by.store(0, Ordering::Relaxed);
    }

    /// Whether it is the handler that asks, while it is being polled.
    #[inline]
    pub(super) fn is_attended(&self) -> bool {
        self.attended_by.load(Ordering::Relaxed) == thread()
    }

    /// Something waits. To be said under the lock of the connection.
    #[inline]
    pub(super) fn put_in(&self) {
        self.is_in.store(true, Ordering::Relaxed);
    }

    /// Nothing is to wait any longer. To be said under the lock of the connection.
    pub(super) fn pull(&self) {
        self.leave();
        self.is_in.store(false, Ordering::Relaxed);
    }

    /// Whether something waits.
    pub(super) fn is_in(&self) -> bool {
        self.is_in.load(Ordering::Relaxed)
    }
}
