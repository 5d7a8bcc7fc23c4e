//! The codec of `miniz_oxide`, which knows neither a window below 32 KiB nor messages: its state on
//! the heap, from the first use until it is released.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::{fmt, mem};

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::DeflateContext;
use super::codec::{Corrupt, Deflate, Deflated, Flush, Inflate, InflateState, Inflated};

/// The decompressor of `miniz_oxide`, with a window of just the size that was agreed on.
///
/// To begin a block takes it as long as some hundred octets, be the block ten bits long. Blocks that make nothing are
/// corrupt once there are some ten thousand more of them than of octets; those that end a flush do not count.
pub struct MinizInflate {
    window: usize,
    /// How many octets a block has to make.
    price: usize,
    state: Option<Box<Decompressor>>,
}

impl MinizInflate {
    /// A decompressor for this direction. It takes no memory yet.
    #[must_use]
    pub fn new(context: DeflateContext) -> Self {
        Self { window: context.window(), price: 1, state: None }
    }

    /// The same, for what another decoder has made, and so cost its sender next to nothing: each block has to make so
    /// many octets.
    pub(crate) fn with_price(self, price: usize) -> Self {
        Self { price, ..self }
    }

    /// As [`Inflate::inflate`], but what follows a final block is left unread. Then it has to be reset.
    pub(crate) fn inflate_one(&mut self, input: &[u8], output: &mut [u8]) -> Result<Inflated, Corrupt> {
        self.state().inflate(input, output, true)
    }

    fn state(&mut self) -> &mut Decompressor {
        self.state.get_or_insert_with(|| Box::new(Decompressor::new(self.window, self.price)))
    }
}

impl fmt::Debug for MinizInflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MinizInflate").field("window", &self.window).finish_non_exhaustive()
    }
}

impl Inflate for MinizInflate {
    fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<Inflated, Corrupt> {
        self.state().inflate(input, output, false)
    }

    fn reset(&mut self) {
        if let Some(state) = &mut self.state {
            state.reset();
        }
    }

    fn release(&mut self) {
        self.state = None;
    }
}

struct Decompressor {
    miniz: DecompressorOxide,
    /// The last octets that were decoded, written round and round.
    window: Box<[u8]>,
    /// Where the next octet is decoded to.
    at: usize,
    /// How many octets before that still have to be handed out.
    waiting: usize,
    /// The window was filled once. Before that nothing may refer to what lies behind `at`.
    is_full: bool,
    /// Where it stands once all is handed out.
    state: InflateState,
    /// What follows cannot be decoded.
    is_corrupt: bool,
    price: usize,
    /// How many octets the blocks so far should have made, and have not.
    debt: usize,
    /// Whether this block has made any, and the one before it.
    has_made: bool,
    had_made: bool,
}

/// So many blocks may make nothing.
const MAX_EMPTY: usize = 16 * 1024;

impl Decompressor {
    fn new(window: usize, price: usize) -> Self {
        Self {
            miniz: DecompressorOxide::new(),
            window: vec![0; window].into_boxed_slice(),
            at: 0,
            waiting: 0,
            is_full: false,
            state: InflateState::Boundary,
            is_corrupt: false,
            price,
            debt: 0,
            has_made: false,
            had_made: false,
        }
    }

    /// The debt stays: the next begins behind it.
    fn reset(&mut self) {
        self.miniz.init();
        self.at = 0;
        self.waiting = 0;
        self.is_full = false;
        self.state = InflateState::Boundary;
        self.is_corrupt = false;
    }

    fn inflate(&mut self, input: &[u8], output: &mut [u8], is_one: bool) -> Result<Inflated, Corrupt> {
        let (mut read, mut written) = (0, 0);
        loop {
            written += self.hand_out(output.get_mut(written..).unwrap_or_default());
            if self.waiting > 0 || (self.is_corrupt && written > 0 && !is_one) {
                return Ok(Inflated { read, written, state: InflateState::NeedRoom });
            }
            if self.is_corrupt {
                return Err(Corrupt);
            }
            if is_one && self.state == InflateState::StreamEnd {
                return Ok(Inflated { read, written, state: self.state });
            }
            if self.at == self.window.len() {
                self.at = 0;
                self.is_full = true;
            }
            let rest = input.get(read..).unwrap_or_default();
            // In a buffer that does not wrap, a distance to before its beginning is an error.
            let wrapping = if self.is_full { 0 } else { TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF };
            let flags = TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY | wrapping;
            let (status, used, decoded) = decompress(&mut self.miniz, rest, &mut self.window, self.at, flags);
            read += used;
            self.at += decoded;
            self.waiting = decoded;
            self.debt = self.debt.saturating_sub(decoded);
            self.has_made |= decoded > 0;
            if used > 0 || decoded > 0 {
                self.state = InflateState::NeedInput;
            }
            match status {
                TINFLStatus::Done => {
                    self.end_block(false);
                    self.miniz.init();
                    self.state = InflateState::StreamEnd;
                }
                TINFLStatus::BlockBoundary => {
                    let is_aligned = self.miniz.block_boundary_state().is_some_and(|state| state.num_bits == 0);
                    self.end_block(is_aligned);
                    self.state = if is_aligned { InflateState::Boundary } else { InflateState::NeedInput };
                }
                TINFLStatus::NeedsMoreInput if decoded == 0 => {
                    return Ok(Inflated { read, written, state: self.state });
                }
                TINFLStatus::NeedsMoreInput | TINFLStatus::HasMoreOutput => {}
                _ => self.is_corrupt = true,
            }
        }
    }

