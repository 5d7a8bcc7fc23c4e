//! Compression of one connection's messages (RFC 7692), in both directions.

use alloc::vec::Vec;

use super::driver::Rest;
use crate::ws::deflate::{DeflateOptions, DeflateParameters, MessageDeflater, MessageInflater, Part};

/// Both codecs. They take their memory with the first message.
#[derive(Debug)]
pub(super) struct Compression {
    pub(super) inflater: MessageInflater,
    deflater: MessageDeflater,
    /// What is compressed of a message, while its frame is being made.
    deflated: Vec<u8>,
    /// What waits to be compressed of a message that is being sent.
    pub(super) rest: Option<Rest>,
}

/// What is kept of the buffer for compressed messages.
const KEPT: usize = 4 * 1024;

impl Compression {
    pub(super) fn server(agreed: DeflateParameters, options: &DeflateOptions) -> Self {
        Self::new(MessageInflater::new(agreed.client, u64::MAX), MessageDeflater::new(agreed.server, options))
    }

    pub(super) fn client(agreed: DeflateParameters, options: &DeflateOptions) -> Self {
        Self::new(MessageInflater::new(agreed.server, u64::MAX), MessageDeflater::new(agreed.client, options))
    }

    /// The connection bounds the size of a message itself.
    fn new(inflater: MessageInflater, deflater: MessageDeflater) -> Self {
        Self { inflater, deflater, deflated: Vec::new(), rest: None }
    }

    /// Whether a whole message of this length is worth compressing.
    pub(super) fn is_worthwhile(&self, len: usize) -> bool {
        self.deflater.is_worthwhile(len)
    }

    /// The payload of a frame that carries this part of a message. Each part can be read by the peer
    /// without the next one.
    pub(super) fn deflate(&mut self, data: &[u8], last: bool) -> &[u8] {
        self.deflated.clear();
        if last {
            self.deflated.shrink_to(KEPT);
        }
        self.deflater.deflate_into(data, if last { Part::Last } else { Part::Flush }, &mut self.deflated);
        &self.deflated
    }

    /// Gives up what loses nothing between messages.
    pub(super) fn rest(&mut self) {
        self.inflater.release();
        self.deflated = Vec::new();
    }

    /// Gives up what only makes the next message longer: the peer has been silent.
    pub(super) fn forget(&mut self) {
        self.deflater.release();
    }
}
