//! Server-sent events (HTML Living Standard section 9.2) as the answer to a request.

use alloc::vec::Vec;
use core::fmt;
use std::io::Write;

use super::{Error, Exchange, Transport};
use crate::http::{BodyLength, Field, FieldLine, Method, SendError, StatusCode};
use crate::semantics::{EventComment, ServerSentEvent};

/// An open stream of events: from [`Exchange::events`]. Each leaves at once, and is read at once, whether
/// the response is compressed or not. Dropped, it ends as a response cut short, and the client comes again;
/// so it does after [`Events::finish`].
#[derive(Debug)]
pub struct Events<T: Transport> {
    exchange: Exchange<T>,
    /// The event that is being sent, written.
    text: Vec<u8>,
    is_head: bool,
}

/// What every stream of events says.
const FIELDS: [FieldLine<'static>; 2] =
    [FieldLine::new("Content-Type", "text/event-stream"), FieldLine::new("Cache-Control", "no-cache")];

impl<T: Transport> Exchange<T> {
    /// Answers with a stream of events: 200, `Content-Type: text/event-stream`, `Cache-Control: no-cache`.
    /// Where the client stopped the time before is told by its Last-Event-ID.
    ///
    /// ```no_run
    /// use sanderling::drive::{Error, Exchange, Transport};
    /// use sanderling::semantics::ServerSentEvent;
    ///
    /// async fn tide<T: Transport>(exchange: Exchange<T>) -> Result<(), Error> {
    ///     let mut events = exchange.events().await?;
    ///     events.send(&ServerSentEvent::new("the tide is coming in").id("1")).await?;
    ///     events.send(&ServerSentEvent::new("{\"height\": 3}").named("height")).await?;
    ///     events.finish().await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Exchange::start`].
    pub fn events(self) -> impl Future<Output = Result<Events<T>, Error>> {
        self.events_with::<FieldLine<'static>>(&[])
    }

    /// The same with field lines of one's own behind those.
    ///
    /// # Errors
    ///
    /// As [`Exchange::start`].
    pub fn events_with<F: Field>(mut self, fields: &[F]) -> impl Future<Output = Result<Events<T>, Error>> {
        let fields: Vec<_> = FIELDS
            .iter()
            .map(|field| (field.name().as_bytes(), field.value()))
            .chain(fields.iter().map(|field| (field.name(), field.value())))
            .collect();
        let started = self.start_now(StatusCode::OK, &fields, BodyLength::Unknown);
        let is_head = self.request().method() == Method::HEAD;
        async move {
            // The client is told at once that the stream is open.
            self.flushed(started).await?;
            Ok(Events { exchange: self, text: Vec::new(), is_head })
        }
    }
}

impl<T: Transport> Events<T> {
    /// The exchange, for its request.
    #[must_use]
    pub fn exchange(&self) -> &Exchange<T> {
        &self.exchange
    }

    /// Sends an event, and waits until the transport has taken it.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if it is not [valid](ServerSentEvent::is_valid), [`Error::Io`] if the client is gone,
    /// [`Error::Disconnected`] if it has sent HEAD: nobody listens.
    pub fn send(&mut self, event: &ServerSentEvent<'_>) -> impl Future<Output = Result<(), Error>> {
        let queued = if event.is_valid() { self.queue(event) } else { Err(SendError::FieldValue.into()) };
        self.exchange.flushed(queued)
    }

    /// Sends a comment, which no listener hears of, so that whoever is between sees a sign of life; it may
    /// be empty.
    ///
    /// # Errors
    ///
    /// As [`Events::send`].
    pub fn comment(&mut self, text: &str) -> impl Future<Output = Result<(), Error>> {
        let queued = self.queue(EventComment(text));
        self.exchange.flushed(queued)
    }

    /// Ends the stream.
    ///
    /// # Errors
    ///
    /// As [`Exchange::finish`].
    pub fn finish(self) -> impl Future<Output = Result<(), Error>> {
        self.exchange.finish()
    }

    fn queue(&mut self, text: impl fmt::Display) -> Result<(), Error> {
        if self.is_head {
            return Err(Error::Disconnected);
        }
        self.text.clear();
        write!(self.text, "{text}")?;
        Ok(self.exchange.show(&self.text)?)
    }
}
