//! What a handler sends while it is being polled, held back until it waits.

use alloc::sync::Arc;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread_local;

use super::Transport;
use super::channel::Shared;

/// What the task that serves a connection knows of the WebSocket that it has become.
///
/// That task says when it polls the handler, and on which thread. What is sent on that thread meanwhile is
/// sent by the handler, and may wait for the end of the poll, so that what answers one read leaves by one
/// write. Nobody else's sending waits: the handler could be waiting for it.
pub(super) struct Cork<T> {
    /// The mark of the thread that polls the handler, or 0.
    attended_by: AtomicUsize,
    /// Something waits, as the next field says, too: it changes under that lock.
    is_in: AtomicBool,
    /// The connection itself, so that it lives until what waits in it has left.
    connection: Mutex<Option<Arc<Shared<T>>>>,
}

/// A number that no other thread has at the same time.
fn mark() -> usize {
    thread_local! {
        static MARK: u8 = const { 0 };
    }
    MARK.with(|mark| ptr::from_ref(mark).addr())
}

impl<T> Cork<T> {
    pub(super) const fn new() -> Self {
        Self { attended_by: AtomicUsize::new(0), is_in: AtomicBool::new(false), connection: Mutex::new(None) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Shared<T>>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handler is about to be polled.
    pub(super) fn attend(&self) {
        self.attended_by.store(mark(), Ordering::Relaxed);
    }

    /// Whether it is the handler that asks, while it is being polled.
    #[inline]
    pub(super) fn is_attended(&self) -> bool {
        self.attended_by.load(Ordering::Relaxed) == mark()
    }

    /// Something waits in the connection.
    #[inline]
    pub(super) fn put_in(&self, connection: &Arc<Shared<T>>) {
        if !self.is_in.load(Ordering::Relaxed) {
            let mut place = self.lock();
            *place = Some(Arc::clone(connection));
            self.is_in.store(true, Ordering::Relaxed);
        }
    }

    /// Nothing is to wait any longer, be it written or not. The connection is then kept by its users alone.
    pub(super) fn pull(&self) {
        self.attended_by.store(0, Ordering::Relaxed);
        let mut connection = self.lock();
        // Dropped under the lock, so that whoever asks next can rely on it.
        *connection = None;
        self.is_in.store(false, Ordering::Relaxed);
    }
}

impl<T: Transport> Cork<T> {
    /// The handler was polled: pending as long as the transport does not take what it has sent.
    pub(super) fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        self.attended_by.store(0, Ordering::Relaxed);
        if self.is_in.load(Ordering::Relaxed) {
            let mut connection = self.lock();
            if let Some(connection) = &*connection {
                ready!(connection.poll_flushed(context));
            }
            *connection = None;
            self.is_in.store(false, Ordering::Relaxed);
        }
        Poll::Ready(())
    }
}
