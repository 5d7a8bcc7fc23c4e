//! The half that receives.

use alloc::boxed::Box;
use core::future::poll_fn;
#[cfg(feature = "futures")]
use core::sync::atomic::Ordering;
use core::task::{Context, Poll, ready};

use super::Shared;
use super::handle::Handle;
use super::wakers::Waiter;
use crate::drive::patience::Patience;
use crate::drive::{Burst, Closed, Error, Message, MessagePart, Transport, pool};

/// The half that receives.
pub struct Receiver<T> {
    pub(super) shared: Handle<T>,
    /// As in [`WebSocket`].
    pub(super) burst: Option<Box<Burst>>,
}

impl<T: Transport> Receiver<T> {
    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// What the peer did wrong, after it has been told so; [`Error::Disconnected`] if it left
    /// without a closing handshake, [`Error::TimedOut`], [`Error::Io`].
    pub fn recv(&mut self) -> impl Future<Output = Result<Option<Message>, Error>> {
        poll_fn(|context| self.poll_recv(context))
    }

    /// The same for who polls.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Message>, Error>> {
        self.shared.poll_recv(&mut self.burst, context)
    }

    /// Waits for the next part of a message, as much of it as has come, so that a message of any size
    /// passes in constant memory; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> impl Future<Output = Result<Option<MessagePart>, Error>> {
        poll_fn(|context| self.shared.poll_recv_part(&mut self.burst, context))
    }
}

impl<T> Receiver<T> {
    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.shared.closed()
    }
}

/// The next message of a burst, which needs no lock.
#[inline(always)] // a few steps for each message
fn next_of(burst: &mut Option<Box<Burst>>) -> Option<Message> {
    let messages = burst.as_mut()?;
    let message = messages.next();
    if messages.is_empty() {
        give_up(burst);
    }
    message
}

#[cold]
fn give_up(burst: &mut Option<Box<Burst>>) {
    if let Some(place) = burst.take() {
        pool::give(|stacks| &stacks.bursts, place);
    }
}

impl<T: Transport> Shared<T> {
    /// As a stream: up to the closing handshake, or to the first error.
    #[cfg(feature = "futures")]
    pub(super) fn poll_next(
        &self,
        burst: &mut Option<Box<Burst>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        if self.has_ended() {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_recv(burst, context)).transpose();
        self.has_ended.store(!matches!(next, Some(Ok(_))), Ordering::Relaxed);
        Poll::Ready(next)
    }

    pub(super) fn poll_recv(
        &self,
        burst: &mut Option<Box<Burst>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Message>, Error>> {
        if let Some(message) = next_of(burst) {
            return Poll::Ready(Ok(Some(message)));
        }
        self.poll(&mut Waiter::Receiver, context, |driver, transport| {
            if driver.patience.is_over::<T>() {
                return Poll::Pending;
            }
            let message = ready!(driver.poll_message_at(!T::BLOCKS, || transport.now()));
            let came = driver.take_burst();
            driver.patience.spend(Patience::MESSAGE + came.len() as u16 / 16);
            if !came.is_empty() {
                let mut place = pool::take(|stacks| &stacks.bursts).unwrap_or_default();
                *place = came;
                *burst = Some(place);
            }
            Poll::Ready(message)
        })
    }

    pub(super) fn poll_recv_part(
        &self,
        burst: &mut Option<Box<Burst>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<MessagePart>, Error>> {
        match next_of(burst) {
            Some(message) => Poll::Ready(Ok(Some(message.into()))),
            None => self.poll(&mut Waiter::Receiver, context, |driver, transport| {
                if driver.patience.is_over::<T>() {
                    return Poll::Pending;
                }
                let part = ready!(driver.poll_part_at(!T::BLOCKS, transport.now()));
                driver.patience.spend(Patience::MESSAGE);
                Poll::Ready(part)
            }),
        }
    }
}
