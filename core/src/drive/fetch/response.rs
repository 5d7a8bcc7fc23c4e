//! A response, whose connection is kept once it has been read.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;

use super::Connect;
use super::kept::{Loan, Shared};
use crate::drive::{ClientConnection, Error};
use crate::http::{FieldSection, ResponseHead};
use crate::semantics::HttpUri;

/// A response whose head has come. When it is dropped after all of its body was read, or without if it has none, its
/// connection is kept for the next request.
pub struct Response<C: Connect> {
    pub(super) connection: Loan<C>,
    pub(super) uri: HttpUri,
}

impl<C: Connect> Response<C> {
    pub(super) fn new(shared: Arc<Shared<C>>, uri: HttpUri, connection: Box<ClientConnection<C::Transport>>) -> Self {
        let authority = Some(shared.peer(&uri).authority().to_owned());
        Self { connection: Loan { shared, authority, connection: Some(connection) }, uri }
    }

    /// The URI that it is the response to, after redirects.
    #[must_use]
    pub fn uri(&self) -> &HttpUri {
        &self.uri
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> ResponseHead<'_> {
        match self.connection.response() {
            Some(head) => head,
            None => unreachable!("a response begins with its head"),
        }
    }

    /// Waits for the next part of the body; `None` is its end.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read`].
    pub fn read(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> {
        self.connection.read()
    }

    /// Reads the rest of the body.
    ///
    /// # Errors
    ///
    /// As [`ClientConnection::read_to_end`].
    pub fn read_to_end(&mut self, limit: usize) -> impl Future<Output = Result<Vec<u8>, Error>> {
        self.connection.read_to_end(limit)
    }

    /// The trailer section, after the body was read to the end.
    #[must_use]
    pub fn trailers(&self) -> FieldSection<'_> {
        self.connection.trailers()
    }

    /// The transport with the octets that came behind the head: after 101, or a 2xx to CONNECT.
    #[must_use]
    pub fn into_parts(mut self) -> Option<(C::Transport, Bytes)> {
        self.connection.connection.take().map(|connection| connection.into_parts())
    }

    /// Reads a short body to its end, so that the connection can be used again.
    pub(super) async fn discard(mut self) {
        if !self.connection.keeps_alive() {
            return;
        }
        #[cfg(feature = "deflate")]
        self.connection.leave_encoded();
        let limit = usize::try_from(self.connection.shared.options.limits.unread_body).unwrap_or(usize::MAX);
        // Where this fails the connection is not kept, and nothing else depends on it.
        let _ = self.read_to_end(limit).await;
    }
}
