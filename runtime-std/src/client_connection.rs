//! One connection of a client, on a stream that the user already has: the core's, waited for.

use std::net::TcpStream;

use bytes::Bytes;
use sanderling::drive;
use sanderling::http::{FieldSection, RequestTarget, ResponseHead};

use crate::connection::block;
use crate::{BodyLength, Deadlines, Error, Field, Limits, Method, Payload, Progress, Stream, Transport};

/// One connection of a client: send the head of a request, its body and its end; then read the response,
/// which may begin before that.
///
/// ```
/// # #[cfg(unix)] fn main() -> Result<(), sanderling_std::Error> {
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use sanderling::http::RequestTarget;
/// use sanderling_std::{ClientConnection, Deadlines, Limits, Method};
///
/// let (stream, mut server) = UnixStream::pair()?;
/// std::thread::spawn(move || {
///     server.read(&mut [0; 100])?;
///     server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi")
/// });
///
/// let mut connection = ClientConnection::new(stream, Limits::default(), Deadlines::default());
/// connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None)?;
/// connection.finish()?;
/// assert_eq!(connection.final_head()?.status().as_u16(), 200);
/// assert_eq!(connection.read_to_end(100)?, b"Hi");
/// assert!(connection.can_reuse());
/// # Ok(())
/// # }
/// # #[cfg(not(unix))] fn main() {}
/// ```
#[derive(Debug)]
pub struct ClientConnection<S: Stream = TcpStream> {
    inner: drive::ClientConnection<Transport<S>>,
}

impl<S: Stream> ClientConnection<S> {
    /// A connection that is open.
    #[must_use]
    pub fn new(stream: S, limits: Limits, deadlines: Deadlines) -> Self {
        Self { inner: drive::ClientConnection::new(Transport::new(stream, None), limits, deadlines) }
    }

    // ---- the request ------------------------------------------------------------------------

    /// Queues the head of a request; fields stand as given, Host among them. Without a `length` there is
    /// no body.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for what may not be sent, or not now; then, too, if the server has sent something since the
    /// exchange before, or closed the connection.
    pub fn start<F: Field>(
        &mut self,
        method: Method<'_>,
        target: RequestTarget<'_>,
        fields: &[F],
        length: Option<BodyLength>,
    ) -> Result<(), Error> {
        self.inner.start(method, target, fields, length)
    }

    /// Waits until the body may be sent: at once, unless the request asked for `100 Continue`. Says
    /// whether it is still wanted: `false` if the final response has come instead.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::head`].
    pub fn proceed(&mut self) -> Result<bool, Error> {
        block(self.inner.proceed())
    }

    /// Sends a part of the request's body. Says whether more of it is wanted: `false` if the response has
    /// begun and is an error; then read that.
    ///
    /// Does not read the response's body. Where that may be long before the request has ended, as with an
    /// echo, use [`ClientConnection::progress`], or both sides wait for each other.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared, [`Error::Io`] if the server is gone.
    pub fn write(&mut self, data: impl Payload) -> Result<bool, Error> {
        block(self.inner.write(data))
    }

    /// Goes on in both directions at once, until there is room for more of the request's body, as long as
    /// more of it may come, or something of the response's has come.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read`].
    pub fn progress(&mut self) -> Result<Progress, Error> {
        block(self.inner.progress())
    }

    /// Queues a part of the request's body, after [`Progress::Room`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared.
    pub fn queue(&mut self, data: impl Payload) -> Result<(), Error> {
        self.inner.queue(data)
    }

    /// Ends the request.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for less than was declared, [`Error::Io`] if the server is gone.
    pub fn finish(&mut self) -> Result<(), Error> {
        block(self.inner.finish())
    }

    /// Ends a request of unknown length with a trailer section.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::finish`], and [`Error::Send`] if the body is not chunked.
    pub fn finish_with<F: Field>(&mut self, trailers: &[F]) -> Result<(), Error> {
        block(self.inner.finish_with(trailers))
    }

    // ---- the response -----------------------------------------------------------------------

    /// Waits for the next head: an interim one (1xx), or the final one.
    ///
    /// # Errors
    ///
    /// What the server did wrong; [`Error::Disconnected`] if it closed without a word.
    pub fn head(&mut self) -> Result<ResponseHead<'_>, Error> {
        block(self.inner.head())
    }

    /// Waits for the head of the final response.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::head`].
    pub fn final_head(&mut self) -> Result<ResponseHead<'_>, Error> {
        block(self.inner.final_head())
    }

    /// Waits for the next part of the response's body; `None` is its end.
    ///
    /// # Errors
    ///
    /// What the server did wrong, a body cut short among it.
    pub fn read(&mut self) -> Result<Option<Bytes>, Error> {
        block(self.inner.read())
    }

    /// Reads the rest of the response's body.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read`], and [`Error::ContentTooLarge`] above `limit` octets.
    pub fn read_to_end(&mut self, limit: usize) -> Result<Vec<u8>, Error> {
        block(self.inner.read_to_end(limit))
    }

    /// The trailer section of the response, after its body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.inner.trailers()
    }

    // ---- afterwards -------------------------------------------------------------------------

    /// Whether another exchange may follow on this connection (RFC 9112 section 9.3).
    #[must_use]
    pub fn can_reuse(&self) -> bool {
        self.inner.can_reuse()
    }

    /// The transport with the octets that came behind the response: after 101, or a tunnel.
    #[must_use]
    pub fn into_parts(self) -> (Transport<S>, Bytes) {
        self.inner.into_parts()
    }
}
