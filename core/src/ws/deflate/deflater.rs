//! The messages that go out (RFC 7692 section 7.2.1).

use alloc::vec::Vec;

use super::codec::{Deflate, Flush};
use super::parameters::MAX_BITS;
use super::{Coded, DeflateContext, DeflateOptions, MinizDeflate, Status, TAIL};

/// What is to come behind a part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // there are three
pub enum Part {
    /// More of the message; what is compressed may wait for it.
    More,
    /// More of the message, but later: the peer is to be able to read all of this part.
    Flush,
    /// Nothing: the message ends.
    Last,
}

/// Compresses messages, part by part, one after the other.
///
/// ```
/// use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, Part};
///
/// let context = DeflateContext { takeover: true, window_bits: 15 };
/// let mut deflater = MessageDeflater::new(context, &DeflateOptions::default());
/// let mut payload = Vec::new();
/// deflater.deflate_into(b"Hello", Part::Last, &mut payload);
/// assert_eq!(payload, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
/// ```
#[derive(Debug)]
pub struct MessageDeflater<C = MinizDeflate> {
    codec: C,
    takeover: bool,
    threshold: usize,
    /// How far back the peer can look, if that is less than the codec does.
    window: Option<usize>,
    /// How many octets the codec was given since nothing refers to what was before them.
    since_full: usize,
    /// A flush that is not yet written out.
    flushing: Option<Flush>,
    /// The last octets of the message so far, which are not sent if they turn out to be its end.
    held: Held,
    /// The message has octets.
    has_begun: bool,
    /// The flush that was written out, if nothing was given to the codec since.
    flushed: Option<Flush>,
}

impl MessageDeflater {
    /// A compressor for one direction. It takes no heap before the first message.
    #[must_use]
    pub fn new(context: DeflateContext, options: &DeflateOptions) -> Self {
        Self::with_codec(MinizDeflate::new(options.level), context, options)
    }
}

impl<C: Deflate> MessageDeflater<C> {
    /// The same with a codec of one's own, whose window may be 32 KiB whatever was agreed on.
    #[must_use]
    pub fn with_codec(codec: C, context: DeflateContext, options: &DeflateOptions) -> Self {
        Self {
            codec,
            takeover: context.takeover,
            threshold: options.threshold,
            window: (context.window_bits < MAX_BITS).then(|| context.window()),
            since_full: 0,
            flushing: None,
            held: Held::default(),
            has_begun: false,
            flushed: None,
        }
    }

    /// Whether a whole message of this length should be compressed at all.
    #[must_use]
    pub fn is_worthwhile(&self, len: usize) -> bool {
        len >= self.threshold
    }

    /// Goes on with the next part of a message, or with the rest of one, and writes to `out`.
    ///
    /// * [`Status::NeedRoom`]: `out` was filled, and must not be empty for that; to be called again
    ///   with the rest of the part.
    /// * [`Status::NeedInput`]: the part is read, and if it was to be flushed, it is.
    /// * [`Status::End`]: the message is complete. The next part begins another.
    pub fn deflate(&mut self, input: &[u8], part: Part, out: &mut [u8]) -> Coded {
        let (mut read, mut written) = (0, 0);
        let status = loop {
            let rest = input.get(read..).unwrap_or_default();
            let room = out.get_mut(written..).unwrap_or_default();
            let (input, flush) = match self.next(rest.len(), part) {
                Next::Feed(len) => (rest.get(..len).unwrap_or(rest), Flush::None),
                Next::Flush(flush) => {
                    self.flushing = Some(flush);
                    (&[][..], flush)
                }
                Next::Wait => break Status::NeedInput,
                Next::Empty => {
                    // Section 7.2.3.6: an empty block, less what is cut off.
                    let Some(octet) = room.first_mut() else { break Status::NeedRoom };
                    *octet = 0;
                    written += 1;
                    break self.end();
                }
                Next::End => break self.end(),
            };
            if room.is_empty() {
                break Status::NeedRoom;
            }
            let deflated = self.codec.deflate(input, room, flush);
            written += self.held.pass(room, deflated.written);
            read += deflated.read;
            if self.flushing.is_none() {
                self.since_full += if self.window.is_some() { deflated.read } else { 0 };
                self.has_begun = true;
                self.flushed = None;
            } else if deflated.done {
                self.since_full = if flush == Flush::Full { 0 } else { self.since_full };
                self.flushed = self.flushing.take();
            }
        };
        Coded { read, written, status }
    }

