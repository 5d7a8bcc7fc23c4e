//! zstd (RFC 8878), by the crate `zstd`.

use std::io;

use ::zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer};

use super::decoder::{Decode, DecodeError, Decoded};
use super::encoder::{Encode, Encoded, Flush};

/// The encoder looks back 2^18 octets: a larger window costs memory for each response and gains little.
const WINDOW_BITS: u32 = 18;
/// What a decoder has to take, and no more (RFC 9659).
const MAX_WINDOW_BITS: u32 = 23;

/// The compressor.
pub(super) struct Zstd {
    encoder: Encoder<'static>,
}

/// What only fails where there is no memory, which nobody can go on without.
fn with_memory<T>(result: io::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => unreachable!("out of memory: {error}"),
    }
}

impl Zstd {
    pub(super) fn new(level: u8) -> Self {
        let mut encoder = with_memory(Encoder::new(level.into()));
        with_memory(encoder.set_parameter(CParameter::WindowLog(WINDOW_BITS)));
        with_memory(encoder.set_parameter(CParameter::ChecksumFlag(true)));
        Self { encoder }
    }
}

impl Encode for Zstd {
    fn encode(&mut self, input: &[u8], flush: Flush, out: &mut [u8]) -> Encoded {
        let (mut input, mut out) = (InBuffer::around(input), OutBuffer::around(out));
        while input.pos() < input.src.len() && out.pos() < out.capacity() {
            with_memory(self.encoder.run(&mut input, &mut out));
        }
        let mut done = input.pos() == input.src.len();
        if done && flush != Flush::None {
            let left = match flush {
                Flush::Finish => self.encoder.finish(&mut out, true),
                Flush::None | Flush::Sync => self.encoder.flush(&mut out),
            };
            done = with_memory(left) == 0;
        }
        if done && flush == Flush::Finish {
            self.reset();
        }
        Encoded { read: input.pos(), written: out.pos(), done }
    }

    fn reset(&mut self) {
        with_memory(self.encoder.reinit());
    }
}

/// The decompressor.
pub(super) struct Unzstd {
    decoder: Decoder<'static>,
    /// Behind a frame.
    is_between: bool,
    /// The output was full, so that there may be more without more input.
    has_more: bool,
}

impl Unzstd {
    pub(super) fn new() -> Self {
        let mut decoder = with_memory(Decoder::new());
        with_memory(decoder.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_BITS)));
        Self { decoder, is_between: false, has_more: false }
    }
}

impl Decode for Unzstd {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
        // zstd takes it for an error to be asked again and again for nothing.
        if input.is_empty() && !self.has_more {
            return Ok(Decoded { read: 0, written: 0 });
        }
        let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
        loop {
            let before = (input.pos(), output.pos());
            let hint = self.decoder.run(&mut input, &mut output).map_err(|_| DecodeError::Corrupt)?;
            if (input.pos(), output.pos()) == before {
                self.has_more = output.pos() == output.capacity();
                return Ok(Decoded { read: input.pos(), written: output.pos() });
            }
            self.is_between = hint == 0;
        }
    }

    fn is_complete(&self) -> bool {
        self.is_between
    }
}
