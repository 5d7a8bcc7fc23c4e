//! What a handler sends while it is being polled, held back until it waits.
//!
//! The task that serves a connection says when it polls the handler, and on which thread. What is sent on that
//! thread meanwhile is sent by the handler, and may wait for the end of the poll, so that what answers one read
//! leaves by one write. Nobody else's sending waits: the handler could be waiting for it.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread_local;

/// The number of the thread that polls the handler, or 0.
#[derive(Debug, Default)]
pub(super) struct Attendance(AtomicU32);

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

impl Attendance {
    /// The handler is about to be polled.
    pub(super) fn begin(&self) {
        self.0.store(thread(), Ordering::Relaxed);
    }

    /// The handler was polled.
    pub(super) fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether it is the handler that asks, while it is being polled.
    #[inline]
    pub(super) fn is_mine(&self) -> bool {
        self.0.load(Ordering::Relaxed) == thread()
    }
}

/// Whether something waits for the end of the poll. It changes under the lock of the connection.
#[derive(Debug, Default)]
pub(super) struct Cork(AtomicBool);

impl Cork {
    #[inline]
    pub(super) fn put_in(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn pull(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_in(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
