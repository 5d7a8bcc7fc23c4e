//! A request and its response, as a handler has them.

use alloc::vec::Vec;
use core::fmt;
use core::future::poll_fn;
#[cfg(feature = "futures")]
use core::task::Context;
use core::task::{Poll, ready};

use bytes::Bytes;

use super::connection::LentConnection;
use super::patience::Patience;
#[cfg(feature = "ws")]
use super::successor::Successor;
use super::{Error, Payload, Phase, Transport};
#[cfg(feature = "ws")]
use super::{WebSocket, WebSocketOptions};
#[cfg(feature = "ws")]
use crate::http::FieldLine;
use crate::http::{BodyLength, Field, FieldSection, RequestHead, SendError, StatusCode};

/// One exchange: the request, its body as it comes, and the response.
///
/// A handler takes it by value and may keep it as long as it likes; the connection waits. If it is
/// dropped without a response, the client gets the status that fits what went wrong, or 500; if
/// the response was left unfinished, the connection is dropped so that the client can tell (but one of HTTP/1.0 from a
/// body of unknown length, which ends so anyway).
///
/// Reading and writing are independent of each other. A future that is dropped loses nothing: data
/// was either handed over wholly or not at all. Which of the two cannot be told of a [`Exchange::write`] that was
/// dropped before it was done: keep it, and poll it again.
pub struct Exchange<T: Transport> {
    pub(super) connection: LentConnection<T>,
}

impl<T: Transport> fmt::Debug for Exchange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("request", &self.connection.driver.request()).finish_non_exhaustive()
    }
}

impl<T: Transport> Exchange<T> {
    pub(super) fn new(connection: LentConnection<T>) -> Self {
        Self { connection }
    }

