//! What the server gets: requests, one after another (RFC 9112 sections 3, 6 and 9.3.2).

use super::{Connection, Proceed, Receiving, Request, Sending};
use crate::Tick;
use crate::http::body::BodyEncoder;
use crate::http::chunked::DataFrame;
use crate::http::emit::{self, Out};
use crate::http::error::SendError;
use crate::http::{BodyLength, Field, Method, RequestTarget, target};

impl Connection {
    /// Writes the head of a request and says how many octets it has. The head deadline for the
    /// response runs from `now`; if there is a body, from when [`Connection::handle_written`] says that all of it
    /// has left, or from [`Connection::await_response`].
    ///
    /// The application's fields stand as given, in their order and case, Host among them. Only
    /// Content-Length or Transfer-Encoding is added, as `length` asks; with `None` there is no body.
    ///
    /// # Errors
    ///
    /// [`SendError::OutOfTurn`] unless [`Connection::can_send`], and those of emission.
    pub fn send_request<F: Field>(
        &mut self,
        method: Method<'_>,
        target: RequestTarget<'_>,
        fields: &[F],
        length: Option<BodyLength>,
        now: Tick,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        if !self.can_send() {
            return Err(SendError::OutOfTurn);
        }
        if RequestTarget::parse(method, target.as_str()) != Some(target) {
            return Err(SendError::RequestLine);
        }
        if (method == Method::CONNECT || method == Method::TRACE) && length.is_some() {
            return Err(SendError::ForbiddenContent);
        }
        if length == Some(BodyLength::Unknown) && !self.takes_unknown_length() {
            return Err(SendError::UnknownLength);
        }
        let mut out = Out::new(out);
        for part in [method.as_str(), " ", target.as_str(), " HTTP/1.1\r\n"] {
            out.put(part.as_bytes());
        }
        let own = emit::write_fields(&mut out, fields)?;
        let expects = expects_continue(fields)?;
        if expects && matches!(length, None | Some(BodyLength::Known(0))) {
            return Err(SendError::Expect);
        }
        let encoder = match length {
            None => {
                emit::end(&mut out);
                BodyEncoder::Length(0)
            }
            Some(BodyLength::Known(length)) => {
                emit::end_with_content_length(&mut out, length);
                BodyEncoder::Length(length)
            }
            Some(BodyLength::Unknown) => {
                emit::end_with_chunked(&mut out);
                BodyEncoder::Chunked
            }
        };
        let len = out.finish()?;

        self.proceed =
            if expects { Proceed::Await(self.deadlines.proceed.map(|wait| now + wait)) } else { Proceed::Now };
        self.unanswered.push(Request {
            is_head: method == Method::HEAD,
            is_connect: method == Method::CONNECT,
            offers_upgrade: own.has_upgrade && own.connection.upgrade(),
        });
        self.keep_alive = !own.connection.close();
        // Without a deadline for 100, that of the response is the one.
        self.is_leaving |= !encoder.is_complete() && self.proceed != Proceed::Await(None);
        self.sending = Sending::Body(encoder);
        if matches!(self.receiving, Receiving::Idle) {
            self.await_head(now);
        }
        Ok(len)
    }

    /// Whether a body of unknown length may be sent: unless the server has answered in HTTP/1.0 (RFC 9112 section 6.1).
    #[must_use]
    pub fn takes_unknown_length(&self) -> bool {
        !self.is_old
    }

    /// Announces `len` octets of the request's body: what must be written before and after them.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooLong`], [`SendError::OutOfTurn`].
    pub fn frame_data(&mut self, len: usize) -> Result<Option<DataFrame>, SendError> {
        let Sending::Body(encoder) = &mut self.sending else { return Err(SendError::OutOfTurn) };
        let frame = encoder.frame(len)?;
        self.leave();
        Ok(frame)
    }

    /// Writes a part of the request's body with the frame around it, and says how many octets
    /// that has.
    ///
    /// # Errors
    ///
    /// As [`Connection::frame_data`], and [`SendError::TooSmall`].
    pub fn send_data(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        let Sending::Body(encoder) = &mut self.sending else { return Err(SendError::OutOfTurn) };
        let len = encoder.write(data, out)?;
        self.leave();
        Ok(len)
    }

    /// Ends the request, with trailers if its body is chunked, and says how many octets that has.
    ///
    /// # Errors
    ///
    /// [`SendError::BodyTooShort`]: the connection is not to be used again.
    pub fn finish<F: Field>(&mut self, trailers: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        let Sending::Body(encoder) = &self.sending else { return Err(SendError::OutOfTurn) };
        let len = encoder.finish(trailers, out).inspect_err(|error| {
            self.keep_alive &= *error != SendError::BodyTooShort;
        })?;
        self.sending = Sending::Done;
        Ok(len)
    }

    /// More of the body is sent.
    fn leave(&mut self) {
        self.is_leaving = true;
        if self.unanswered.len() == 1 {
            self.head = None;
        }
    }
}

/// Whether a request waits for 100 Continue (RFC 9110 section 10.1.1). On the way Host is looked at: a server has to
/// refuse a second one, or one that is none (RFC 9112 section 3.2).
fn expects_continue<F: Field>(fields: &[F]) -> Result<bool, SendError> {
    let (mut expects, mut has_host) = (false, false);
    for field in fields {
        let name = field.name();
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                let host = field.value();
                if has_host || host.starts_with(b":") || !target::is_host_value(host) {
                    return Err(SendError::Host);
                }
                has_host = true;
            }
            6 if name.eq_ignore_ascii_case(b"expect") => expects |= field.value().eq_ignore_ascii_case(b"100-continue"),
            _ => {}
        }
    }
    Ok(expects)
}
