//! How long a task goes on with what has come already, while others wait for their turn.

#[cfg(feature = "std")]
use core::task::Context;

#[cfg(feature = "std")]
use super::Transport;

/// What was done since the task last waited. A thread is its connection's alone, and needs none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience(u16);

impl Patience {
    /// A read usually brings less.
    const MOST: u16 = 64;
    /// A frame of which nothing is handed out, such as a ping.
    #[cfg(feature = "ws")]
    pub(super) const FRAME: u16 = 1;
    /// What so many octets of frames without a payload cost, together.
    #[cfg(feature = "ws")]
    pub(super) const fn frames(len: usize) -> u16 {
        Self::at_most(len / 16)
    }

    /// What is inflated at a time.
    #[cfg(feature = "deflate")]
    pub(super) const INFLATED: u16 = 4;

    /// What it costs to compress so many octets, or to decode them, of which mostly more are made: some milliseconds are
    /// enough for a poll.
    #[cfg(feature = "deflate")]
    pub(super) const fn coded(len: usize) -> u16 {
        Self::at_most(len / 1024)
    }

    #[cfg(any(feature = "ws", feature = "deflate"))]
    const fn at_most(cost: usize) -> u16 {
        if cost < Self::MOST as usize { cost as u16 } else { Self::MOST }
    }

    #[inline]
    pub(super) fn spend(&mut self, cost: u16) {
        self.0 = self.0.saturating_add(cost);
    }

    /// Whether it is the others' turn, for who gives way to them.
    #[inline]
    pub(super) fn is_spent(&self) -> bool {
        self.0 >= Self::MOST
    }
}

#[cfg(feature = "std")]
impl Patience {
    /// Sixteen requests in a poll.
    pub(super) const REQUEST: u16 = 4;
    #[cfg(feature = "ws")]
    pub(super) const MESSAGE: u16 = 4;
    pub(super) const PIECE: u16 = 1;
    /// A read or a write, of those that come one upon the other.
    #[cfg(feature = "ws")]
    pub(super) const TURN: u16 = 1;

    /// Whether it is the others' turn.
    #[inline]
    pub(super) fn is_over<T: Transport>(&self) -> bool {
        !T::BLOCKS && self.is_spent()
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
