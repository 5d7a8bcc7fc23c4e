//! A client connection: a driver on its transport, for one exchange after another.

use alloc::vec::Vec;
use core::future::poll_fn;
use core::mem;
use core::task::{Context, Poll, ready};
use std::io;

use bytes::Bytes;

use super::patience::Patience;
use super::{ClientDriver, Driver, Error, Payload, Transport};
use crate::http::{
    BodyLength, Deadlines, Field, FieldSection, Limits, Method, NO_FIELDS, RequestTarget, ResponseHead, SendError,
};

/// What came of [`ClientConnection::progress`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // whoever sends a body has to know them all
pub enum Progress {
    /// There is room for more of the request's body.
    Room,
    /// A part of the response's body came; its head is there.
    Data(Bytes),
    /// The response is an error, or complete: the rest of the request's body is not wanted.
    Unwanted,
}

/// One connection of a client, on a transport that is there already.
///
/// Send the head of a request, its body and its end; then read the response, which may begin
/// before that. A future that is dropped loses nothing.
#[derive(Debug)]
pub struct ClientConnection<T> {
    pub(super) transport: T,
    driver: ClientDriver,
    /// How the transport failed; what has come before is still read.
    failed: Option<io::Error>,
    /// As much of the response's body as was read for [`ClientConnection::read_to_end`].
    body: Vec<u8>,
}

impl<T: Transport> ClientConnection<T> {
    /// A connection that was just opened.
    #[must_use]
    pub fn new(transport: T, limits: Limits, deadlines: Deadlines) -> Self {
        Self { transport, driver: ClientDriver::new(limits, deadlines), failed: None, body: Vec::new() }
    }

    // ---- the request ------------------------------------------------------------------------

    /// Begins a request. Its fields stand as given, in their order and case, Host among them;
    /// Content-Length or Transfer-Encoding is added as `length` asks. The head leaves with the
    /// first of the body, or with [`ClientConnection::finish`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for what may not be sent, and if the exchange before has not ended well. That is so, too, if
    /// the server has closed the connection since, or sent what nobody has asked for and would pass for the answer
    /// (RFC 9112 section 9.2): a connection that has been at rest is looked at first, and is of no more use then.
    pub fn start<F: Field>(
        &mut self,
        method: Method<'_>,
        target: RequestTarget<'_>,
        fields: &[F],
        length: Option<BodyLength>,
    ) -> Result<(), Error> {
        if self.driver.is_between_exchanges() && self.transport.is_readable() {
            self.driver.stop_sending();
            return Err(SendError::OutOfTurn.into());
        }
        self.begin(method, target, fields, length)
    }

    /// The same on a connection that was looked at.
    pub(super) fn begin<F: Field>(
        &mut self,
        method: Method<'_>,
        target: RequestTarget<'_>,
        fields: &[F],
        length: Option<BodyLength>,
    ) -> Result<(), Error> {
        self.body = Vec::new();
        Ok(self.driver.start(method, target, fields, length, self.transport.now())?)
    }

    /// Whether the content of the responses to come is decoded: see [`ClientDriver::set_decoding`].
    #[cfg(feature = "deflate")]
    pub fn set_decoding(&mut self, decodes: bool) {
        self.driver.set_decoding(decodes);
    }

    /// The content of this response is not decoded.
    #[cfg(feature = "deflate")]
    pub(super) fn leave_encoded(&mut self) {
        self.driver.leave_encoded();
    }

    /// Waits until the body may be sent: at once, unless the request asked for `100 Continue`. Says
    /// whether it is still wanted: `false` if the final response has come instead.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::head`]; [`SendError::OutOfTurn`] if the response to an earlier request has come first:
    /// what follows that can only be read once it has been.
    pub fn proceed(&mut self) -> impl Future<Output = Result<bool, Error>> {
        poll_fn(|context| {
            loop {
                self.look()?;
                if self.driver.is_answered() {
                    return Poll::Ready(Ok(false));
                }
                if !self.driver.awaits_continue() {
                    return Poll::Ready(Ok(true));
                }
                if self.driver.has_final() {
                    return Poll::Ready(Err(SendError::OutOfTurn.into()));
                }
                ready!(self.poll_turn(context))?;
            }
        })
    }

    /// The same; but if nothing was asked for, nothing is sent yet either.
    pub(super) async fn proceed_if_asked(&mut self) -> Result<bool, Error> {
        if self.driver.awaits_continue() { self.proceed().await } else { Ok(true) }
    }

