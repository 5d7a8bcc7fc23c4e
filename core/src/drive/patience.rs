//! How long a task goes on with what has come already, while others wait for their turn.

use core::task::Context;

use super::Transport;

/// What was handed out since the task last waited. A thread is its connection's alone, and needs none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience(u16);

impl Patience {
    /// A read usually brings less.
    const MOST: u16 = 64;
    /// Sixteen requests in a poll.
    pub(super) const REQUEST: u16 = 4;
    #[cfg(feature = "ws")]
    pub(super) const MESSAGE: u16 = 4;
    pub(super) const PIECE: u16 = 1;

    /// What it costs to compress so many octets: some milliseconds are enough for a poll.
    #[cfg(feature = "deflate")]
    pub(super) const fn compressed(len: usize) -> u16 {
        let cost = len / 1024;
        if cost < Self::MOST as usize { cost as u16 } else { Self::MOST }
    }

    #[inline]
    pub(super) fn spend(&mut self, cost: u16) {
        self.0 = self.0.saturating_add(cost);
    }

    /// Whether it is the others' turn.
    #[inline]
    pub(super) fn is_over<T: Transport>(&self) -> bool {
        !T::BLOCKS && self.0 >= Self::MOST
    }

    /// The same; then the task is woken behind the others, and goes on as if it had waited.
    #[inline]
    pub(super) fn gives_way<T: Transport>(&mut self, context: &Context<'_>) -> bool {
        let is_over = self.is_over::<T>();
        if is_over {
            self.renew();
            context.waker().wake_by_ref();
        }
        is_over
    }

    /// The task has waited, or waits now.
    #[inline]
    pub(super) fn renew(&mut self) {
        self.0 = 0;
    }
}
