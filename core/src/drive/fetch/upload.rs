//! A request whose body is sent piece by piece.

use super::{Connect, Response};
use crate::drive::{Error, Payload, Progress};
use crate::http::{Field, NO_FIELDS, ResponseHead};

/// A request whose body is being sent.
pub struct Upload<C: Connect> {
    pub(super) response: Response<C>,
    pub(super) is_wanted: bool,
}

impl<C: Connect> Upload<C> {
    /// Sends a part of the body, and waits until the transport has taken it. Says whether more of it
    /// is wanted: `false` if the response has begun and is an error. Whether the data was taken cannot be told if this is
    /// dropped before it is done.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::write`](crate::drive::ClientConnection::write).
    pub async fn write(&mut self, data: impl Payload) -> Result<bool, Error> {
        if self.is_wanted {
            self.is_wanted = self.response.connection.write(data).await?;
        }
        Ok(self.is_wanted)
    }

    /// Goes on in both directions at once: see [`ClientConnection::progress`](crate::drive::ClientConnection::progress).
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::progress`](crate::drive::ClientConnection::progress).
    pub async fn progress(&mut self) -> Result<Progress, Error> {
        if !self.is_wanted {
            return Ok(Progress::Unwanted);
        }
        let progress = self.response.connection.progress().await?;
        self.is_wanted = progress != Progress::Unwanted;
        Ok(progress)
    }

    /// Queues a part of the body, after [`Progress::Room`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] for more than was declared.
    pub fn queue(&mut self, data: impl Payload) -> Result<(), Error> {
        self.response.connection.queue(data)
    }

    /// The head of the response; `None` until it has come. Interim ones do not count.
    #[must_use]
    pub fn head(&self) -> Option<ResponseHead<'_>> {
        self.response.connection.final_response()
    }

    /// Ends the body and waits for the head of the response.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::finish`](crate::drive::ClientConnection::finish) and [`ClientConnection::final_head`](crate::drive::ClientConnection::final_head).
    pub async fn finish(self) -> Result<Response<C>, Error> {
        self.finish_with(NO_FIELDS).await
    }

    /// Ends a body of unknown length with a trailer section (RFC 9112 section 7.1.2), and waits for the head of the
    /// response.
    ///
    /// # Errors
    ///
    /// As [`Upload::finish`], and [`Error::Send`] if the body is not chunked.
    pub async fn finish_with<F: Field>(mut self, trailers: &[F]) -> Result<Response<C>, Error> {
        if self.is_wanted || !self.response.connection.wants_data() {
            self.response.connection.finish_with(trailers).await?;
        }
        self.response.connection.final_head().await?;
        Ok(self.response)
    }
}