    /// Sends a part of the request's body, and waits until the transport has taken it. Says whether
    /// more of it is wanted: `false` if the response has begun and is an error, or the server takes no more and a
    /// response is there; then read that.
    ///
    /// Does not read the response's body. Where that may be long before the request has ended, as
    /// with an echo, use [`ClientConnection::progress`], or both sides wait for each other.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared, [`Error::Io`] if the server is gone.
    pub fn write(&mut self, data: impl Payload) -> impl Future<Output = Result<bool, Error>> {
        let mut data = Some(data);
        poll_fn(move |context| {
            loop {
                if self.driver.patience.gives_way::<T>(context) {
                    return Poll::Pending;
                }
                self.look()?;
                if self.driver.is_refused() || (self.failed.is_some() && self.driver.has_final()) {
                    return Poll::Ready(Ok(false));
                }
                if self.driver.can_write()
                    && let Some(data) = data.take()
                {
                    self.driver.write(data)?;
                    self.driver.patience.spend(Patience::PIECE);
                }
                // What was not taken is gone as well: then an answer is waited for that says why.
                let has_left = data.is_none() && self.driver.output_len() == 0 && self.transport.is_flushed();
                if has_left && self.failed.is_none() {
                    return Poll::Ready(Ok(true));
                }
                ready!(self.poll_turn(context))?;
            }
        })
    }

    /// Goes on in both directions at once, until there is room for more of the request's body, as long as
    /// more of it may come, or something of the response's has come.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read`].
    pub fn progress(&mut self) -> impl Future<Output = Result<Progress, Error>> {
        poll_fn(|context| {
            loop {
                if self.driver.patience.gives_way::<T>(context) {
                    return Poll::Pending;
                }
                let now = self.transport.now();
                self.look()?;
                if self.driver.is_refused() {
                    return Poll::Ready(Ok(Progress::Unwanted));
                }
                if self.driver.is_answered()
                    && let Poll::Ready(data) = self.driver.poll_data(now).map_err(|error| self.cause(error))?
                {
                    self.driver.patience.spend(Patience::PIECE);
                    return Poll::Ready(Ok(data.map_or(Progress::Unwanted, Progress::Data)));
                }
                if self.driver.can_write() && self.driver.wants_data() {
                    self.driver.patience.spend(Patience::PIECE);
                    return Poll::Ready(Ok(Progress::Room));
                }
                ready!(self.poll_turn(context))?;
            }
        })
    }

    /// Queues a part of the request's body, after [`Progress::Room`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared.
    pub fn queue(&mut self, data: impl Payload) -> Result<(), Error> {
        Ok(self.driver.write(data)?)
    }

    /// Queues the end of the request, without waiting.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for less than was declared.
    pub fn end(&mut self) -> Result<(), Error> {
        Ok(self.driver.finish(NO_FIELDS)?)
    }

    /// Ends the request.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for less than was declared, [`Error::Io`] if the server is gone.
    pub fn finish(&mut self) -> impl Future<Output = Result<(), Error>> {
        self.finish_with(NO_FIELDS)
    }

    /// Ends a request of unknown length with a trailer section.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::finish`], and [`Error::Send`] if the body is not chunked.
    pub fn finish_with<F: Field>(&mut self, trailers: &[F]) -> impl Future<Output = Result<(), Error>> {
        let queued = self.driver.finish(trailers);
        poll_fn(move |context| {
            queued?;
            while self.failed.is_none() && (self.driver.output_len() > 0 || !self.transport.is_flushed()) {
                self.look()?;
                if self.driver.is_answered() {
                    break;
                }
                ready!(self.poll_turn(context))?;
            }
            Poll::Ready(Ok(()))
        })
    }

    /// Whether more of the request's body may be sent: not once it is ended, or as long as was declared.
    #[must_use]
    pub fn wants_data(&self) -> bool {
        self.driver.wants_data()
    }

    // ---- the response -----------------------------------------------------------------------

