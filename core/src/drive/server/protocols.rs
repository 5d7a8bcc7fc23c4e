//! Other protocols on the same connection (RFC 9110 sections 7.8 and 9.3.6).

#[cfg(feature = "ws")]
use core::mem;

use bytes::Bytes;

use super::ServerDriver;
#[cfg(feature = "ws")]
use crate::drive::{input::Input, output::Output};
use crate::http::{self, BodyLength, Field, SendError, StatusCode, list};

impl ServerDriver {
    /// Accepts the client's offer to switch protocols: sends `101 Switching Protocols` with these
    /// fields, Upgrade among them, and `Connection: upgrade`. The request has to be read to its
    /// end. Flush, then take the connection over with [`ServerDriver::into_leftover`].
    ///
    /// # Errors
    ///
    /// As [`Connection::upgrade`](crate::http::server::Connection::upgrade), and [`SendError::Upgrade`] for a protocol
    /// that the client has not offered.
    pub fn upgrade<F: Field>(&mut self, fields: &[F]) -> Result<(), SendError> {
        self.pass_end();
        self.check_offered(fields)?;
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.upgrade(fields, out), SendError::required)?;
        self.exchange.started = true;
        self.exchange.due = None;
        Ok(())
    }

    /// Whether the client has offered what it is to switch to (RFC 9110 section 7.8). That it has offered nothing at all
    /// is the connection's to find.
    fn check_offered<F: Field>(&self, fields: &[F]) -> Result<(), SendError> {
        let Some(request) = self.request() else { return Err(SendError::OutOfTurn) };
        let is_offered = |chosen: &[u8]| {
            let mut offers = request.fields().named("Upgrade").flat_map(list::members).peekable();
            offers.peek().is_none() || offers.any(|offer| offer.eq_ignore_ascii_case(chosen))
        };
        let mut chosen = fields.iter().filter(|field| field.name().eq_ignore_ascii_case(b"upgrade"));
        if chosen.all(|field| list::members(field.value()).all(is_offered)) { Ok(()) } else { Err(SendError::Upgrade) }
    }

    /// Accepts a CONNECT request (RFC 9110 section 9.3.6): sends a 2xx that opens the tunnel.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if it is no such request.
    pub fn open_tunnel<F: Field>(&mut self, fields: &[F]) -> Result<(), SendError> {
        if !self.request().is_some_and(|request| request.method() == http::Method::CONNECT) {
            return Err(SendError::OutOfTurn);
        }
        self.pass_end();
        self.start_with(StatusCode::OK, fields, BodyLength::Known(0))
    }

    /// Steps over the end of a request that has no content.
    pub(in crate::drive) fn pass_end(&mut self) {
        self.exchange.read = self.exchange.read || self.connection.pass_end();
    }

    /// The octets received that belong to the new protocol.
    #[must_use]
    pub fn into_leftover(mut self) -> Bytes {
        let len = self.input.filled().len();
        self.input.take(len)
    }

    /// The buffers, for a driver of another protocol.
    #[cfg(feature = "ws")]
    pub(in crate::drive) fn take_buffers(&mut self) -> (Input, Output) {
        (mem::take(&mut self.input), mem::take(&mut self.output))
    }
}
