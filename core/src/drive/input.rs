//! The read buffer.

use core::ops::Range;

use bytes::{Buf, BufMut, Bytes, BytesMut};

#[cfg(feature = "std")]
use super::pool;

/// What one buffer begins with.
const SIZE: usize = 16 * 1024;
/// What a buffer grows to while reads fill it: messages whose length is a power of two fit with their headers. The
/// pool keeps it as large as it is.
const MAX_READ: usize = 258 * 1024;
/// A larger one is not kept for few octets.
const MAX_KEPT: usize = 2 * 1024 * 1024;
/// The least room worth a read.
const MIN_ROOM: usize = 2 * 1024;
/// Up to here data is copied out, so that the buffer can be used on; above, it is handed out as it lies.
const COPY: usize = 4 * 1024;

/// Octets received and not yet used: `buffer[start..end]`. What is behind them, up to the buffer's capacity, is room;
/// the part of it within the buffer's length is initialised.
#[derive(Debug, Default)]
pub(crate) struct Input {
    buffers: Buffers,
    start: usize,
    end: usize,
    /// What the next buffer should hold.
    size: usize,
    /// The room that the read under way was given.
    given: usize,
    /// The last read filled its room, so that the next one gets more.
    is_short: bool,
    /// So many octets from the first are to lie in one piece.
    expected: usize,
}

/// What an idle connection gives away.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    buffer: BytesMut,
    /// How large the allocation is, of which parts may be handed out.
    allocated: usize,
    /// Small pieces for the application.
    pieces: BytesMut,
}

impl Input {
    /// So many octets are few.
    #[cfg(feature = "deflate")]
    pub(crate) const FEW: usize = COPY;

    /// A buffer that holds these octets.
    #[cfg(feature = "ws")]
    pub(crate) fn holding(octets: &[u8]) -> Self {
        let mut input = Self::default();
        let mut rest = octets;
        while !rest.is_empty() {
            let room = input.room();
            let (now, later) = rest.split_at(room.len().min(rest.len()));
            room.get_mut(..now.len()).unwrap_or_default().copy_from_slice(now);
            input.received(now.len());
            rest = later;
        }
        input
    }

    pub(crate) fn filled(&self) -> &[u8] {
        self.buffers.buffer.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        self.buffers.buffer.get_mut(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room behind the filled part, made if there is too little.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.ensure_room();
        // All of an old buffer may be there again: no more of it is initialised than would have been of a new one.
        let size = self.size.max(self.end * 2 + MIN_ROOM).min(self.buffers.buffer.capacity());
        if self.buffers.buffer.len() < size {
            self.buffers.buffer.resize(size, 0);
        }
        let room = self.buffers.buffer.get_mut(self.end..).unwrap_or_default();
        self.given = room.len();
        room
    }

    /// The same room, to append to.
    pub(crate) fn spare(&mut self) -> impl BufMut {
        self.ensure_room();
        self.buffers.buffer.truncate(self.end);
        if self.is_empty() && self.buffers.buffer.capacity() < self.buffers.allocated {
            // What was handed out of it may be gone: from its front on, which is in the cache.
            let _ = self.buffers.buffer.try_reclaim(self.buffers.allocated);
        }
        self.given = self.buffers.buffer.capacity() - self.end;
        (&mut self.buffers.buffer).limit(self.given)
    }

    fn ensure_room(&mut self) {
        let room = self.buffers.buffer.capacity() - self.end;
        if room < MIN_ROOM.max(self.wanted()) || (self.is_short && self.is_empty()) {
            self.make_room();
        }
    }

    /// The first octets of the input are not to be handed out before so many of them are there, so that they can
    /// be handed out as they lie. The buffer grows as they come, whatever was announced.
    #[cfg(feature = "ws")]
    pub(crate) fn expect(&mut self, len: usize) {
        self.expected = len;
    }

    /// The room that is worth moving what has come: for as much as is expected, but never much more than has come
    /// already. What is made then is twice that, so that it is not made at each read.
    fn wanted(&self) -> usize {
        let len = self.end - self.start;
        self.expected.saturating_sub(len).min(len / 2)
    }

    fn make_room(&mut self) {
        self.size = self.size.max(SIZE);
        #[cfg(feature = "std")]
        if self.buffers.buffer.capacity() == 0 && self.size == SIZE {
            self.buffers = pool::take(|stacks| &stacks.inputs).unwrap_or_default();
            self.size = self.size.max(self.buffers.buffer.capacity());
        }
        let kept = self.end - self.start;
        // What is kept must leave as much room again, or a long head would be moved at each read.
        let size = self.size.max(kept * 2 + MIN_ROOM);
        if self.buffers.buffer.capacity() >= size {
            self.buffers.buffer.copy_within(self.start..self.end, 0);
        } else {
            // The whole of the old buffer again if nobody holds a part of it.
            self.buffers.buffer.truncate(self.end);
            self.buffers.buffer.advance(self.start);
            if !self.buffers.buffer.try_reclaim(size - kept) {
                // As much as that and no more, which would be read into, too, and be so much less in the cache.
                let mut anew = BytesMut::with_capacity(size);
                anew.extend_from_slice(&self.buffers.buffer);
                self.buffers.buffer = anew;
                self.buffers.allocated = size;
            }
        }
        self.start = 0;
        self.end = kept;
        self.is_short = false;
    }

    pub(crate) fn received(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.buffers.buffer.len());
        if len >= self.given && self.size < MAX_READ {
            self.size = (self.size * 2).min(MAX_READ);
            self.is_short = true;
        }
    }

