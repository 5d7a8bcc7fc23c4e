//! WebSockets as streams and sinks of messages, where the ecosystem expects them.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_sink::Sink;

use super::shared::ALONE;
use super::wakers::Waiter;
use super::{Receiver, Sender, WebSocket};
use crate::drive::{Error, Message, Transport};
use crate::ws::CloseCode;

/// The messages up to the closing handshake, or to the first error.
impl<T: Transport> Stream for Receiver<T> {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { shared, burst } = &mut *self;
        shared.poll_next(burst, context)
    }
}

impl<T: Transport> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.shared.has_ended()
    }
}

/// To close is to send a Close frame with 1000; the receiving half sees the end of the closing handshake.
impl<T: Transport> Sink<Message> for Sender<T> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Self::poll_ready(&self, context)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        Self::start_send(&self, message)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Self::poll_flush(&self, context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Self::poll_close(&self, context)
    }
}

impl<T: Transport> Stream for WebSocket<T> {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { shared, burst } = &mut *self;
        shared.poll_next(burst, context)
    }
}

impl<T: Transport> Sink<Message> for WebSocket<T> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_ready(Waiter::Sender(ALONE), context)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        self.shared.start_send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_flush(Waiter::Sender(ALONE), context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll_close_with(&mut Waiter::Sender(ALONE), CloseCode::NORMAL, "", context)
    }
}
