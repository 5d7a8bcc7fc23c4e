//! Who keeps a WebSocket's connection: its users and, as long as something of theirs is corked, the task that
//! serves it.

use alloc::sync::Arc;
use core::ops::Deref;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll, ready};

use super::Shared;
use crate::drive::Transport;

/// A user's hold on the connection, which goes with the last of them.
///
/// They are counted apart from the `Arc`, since the task that serves the connection has one of those, too.
pub(super) struct Handle<T>(Arc<Shared<T>>);

impl<T> Handle<T> {
    /// The first of a connection's.
    pub(super) fn new(shared: Shared<T>) -> Self {
        Self(Arc::new(shared))
    }

    /// For the task that serves the connection.
    pub(super) fn shared(&self) -> Arc<Shared<T>> {
        Arc::clone(&self.0)
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        self.handles.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Handle<T> {
    type Target = Shared<T>;

    fn deref(&self) -> &Shared<T> {
        &self.0
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // Only the last needs the lock.
        if self.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.drop_if_unused();
        }
    }
}

impl<T> Shared<T> {
    /// The handler that has the WebSocket is about to be polled.
    pub(in crate::drive) fn attend(&self) {
        self.attendance.begin();
    }

    /// Something was queued before anybody had the WebSocket: it is to leave when the handler was polled.
    pub(in crate::drive) fn put_cork_in(&self) {
        self.cork.put_in();
    }

    /// Drops the connection if nobody has it any more and nothing is to leave: outside the lock, because a transport
    /// may do anything then.
    fn drop_if_unused(&self) {
        let is_unused = |_: &mut _| self.handles.load(Ordering::Acquire) == 0 && !self.cork.is_in();
        let unused = self.lock().take_if(is_unused);
        drop(unused);
    }

    /// Nothing is to wait any longer, be it written or not. The connection is then kept by its users alone.
    pub(in crate::drive) fn pull_cork(&self) {
        self.attendance.end();
        self.look(|_| self.cork.pull());
        self.drop_if_unused();
    }
}

impl<T: Transport> Shared<T> {
    /// The handler was polled: pending as long as the transport does not take what it has sent.
    pub(in crate::drive) fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        self.attendance.end();
        if self.cork.is_in() {
            ready!(self.poll_flushed(context));
            self.pull_cork();
        }
        Poll::Ready(())
    }
}