    pub(crate) fn consume(&mut self, len: usize) {
        self.expected = 0;
        self.start = (self.start + len).min(self.end);
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
    }

    /// The next `len` octets for keeps.
    pub(crate) fn take(&mut self, len: usize) -> Bytes {
        self.take_range(0..len.min(self.end - self.start))
    }

    /// These of the octets for keeps; those before them are consumed, too.
    #[inline]
    pub(crate) fn take_range(&mut self, range: Range<usize>) -> Bytes {
        if range.len() > COPY {
            return self.take_long(range);
        }
        let Some(piece) = self.buffers.buffer.get(self.start + range.start..self.start + range.end) else {
            return Bytes::new();
        };
        let piece = copy_out(&mut self.buffers.pieces, piece);
        self.consume(range.end);
        piece
    }

    /// At most [`Input::FEW`] octets for keeps, that lie elsewhere.
    #[cfg(feature = "deflate")]
    pub(crate) fn keep_few(&mut self, octets: &[u8]) -> Bytes {
        copy_out(&mut self.buffers.pieces, octets)
    }

    fn take_long(&mut self, range: Range<usize>) -> Bytes {
        self.consume(range.start);
        let len = range.len().min(self.end - self.start);
        let _ = self.buffers.buffer.split_to(self.start);
        let taken = self.buffers.buffer.split_to(len).freeze();
        self.end -= self.start + len;
        self.start = 0;
        taken
    }

    /// Nothing is in it: all is as at first, but that a buffer is there already, unless it is a very large one.
    #[cfg(feature = "std")]
    pub(crate) fn renew(&mut self) {
        if self.buffers.allocated > MAX_READ {
            self.buffers = Buffers::default();
        }
        (self.start, self.end, self.is_short, self.expected) = (0, 0, false, 0);
        self.size = self.buffers.buffer.capacity();
    }

