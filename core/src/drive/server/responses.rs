//! What the client gets: interim responses, and final ones whole or piece by piece.

#[cfg(feature = "deflate")]
use alloc::vec::Vec;

use super::ServerDriver;
use crate::drive::Payload;
#[cfg(feature = "deflate")]
use crate::drive::compression::tells_of_octets;
use crate::http::{BodyLength, Field, FieldLine, SendError, StatusCode};

impl ServerDriver {
    /// Sends an interim response (RFC 9110 section 15.2).
    ///
    /// # Errors
    ///
    /// As [`Connection::interim`](crate::http::server::Connection::interim).
    pub fn interim<F: Field>(&mut self, status: StatusCode, fields: &[F]) -> Result<(), SendError> {
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.interim(status, fields, out), SendError::required)
    }

    /// Sends a whole response.
    ///
    /// # Errors
    ///
    /// As [`Connection::respond`](crate::http::server::Connection::respond), and [`SendError::Status`] for a 2xx to CONNECT: [`ServerDriver::open_tunnel`].
    pub fn respond<F: Field>(&mut self, status: StatusCode, fields: &[F], body: impl Payload) -> Result<(), SendError> {
        self.check_tunnel(status)?;
        #[cfg(feature = "deflate")]
        if let Some(choice) = self.choose(status, fields, BodyLength::Known(body.as_slice().len() as u64)) {
            return self.respond_chosen(choice, status, fields, body);
        }
        self.respond_with(status, fields, body)
    }

    /// A 2xx to CONNECT says that there is a tunnel (RFC 9110 section 9.3.6): only [`ServerDriver::open_tunnel`] says so.
    #[inline]
    fn check_tunnel(&self, status: StatusCode) -> Result<(), SendError> {
        if self.connection.would_open_tunnel(status) { Err(SendError::Status) } else { Ok(()) }
    }

    /// Says no more than the reason phrase.
    pub(super) fn answer_plainly(&mut self, status: StatusCode, fields: &[FieldLine<'_>]) -> Result<(), SendError> {
        let is_text = !status.forbids_content()
            && !status.reason().is_empty()
            && !fields.iter().any(|line| line.is_named("Content-Type"));
        let kind = is_text.then_some(FieldLine::new("Content-Type", "text/plain"));
        self.respond_with(status, fields.iter().copied().chain(kind), status.reason())
    }

    /// Nobody will read the rest of a request that is answered as a whole. Where that is too long to be thrown away:
    /// better said than done.
    pub(super) fn close_if_unread(&mut self) {
        if self.connection.body_left() > self.limits.unread_body {
            self.connection.close();
        }
    }

    pub(super) fn respond_with(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item: Field, IntoIter: Clone>,
        body: impl Payload,
    ) -> Result<(), SendError> {
        self.close_if_unread();
        let len = body.as_slice().len();
        self.start_with(status, fields, BodyLength::Known(len as u64))?;
        if self.connection.finish_whole()? {
            self.output.push_payload(body);
        }
        self.exchange.finished = true;
        Ok(())
    }

    /// Sends the head of a response.
    ///
    /// # Errors
    ///
    /// As [`ServerDriver::respond`].
    pub fn start<F: Field>(&mut self, status: StatusCode, fields: &[F], length: BodyLength) -> Result<(), SendError> {
        self.check_tunnel(status)?;
        #[cfg(feature = "deflate")]
        if let Some(choice) = self.choose(status, fields, length) {
            return self.start_chosen(choice, status, fields, length);
        }
        self.start_with(status, fields, length)
    }

    pub(super) fn start_with(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item: Field, IntoIter: Clone>,
        length: BodyLength,
    ) -> Result<(), SendError> {
        let fields = fields.into_iter();
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.respond(status, fields.clone(), length, out), SendError::required)?;
        self.exchange.started = true;
        self.exchange.due = None;
        self.unsent = match length {
            BodyLength::Known(_) => u64::MAX,
            BodyLength::Unknown => self.limits.unread_body,
        };
        Ok(())
    }

    /// Sends a part of the response's body. Wait for [`ServerDriver::can_write`] before.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`](crate::http::server::Connection::frame_data). What is written in answer to HEAD, or with 204 or 304, is not sent;
    /// after [`Limits::unread_body`](crate::http::Limits::unread_body) octets of a body of unknown length it is [`SendError::BodyTooLong`], so
    /// that whoever writes without end finds one.
    pub fn write(&mut self, data: impl Payload) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if self.compressing.is_active() {
            return self.compress(data);
        }
        self.write_with(data)
    }

    /// Makes sure that what was written so far can be read by the client once the output has arrived:
    /// nothing waits in a compressor.
    ///
    /// # Errors
    ///
    /// None that [`ServerDriver::write`] would not have had.
    pub fn flush(&mut self) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        self.compress_all()?;
        Ok(())
    }

    pub(super) fn write_with(&mut self, data: impl Payload) -> Result<(), SendError> {
        let len = data.as_slice().len();
        let Some(frame) = self.connection.frame_data(len)? else {
            // Nobody gets it, so that nothing holds the application back but this.
            self.unsent = self.unsent.checked_sub(len as u64).ok_or(SendError::BodyTooLong)?;
            return Ok(());
        };
        self.output.push(frame.before());
        self.output.push_payload(data);
        self.output.push(frame.after());
        Ok(())
    }

    /// Ends the response, with trailers if it is chunked.
    ///
    /// # Errors
    ///
    /// As [`Connection::finish`](crate::http::server::Connection::finish).
    pub fn finish<F: Field>(&mut self, trailers: &[F]) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if self.compressing.is_active() {
            self.end_compressed(!trailers.is_empty())?;
            // What is true of the octets before they were encoded stays behind.
            let trailers: Vec<_> = trailers.iter().filter(|trailer| !tells_of_octets(*trailer)).collect();
            return self.finish_with(&trailers);
        }
        self.finish_with(trailers)
    }

    pub(super) fn finish_with<F: Field>(&mut self, trailers: &[F]) -> Result<(), SendError> {
        let Self { connection, output, .. } = self;
        output.emit(|out| connection.finish(trailers, out), SendError::required)?;
        self.exchange.finished = true;
        Ok(())
    }
}