    /// The head of the request.
    #[must_use]
    pub fn request(&self) -> RequestHead<'_> {
        match self.connection.driver.request() {
            Some(head) => head,
            None => unreachable!("an exchange begins with its request"),
        }
    }

    /// The trailer section of the request, after its body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.connection.driver.trailers()
    }

    /// How many requests came on this connection, this one among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.connection.driver.requests()
    }

    /// The transport, for what an adapter knows of it.
    #[must_use]
    pub fn transport(&self) -> &T {
        &self.connection.transport
    }

    // ---- the request's body -----------------------------------------------------------------

    /// Waits for the next part of the request's body; `None` is its end. A client that waits for
    /// `100 Continue` gets it now. Not reading holds the client back.
    ///
    /// # Errors
    ///
    /// What the client did wrong. Give it back from the handler to have it answered.
    pub fn read(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> {
        poll_fn(|context| self.connection.poll_data(context))
    }

    /// Reads the rest of the request's body.
    ///
    /// # Errors
    ///
    /// As [`Exchange::read`], and [`Error::ContentTooLarge`] above `limit` octets, which is answered
    /// with 413 if given back from the handler.
    pub fn read_to_end(&mut self, limit: usize) -> impl Future<Output = Result<Vec<u8>, Error>> {
        poll_fn(move |context| {
            loop {
                let now = self.connection.transport.now();
                if let Poll::Ready(body) = self.connection.driver.poll_to_end(limit, now) {
                    return Poll::Ready(body);
                }
                ready!(self.connection.poll_turn(context))?;
            }
        })
    }

    // ---- the response -----------------------------------------------------------------------

    /// Sends an interim response, such as `103 Early Hints` (RFC 9110 section 15.2).
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a status that is not interim or a malformed field.
    pub fn interim<F: Field>(&mut self, status: StatusCode, fields: &[F]) -> impl Future<Output = Result<(), Error>> {
        let queued = self.connection.driver.interim(status, fields);
        self.flushed(queued)
    }

    /// Sends the whole response. Its length is said by Content-Length, unless more than 256 KiB are compressed; a body
    /// that may not be sent (to HEAD, or with 204 or 304) is not.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a malformed field, and for Content-Length and Transfer-Encoding; the client then gets 500.
    /// [`Error::Io`] if it is gone.
    pub fn respond<F: Field>(
        mut self,
        status: StatusCode,
        fields: &[F],
        body: impl Payload,
    ) -> impl Future<Output = Result<(), Error>> {
        self.begin_answer();
        let queued = self.connection.driver.respond(status, fields, body);
        self.ended(queued)
    }

    /// Sends the head of the response. The body follows with [`Exchange::write`] and
    /// [`Exchange::finish`]. The head leaves with the first of it; where that is long in coming,
    /// [`Exchange::flush`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a malformed field, and for Content-Length and Transfer-Encoding. [`Error::Io`] if the client
    /// is gone.
    pub fn start<F: Field>(
        &mut self,
        status: StatusCode,
        fields: &[F],
        length: BodyLength,
    ) -> impl Future<Output = Result<(), Error>> {
        let queued = self.start_now(status, fields, length);
        async move { Ok(queued?) }
    }

    /// Queues the head of the response.
    pub(super) fn start_now<F: Field>(
        &mut self,
        status: StatusCode,
        fields: &[F],
        length: BodyLength,
    ) -> Result<(), SendError> {
        self.begin_answer();
        self.connection.driver.start(status, fields, length)
    }

    /// Queues a part of the response's body that the client is to read at once.
    pub(super) fn show(&mut self, data: impl Payload) -> Result<(), SendError> {
        let driver = &mut *self.connection.driver;
        driver.patience.spend(Patience::PIECE);
        driver.write(data)?;
        driver.flush()
    }

    /// Sends a part of the response's body, and waits until the transport has taken it. If the response
    /// is compressed, some of it may wait for more, or for [`Exchange::flush`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] before [`Exchange::start`] or for more than was declared. [`Error::Io`] if
    /// the client is gone.
    pub fn write(&mut self, data: impl Payload) -> impl Future<Output = Result<(), Error>> {
        let mut data = Some(data);
        poll_fn(move |context| {
            let connection = &mut self.connection;
            while let Some(payload) = data.take() {
                if connection.driver.patience.gives_way::<T>(context) {
                    data = Some(payload);
                    return Poll::Pending;
                }
                if connection.driver.can_write() {
                    connection.driver.write(payload)?;
                    connection.driver.patience.spend(Patience::PIECE);
                } else {
                    data = Some(payload);
                    ready!(connection.poll_turn(context))?;
                }
            }
            connection.poll_flush(context)
        })
    }

    /// Waits until the transport has taken all that was sent so far, so that the client can read all of
    /// it: nothing waits in a compressor either.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the client is gone.
    pub fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        let queued = self.connection.driver.flush();
        self.flushed(queued)
    }

    /// Ends the response.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] before [`Exchange::start`] or for less than was declared; then the connection
    /// is dropped. [`Error::Io`] if the client is gone.
    pub fn finish(self) -> impl Future<Output = Result<(), Error>> {
        self.finish_with(crate::http::NO_FIELDS)
    }

    /// Ends a response of unknown length with a trailer section (RFC 9112 section 7.1.2).
    ///
    /// # Errors
    ///
    /// As [`Exchange::finish`], and [`Error::Send`] if the response is not chunked.
    pub fn finish_with<F: Field>(mut self, trailers: &[F]) -> impl Future<Output = Result<(), Error>> {
        let queued = self.connection.driver.finish(trailers);
        self.ended(queued)
    }

    /// Once the server shuts down, the answer says that it is the connection's last.
    fn begin_answer(&mut self) {
        self.connection.note_answer();
        if self.connection.shutdown().phase() != Phase::Serving {
            self.connection.driver.close_after_next();
        }
    }

    /// Shows the client all that was written.
    #[cfg(feature = "futures")]
    pub(super) fn poll_shown(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.connection.driver.flush()?;
        self.connection.poll_flush(context)
    }

    pub(super) fn flushed<E: Into<Error>>(&mut self, queued: Result<(), E>) -> impl Future<Output = Result<(), Error>> {
        let mut queued = Some(queued);
        poll_fn(move |context| {
            if let Some(queued) = queued.take() {
                queued.map_err(Into::into)?;
            }
            self.connection.poll_flush(context)
        })
    }

    /// The last step of a response. If more requests may be in the buffer already, their answers
    /// leave together with this one; else it leaves now.
    fn ended(mut self, queued: Result<(), SendError>) -> impl Future<Output = Result<(), Error>> {
        poll_fn(move |context| {
            queued?;
            if self.connection.driver.has_input() && self.connection.driver.can_write() {
                return Poll::Ready(Ok(()));
            }
            self.connection.poll_flush(context)
        })
    }

    // ---- other protocols --------------------------------------------------------------------

    /// Accepts the client's offer to switch to another protocol: sends `101 Switching Protocols`
    /// with these fields (Upgrade has to be among them; Connection is added), and gives the
    /// transport back with the octets that came behind the request.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the request made no such offer or was not read to its end.
    pub fn upgrade<F: Field>(mut self, fields: &[F]) -> impl Future<Output = Result<(T, Bytes), Error>> {
        self.connection.renew_date();
        let queued = self.connection.driver.upgrade(fields);
        self.handed_over(queued)
    }

    /// Accepts a CONNECT request with a 2xx, and gives the transport back with the octets that
    /// came behind the request (RFC 9110 section 9.3.6).
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if it is no such request.
    pub fn open_tunnel<F: Field>(mut self, fields: &[F]) -> impl Future<Output = Result<(T, Bytes), Error>> {
        self.connection.renew_date();
        let queued = self.connection.driver.open_tunnel(fields);
        self.handed_over(queued)
    }

    fn handed_over(self, queued: Result<(), SendError>) -> impl Future<Output = Result<(T, Bytes), Error>> {
        let mut this = Some(self);
        poll_fn(move |context| {
            queued?;
            if let Some(exchange) = &mut this {
                ready!(exchange.connection.poll_flush(context))?;
            }
            let connection = this.take().ok_or(Error::Disconnected)?.connection.keep();
            Poll::Ready(Ok(connection.into_leftover()))
        })
    }

    /// Accepts the request as a WebSocket's opening handshake (RFC 6455 section 4.2), with the
    /// defaults. The answer leaves as with [`Exchange::websocket_with`].
    ///
    /// # Errors
    ///
    /// As [`Exchange::websocket_with`].
    #[cfg(feature = "ws")]
    pub fn websocket(self) -> Result<WebSocket<T>, Error> {
        self.websocket_with(&WebSocketOptions::default(), &[])
    }

    /// Accepts the request as a WebSocket's opening handshake; `fields` are added to the answer,
    /// which leaves with the first that is sent or received, or when the handler waits for something else.
    ///
    /// To refuse, respond in any other way: HTTP then goes on.
    ///
    /// # Errors
    ///
    /// [`Error::NotWebSocket`] and [`Error::Refused`]; the client has its answer.
    #[cfg(feature = "ws")]
    pub fn websocket_with(
        mut self,
        options: &WebSocketOptions,
        fields: &[FieldLine<'_>],
    ) -> Result<WebSocket<T>, Error> {
        self.connection.renew_date();
        let driver = self.connection.driver.accept_websocket(options, fields)?;
        let member = self.connection.shutdown().join();
        Ok(self.connection.replace(|connection| {
            let socket = WebSocket::new(connection.into_transport(), driver, Some(member));
            let shared = socket.shared();
            shared.put_cork_in();
            let successor = Successor::new(shared);
            (socket, Some(successor))
        }))
    }
}