    /// Gives the buffer away if nothing is in it, or a very large one if there is little.
    pub(crate) fn rest(&mut self) {
        if self.buffers.allocated > MAX_KEPT && self.end - self.start <= SIZE {
            let kept = BytesMut::from(self.filled());
            (self.start, self.end, self.size) = (0, kept.len(), 0);
            (self.buffers.buffer, self.buffers.allocated) = (kept, SIZE);
        }
        if self.is_empty() && self.buffers.buffer.capacity() > 0 {
            let buffers = core::mem::take(&mut self.buffers);
            (self.start, self.end, self.size, self.is_short, self.expected) = (0, 0, 0, false, 0);
            // A part of it may be with the application; when that is gone, the next taker has all of it.
            #[cfg(feature = "std")]
            if buffers.allocated <= MAX_READ {
                pool::give(|stacks| &stacks.inputs, buffers);
            }
            #[cfg(not(feature = "std"))]
            drop(buffers);
        }
    }
}

/// A copy beside others, since few octets are not worth an allocation of their own.
#[inline(always)] // for each message and piece
fn copy_out(pieces: &mut BytesMut, octets: &[u8]) -> Bytes {
    if pieces.capacity() - pieces.len() < octets.len() {
        pieces.reserve(COPY * 2);
    }
    pieces.extend_from_slice(octets);
    pieces.split().freeze()
}

impl Drop for Input {
    fn drop(&mut self) {
        self.consume(usize::MAX - self.start);
        self.rest();
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::VecDeque;

    use super::*;

    /// Some reads append, others fill; some of what is taken is held for a while, so that the buffer is not whole.
    #[test]
    fn what_is_taken_is_what_was_read() {
        let mut input = Input::default();
        let (mut read, mut taken, mut held) = (0_u32, 0_u32, VecDeque::new());
        let octet = |at: u32| (at.wrapping_mul(0x9e37_79b9) >> 24) as u8;
        for turn in 0..600_usize {
            let len = [1, 700, 5000, 70_000, usize::MAX][turn * 7 % 5];
            let len = if turn % 3 == 0 {
                let room = input.room();
                assert!(room.len() >= MIN_ROOM && room.len() <= 4 * MAX_READ, "{}", room.len());
                let len = len.min(room.len());
                (read..).zip(&mut room[..len]).for_each(|(at, place)| *place = octet(at));
                len
            } else {
                let mut room = input.spare();
                assert!(room.remaining_mut() >= MIN_ROOM && room.remaining_mut() <= 4 * MAX_READ);
                let len = len.min(room.remaining_mut());
                (read..).take(len).for_each(|at| room.put_u8(octet(at)));
                len
            };
            input.received(len);
            read += len as u32;
            assert_eq!(input.filled().len(), (read - taken) as usize);
            while input.filled().len() > turn * 13 % 9000 {
                let piece = input.take([9, 4096, 4097, 60_000][turn * 5 % 4]);
                assert!(piece.iter().copied().eq((taken..).take(piece.len()).map(octet)), "from {taken} on");
                taken += piece.len() as u32;
                held.push_back(piece);
                if held.len() > turn % 4 {
                    held.clear();
                }
            }
            if turn % 50 == 0 {
                let left = input.filled().len();
                taken += left as u32;
                input.consume(left);
                input.rest();
            }
        }
    }

    /// What never comes is not looked for.
    #[test]
    fn more_is_not_received_than_was_appended() {
        let mut input = Input::default();
        input.spare().put_slice(b"four");
        input.received(usize::MAX);
        assert_eq!(input.filled(), b"four");
    }

    /// As many octets as are expected, in small reads: what is made anew doubles, however small they are.
    #[cfg(feature = "ws")]
    #[test]
    fn room_for_long_messages_is_made_few_times() {
        const LEN: usize = 4 * 1024 * 1024;
        let mut input = Input::default();
        let (mut made, mut len) = (0, 0);
        while len < LEN {
            let before = input.buffers.buffer.capacity();
            let room = input.room().len();
            assert!(room <= 2 * len + 2 * SIZE, "{room} octets of room for {len}");
            made += usize::from(input.buffers.buffer.capacity() != before);
            let now = room.min(1448).min(LEN - len);
            input.received(now);
            len += now;
            input.expect(LEN);
        }
        assert!(made < 30, "made {made} times");
    }
}
