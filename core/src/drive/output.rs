//! The output queue.

use alloc::collections::{VecDeque, vec_deque};
use alloc::vec::Vec;
use core::mem;

use bytes::{Buf, Bytes};

#[cfg(feature = "files")]
use super::FilePart;
use super::Payload;
#[cfg(feature = "std")]
use super::pool;

/// From here on an owned payload is sent from where it lies: a write of two slices costs as much as copying so many octets.
const SHARE: usize = 8 * 1024;
/// What a queue begins with.
const SIZE: usize = 4 * 1024;
/// The longest queue that is kept for another time, and from where on a half-written one is moved together.
const KEEP: usize = 32 * 1024;
/// As many payloads a queue that is kept may have room for.
const KEEP_SHARED: usize = 64;
/// The room that a head is written into at first.
const ROOM: usize = 512;

/// Octets to be written: copied ones in one flat buffer, long payloads and parts of files by reference between them.
#[derive(Debug, Default)]
pub(crate) struct Output {
    queue: Queue,
    /// `queue.flat[start..end]` is to be written.
    start: usize,
    end: usize,
    len: usize,
}

/// What an idle connection gives away.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// All of it is initialised.
    flat: Vec<u8>,
    shared: VecDeque<Shared>,
}

impl Queue {
    fn may_be_kept(&self) -> bool {
        self.flat.len() <= KEEP && self.shared.capacity() <= KEEP_SHARED
    }
}

#[derive(Debug)]
struct Shared {
    what: What,
    /// It goes before this octet of the flat buffer.
    at: usize,
}

/// What is not copied.
#[derive(Debug)]
enum What {
    Payload(Bytes),
    #[cfg(feature = "files")]
    File(FilePart),
}

