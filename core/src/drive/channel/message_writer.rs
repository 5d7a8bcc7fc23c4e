//! A message that is sent part by part.

use core::fmt;
use core::future::poll_fn;

use super::handle::Handle;
use super::shared::State;
use super::wakers::Waiter;
use crate::drive::{Error, Payload, Transport, WebSocketDriver};
use crate::ws::{CloseCode, MessageKind};

/// A message under way. Control frames go between its parts, other messages wait for its end.
///
/// It ends with [`MessageWriter::finish`]. If it is dropped before, the peer must not take it for whole:
/// the connection is closed with 1011.
pub struct MessageWriter<T: Transport> {
    shared: Handle<T>,
    kind: MessageKind,
    /// The last part was queued.
    is_finished: bool,
}

impl<T: Transport> MessageWriter<T> {
    pub(super) fn new(shared: Handle<T>, kind: MessageKind) -> Self {
        Self { shared, kind, is_finished: false }
    }

    /// Sends a part, and waits as [`Sender::send`](super::Sender::send) does. A character of a text may be cut between
    /// two parts.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame or for text that is not UTF-8; [`Error::Io`] if the peer is
    /// gone.
    pub fn write(&mut self, data: impl Payload) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut data) = (Waiter::New, Some(data));
        poll_fn(move |context| {
            self.shared.poll_send(&mut waiter, context, &mut data, WebSocketDriver::can_write, |driver, data| {
                driver.send_part(self.kind, data, false)
            })
        })
    }

    /// Sends the last part, which may be empty.
    ///
    /// # Errors
    ///
    /// As [`MessageWriter::write`].
    pub fn finish(mut self, data: impl Payload) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut data) = (Waiter::New, Some(data));
        poll_fn(move |context| {
            let Self { shared, kind, is_finished } = &mut self;
            shared.poll_send(&mut waiter, context, &mut data, WebSocketDriver::can_write, |driver, data| {
                driver.send_part(*kind, data, true)?;
                *is_finished = true;
                Ok(())
            })
        })
    }
}

impl<T: Transport> Drop for MessageWriter<T> {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        let is_cut_off = self.shared.look(|State { seat, transport, .. }| {
            let driver = seat.driver();
            let is_cut_off = driver.is_streaming();
            if is_cut_off {
                // A reason that is empty is not too long.
                let _ = driver.close(CloseCode::INTERNAL_ERROR, "", transport.now());
                self.shared.cork_if_attended();
            }
            is_cut_off
        });
        if is_cut_off == Some(true) {
            self.shared.wake();
        }
    }
}

impl<T: Transport> fmt::Debug for MessageWriter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageWriter").field("kind", &self.kind).finish_non_exhaustive()
    }
}
