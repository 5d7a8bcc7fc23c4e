//! The messages that come in (RFC 7692 section 7.2.2).
//!
//! ```text
//! payload of all frames, 00 00 FF FF  ->  blocks, the last of which ends with the last octet
//! ```

use core::fmt;

use super::codec::{Corrupt, Inflate, InflateState};
use super::{Coded, DeflateContext, MinizInflate, Status, TAIL};

/// Why a message cannot be inflated. The connection is to be failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InflateError {
    /// The payload is no DEFLATE, ends within a block, or refers further back than the window
    /// reaches. The close code is 1007.
    Corrupt,
    /// The message has more octets than it may have. The close code is 1009.
    TooBig,
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "compressed data is corrupt",
            Self::TooBig => "message too big once inflated",
        })
    }
}

impl core::error::Error for InflateError {}

impl From<Corrupt> for InflateError {
    fn from(_: Corrupt) -> Self {
        Self::Corrupt
    }
}

/// Inflates messages, part by part as they come in, one after the other.
///
/// ```
/// use sanderling::ws::deflate::{DeflateContext, MessageInflater, Status};
///
/// let context = DeflateContext { takeover: true, window_bits: 15 };
/// let mut inflater = MessageInflater::new(context, 1 << 20);
/// let mut text = Vec::new();
/// let mut scratch = [0; 4];
/// // Two fragments of one message, RFC 7692 section 7.2.3.1.
/// for (part, last) in [(&[0xf2, 0x48, 0xcd][..], false), (&[0xc9, 0xc9, 0x07, 0x00], true)] {
///     let mut rest = part;
///     loop {
///         let coded = inflater.inflate(rest, last, &mut scratch)?;
///         text.extend_from_slice(&scratch[..coded.written]);
///         rest = &rest[coded.read..];
///         if coded.status != Status::NeedRoom {
///             break;
///         }
///     }
/// }
/// assert_eq!(text, b"Hello");
/// # Ok::<(), sanderling::ws::deflate::InflateError>(())
/// ```
#[derive(Debug)]
pub struct MessageInflater<C = MinizInflate> {
    codec: C,
    takeover: bool,
    limit: u64,
    /// How many octets of the message are inflated.
    size: u64,
    /// The message has octets.
    has_begun: bool,
    /// The payload is read, and so much of what was cut off behind it.
    tail: Option<usize>,
}

impl MessageInflater {
    /// An inflater for one direction, for messages of at most `limit` octets. It takes no heap
    /// before the first message.
    #[must_use]
    pub fn new(context: DeflateContext, limit: u64) -> Self {
        Self::with_codec(MinizInflate::new(context), context, limit)
    }
}

impl<C: Inflate> MessageInflater<C> {
    /// The same with a codec of one's own. How far back a message refers is the codec's to check.
    #[must_use]
    pub fn with_codec(codec: C, context: DeflateContext, limit: u64) -> Self {
        Self { codec, takeover: context.takeover, limit, size: 0, has_begun: false, tail: None }
    }

    /// Goes on with the next part of a message, or with the rest of one, and writes what comes of
    /// it to `scratch`. `last` says that nothing follows behind this part.
    ///
    /// * [`Status::NeedRoom`]: `scratch` was filled, and must not be empty for that, or an error follows
    ///   behind what was written; to be called again with the rest of the part.
    /// * [`Status::NeedInput`]: the part is read, and all that can come of it was written.
    /// * [`Status::End`]: the message is complete. The next part begins another.
    ///
    /// Nothing beyond `scratch` and the window is inflated before it is asked for.
    ///
    /// Beside what section 7.2.2 asks for, a final block may be the very end of a message, and a
    /// message may have no octets at all: DEFLATE leaves no doubt about what either means.
    ///
    /// # Errors
    ///
    /// [`InflateError`], once all was given that comes before; after it the inflater is of no more use.
    pub fn inflate(&mut self, part: &[u8], last: bool, scratch: &mut [u8]) -> Result<Coded, InflateError> {
        let (mut read, mut written) = (0, 0);
        self.has_begun |= !part.is_empty();
        if self.size > self.limit {
            return Err(InflateError::TooBig);
        }
        loop {
            let input = match self.tail {
                None => part.get(read..),
                Some(at) => TAIL.get(at..),
            };
            let room = scratch.get_mut(written..).unwrap_or_default();
            let inflated = match self.codec.inflate(input.unwrap_or_default(), room) {
                Ok(inflated) => inflated,
                // It is found again, behind what was written.
                Err(_) if written > 0 => return Ok(Coded { read, written, status: Status::NeedRoom }),
                Err(corrupt) => return Err(corrupt.into()),
            };
            written += inflated.written;
            self.size = self.size.saturating_add(inflated.written as u64);
            if self.size > self.limit {
                // What is within the limit comes first.
                let beyond = usize::try_from(self.size - self.limit).unwrap_or(usize::MAX);
                return match written.saturating_sub(beyond) {
                    0 => Err(InflateError::TooBig),
                    written => Ok(Coded { read, written, status: Status::NeedRoom }),
                };
            }
            match &mut self.tail {
                None => read += inflated.read,
                Some(at) => *at += inflated.read,
            }
            let status = match (inflated.state, self.tail) {
                (InflateState::NeedRoom, _) => Status::NeedRoom,
                (_, None) if !last => Status::NeedInput,
                (InflateState::StreamEnd, _) | (InflateState::Boundary, Some(_)) => self.end(),
                (_, None) if !self.has_begun => self.end(),
                (InflateState::NeedInput | InflateState::Boundary, None) => {
                    self.tail = Some(0);
                    continue;
                }
                // This is, too: the codec stays where it stands.
                (InflateState::NeedInput, Some(_)) if written > 0 => Status::NeedRoom,
                (InflateState::NeedInput, Some(_)) => return Err(InflateError::Corrupt),
            };
            return Ok(Coded { read, written, status });
        }
    }

    /// Gives up the memory until the next message, if that loses nothing: between messages that do
    /// not refer to each other.
    pub fn release(&mut self) {
        if !self.takeover && !self.has_begun {
            self.codec.release();
        }
    }

    fn end(&mut self) -> Status {
        self.size = 0;
        self.has_begun = false;
        self.tail = None;
        if !self.takeover {
            self.codec.reset();
        }
        Status::End
    }
}
