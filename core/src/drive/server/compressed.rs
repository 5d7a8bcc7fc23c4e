//! Responses that are compressed on their way out.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use bytes::Buf;

use super::ServerDriver;
use crate::coding::Flush;
use crate::drive::Payload;
use crate::drive::compression::{Choice, Coder, Compression};
use crate::drive::patience::Patience;
use crate::http::{BodyLength, Field, Method, NO_FIELDS, SendError, StatusCode};

/// As much is compressed at a time, a millisecond's work or so. Then others may have their turn.
const SLICE: usize = 64 * 1024;
/// A response that is no longer is compressed as a whole.
const WHOLE: usize = 256 * 1024;

/// Whether a driver compresses, and what it compresses with just now.
#[derive(Debug, Default)]
pub(super) struct Compressing {
    settings: Option<Compression>,
    coder: Option<Box<Coder>>,
    /// The response stands for a whole that Accept-Encoding does not matter to.
    pub(super) is_indifferent: bool,
}

impl Compressing {
    /// The response is over, or will not be completed.
    pub(super) fn end(&mut self) {
        self.is_indifferent = false;
        if let Some(coder) = self.coder.take() {
            coder.give();
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.coder.is_some()
    }
}

impl ServerDriver {
    /// How the responses to come are compressed; `None`, the default, is not at all.
    ///
    /// ```
    /// use core::task::Poll;
    /// use sanderling::Tick;
    /// use sanderling::drive::{Compression, Driver, ServerDriver};
    /// use sanderling::http::{Deadlines, Limits, StatusCode};
    ///
    /// let now = Tick::ZERO;
    /// let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), now);
    /// driver.set_compression(Some(Compression::default()));
    /// let input = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";
    /// driver.room()[..input.len()].copy_from_slice(input);
    /// driver.received(input.len());
    /// assert_eq!(driver.poll_request(now), Poll::Ready(true));
    /// let fields = [("Content-Type", "text/plain")];
    /// driver.respond(StatusCode::OK, &fields, "sand ".repeat(1000)).unwrap();
    /// assert!(driver.output_len() < 200);
    /// ```
    pub fn set_compression(&mut self, compression: Option<Compression>) {
        self.compressing.settings = compression;
    }

    /// What is chosen for a response; `None` if it is sent as it is, for whomever.
    pub(super) fn choose<F: Field>(&self, status: StatusCode, fields: &[F], length: BodyLength) -> Option<Choice> {
        let settings = self.compressing.settings.as_ref().filter(|_| !self.compressing.is_indifferent)?;
        let request = self.request().filter(|_| self.connection.can_respond() && self.exchange.open)?;
        Choice::new(settings, &request, status, fields, length)
    }

    /// A compressor for what was chosen, if there is anything to compress with.
    fn coder(&self, choice: &Choice) -> Option<Box<Coder>> {
        Some(Coder::take(choice.coding?, self.compressing.settings?.level))
    }

    /// Compresses the body as a whole, if it gets shorter by that: HEAD is told the same length as GET. A long one is
    /// compressed as it is written, so that nobody knows whether it does, and its length is not told.
    pub(super) fn respond_chosen<F: Field>(
        &mut self,
        choice: Choice,
        status: StatusCode,
        fields: &[F],
        body: impl Payload,
    ) -> Result<(), SendError> {
        let len = body.as_slice().len();
        if len > WHOLE && choice.coding.is_some() {
            self.close_if_unread();
            self.start_chosen(choice, status, fields, BodyLength::Known(len as u64))?;
            // In answer to HEAD there is nothing to compress.
            let Some(coder) = &mut self.compressing.coder else { return self.finish_with(NO_FIELDS) };
            coder.is_last = true;
            return self.compress(body);
        }
        let Some(mut coder) = self.coder(&choice) else {
            return self.respond_with(status, choice.fields(fields, &mut Vec::new()), body);
        };
        self.patience.spend(Patience::coded(len));
        let whole = coder.whole(body.as_slice());
        let result = if whole.len() < len {
            self.respond_with(status, choice.fields(fields, &mut coder.tag), whole)
        } else {
            self.respond_with(status, choice.uncompressed().fields(fields, &mut coder.tag), body)
        };
        coder.give();
        result
    }

    pub(super) fn start_chosen<F: Field>(
        &mut self,
        choice: Choice,
        status: StatusCode,
        fields: &[F],
        length: BodyLength,
    ) -> Result<(), SendError> {
        let Some(mut coder) = self.coder(&choice) else {
            return self.start_with(status, choice.fields(fields, &mut Vec::new()), length);
        };
        // Whatever is written in answer to HEAD is not sent.
        let is_sent = self.request().is_some_and(|request| request.method() != Method::HEAD);
        let result = self.start_with(status, choice.fields(fields, &mut coder.tag), BodyLength::Unknown);
        if result.is_ok() && matches!(length, BodyLength::Known(_)) {
            self.unsent = u64::MAX;
        }
        if is_sent && result.is_ok() {
            coder.left = match length {
                BodyLength::Known(length) => Some(length),
                BodyLength::Unknown => None,
            };
            self.compressing.coder = Some(coder);
        } else {
            coder.give();
        }
        result
    }