    /// A block is over. An empty one at the end of an octet, as a flush ends, makes up for the one before it, and one
    /// directly behind what was made is how others end it.
    fn end_block(&mut self, is_aligned: bool) {
        let is_flush = !self.has_made && self.had_made;
        if is_aligned {
            self.debt = self.debt.saturating_sub(self.price);
        } else if !is_flush {
            self.debt += self.price;
            self.is_corrupt |= self.debt > self.price.saturating_mul(MAX_EMPTY);
        }
        self.had_made = mem::take(&mut self.has_made);
    }

    fn hand_out(&mut self, output: &mut [u8]) -> usize {
        let len = self.waiting.min(output.len());
        let start = self.at - self.waiting;
        if let (Some(room), Some(decoded)) = (output.get_mut(..len), self.window.get(start..start + len)) {
            room.copy_from_slice(decoded);
        }
        self.waiting -= len;
        len
    }
}

/// The compressor of `miniz_oxide`. Its window is 32 KiB; a smaller one is the caller's to see to,
/// by flushes.
pub struct MinizDeflate {
    level: u8,
    state: Option<Box<Compressor>>,
}

impl MinizDeflate {
    /// A compressor of this level, 1 to 9. It takes no memory yet.
    #[must_use]
    pub fn new(level: u8) -> Self {
        // Level 0 would only store.
        Self { level: level.clamp(1, 9), state: None }
    }

    /// Forgets all that was read, and keeps the memory.
    pub(crate) fn reset(&mut self) {
        if let Some(state) = &mut self.state {
            state.reset();
        }
    }
}

impl fmt::Debug for MinizDeflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MinizDeflate").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Deflate for MinizDeflate {
    fn deflate(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Deflated {
        self.state.get_or_insert_with(|| Box::new(Compressor::new(self.level))).deflate(input, output, flush)
    }

    fn release(&mut self) {
        self.state = None;
    }
}

struct Compressor {
    miniz: CompressorOxide,
    /// What found no room in the output, and how much of it has been handed out since.
    waiting: Vec<u8>,
    handed_out: usize,
    /// The flush that is carried out, and only waits.
    flushed: Option<Flush>,
}

/// Input is compressed in portions of this size, so that not much of it can wait.
const PORTION: usize = 16 * 1024;

impl Compressor {
    fn new(level: u8) -> Self {
        // No header, no strategy.
        let flags = create_comp_flags_from_zip_params(level.into(), 0, 0);
        Self { miniz: CompressorOxide::new(flags), waiting: Vec::new(), handed_out: 0, flushed: None }
    }

    fn reset(&mut self) {
        self.miniz.reset();
        self.waiting.clear();
        self.handed_out = 0;
        self.flushed = None;
    }

    fn deflate(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Deflated {
        let mut written = self.hand_out(output);
        if self.is_waiting() {
            return Deflated { read: 0, written, done: false };
        }
        // Another flush than the one that has waited is still to be carried out.
        let is_flushed = self.flushed.take() == Some(flush);
        if input.is_empty() && (flush == Flush::None || is_flushed) {
            return Deflated { read: 0, written, done: true };
        }
        let portion = input.get(..PORTION).unwrap_or(input);
        let is_last = portion.len() == input.len();
        let flushing = match flush {
            _ if !is_last => TDEFLFlush::None,
            Flush::None => TDEFLFlush::None,
            Flush::Sync => TDEFLFlush::Sync,
            Flush::Full => TDEFLFlush::Full,
            Flush::Finish => TDEFLFlush::Finish,
        };
        let (waiting, room) = (&mut self.waiting, output.get_mut(written..).unwrap_or_default());
        let mut used = 0;
        // Into a slice it would not say whether a flush is carried out or waits for more room.
        let (status, read) = compress_to_output(&mut self.miniz, portion, flushing, |octets| {
            let free = room.get_mut(used..).unwrap_or_default();
            let (now, later) = octets.split_at(octets.len().min(free.len()));
            free.get_mut(..now.len()).unwrap_or_default().copy_from_slice(now);
            used += now.len();
            waiting.extend_from_slice(later);
            true
        });
        if status == TDEFLStatus::Done {
            self.miniz.reset();
        }
        written += used;
        self.flushed = (flushing != TDEFLFlush::None && self.is_waiting()).then_some(flush);
        Deflated { read, written, done: is_last && !self.is_waiting() }
    }

    fn is_waiting(&self) -> bool {
        self.handed_out < self.waiting.len()
    }

    fn hand_out(&mut self, output: &mut [u8]) -> usize {
        let waiting = self.waiting.get(self.handed_out..).unwrap_or_default();
        let len = waiting.len().min(output.len());
        if let (Some(room), Some(waiting)) = (output.get_mut(..len), waiting.get(..len)) {
            room.copy_from_slice(waiting);
        }
        self.handed_out += len;
        if !self.is_waiting() {
            self.waiting.clear();
            self.handed_out = 0;
        }
        len
    }
}
