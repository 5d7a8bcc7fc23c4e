//! What a connection has become in the hands of its handler.

#[cfg(feature = "ws")]
use alloc::sync::Weak;
use core::task::{Context, Poll};

use super::Transport;
#[cfg(feature = "ws")]
use super::channel::Shared;

/// The WebSocket that a connection has become. Without the feature there is nothing that it could become.
pub(super) struct Successor<T> {
    #[cfg(feature = "ws")]
    socket: Weak<Shared<T>>,
    #[cfg(not(feature = "ws"))]
    never: core::marker::PhantomData<T>,
}

#[cfg(feature = "ws")]
impl<T> Successor<T> {
    pub(super) fn new(socket: Weak<Shared<T>>) -> Self {
        Self { socket }
    }
}

impl<T: Transport> Successor<T> {
    /// The handler is about to be polled.
    pub(super) fn attend(&self) {
        #[cfg(feature = "ws")]
        if let Some(socket) = self.socket.upgrade() {
            socket.attend();
        }
    }

    /// The handler was polled: what it has sent is to leave.
    pub(super) fn release(&self, context: &mut Context<'_>) -> Poll<()> {
        #[cfg(feature = "ws")]
        if let Some(socket) = self.socket.upgrade() {
            return socket.release(context);
        }
        #[cfg(not(feature = "ws"))]
        let _ = context;
        Poll::Ready(())
    }
}

#[cfg(feature = "ws")]
impl<T> Drop for Successor<T> {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.upgrade() {
            socket.uncork();
        }
    }
}
