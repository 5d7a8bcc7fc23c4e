//! A stream in memory, over which peers are run: input is always there, output always leaves.

use core::cell::Cell;
use core::hint::black_box;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{self, IoSlice, Read, Write};
use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// An opening, the same octets round after round, and an end. What one read brings never goes beyond a round.
pub(super) struct Line {
    rest: &'static [u8],
    round: &'static [u8],
    rounds: u64,
    closing: &'static [u8],
    sent: Rc<Cell<u64>>,
}

impl Line {
    /// A line on which these rounds arrive, and then its end.
    pub(super) fn new(
        opening: &'static [u8],
        round: &'static [u8],
        rounds: u64,
        closing: &'static [u8],
    ) -> (Self, Rc<Cell<u64>>) {
        let sent = Rc::default();
        (Self { rest: opening, round, rounds, closing, sent: Rc::clone(&sent) }, sent)
    }

    /// A line on which the same arrives for ever.
    pub(super) fn endless(round: &'static [u8]) -> (Self, Rc<Cell<u64>>) {
        Self::new(b"", round, u64::MAX, b"")
    }

    pub(super) fn arrive(&mut self, most: usize) -> &'static [u8] {
        if self.rest.is_empty() && self.rounds > 0 {
            (self.rest, self.rounds) = (black_box(self.round), self.rounds - 1);
        } else if self.rest.is_empty() {
            self.rest = core::mem::take(&mut self.closing);
        }
        let (now, later) = self.rest.split_at(most.min(self.rest.len()));
        self.rest = later;
        now
    }

    pub(super) fn leave(&mut self, slices: &[IoSlice<'_>]) -> usize {
        let len = slices.iter().map(|slice| black_box(slice).len()).sum::<usize>();
        self.sent.set(self.sent.get() + len as u64);
        len
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        room.put_slice(self.arrive(room.remaining()));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.leave(&[IoSlice::new(octets)])))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.leave(slices)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Read for Line {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let octets = self.arrive(room.len());
        room[..octets.len()].copy_from_slice(octets);
        Ok(octets.len())
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(self.leave(&[IoSlice::new(octets)]))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.leave(slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
