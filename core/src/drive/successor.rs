//! What a connection has become in the hands of its handler.

#[cfg(feature = "ws")]
use alloc::sync::Arc;
use core::task::{Context, Poll};

use super::Transport;
#[cfg(feature = "ws")]
use super::channel::Shared;

/// A WebSocket, of which no more is known than what it sends. Without the feature there is nothing that a
/// connection could become.
pub(super) struct Successor<T> {
    #[cfg(feature = "ws")]
    socket: Arc<Shared<T>>,
    #[cfg(not(feature = "ws"))]
    never: core::marker::PhantomData<T>,
}

#[cfg(feature = "ws")]
impl<T> Successor<T> {
    pub(super) fn new(socket: Arc<Shared<T>>) -> Self {
        Self { socket }
    }
}

impl<T: Transport> Successor<T> {
    /// The handler is about to be polled.
    pub(super) fn attend(&self) {
        #[cfg(feature = "ws")]
        self.socket.attend();
    }

    /// The handler was polled: what it has sent is to leave.
    pub(super) fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        #[cfg(feature = "ws")]
        return self.socket.release(context);
        #[cfg(not(feature = "ws"))]
        {
            let _ = context;
            Poll::Ready(())
        }
    }
}

#[cfg(feature = "ws")]
impl<T> Drop for Successor<T> {
    fn drop(&mut self) {
        self.socket.pull_cork();
    }
}