    /// Compresses a part of the body, of a long one the first slice. The others are compressed as the output is
    /// written, so that a huge piece neither makes the output grow nor takes all the time of a thread.
    pub(super) fn compress(&mut self, data: impl Payload) -> Result<(), SendError> {
        let octets = data.as_slice();
        if let Some(left) = self.compressing.coder.as_mut().and_then(|coder| coder.left.as_mut()) {
            *left = left.checked_sub(octets.len() as u64).ok_or(SendError::BodyTooLong)?;
        }
        self.compress_waiting()?;
        let before = self.output.len();
        let read = self.feed(octets.get(..SLICE).unwrap_or(octets), Flush::None, Self::is_below_mark)?;
        if read < octets.len()
            && let Some(coder) = &mut self.compressing.coder
        {
            coder.rest = data.into_bytes().split_off(read);
        }
        self.show_any(before)
    }

    /// Whether any of the body waits to be compressed. There is output then.
    pub(super) fn is_compressing(&self) -> bool {
        let coder = self.compressing.coder.as_ref().filter(|_| !self.connection.is_aborted());
        coder.is_some_and(|coder| !coder.rest.is_empty())
    }

    /// Goes on with what waits to be compressed, if there is room for what comes of it.
    pub(super) fn compress_rest(&mut self) {
        // It fails only on a connection that was given up.
        if self.is_compressing() && self.is_below_mark() && self.compress_slice(Self::is_below_mark).is_err() {
            self.compressing.end();
        }
    }

    /// The same with all of it, room or not: the application did not wait.
    fn compress_waiting(&mut self) -> Result<(), SendError> {
        while self.is_compressing() {
            self.compress_slice(|_| true)?;
        }
        Ok(())
    }

    fn compress_slice(&mut self, room: impl Fn(&Self) -> bool) -> Result<(), SendError> {
        let mut rest = self.compressing.coder.as_mut().map(|coder| mem::take(&mut coder.rest)).unwrap_or_default();
        let before = self.output.len();
        let read = self.feed(rest.get(..SLICE).unwrap_or(&rest), Flush::None, room)?;
        rest.advance(read);
        if let Some(coder) = &mut self.compressing.coder {
            if rest.is_empty() && coder.is_last {
                self.end_compressed(false)?;
                return self.finish_with(NO_FIELDS);
            }
            coder.rest = rest;
        }
        self.show_any(before)
    }

    /// While anything waits to be compressed there has to be output, whose writing goes on with it: what was fed to the
    /// compressor is shown if nothing has come of it by itself.
    fn show_any(&mut self, before: usize) -> Result<(), SendError> {
        if self.is_compressing() && self.is_below_mark() && self.output.len() == before {
            self.feed(&[], Flush::Sync, |_| true)?;
        }
        Ok(())
    }

    /// The exchange is over. What only waits to be compressed of a response that was given as a whole is completed, since
    /// nobody will wait for it.
    pub(super) fn end_compression(&mut self) {
        if self.compressing.coder.as_ref().is_some_and(|coder| coder.is_last) {
            // It fails only on a connection that was given up.
            let _ = self.compress_waiting();
        }
        self.compressing.end();
    }

    /// Writes what waits in the compressor.
    pub(super) fn compress_all(&mut self) -> Result<(), SendError> {
        self.compress_waiting()?;
        if self.compressing.coder.as_ref().is_some_and(|coder| coder.is_waiting) {
            self.feed(&[], Flush::Sync, |_| true)?;
        }
        Ok(())
    }

    /// Writes the end of what is compressed, before that of the body.
    pub(super) fn end_compressed(&mut self, has_trailers: bool) -> Result<(), SendError> {
        match self.compressing.coder.as_ref().map(|coder| coder.left) {
            None => return Ok(()),
            // What is declared is declared, whatever becomes of it on its way.
            Some(Some(_)) if has_trailers => return Err(SendError::Trailer),
            Some(Some(1..)) => {
                self.connection.abort();
                return Err(SendError::BodyTooShort);
            }
            Some(_) => {}
        }
        self.compress_waiting()?;
        self.feed(&[], Flush::Finish, |_| true)?;
        self.compressing.end();
        Ok(())
    }

    /// Gives the compressor this input and queues what comes of it, piece by piece as long as there is
    /// `room`. Says how much was read.
    fn feed(&mut self, data: &[u8], flush: Flush, room: impl Fn(&Self) -> bool) -> Result<usize, SendError> {
        let mut read = 0;
        if data.is_empty() && flush == Flush::None {
            return Ok(read);
        }
        while room(self)
            && let Some(coder) = &mut self.compressing.coder
        {
            let (piece, taken, is_done) = coder.piece(data.get(read..).unwrap_or_default(), flush);
            read += taken;
            coder.is_waiting = if flush == Flush::None { coder.is_waiting || taken > 0 } else { !is_done };
            self.write_with(piece)?;
            if is_done {
                break;
            }
        }
        self.patience.spend(Patience::coded(read));
        Ok(read)
    }
}
