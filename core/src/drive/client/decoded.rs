//! Responses whose content is decoded on its way in.

use alloc::boxed::Box;
use core::task::{Poll, ready};

use bytes::{Buf, Bytes, BytesMut};

use super::{ClientDriver, Error};
use crate::Tick;
use crate::coding::{DecodeError, Decoder};
use crate::drive::patience::Patience;
use crate::http::StatusCode;

/// How much is decoded at a time, and so the most that waits for the application.
const PIECE: usize = 16 * 1024;

/// The decoder of one response.
#[derive(Debug)]
pub(super) struct Decoding {
    /// Or why there is none.
    decoder: Result<Decoder, DecodeError>,
    /// What has come and is not decoded.
    encoded: Bytes,
    /// What was decoded last filled its room, so that there may be more.
    has_more: bool,
    decoded: BytesMut,
}

impl Decoding {
    fn new(decoder: Result<Decoder, DecodeError>) -> Self {
        Self { decoder, encoded: Bytes::new(), has_more: false, decoded: BytesMut::new() }
    }

    /// The next piece; `None` if there is nothing to decode it from.
    fn piece(&mut self, patience: &mut Patience) -> Result<Option<Bytes>, DecodeError> {
        while self.has_more || !self.encoded.is_empty() {
            let decoder = self.decoder.as_mut().map_err(|error| *error)?;
            self.decoded.resize(PIECE, 0);
            let decoded = match decoder.decode(&self.encoded, &mut self.decoded) {
                Ok(decoded) => decoded,
                Err(error) => {
                    self.decoder = Err(error);
                    return Err(error);
                }
            };
            self.encoded.advance(decoded.read);
            patience.spend(Patience::coded(decoded.read));
            self.has_more = decoded.written == PIECE;
            if decoded.written > 0 {
                self.decoded.truncate(decoded.written);
                return Ok(Some(self.decoded.split().freeze()));
            }
        }
        Ok(None)
    }
}

impl ClientDriver {
    /// Whether the content of the responses to come is decoded as its Content-Encoding says; default false.
    /// What is decoded is given in pieces of at most 16 KiB, and only when it is asked for, so that a short
    /// content that stands for a long one takes no memory. The head stays as it came: Content-Encoding and
    /// Content-Length tell of what was sent.
    ///
    /// A part of an encoded content (206) is given as it is: it can only be decoded with the others. The
    /// request's Accept-Encoding is the application's to write, of [`ContentCoding::ACCEPT`] for one.
    ///
    /// [`ContentCoding::ACCEPT`]: crate::coding::ContentCoding::ACCEPT
    pub fn set_decoding(&mut self, decodes: bool) {
        self.decodes = decodes;
    }

    /// The content of this response is not decoded: nobody will look at it.
    #[cfg(feature = "std")]
    pub(in crate::drive) fn leave_encoded(&mut self) {
        self.decoding = None;
    }

    /// The final head has come.
    pub(super) fn begin_decoding(&mut self) {
        self.decoding = self
            .response()
            .filter(|head| self.decodes && head.status() != StatusCode::PARTIAL_CONTENT)
            .and_then(|head| Decoder::of(head.fields()).transpose())
            .map(|decoder| Box::new(Decoding::new(decoder)));
    }

    /// As [`ClientDriver::poll_data`], where there is something to decode.
    pub(super) fn poll_decoded(&mut self, now: Tick) -> Poll<Result<Option<Bytes>, Error>> {
        self.hungry = false;
        loop {
            if let Some(decoding) = &mut self.decoding
                && let Some(piece) = decoding.piece(&mut self.patience)?
            {
                return Poll::Ready(Ok(Some(piece)));
            }
            let data = ready!(self.poll_encoded(now))?;
            let Some(decoding) = &mut self.decoding else { return Poll::Ready(Ok(data)) };
            match (data, &decoding.decoder) {
                (Some(data), _) => decoding.encoded = data,
                (None, Ok(decoder)) => {
                    decoder.finish()?;
                    // A connection that is kept need not hold it.
                    self.decoding = None;
                    return Poll::Ready(Ok(None));
                }
                // Nothing came that could not be decoded.
                (None, Err(_)) => return Poll::Ready(Ok(None)),
            }
        }
    }
}
