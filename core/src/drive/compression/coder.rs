//! The compressor of one response, and where it waits for the next.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};

use crate::coding::{ContentCoding, Encoder, Flush};

/// How much is compressed at a time.
const PIECE: usize = 16 * 1024;
/// A buffer that has grown beyond this is not kept.
const KEPT: usize = 256 * 1024;

/// A compressor with what it has written.
#[derive(Debug)]
pub(crate) struct Coder {
    encoder: Encoder,
    written: BytesMut,
    /// The response's entity tag, made weak.
    pub(crate) tag: Vec<u8>,
    /// How many octets are still to be written of those that the application has declared.
    pub(crate) left: Option<u64>,
    /// What the application has written, and is not compressed yet.
    pub(crate) rest: Bytes,
    /// The response ends with that.
    pub(crate) is_last: bool,
    /// Octets were written since the last flush.
    pub(crate) is_waiting: bool,
}

impl Coder {
    /// One that was used before by this thread, or a new one.
    pub(crate) fn take(coding: ContentCoding, level: u8) -> Box<Self> {
        #[cfg(feature = "std")]
        if let Some(coder) = kept::take(coding, level.clamp(1, 9)) {
            return coder;
        }
        Box::new(Self {
            encoder: Encoder::new(coding, level),
            written: BytesMut::new(),
            tag: Vec::new(),
            left: None,
            rest: Bytes::new(),
            is_last: false,
            is_waiting: false,
        })
    }

    /// Gives it to the thread's next response.
    #[cfg_attr(not(feature = "std"), allow(clippy::boxed_local))] // nobody keeps it
    pub(crate) fn give(mut self: Box<Self>) {
        if self.written.capacity() > KEPT {
            self.written = BytesMut::new();
        }
        self.written.clear();
        self.encoder.reset();
        self.left = None;
        self.rest = Bytes::new();
        self.is_last = false;
        self.is_waiting = false;
        #[cfg(feature = "std")]
        kept::give(self);
    }

    /// Goes on with `input`, and gives a piece of what came of it, which may be none. Says how much of the
    /// input was read, and whether all is done.
    pub(crate) fn piece(&mut self, input: &[u8], flush: Flush) -> (Bytes, usize, bool) {
        let (mut read, mut len, mut done) = (0, 0, false);
        self.written.resize(PIECE, 0);
        while len < PIECE && !done {
            let room = self.written.get_mut(len..).unwrap_or_default();
            let encoded = self.encoder.encode(input.get(read..).unwrap_or_default(), flush, room);
            read += encoded.read;
            len += encoded.written;
            done = encoded.done;
        }
        self.written.truncate(len);
        (self.written.split().freeze(), read, done)
    }

    /// All that comes of this body.
    pub(crate) fn whole(&mut self, body: &[u8]) -> Bytes {
        let (mut read, mut len) = (0, 0);
        loop {
            self.written.resize(len + PIECE, 0);
            let room = self.written.get_mut(len..).unwrap_or_default();
            let encoded = self.encoder.encode(body.get(read..).unwrap_or_default(), Flush::Finish, room);
            read += encoded.read;
            len += encoded.written;
            if encoded.done {
                self.written.truncate(len);
                return self.written.split().freeze();
            }
        }
    }
}

#[cfg(feature = "std")]
mod kept {
    //! One compressor of each coding for each thread: no lock, and in steady state no allocation.

    use alloc::boxed::Box;
    use alloc::vec::Vec;
    use core::cell::RefCell;
    use std::thread_local;

    use super::{Coder, ContentCoding};

    thread_local! {
        #[allow(clippy::vec_box)] // the boxes are what is kept
        static KEPT: RefCell<Vec<Box<Coder>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn take(coding: ContentCoding, level: u8) -> Option<Box<Coder>> {
        KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            let mut encoders = kept.iter().map(|coder| &coder.encoder);
            let at = encoders.position(|encoder| encoder.coding() == coding && encoder.level() == level);
            at.map(|at| kept.swap_remove(at))
        })
        .ok()
        .flatten()
    }

    pub(super) fn give(coder: Box<Coder>) {
        // At the end of a thread there may be no place any more; then the coder goes too.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            kept.retain(|other| other.encoder.coding() != coder.encoder.coding());
            kept.push(coder);
        });
    }
}
