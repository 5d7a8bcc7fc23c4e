//! What the client gets: interim responses and final ones, in the order of the requests.

use super::context::Context;
use super::{Connection, Reading, Writing};
use crate::http::body::BodyEncoder;
use crate::http::chunked::DataFrame;
use crate::http::emit::{self, Out, OwnFields};
use crate::http::error::SendError;
use crate::http::{BodyLength, Field, RequestParser, StatusCode, Version};
use crate::octet::scan;
use crate::time::Pace;

impl Connection {
    /// The value for the Date field of the answers to come (RFC 9110 section 6.6.1), in
    /// `IMF-fixdate`. Without it, or where the application gives its own, none is added.
    pub fn set_date(&mut self, date: Option<[u8; 29]>) {
        self.date = date.filter(|date| scan::value_len(date) == date.len()).map(|date| {
            let mut line = *b"Date: Ddd, DD Mmm YYYY hh:mm:ss GMT\r\n";
            if let Some((_, rest)) = line.split_first_chunk_mut::<6>()
                && let Some(place) = rest.first_chunk_mut()
            {
                *place = date;
            }
            line
        });
    }

    /// Writes an interim response (RFC 9110 section 15.2), such as `100 Continue` or `103 Early
    /// Hints`, and says how many octets it has. Writes nothing for a client of HTTP/1.0, which
    /// would not understand.
    ///
    /// # Errors
    ///
    /// [`SendError::Status`] for 101 and for final codes, and those of emission.
    pub fn interim<F: Field>(&mut self, status: StatusCode, fields: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let context = self.context()?;
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(SendError::Status);
        }
        if context.version() == Version::Http10 {
            return Ok(0);
        }
        let mut out = Out::new(out);
        emit::write_status_line(&mut out, status);
        let own = emit::write_fields(&mut out, fields)?;
        emit::end(&mut out);
        let len = out.finish()?;
        // Whoever says so has to keep to it (RFC 9112 section 9.6).
        self.going_away |= own.connection.close();
        if status == StatusCode::CONTINUE {
            // It may be a later request that waits.
            self.continue_owed &= self.unanswered.len() > 1;
            if let Some(context) = self.unanswered.first_mut() {
                context.unset(Context::EXPECTS);
            }
        }
        Ok(len)
    }

    /// Whether a response of this status would open a tunnel: a 2xx to CONNECT (RFC 9110 section 9.3.6).
    #[cfg(feature = "alloc")]
    pub(crate) fn would_open_tunnel(&self, status: StatusCode) -> bool {
        status.is_success() && self.context().is_ok_and(|context| context.is(Context::IS_CONNECT))
    }

    /// Writes the head of the final response and says how many octets it has.
    ///
    /// After the application's fields it adds, as needed, Date, Connection, and Content-Length or
    /// Transfer-Encoding as `length` asks; nothing else. A body that the response cannot have (to
    /// HEAD, with 204 or 304) is not written when it comes. A 2xx to CONNECT starts the tunnel; any other answer to it
    /// is the last, since what follows may be for the tunnel and not for the server (RFC 9931 section 8).
    ///
    /// # Errors
    ///
    /// [`SendError::Status`] for 1xx, and those of emission.
    pub fn respond(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item: Field, IntoIter: Clone>,
        length: BodyLength,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let context = self.context()?;
        let version = context.version();
        if status.is_informational() {
            return Err(SendError::Status);
        }
        let opens_tunnel = context.is(Context::IS_CONNECT) && status.is_success();
        // A 205 says that it has no content by its length (RFC 9110 section 15.3.6).
        let is_reset = status == StatusCode::RESET_CONTENT;
        let length = if is_reset { BodyLength::Known(0) } else { length };
        let is_delimited = opens_tunnel
            || status.forbids_content()
            || version == Version::Http11
            || matches!(length, BodyLength::Known(_));

        let mut out = Out::new(out);
        emit::write_status_line(&mut out, status);
        let own = self.write_fields(&mut out, fields)?.connection;
        let is_refused_tunnel = context.is(Context::IS_CONNECT) && !opens_tunnel;
        let keep = context.is(Context::KEEP_ALIVE)
            && is_delimited
            && !is_refused_tunnel
            && !own.close()
            && !self.closes_after_this();
        if !opens_tunnel {
            match version {
                // To a client of HTTP/1.0 as well: what it reads is an answer of HTTP/1.1 (RFC 9112 section 9.3).
                _ if !keep && !own.close() => out.put(b"Connection: close\r\n"),
                Version::Http10 if keep && !own.keep_alive() => out.put(b"Connection: keep-alive\r\n"),
                Version::Http10 | Version::Http11 => {}
            }
        }
        let encoder = match length {
            _ if opens_tunnel || status.forbids_content() => {
                emit::end(&mut out);
                BodyEncoder::Absent
            }
            BodyLength::Known(length) => {
                emit::end_with_content_length(&mut out, length);
                BodyEncoder::Length(length)
            }
            BodyLength::Unknown if version == Version::Http11 => {
                emit::end_with_chunked(&mut out);
                BodyEncoder::Chunked
            }
            BodyLength::Unknown => {
                emit::end(&mut out);
                BodyEncoder::UntilClose
            }
        };
        let len = out.finish()?;

        self.continue_owed &= self.unanswered.len() > 1;
        if opens_tunnel {
            self.switch();
        } else {
            self.last |= !keep;
            self.writing =
                Writing::Body(if context.is(Context::IS_HEAD) || is_reset { BodyEncoder::Absent } else { encoder });
        }
        Ok(len)
    }

    /// Writes `101 Switching Protocols` (RFC 9110 section 15.2.2) with the application's fields,
    /// Upgrade among them, and `Connection: upgrade`; before it a `100 Continue` if the client expects one and
    /// got none (section 7.8). [`Connection::receive`] then says
    /// [`Event::Tunnel`](super::Event::Tunnel).
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] if the request did not offer to switch or is not complete, or
    /// others wait before it; [`SendError::Upgrade`] without that field; those of emission.
    pub fn upgrade<F: Field>(&mut self, fields: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let context = self.context()?;
        if !context.is(Context::OFFERS_UPGRADE)
            || !matches!(self.reading, Reading::Switching)
            || self.unanswered.len() > 1
        {
            return Err(SendError::OutOfTurn);
        }
        let mut out = Out::new(out);
        if context.is(Context::EXPECTS) {
            emit::write_status_line(&mut out, StatusCode::CONTINUE);
            emit::end(&mut out);
        }
        emit::write_status_line(&mut out, StatusCode::SWITCHING_PROTOCOLS);
        out.put(b"Connection: upgrade\r\n");
        if !self.write_fields(&mut out, fields)?.has_upgrade {
            return Err(SendError::Upgrade);
        }
        emit::end(&mut out);
        let len = out.finish()?;
        self.switch();
        Ok(len)
    }

    /// Announces `len` octets of the response's body: what must be written before and after them,
    /// or `None` if they must not be written at all.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooLong`], [`SendError::OutOfTurn`].
    pub fn frame_data(&mut self, len: usize) -> Result<Option<DataFrame>, SendError> {
        match &mut self.writing {
            Writing::Body(encoder) => encoder.frame(len),
            Writing::Head | Writing::Tunnel | Writing::Closed => Err(SendError::OutOfTurn),
        }
    }

    /// Writes a part of the response's body with the frame around it, and says how many octets
    /// that has.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`], and [`SendError::TooSmall`].
    pub fn send_data(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        match &mut self.writing {
            Writing::Body(encoder) => encoder.write(data, out),
            Writing::Head | Writing::Tunnel | Writing::Closed => Err(SendError::OutOfTurn),
        }
    }

    /// Ends the response's body, with trailers if it is chunked, and says how many octets that has.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooShort`] closes the connection: the client must not take what follows
    /// for the missing rest. The others leave all as it was.
    pub fn finish<F: Field>(&mut self, trailers: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let Writing::Body(encoder) = &self.writing else { return Err(SendError::OutOfTurn) };
        let len = match encoder.finish(trailers, out) {
            Err(SendError::BodyTooShort) => {
                self.abort();
                return Err(SendError::BodyTooShort);
            }
            result => result?,
        };
        self.answered();
        Ok(len)
    }

    /// Ends a response whose length was given and whose whole body is written next, if this says so: there is
    /// nothing around it.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn finish_whole(&mut self) -> Result<bool, SendError> {
        let Writing::Body(encoder) = &self.writing else { return Err(SendError::OutOfTurn) };
        let is_written = !matches!(encoder, BodyEncoder::Absent);
        self.answered();
        Ok(is_written)
    }

    #[inline]
    fn context(&self) -> Result<Context, SendError> {
        match self.writing {
            Writing::Head => self.unanswered.first().ok_or(SendError::OutOfTurn),
            Writing::Body(_) | Writing::Tunnel | Writing::Closed => Err(SendError::OutOfTurn),
        }
    }

    /// Whether the answer to be sent now must be the last.
    fn closes_after_this(&self) -> bool {
        let is_being_read = self.unanswered.len() == 1;
        self.going_away
            || self.last
            // The client may send the body or not, now that it gets no 100: the next octets
            // could be either (RFC 9110 section 10.1.1).
            || (is_being_read && self.continue_owed)
            || (is_being_read && matches!(self.reading, Reading::Failed))
    }

    fn write_fields(&self, out: &mut Out<'_>, fields: impl IntoIterator<Item: Field>) -> Result<OwnFields, SendError> {
        let own = emit::write_fields(out, fields)?;
        if let Some(date) = &self.date
            && !own.has_date
        {
            out.put(date);
        }
        Ok(own)
    }

    #[inline]
    fn answered(&mut self) {
        self.unanswered.pop();
        if self.last {
            self.writing = Writing::Closed;
            self.give_up_unanswered();
            return;
        }
        self.writing = Writing::Head;
        if matches!(self.reading, Reading::Switching) && self.unanswered.is_empty() {
            // The offer was turned down, so HTTP goes on.
            self.reading = Reading::Head(RequestParser::new());
        }
    }

    /// What came behind the last request that is answered is not processed (RFC 9112 section 9.6).
    #[cold]
    fn give_up_unanswered(&mut self) {
        if !self.unanswered.is_empty() || matches!(self.reading, Reading::Switching) {
            self.unanswered.clear();
            self.reading = Reading::Closed;
            self.read_deadline = None;
            self.body = Pace::default();
        }
    }

    fn switch(&mut self) {
        self.unanswered.pop();
        self.writing = Writing::Tunnel;
        self.reading = Reading::Tunnel;
    }
}
