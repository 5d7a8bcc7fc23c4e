//! What a compressor and a decompressor have to do: raw DEFLATE (RFC 1951), from a slice into a
//! slice.
//!
//! [`MinizInflate`](super::MinizInflate) and [`MinizDeflate`](super::MinizDeflate) do it in safe
//! Rust. Who has another codec at hand, in hardware or in C, implements these.

/// A decompressor.
pub trait Inflate {
    /// Goes on with `input`, writes into `output`, and returns once the output is full, all of the
    /// input is decoded and written, or what follows cannot be decoded.
    ///
    /// A final block ends its stream, and the next octet of the input begins another, which may
    /// refer to the window of the one before.
    ///
    /// # Errors
    ///
    /// [`Corrupt`], and then until the next reset. If anything was written before, that is given first, with
    /// [`InflateState::NeedRoom`], and the error by the next call: what an error is found behind must not depend
    /// on the pieces that the input comes in.
    fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<Inflated, Corrupt>;

    /// Forgets all that was read: the next octet begins a stream, whose window is empty.
    fn reset(&mut self);

    /// As [`reset`](Self::reset), and gives up the memory until it is needed again.
    fn release(&mut self);
}

/// How far a decompressor came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // codecs make them
pub struct Inflated {
    /// How many octets of the input were read.
    pub read: usize,
    /// How many octets were written to the output.
    pub written: usize,
    /// Where it stands.
    pub state: InflateState,
}

/// Where a decompressor stands. All but the first have read all of the input and written all that
/// came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // codecs make them
pub enum InflateState {
    /// There may be more: the output is full, or the next call gives an error.
    NeedRoom,
    /// Within a block, or behind one that ended within an octet.
    NeedInput,
    /// Behind a block that ended with the last octet, or before the first block.
    Boundary,
    /// Behind a final block.
    StreamEnd,
}

/// The octets are not DEFLATE, or refer further back than the window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct Corrupt;

/// A compressor.
pub trait Deflate {
    /// Goes on with `input` and writes into `output` until that is full or all is done: the input
    /// read, the flush carried out, everything written. Until all is done it is called again with
    /// the rest of the input and the same `flush`.
    fn deflate(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Deflated;

    /// Forgets all that was read, and gives up the memory until it is needed again.
    fn release(&mut self);
}

/// What is to come behind the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // codecs have to know them all
pub enum Flush {
    /// More; what was read may wait within the compressor.
    None,
    /// An empty stored block, whose last octets are 00 00 FF FF, with all that was read before it.
    Sync,
    /// The same, and nothing behind it refers to what was before it.
    Full,
    /// Nothing: a final block ends the stream, and what is compressed next begins another.
    Finish,
}

/// How far a compressor came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // codecs make them
pub struct Deflated {
    /// How many octets of the input were read.
    pub read: usize,
    /// How many octets were written to the output.
    pub written: usize,
    /// Whether all is done.
    pub done: bool,
}
