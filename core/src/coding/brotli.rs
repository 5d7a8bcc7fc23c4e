//! br (RFC 7932), by the crate `brotli`.

use alloc::boxed::Box;

use ::brotli::enc::StandardAlloc;
use ::brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct};
use ::brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::decoder::{Decode, DecodeError, Decoded};
use super::encoder::{Encode, Encoded, Flush};

/// The encoder looks back 2^18 octets: a larger window costs memory for each response and gains little.
const WINDOW_BITS: u32 = 18;

/// The compressor.
pub(super) struct Brotli {
    level: u8,
    state: Box<BrotliEncoderStateStruct<StandardAlloc>>,
}

impl Brotli {
    pub(super) fn new(level: u8) -> Self {
        let mut state = Box::new(BrotliEncoderStateStruct::new(StandardAlloc::default()));
        state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, level.into());
        state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, WINDOW_BITS);
        Self { level, state }
    }
}

impl Encode for Brotli {
    fn encode(&mut self, input: &[u8], flush: Flush, out: &mut [u8]) -> Encoded {
        let operation = match flush {
            Flush::None => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            Flush::Sync => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            Flush::Finish => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        };
        let (mut left, mut read, mut room, mut written) = (input.len(), 0, out.len(), 0);
        self.state.compress_stream(
            operation,
            &mut left,
            input,
            &mut read,
            &mut room,
            out,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        let done = left == 0 && !self.state.has_more_output() && (flush != Flush::Finish || self.state.is_finished());
        if done && flush == Flush::Finish {
            self.reset();
        }
        Encoded { read, written, done }
    }

    /// It cannot be used again.
    fn reset(&mut self) {
        *self = Self::new(self.level);
    }
}

/// The decompressor.
pub(super) struct Unbrotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    is_complete: bool,
}

impl Unbrotli {
    pub(super) fn new() -> Self {
        let [octets, numbers, codes] = [(); 3].map(|()| StandardAlloc::default());
        // Strict: without the large windows that RFC 7932 does not know.
        Self { state: Box::new(BrotliState::new_strict(octets, numbers, codes)), is_complete: false }
    }
}

impl Decode for Unbrotli {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Decoded, DecodeError> {
        let (mut left, mut read, mut room, mut written) = (input.len(), 0, output.len(), 0);
        if !self.is_complete {
            let result = BrotliDecompressStream(
                &mut left,
                &mut read,
                input,
                &mut room,
                &mut written,
                output,
                &mut 0,
                &mut self.state,
            );
            match result {
                BrotliResult::ResultFailure => return Err(DecodeError::Corrupt),
                BrotliResult::ResultSuccess => self.is_complete = true,
                BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
            }
        }
        if self.is_complete && left > 0 { Err(DecodeError::Corrupt) } else { Ok(Decoded { read, written }) }
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}
