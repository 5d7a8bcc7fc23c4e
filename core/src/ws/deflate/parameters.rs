//! What one side asks for, and what both agreed on.

use core::fmt;

/// What our side asks for or is willing to do, in either role.
///
/// With the defaults a connection takes up to 42 KiB for what comes in and 312 KiB for what goes
/// out; how to make do with less is told in the [chapter on memory](crate::ws::deflate#memory).
///
/// Window bits outside of 8 to 15 count as the nearest within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeflateOptions {
    /// The server is to compress each message for itself. Default `false`.
    ///
    /// A client that asks for it needs no inflate state between messages; a server that does so
    /// needs no compressor between them.
    pub server_no_context_takeover: bool,
    /// The client is to compress each message for itself. Default `false`.
    pub client_no_context_takeover: bool,
    /// The server looks at most two to the power of this back, 8 to 15. Default 15.
    pub server_max_window_bits: u8,
    /// The client looks at most two to the power of this back, 8 to 15. Default 15. A server that
    /// sets it to less declines clients that cannot be told.
    pub client_max_window_bits: u8,
    /// From 1, the fastest, to 9, the smallest; what lies outside counts as the nearest. Default 4.
    /// It has no influence on the memory.
    pub level: u8,
    /// Whole messages of fewer octets are sent as they are. Default 128.
    pub threshold: usize,
}

impl Default for DeflateOptions {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: MAX_BITS,
            client_max_window_bits: MAX_BITS,
            level: 4,
            threshold: 128,
        }
    }
}

impl DeflateOptions {
    pub(super) fn server_bits(&self) -> u8 {
        self.server_max_window_bits.clamp(MIN_BITS, MAX_BITS)
    }

    pub(super) fn client_bits(&self) -> u8 {
        self.client_max_window_bits.clamp(MIN_BITS, MAX_BITS)
    }
}

/// A window of 256 octets (RFC 7692 section 7.1.2).
pub(super) const MIN_BITS: u8 = 8;
/// A window of 32 KiB, which is all that DEFLATE has.
pub(super) const MAX_BITS: u8 = 15;

/// What both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeflateParameters {
    /// How the server's messages are compressed.
    pub server: DeflateContext,
    /// How the client's messages are compressed.
    pub client: DeflateContext,
}

/// How the messages of one direction are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // RFC 7692 has two parameters for each direction
pub struct DeflateContext {
    /// Whether a message may refer to those before it (RFC 7692 section 7.1.1).
    pub takeover: bool,
    /// How far back anything refers, as a power of two: 8 to 15 (RFC 7692 section 7.1.2).
    pub window_bits: u8,
}

impl DeflateContext {
    /// The window in octets.
    pub(super) fn window(&self) -> usize {
        1 << self.window_bits.clamp(MIN_BITS, MAX_BITS)
    }
}

/// A value for Sec-WebSocket-Extensions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ExtensionValue {
    octets: [u8; Self::MAX_LEN],
    len: usize,
}

impl ExtensionValue {
    /// The longest value has all four parameters, both numbers with two digits.
    pub const MAX_LEN: usize = 128;

    pub(super) const fn new() -> Self {
        Self { octets: [0; Self::MAX_LEN], len: 0 }
    }

    pub(super) fn push(&mut self, text: &str) {
        // It has room for all that is ever written into it.
        if let Some(room) = self.octets.get_mut(self.len..self.len + text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.len += text.len();
        }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.octets.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Debug for ExtensionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
