//! The output queue.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use super::Payload;

/// From here on an owned payload is sent from where it lies.
const SHARE: usize = 4 * 1024;
/// What an idle connection keeps, and from where on a half-written queue is moved together.
const KEEP: usize = 4 * 1024;

/// Octets to be written: copied ones in one flat buffer, long payloads by reference between them.
#[derive(Debug, Default)]
pub(crate) struct Output {
    flat: Vec<u8>,
    /// Octets of `flat` already written.
    written: usize,
    queue: VecDeque<Segment>,
    len: usize,
}

#[derive(Debug)]
enum Segment {
    /// So many octets of `flat`, after those of the segments before.
    Flat(usize),
    Shared(Bytes),
}

impl Output {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends what `emit` writes. `emit` is called again with more room if it asks for it.
    pub(crate) fn emit<E>(
        &mut self,
        mut emit: impl FnMut(&mut [u8]) -> Result<usize, E>,
        required: impl Fn(&E) -> Option<usize>,
    ) -> Result<(), E> {
        let start = self.flat.len();
        let mut room = 512;
        loop {
            self.flat.resize(start + room, 0);
            let result = emit(self.flat.get_mut(start..).unwrap_or_default());
            let len = *result.as_ref().unwrap_or(&0);
            self.flat.truncate(start + len);
            match result {
                Ok(_) => {
                    self.count_flat(len);
                    return Ok(());
                }
                Err(error) => match required(&error) {
                    Some(required) if required > room => room = required,
                    _ => return Err(error),
                },
            }
        }
    }

    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.flat.extend_from_slice(octets);
        self.count_flat(octets.len());
    }

    /// Appends octets and lets `change` alter them where they now lie.
    #[cfg(feature = "ws")]
    pub(crate) fn push_with(&mut self, octets: &[u8], change: impl FnOnce(&mut [u8])) {
        let start = self.flat.len();
        self.push(octets);
        change(self.flat.get_mut(start..).unwrap_or_default());
    }

    pub(crate) fn push_payload(&mut self, payload: impl Payload) {
        if payload.as_slice().len() < SHARE {
            self.push(payload.as_slice());
        } else {
            let bytes = payload.into_bytes();
            self.len += bytes.len();
            self.queue.push_back(Segment::Shared(bytes));
        }
    }

    fn count_flat(&mut self, len: usize) {
        self.len += len;
        match self.queue.back_mut() {
            _ if len == 0 => {}
            Some(Segment::Flat(last)) => *last += len,
            Some(Segment::Shared(_)) | None => self.queue.push_back(Segment::Flat(len)),
        }
    }

    pub(crate) fn slices(&self) -> impl Iterator<Item = &[u8]> {
        let mut at = self.written;
        self.queue.iter().map(move |segment| match segment {
            Segment::Flat(len) => {
                let slice = self.flat.get(at..at + len).unwrap_or_default();
                at += len;
                slice
            }
            Segment::Shared(bytes) => bytes,
        })
    }

    pub(crate) fn written(&mut self, mut len: usize) {
        self.len = self.len.saturating_sub(len);
        while len > 0 {
            let done = match self.queue.front_mut() {
                None => break,
                Some(Segment::Flat(left)) => {
                    let now = len.min(*left);
                    *left -= now;
                    self.written += now;
                    len -= now;
                    *left == 0
                }
                Some(Segment::Shared(bytes)) => {
                    let now = len.min(bytes.len());
                    bytes.advance(now);
                    len -= now;
                    bytes.is_empty()
                }
            };
            if done {
                self.queue.pop_front();
            }
        }
        if self.is_empty() {
            self.clear();
        } else if self.written > KEEP && self.written * 2 > self.flat.len() {
            self.flat.drain(..self.written);
            self.written = 0;
        }
    }

    /// Gives up what an idle connection need not keep.
    pub(crate) fn rest(&mut self) {
        if self.is_empty() {
            self.flat.shrink_to(KEEP);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.flat.clear();
        self.written = 0;
        self.len = 0;
    }
}