    /// Goes on with the next part of a message, and appends what comes of it to `out`. With
    /// [`Part::Last`] the message is then complete.
    pub fn deflate_into(&mut self, input: &[u8], part: Part, out: &mut Vec<u8>) {
        let mut rest = input;
        loop {
            let start = out.len();
            out.resize(start + rest.len().clamp(64, 16 * 1024), 0);
            let coded = self.deflate(rest, part, out.get_mut(start..).unwrap_or_default());
            out.truncate(start + coded.written);
            rest = rest.get(coded.read..).unwrap_or_default();
            if coded.status != Status::NeedRoom {
                break;
            }
        }
    }

    /// Gives up the memory until the next message. The peer need not know: that message just cannot
    /// refer to those before it. Does nothing within a message.
    pub fn release(&mut self) {
        if !self.has_begun {
            self.codec.release();
            self.since_full = 0;
        }
    }

    /// What is to be done, with so many octets left of this part.
    fn next(&self, left: usize, part: Part) -> Next {
        if let Some(flush) = self.flushing {
            return Next::Flush(flush);
        }
        let in_window = self.window.map_or(usize::MAX, |window| window - self.since_full);
        let is_forgotten = part == Part::Last && !self.takeover;
        match part {
            // Nothing that follows may refer to what the peer may have forgotten.
            _ if left > 0 && in_window == 0 => Next::Flush(Flush::Full),
            _ if left > 0 => Next::Feed(left.min(in_window)),
            Part::More => Next::Wait,
            Part::Flush if !self.has_begun || self.flushed.is_some() => Next::Wait,
            Part::Last if !self.has_begun => Next::Empty,
            Part::Last if self.flushed == Some(Flush::Full) => Next::End,
            Part::Last if self.flushed.is_some() && self.takeover => Next::End,
            // It costs no more than the other.
            Part::Flush | Part::Last if is_forgotten || in_window == 0 => Next::Flush(Flush::Full),
            Part::Flush | Part::Last => Next::Flush(Flush::Sync),
        }
    }

    fn end(&mut self) -> Status {
        self.held = Held::default();
        self.has_begun = false;
        self.flushed = None;
        Status::End
    }
}

#[derive(Clone, Copy, Debug)]
enum Next {
    /// The codec is given so many octets.
    Feed(usize),
    Flush(Flush),
    /// The part is done.
    Wait,
    /// The message had no octets.
    Empty,
    End,
}

/// As many octets as are cut off at the end of a message.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    octets: [u8; TAIL.len()],
    len: usize,
}

impl Held {
    /// Puts what is held before the first `new` octets of `out`, holds the last of them instead,
    /// and says how many are left.
    fn pass(&mut self, out: &mut [u8], new: usize) -> usize {
        let before = *self;
        let all = before.len + new;
        self.len = all.min(TAIL.len());
        let passed = all - self.len;
        let from_held = passed.min(before.len);
        for (place, at) in self.octets.iter_mut().zip(passed..) {
            let octet = match at.checked_sub(before.len) {
                None => before.octets.get(at),
                Some(at) => out.get(at),
            };
            *place = octet.copied().unwrap_or_default();
        }
        out.copy_within(..passed - from_held, from_held);
        for (place, octet) in out.iter_mut().zip(before.octets.iter().take(from_held)) {
            *place = *octet;
        }
        passed
    }
}
