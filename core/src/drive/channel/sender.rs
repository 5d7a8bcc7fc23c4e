//! The half that sends.

use core::future::poll_fn;
use core::task::{Context, Poll};

use super::handle::Handle;
use super::shared::flushed;
use super::wakers::Waiter;
use super::{MessageWriter, Shared};
use crate::drive::{AsUtf8, Error, Message, Payload, Transport, WebSocketDriver};
use crate::ws::{CloseCode, MessageKind};

/// The half that sends. It can be cloned; messages of several senders do not mix.
pub struct Sender<T> {
    pub(super) shared: Handle<T>,
    /// Who waits when it is polled as a sink.
    pub(super) waiter: Waiter,
}

impl<T: Transport> Sender<T> {
    /// Sends a message, such as one that was received, and waits until the transport has taken it.
    ///
    /// In the handler of a server's exchange, if more was received already, it only joins what is to be
    /// sent: that leaves by one write, at the latest when the handler next waits for anything. So the
    /// replies to messages that came together leave together.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame, or once it is known that the peer is gone; [`Error::Io`] for whoever
    /// finds out.
    pub fn send(&self, message: Message) -> impl Future<Output = Result<(), Error>> {
        self.queue(message, WebSocketDriver::send)
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&self, text: impl Payload + AsUtf8) -> impl Future<Output = Result<(), Error>> {
        self.queue(text, WebSocketDriver::send_text)
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&self, payload: impl Payload) -> impl Future<Output = Result<(), Error>> {
        self.queue(payload, WebSocketDriver::send_binary)
    }

    /// Begins a message that is sent part by part, when the one that is being sent so has ended.
    /// Messages of other senders wait until this one has.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&self, kind: MessageKind) -> impl Future<Output = Result<MessageWriter<T>, Error>> {
        self.shared.stream(kind)
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        self.shared.ping(payload)
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> impl Future<Output = Result<(), Error>> {
        let mut waiter = Waiter::New;
        poll_fn(move |context| self.shared.poll_close_with(&mut waiter, code, reason, context))
    }

    /// As [`Sender::close`] with 1000, for who polls.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_close(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_close_with(&mut self.waiter.clone(), CloseCode::NORMAL, "", context)
    }

    fn queue<M>(
        &self,
        message: M,
        send: impl Fn(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut message) = (Waiter::New, Some(message));
        poll_fn(move |context| self.shared.poll_send(&mut waiter, context, &mut message, is_free, &send))
    }

    /// Waits until a message can be queued with [`Sender::start_send`], for who polls.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_ready(self.waiter, context)
    }

    /// Queues a message, which leaves with [`Sender::poll_flush`] or whatever is received or sent next.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame.
    pub fn start_send(&self, message: Message) -> Result<(), Error> {
        self.shared.start_send(message)
    }

    /// Waits until all that was queued has left.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn poll_flush(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_flush(self.waiter, context)
    }
}

impl<T> Sender<T> {
    /// How many octets wait to be written, of all senders.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.buffered()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), waiter: self.shared.waiter() }
    }
}

/// Whether one message after another has left at once: it is the turn of others, before there is a next one. What is
/// still to leave with others need not wait.
#[inline]
fn is_hasty<T: Transport>(driver: &WebSocketDriver) -> bool {
    driver.patience.is_over::<T>() && driver.buffered() == 0
}

/// Whether there is room for a whole message, and it is its turn.
#[inline]
pub(super) fn is_free(driver: &WebSocketDriver) -> bool {
    driver.can_write() && !driver.is_streaming()
}

impl<T: Transport> Shared<T> {
    pub(super) fn poll_ready(&self, mut waiter: Waiter, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(&mut waiter, context, |driver, _| {
            driver.check()?;
            if is_free(driver) && !is_hasty::<T>(driver) { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
    }

    pub(super) fn poll_flush(&self, mut waiter: Waiter, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(&mut waiter, context, |driver, _| {
            driver.check()?;
            flushed(driver)
        })
    }

    pub(super) fn poll_close_with(
        &self,
        waiter: &mut Waiter,
        code: CloseCode,
        reason: &str,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        self.poll(waiter, context, |driver, transport| {
            driver.close(code, reason, transport.now())?;
            flushed(driver)
        })
    }

    pub(super) fn ping(&self, payload: &[u8]) -> impl Future<Output = Result<(), Error>> {
        let (mut waiter, mut payload) = (Waiter::New, Some(payload));
        poll_fn(move |context| {
            self.poll_send(&mut waiter, context, &mut payload, WebSocketDriver::can_ping, WebSocketDriver::ping)
        })
    }

    /// Waits until it may send, queues, and waits until that is flushed, unless more was received already and the
    /// handler that has the WebSocket is being polled.
    pub(super) fn poll_send<M>(
        &self,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        message: &mut Option<M>,
        may_send: impl Fn(&WebSocketDriver) -> bool,
        mut send: impl FnMut(&mut WebSocketDriver, M) -> Result<(), Error>,
    ) -> Poll<Result<(), Error>> {
        self.poll(waiter, context, |driver, _| {
            driver.check()?;
            if let Some(message) = message.take_if(|_| !is_hasty::<T>(driver) && may_send(driver)) {
                send(driver, message)?;
            } else if message.is_some() {
                return Poll::Pending;
            }
            // More has come already: what is sent to it leaves together.
            if driver.has_input() && driver.can_write() && self.cork_if_attended() {
                return Poll::Ready(Ok(()));
            }
            flushed(driver)
        })
    }
}

impl<T: Transport> Handle<T> {
    pub(super) fn stream(&self, kind: MessageKind) -> impl Future<Output = Result<MessageWriter<T>, Error>> {
        let mut waiter = Waiter::New;
        poll_fn(move |context| {
            let begun = self.poll(&mut waiter, context, |driver, _| {
                driver.check()?;
                if driver.is_streaming() || driver.is_compressing() {
                    return Poll::Pending;
                }
                driver.send_part(kind, "", false)?;
                Poll::Ready(Ok(()))
            });
            begun.map_ok(|()| MessageWriter::new(self.clone(), kind))
        })
    }
}
