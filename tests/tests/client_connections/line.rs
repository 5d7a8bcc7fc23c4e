//! The line.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::io::{self, ErrorKind, IoSlice};

use sanderling::Tick;
use sanderling::drive::{AsyncIo, ClientConnection, Driver, Transport, Turns};
use sanderling::http::{Deadlines, Limits};

/// What the line does with octets that are written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// It takes them.
    Takes,
    /// It takes none for now.
    Blocks,
    /// It was reset.
    Fails,
}

/// A stream whose clock moves on when nothing else can.
pub(crate) struct Line {
    io: Io,
    turns: Turns,
}

struct Io {
    now: Tick,
    writing: VecDeque<Writing>,
    written: usize,
    /// What comes, and when. Behind it is the end.
    coming: VecDeque<(Tick, &'static [u8])>,
    /// Nothing comes until a write has failed.
    is_withheld: bool,
}

impl Line {
    /// A line on which these octets come, each so long after the beginning, and then its end. Each write is as
    /// `writing` says, and those behind as the last of them.
    pub(crate) fn new(writing: &[Writing], coming: &[(Duration, &'static [u8])]) -> Self {
        let coming = coming.iter().map(|(at, octets)| (Tick::ZERO + *at, *octets)).collect();
        let writing = writing.iter().copied().collect();
        Self { io: Io { now: Tick::ZERO, writing, written: 0, coming, is_withheld: false }, turns: Turns::new() }
    }

    /// Nothing is heard before a write has failed.
    pub(crate) fn withheld(mut self) -> Self {
        self.io.is_withheld = true;
        self
    }

    pub(crate) fn connection(self, limits: Limits, deadlines: Deadlines) -> ClientConnection<Self> {
        ClientConnection::new(self, limits, deadlines)
    }

    /// How many octets it took.
    pub(crate) fn written(&self) -> usize {
        self.io.written
    }
}

/// Waits for a future. On a line nothing is pending for good, as there always is a time that has come.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..1000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
    panic!("it waits for ever");
}

impl AsyncIo for Io {
    fn poll_write(&mut self, octets: &[IoSlice<'_>], _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let writing = if self.writing.len() > 1 { self.writing.pop_front() } else { self.writing.front().copied() };
        match writing {
            Some(Writing::Blocks) => Poll::Pending,
            Some(Writing::Fails) => {
                self.is_withheld = false;
                Poll::Ready(Err(ErrorKind::ConnectionReset.into()))
            }
            Some(Writing::Takes) | None => {
                let len = octets.iter().map(|slice| slice.len()).sum();
                self.written += len;
                Poll::Ready(Ok(len))
            }
        }
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shut_down(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, room: &mut [u8], _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.coming.front_mut() {
            _ if self.is_withheld => Poll::Pending,
            Some((at, _)) if *at > self.now => Poll::Pending,
            None => Poll::Ready(Ok(0)),
            Some((_, octets)) => {
                let (front, rest) = octets.split_at(octets.len().min(room.len()));
                room.iter_mut().zip(front).for_each(|(room, octet)| *room = *octet);
                *octets = rest;
                if rest.is_empty() {
                    self.coming.pop_front();
                }
                Poll::Ready(Ok(front.len()))
            }
        }
    }

    /// Time passes, up to the deadline or what comes before it.
    fn poll_timer(&mut self, deadline: Tick, _: &mut Context<'_>) -> Poll<()> {
        let next = self.coming.front().map(|(at, _)| *at).filter(|at| *at > self.now && *at <= deadline);
        self.now = next.unwrap_or(deadline);
        if next.is_none() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn now(&self) -> Tick {
        self.now
    }
}

impl Transport for Line {
    type Sleep = Ready<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.turns.poll(&mut self.io, driver, context)
    }

    fn is_flushed(&self) -> bool {
        self.turns.is_flushed()
    }

    fn is_readable(&mut self) -> bool {
        self.io.poll_read(&mut [0], &mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn now(&self) -> Tick {
        self.io.now
    }

    fn sleep(&self, _: Duration) -> Ready<()> {
        ready(())
    }

    fn unix_time(&self) -> u64 {
        0
    }
}
