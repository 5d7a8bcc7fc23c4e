//! A request and its response, as a handler has them: the core's exchange, waited for.

use std::net::TcpStream;

use bytes::Bytes;
use sanderling::drive;
use sanderling::http::{FieldSection, RequestHead};
use sanderling::semantics::ServerSentEvent;

#[cfg(feature = "files")]
use crate::Files;
use crate::connection::block;
use crate::{BodyLength, Error, Field, FieldLine, Payload, StatusCode, Stream, Transport, WebSocket, WebSocketOptions};

/// One exchange: the request, its body as it comes, and the response.
///
/// A handler takes it by value and may give it to another thread; the connection waits. If it is
/// dropped without a response, the client gets the status that fits what went wrong, or 500; if
/// the response was left unfinished, the connection is dropped so that the client can tell.
#[derive(Debug)]
pub struct Exchange<S: Stream = TcpStream> {
    inner: drive::Exchange<Transport<S>>,
}

impl<S: Stream> Exchange<S> {
    pub(crate) fn new(inner: drive::Exchange<Transport<S>>) -> Self {
        Self { inner }
    }

    /// The head of the request.
    #[must_use]
    pub fn request(&self) -> RequestHead<'_> {
        self.inner.request()
    }

    /// The trailer section of the request, after its body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.inner.trailers()
    }

    /// How many requests came on this connection, this one among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.inner.requests()
    }

    /// The transport, for what it knows of the stream.
    #[must_use]
    pub fn transport(&self) -> &Transport<S> {
        self.inner.transport()
    }

    /// Waits for the next part of the request's body; `None` is its end. A client that waits for
    /// `100 Continue` gets it now. Not reading holds the client back.
    ///
    /// # Errors
    ///
    /// What the client did wrong. Give it back from the handler to have it answered.
    pub fn read(&mut self) -> Result<Option<Bytes>, Error> {
        block(self.inner.read())
    }

    /// Reads the rest of the request's body.
    ///
    /// # Errors
    ///
    /// As [`Exchange::read`], and [`Error::ContentTooLarge`] above `limit` octets, which is answered
    /// with 413 if given back from the handler.
    pub fn read_to_end(&mut self, limit: usize) -> Result<Vec<u8>, Error> {
        block(self.inner.read_to_end(limit))
    }

    /// Sends an interim response, such as `103 Early Hints` (RFC 9110 section 15.2).
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a status that is not interim or a malformed field.
    pub fn interim<F: Field>(&mut self, status: StatusCode, fields: &[F]) -> Result<(), Error> {
        block(self.inner.interim(status, fields))
    }

    /// Sends the whole response. Its length is said by Content-Length; a body that may not be sent
    /// (to HEAD, or with 204 or 304) is not.
    ///
    /// If the client has sent another request already, the answer may leave with the next one: what the handler
    /// still does after this delays both.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a malformed field; the client then gets 500. [`Error::Io`] if it is gone.
    pub fn respond<F: Field>(self, status: StatusCode, fields: &[F], body: impl Payload) -> Result<(), Error> {
        block(self.inner.respond(status, fields, body))
    }

    /// Responds with the file that the request's path leads to, as [`Files`] was told.
    ///
    /// GET and HEAD get the file, all of it or the ranges that Range asks for, if the preconditions hold
    /// (RFC 9110 sections 13 and 14); OPTIONS is told so, and other methods get 405 or 501. Where there is no
    /// file the client gets 404, for a path that is none 400, and for a file that may not be read 403.
    ///
    /// The file is read as it is sent, 64 KiB at a time, or sent by the system where that is possible and cheaper
    /// ([`Stream::socket`]). If it is changed meanwhile, the connection is dropped, so that the client can tell.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the client is gone, or if reading fails: then the client gets 500 if nothing was sent
    /// yet.
    #[cfg(feature = "files")]
    pub fn respond_from(self, files: &Files) -> Result<(), Error> {
        block(self.inner.respond_from(files))
    }

    /// Sends the head of the response. The body follows with [`Exchange::write`] and
    /// [`Exchange::finish`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for a malformed field. [`Error::Io`] if the client is gone.
    pub fn start<F: Field>(&mut self, status: StatusCode, fields: &[F], length: BodyLength) -> Result<(), Error> {
        block(self.inner.start(status, fields, length))
    }

    /// Sends a part of the response's body, and waits until the stream has taken it. If the response is
    /// compressed, some of it may wait for more, or for [`Exchange::flush`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] before [`Exchange::start`] or for more than was declared. [`Error::Io`] if
    /// the client is gone.
    pub fn write(&mut self, data: impl Payload) -> Result<(), Error> {
        block(self.inner.write(data))
    }

    /// Sends a response whose body is what an iterator gives, piece by piece, as the client takes them: the
    /// receiving end of a bounded channel for one. An iterator does not say that it will be a while until
    /// the next piece; where that matters and responses are compressed, [`Exchange::write`] and
    /// [`Exchange::flush`].
    ///
    /// # Errors
    ///
    /// That of the iterator, which cuts the response short, so that the client can tell; else as
    /// [`Exchange::start`] and [`Exchange::write`].
    pub fn respond_iter<F: Field, P: Payload, E>(
        mut self,
        status: StatusCode,
        fields: &[F],
        pieces: impl IntoIterator<Item = Result<P, E>>,
    ) -> Result<(), Error>
    where
        Error: From<E>,
    {
        self.start(status, fields, BodyLength::Unknown)?;
        for piece in pieces {
            self.write(piece?)?;
        }
        self.finish()
    }

    /// Answers with a stream of events: 200, `Content-Type: text/event-stream`, `Cache-Control: no-cache`.
    /// Where the client stopped the time before is told by its Last-Event-ID.
    ///
    /// # Errors
    ///
    /// As [`Exchange::start`].
    pub fn events(self) -> Result<Events<S>, Error> {
        Ok(Events { inner: block(self.inner.events())? })
    }

    /// The same with field lines of one's own behind those.
    ///
    /// # Errors
    ///
    /// As [`Exchange::start`].
    pub fn events_with<F: Field>(self, fields: &[F]) -> Result<Events<S>, Error> {
        Ok(Events { inner: block(self.inner.events_with(fields))? })
    }

    /// Waits until the stream has taken all that was sent so far, so that the client can read all of it:
    /// nothing waits in a compressor either.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the client is gone.
    pub fn flush(&mut self) -> Result<(), Error> {
        block(self.inner.flush())
    }

    /// Ends the response.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] before [`Exchange::start`] or for less than was declared; then the connection
    /// is dropped. [`Error::Io`] if the client is gone.
    pub fn finish(self) -> Result<(), Error> {
        block(self.inner.finish())
    }

    /// Ends a response of unknown length with a trailer section (RFC 9112 section 7.1.2).
    ///
    /// # Errors
    ///
    /// As [`Exchange::finish`], and [`Error::Send`] if the response is not chunked.
    pub fn finish_with<F: Field>(self, trailers: &[F]) -> Result<(), Error> {
        block(self.inner.finish_with(trailers))
    }

    /// Accepts the client's offer to switch to another protocol: sends `101 Switching Protocols`
    /// with these fields (Upgrade has to be among them; Connection is added), and gives the
    /// transport back with the octets that came behind the request.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the request made no such offer or was not read to its end.
    pub fn upgrade<F: Field>(self, fields: &[F]) -> Result<(Transport<S>, Bytes), Error> {
        block(self.inner.upgrade(fields))
    }

    /// Accepts a CONNECT request with a 2xx, and gives the transport back with the octets that
    /// came behind the request (RFC 9110 section 9.3.6).
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if it is no such request.
    pub fn open_tunnel<F: Field>(self, fields: &[F]) -> Result<(Transport<S>, Bytes), Error> {
        block(self.inner.open_tunnel(fields))
    }
}