    /// Waits for the next head: an interim one (1xx), or the final one. A `100 Continue` that came
    /// while the body was sent is not among them. If it is an error, what has not left of the request is given up
    /// (RFC 9112 section 9.5).
    ///
    /// # Errors
    ///
    /// What the server did wrong; [`Error::Disconnected`] if it closed without a word.
    pub fn head(&mut self) -> impl Future<Output = Result<ResponseHead<'_>, Error>> {
        let mut this = Some(self);
        poll_fn(move |context| {
            let Some(connection) = &mut this else { return Poll::Ready(Err(Error::Disconnected)) };
            while connection.driver.poll_head(connection.transport.now())?.is_pending() {
                connection.driver.await_response(connection.transport.now());
                ready!(connection.poll_turn(context))?;
            }
            connection.cease_if_refused();
            let head = this.take().and_then(|connection| connection.driver.response());
            Poll::Ready(head.ok_or(Error::Disconnected))
        })
    }

    /// Waits for the final head; interim ones are passed over.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::head`].
    pub fn final_head(&mut self) -> impl Future<Output = Result<ResponseHead<'_>, Error>> {
        let mut this = Some(self);
        poll_fn(move |context| {
            let Some(connection) = &mut this else { return Poll::Ready(Err(Error::Disconnected)) };
            loop {
                match connection.driver.poll_head(connection.transport.now())? {
                    Poll::Ready(true) => break,
                    Poll::Ready(false) => {}
                    Poll::Pending => {
                        connection.driver.await_response(connection.transport.now());
                        ready!(connection.poll_turn(context))?;
                    }
                }
            }
            connection.cease_if_refused();
            let head = this.take().and_then(|connection| connection.driver.response());
            Poll::Ready(head.ok_or(Error::Disconnected))
        })
    }

    /// The head that came last; `None` before the first.
    #[must_use]
    pub fn response(&self) -> Option<ResponseHead<'_>> {
        self.driver.response()
    }

    /// The same, if it is the final one.
    pub(super) fn final_response(&self) -> Option<ResponseHead<'_>> {
        self.response().filter(|_| self.driver.has_final())
    }

    /// Waits for the next part of the response's body; `None` is its end.
    ///
    /// # Errors
    ///
    /// What the server did wrong, a body cut short among it.
    pub fn read(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> {
        poll_fn(|context| {
            // Nothing that was read for all of it is lost if that was given up.
            if !self.body.is_empty() {
                return Poll::Ready(Ok(Some(mem::take(&mut self.body).into())));
            }
            self.poll_read(context)
        })
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            if self.driver.patience.gives_way::<T>(context) {
                return Poll::Pending;
            }
            if let Poll::Ready(data) = self.driver.poll_data(self.transport.now()) {
                self.driver.patience.spend(Patience::PIECE);
                return Poll::Ready(data.map_err(|error| self.cause(error)));
            }
            ready!(self.poll_turn(context))?;
        }
    }

    /// Reads the rest of the response's body.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read`], and [`Error::ContentTooLarge`] above `limit` octets.
    pub fn read_to_end(&mut self, limit: usize) -> impl Future<Output = Result<Vec<u8>, Error>> {
        poll_fn(move |context| {
            while self.body.len() <= limit
                && let Some(data) = ready!(self.poll_read(context))?
            {
                self.body.extend_from_slice(&data);
            }
            if self.body.len() > limit {
                return Poll::Ready(Err(Error::ContentTooLarge));
            }
            Poll::Ready(Ok(mem::take(&mut self.body)))
        })
    }

    /// The trailer section of the response, after its body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.driver.trailers()
    }

    // ---- afterwards -------------------------------------------------------------------------

    /// Whether another exchange may follow on this connection (RFC 9112 section 9.3).
    #[must_use]
    pub fn can_reuse(&self) -> bool {
        self.driver.can_reuse()
    }

    /// Whether it can send a body of this length.
    pub(super) fn takes(&self, length: BodyLength) -> bool {
        length != BodyLength::Unknown || self.driver.takes_unknown_length()
    }

    /// Steps over the end of a response of which nothing is left to be read, such as one to HEAD. If anything is, the
    /// connection is of no more use.
    pub(super) fn pass_end(&mut self) {
        if self.driver.has_final() && self.driver.keeps_alive() {
            let _ = self.driver.poll_data(self.transport.now());
        }
    }

    /// Whether it may be so once the response is read.
    pub(super) fn keeps_alive(&self) -> bool {
        self.driver.keeps_alive()
    }

    /// Whether anything of a response has come since the request was begun. If not, a request that
    /// failed may be sent again on another connection, provided that it is idempotent.
    #[must_use]
    pub fn has_heard(&self) -> bool {
        self.driver.has_heard()
    }

    /// The transport with the octets that came behind the response: after 101, or a tunnel.
    #[must_use]
    pub fn into_parts(self) -> (T, Bytes) {
        (self.transport, self.driver.into_leftover())
    }

    fn look(&mut self) -> Result<(), Error> {
        self.driver.look(self.transport.now());
        match self.driver.take_error() {
            Some(error) => Err(self.cause(error)),
            None => Ok(()),
        }
    }

    /// What a server has refused it need not be sent to the end.
    fn cease_if_refused(&mut self) {
        if self.driver.is_refused() && self.driver.output_len() > 0 {
            self.driver.cease();
        }
    }

    /// A failed read or write tells more than the end that follows it.
    fn cause(&mut self, error: Error) -> Error {
        match error {
            Error::Disconnected => self.failed.take().map_or(error, Error::Io),
            error => error,
        }
    }

    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match self.transport.poll_turn(&mut self.driver, context) {
            Poll::Ready(Err(error)) if self.failed.is_none() => {
                // The server may have said why before it stopped listening.
                self.failed = Some(error);
                self.driver.stop_sending();
                self.driver.await_response(self.transport.now());
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.failed.take().unwrap_or(error).into())),
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Pending => {
                self.driver.patience.renew();
                Poll::Pending
            }
        }
    }
}
