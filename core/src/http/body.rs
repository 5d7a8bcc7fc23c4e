//! Bodies in any framing: one decoder and one encoder, whichever role uses them.

use super::chunked::{ChunkedDecoder, DataFrame};
use super::emit::{Out, write_field};
use super::error::{Error, Rule, SendError};
use super::{BodyFraming, Field, FieldSection, Limits, chunked};

/// What comes next of a body.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)] // a body has no other parts
pub enum BodyPart<'b> {
    /// The input was used up as far as possible; more is needed.
    NeedInput,
    /// Part of the data.
    Data(&'b [u8]),
    /// The body is complete; this is its trailer section, often empty.
    End(FieldSection<'b>),
}

/// Takes a body out of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BodyDecoder {
    Length(u64),
    Chunked(ChunkedDecoder),
    UntilClose,
}

impl BodyDecoder {
    pub(crate) const fn new(framing: BodyFraming) -> Self {
        match framing {
            BodyFraming::None => Self::Length(0),
            BodyFraming::Length(length) => Self::Length(length),
            BodyFraming::Chunked => Self::Chunked(ChunkedDecoder::new()),
            BodyFraming::UntilClose => Self::UntilClose,
        }
    }

    pub(crate) fn decode<'b>(&mut self, input: &'b [u8], limits: &Limits) -> Result<(usize, BodyPart<'b>), Error> {
        let len = match self {
            Self::Chunked(decoder) => return decoder.decode(input, limits),
            Self::Length(0) => return Ok((0, BodyPart::End(FieldSection::default()))),
            Self::Length(left) => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= len as u64;
                len
            }
            Self::UntilClose => input.len(),
        };
        let part = match input.get(..len) {
            None | Some([]) => BodyPart::NeedInput,
            Some(data) => BodyPart::Data(data),
        };
        Ok((len, part))
    }

    /// Whether nothing is left to come.
    pub(crate) const fn is_complete(&self) -> bool {
        matches!(self, Self::Length(0))
    }

    /// The peer closed: the end of a close-delimited body, an incomplete message otherwise.
    pub(crate) fn decode_eof(&self) -> Result<(), Rule> {
        match self {
            Self::UntilClose | Self::Length(0) => Ok(()),
            Self::Length(_) | Self::Chunked(_) => Err(Rule::Incomplete),
        }
    }
}

/// How long a body to be sent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // it is either known or not
pub enum BodyLength {
    /// So many octets; a Content-Length says so.
    Known(u64),
    /// Not known when the head is sent: chunked, or until close for a client of HTTP/1.0.
    Unknown,
}

/// Holds the application to what the head said.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BodyEncoder {
    /// The message has no body whatever the application sends: HEAD, 204, 304.
    Absent,
    Length(u64),
    Chunked,
    UntilClose,
}

impl BodyEncoder {
    /// Whether all that was declared is sent.
    pub(crate) const fn is_complete(&self) -> bool {
        matches!(self, Self::Length(0))
    }

    /// What to write around `len` octets of data; `None` if the data is not to be written at all.
    pub(crate) fn frame(&mut self, len: usize) -> Result<Option<DataFrame>, SendError> {
        if len == 0 || matches!(self, Self::Absent) {
            return Ok(None);
        }
        self.count(len)?;
        Ok(Some(if matches!(self, Self::Chunked) { DataFrame::chunk(len) } else { DataFrame::BARE }))
    }

    /// Takes data off what was declared.
    #[inline]
    fn count(&mut self, len: usize) -> Result<(), SendError> {
        if let Self::Length(left) = self {
            *left = left.checked_sub(len as u64).ok_or(SendError::BodyTooLong)?;
        }
        Ok(())
    }

    /// Writes data with the frame around it; the convenience on top of [`BodyEncoder::frame`].
    #[inline]
    pub(crate) fn write(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
        let mut next = *self;
        match self {
            Self::Absent => return Ok(0),
            _ if data.is_empty() => return Ok(0),
            Self::Chunked => return write_chunk(data, out),
            Self::Length(_) | Self::UntilClose => next.count(data.len())?,
        }
        let mut out = Out::new(out);
        out.put(data);
        let len = out.finish()?;
        *self = next;
        Ok(len)
    }

    /// Writes what ends the body.
    pub(crate) fn finish<F: Field>(&self, trailers: &[F], out: &mut [u8]) -> Result<usize, SendError> {
        match self {
            Self::Length(1..) => Err(SendError::BodyTooShort),
            // Nobody hears of them.
            Self::Absent | Self::UntilClose => Ok(0),
            Self::Length(_) if trailers.is_empty() => Ok(0),
            Self::Length(_) => Err(SendError::Trailer),
            Self::Chunked => {
                let mut out = Out::new(out);
                out.put(b"0\r\n");
                for trailer in trailers {
                    if chunked::is_forbidden_trailer(trailer.name()) {
                        return Err(SendError::Trailer);
                    }
                    write_field(&mut out, trailer.name(), trailer.value())?;
                }
                out.put(b"\r\n");
                out.finish()
            }
        }
    }
}

#[inline(never)]
fn write_chunk(data: &[u8], out: &mut [u8]) -> Result<usize, SendError> {
    let frame = DataFrame::chunk(data.len());
    let mut out = Out::new(out);
    out.put(frame.before());
    out.put(data);
    out.put(frame.after());
    out.finish()
}