/// An open stream of events: from [`Exchange::events`]. Each leaves at once, and is read at once, whether the
/// response is compressed or not. Dropped, it ends as a response cut short, and the client comes again; so it
/// does after [`Events::finish`].
#[derive(Debug)]
pub struct Events<S: Stream = TcpStream> {
    inner: drive::Events<Transport<S>>,
}

impl<S: Stream> Events<S> {
    /// Sends an event, and waits until the stream has taken it.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if it is not [valid](ServerSentEvent::is_valid), [`Error::Io`] if the client is gone.
    pub fn send(&mut self, event: &ServerSentEvent<'_>) -> Result<(), Error> {
        block(self.inner.send(event))
    }

    /// Sends a comment, which no listener hears of, so that whoever is between sees a sign of life; it may be
    /// empty.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the client is gone.
    pub fn comment(&mut self, text: &str) -> Result<(), Error> {
        block(self.inner.comment(text))
    }

    /// Ends the stream.
    ///
    /// # Errors
    ///
    /// As [`Exchange::finish`].
    pub fn finish(self) -> Result<(), Error> {
        block(self.inner.finish())
    }
}

impl<S: Stream + Send + Sync + 'static> Exchange<S> {
    /// Accepts the request as a WebSocket's opening handshake (RFC 6455 section 4.2), with the
    /// defaults.
    ///
    /// # Errors
    ///
    /// As [`Exchange::websocket_with`].
    pub fn websocket(self) -> Result<WebSocket<S>, Error> {
        self.websocket_with(&WebSocketOptions::default(), &[])
    }

    /// Accepts the request as a WebSocket's opening handshake; `fields` are added to the answer, which leaves now.
    ///
    /// To refuse, respond in any other way: HTTP then goes on.
    ///
    /// # Errors
    ///
    /// [`Error::NotWebSocket`] and [`Error::Refused`]; the client has its answer. [`Error::TimedOut`] and
    /// [`Error::Io`] if it takes none.
    pub fn websocket_with(self, options: &WebSocketOptions, fields: &[FieldLine<'_>]) -> Result<WebSocket<S>, Error> {
        let mut socket = WebSocket::blocking(self.inner.websocket_with(options, fields)?)?;
        // Nobody sees the handler wait for something else.
        socket.flush()?;
        Ok(socket)
    }
}