impl What {
    /// The octets, where they lie in memory of ours.
    fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Payload(payload) => Some(payload),
            #[cfg(feature = "files")]
            Self::File(_) => None,
        }
    }

    /// Takes at most so many octets off its front, and says how many there were.
    fn take(&mut self, len: usize) -> usize {
        match self {
            Self::Payload(payload) => {
                let len = len.min(payload.len());
                payload.advance(len);
                len
            }
            #[cfg(feature = "files")]
            Self::File(part) => {
                let len = len.min(part.len());
                part.advance(len);
                len
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Payload(payload) => payload.is_empty(),
            #[cfg(feature = "files")]
            Self::File(part) => part.is_empty(),
        }
    }
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
        let mut room = ROOM;
        loop {
            let out = self.room(room);
            let given = out.len();
            match emit(out) {
                Ok(len) => {
                    self.end += len;
                    self.len += len;
                    return Ok(());
                }
                Err(error) => match required(&error) {
                    Some(required) if required > given => room = required,
                    _ => return Err(error),
                },
            }
        }
    }

    /// Room behind the flat octets, at least so much.
    #[inline]
    fn room(&mut self, room: usize) -> &mut [u8] {
        if self.queue.flat.len() < self.end + room {
            self.grow(room);
        }
        self.queue.flat.get_mut(self.end..).unwrap_or_default()
    }

    #[cold]
    fn grow(&mut self, room: usize) {
        #[cfg(feature = "std")]
        if self.queue.flat.is_empty() && self.is_empty() {
            self.queue = pool::take(|stacks| &stacks.outputs).unwrap_or_default();
        }
        let (len, required) = (self.queue.flat.len(), self.end + room);
        if len < required {
            self.queue.flat.resize(required.max(len * 2).max(SIZE), 0);
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, octets: &[u8]) {
        // Most frames have nothing behind their data, and many nothing before it.
        if octets.is_empty() {
            return;
        }
        if let Some(room) = self.room(octets.len()).get_mut(..octets.len()) {
            room.copy_from_slice(octets);
        }
        self.end += octets.len();
        self.len += octets.len();
    }

    /// Appends what `write` writes into this much room.
    #[cfg(feature = "ws")]
    #[inline]
    pub(crate) fn write<E>(&mut self, room: usize, write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<(), E> {
        let len = write(self.room(room))?;
        self.end += len;
        self.len += len;
        Ok(())
    }

    /// Appends octets and lets `change` alter them where they now lie.
    #[cfg(feature = "deflate")]
    pub(crate) fn push_with(&mut self, octets: &[u8], change: impl FnOnce(&mut [u8])) {
        let start = self.end;
        self.push(octets);
        change(self.queue.flat.get_mut(start..self.end).unwrap_or_default());
    }

    /// Whether an owned payload of so many octets is sent from where it lies.
    pub(crate) const fn is_shared(len: usize) -> bool {
        len >= SHARE
    }

    #[inline]
    pub(crate) fn push_payload(&mut self, payload: impl Payload) {
        if Self::is_shared(payload.as_slice().len()) {
            self.share(payload);
        } else {
            self.push(payload.as_slice());
        }
    }

    /// Appends a payload by reference.
    #[cold]
    fn share(&mut self, payload: impl Payload) {
        let payload = payload.into_bytes();
        self.len += payload.len();
        self.queue.shared.push_back(Shared { what: What::Payload(payload), at: self.end });
    }

    #[cfg(feature = "files")]
    pub(crate) fn push_file(&mut self, part: FilePart) {
        self.len += part.len();
        self.queue.shared.push_back(Shared { what: What::File(part), at: self.end });
    }

    /// The part of a file that is to be written next.
    #[cfg(feature = "files")]
    pub(crate) fn file(&self) -> Option<&FilePart> {
        match self.queue.shared.front()? {
            Shared { what: What::File(part), at } if *at == self.start => Some(part),
            _ => None,
        }
    }

    /// Takes the first part of a file out, and all that is behind it.
    #[cfg(feature = "files")]
    pub(crate) fn cut_at_file(&mut self) {
        let is_file = |shared: &Shared| shared.what.octets().is_none();
        if let Some(place) = self.queue.shared.iter().position(is_file) {
            self.end = self.queue.shared.get(place).map_or(self.end, |shared| shared.at);
            self.queue.shared.truncate(place);
            self.len = self.slices().map(<[u8]>::len).sum();
        }
    }

    /// What is to be written, up to the first part of a file.
    pub(crate) fn slices(&self) -> Slices<'_> {
        let Queue { flat, shared } = &self.queue;
        let shared = if shared.is_empty() { vec_deque::Iter::default() } else { shared.iter() };
        Slices { flat, shared, start: self.start, end: self.end, next: None }
    }

    pub(crate) fn written(&mut self, mut len: usize) {
        if len >= self.len {
            return self.clear();
        }
        self.len -= len;
        while len > 0 {
            let shared = self.queue.shared.front_mut();
            let flat = len.min(shared.as_ref().map_or(self.end, |shared| shared.at) - self.start);
            self.start += flat;
            len -= flat;
            let Some(Shared { what, .. }) = shared else { break };
            len -= what.take(len);
            if what.is_empty() {
                self.queue.shared.pop_front();
            }
        }
        if self.start > KEEP && self.start * 2 > self.end {
            self.queue.flat.copy_within(self.start..self.end, 0);
            self.queue.shared.iter_mut().for_each(|shared| shared.at -= self.start);
            self.end -= mem::take(&mut self.start);
        }
    }

    /// Gives the queue away if nothing is in it.
    pub(crate) fn rest(&mut self) {
        if self.is_empty() && !self.queue.flat.is_empty() {
            let queue = mem::take(&mut self.queue);
            if queue.may_be_kept() {
                #[cfg(feature = "std")]
                pool::give(|stacks| &stacks.outputs, queue);
                #[cfg(not(feature = "std"))]
                {
                    self.queue = queue;
                }
            }
        }
    }

    /// Nothing is in it: all is as at first, but that a queue is there already, unless it is a very large one.
    #[cfg(feature = "std")]
    pub(crate) fn renew(&mut self) {
        if !self.queue.may_be_kept() {
            self.queue = Queue::default();
        }
    }

    pub(crate) fn clear(&mut self) {
        if !self.queue.shared.is_empty() {
            self.queue.shared.clear();
        }
        (self.start, self.end, self.len) = (0, 0, 0);
    }
}

/// The octets of a queue, slice by slice; none is empty.
pub(crate) struct Slices<'o> {
    flat: &'o [u8],
    shared: vec_deque::Iter<'o, Shared>,
    /// `flat[start..end]` is still to come.
    start: usize,
    end: usize,
    /// A payload whose turn it is.
    next: Option<&'o [u8]>,
}

impl<'o> Iterator for Slices<'o> {
    type Item = &'o [u8];

    fn next(&mut self) -> Option<&'o [u8]> {
        loop {
            if let Some(payload) = self.next.take() {
                return Some(payload);
            }
            let end = match self.shared.next() {
                Some(Shared { what, at }) => {
                    self.next = what.octets();
                    if self.next.is_none() {
                        // A part of a file: nothing behind it may go before it.
                        self.end = *at;
                        self.shared = vec_deque::Iter::default();
                    }
                    *at
                }
                None if self.start == self.end => return None,
                None => self.end,
            };
            let flat = self.flat.get(mem::replace(&mut self.start, end)..end).unwrap_or_default();
            if !flat.is_empty() {
                return Some(flat);
            }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.clear();
        self.rest();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_payload_that_is_shared_stays_before_the_flat_octets_behind_it() {
        let mut output = Output::default();
        output.push(b"gone");
        output.written(4);
        output.rest();
        output.push_payload(vec![b'a'; SHARE]);
        output.push(b"tail");
        let octets: Vec<u8> = output.slices().flatten().copied().collect();
        assert_eq!((octets.len(), output.len()), (SHARE + 4, SHARE + 4));
        assert!(octets.ends_with(b"aatail"));
    }
}
