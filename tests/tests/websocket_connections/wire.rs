//! A transport in memory, whose clock, cuts and other end are the test's.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use sanderling::Tick;
use sanderling::drive::{Driver, Transport};

/// A handle to the transport; all of them are the same.
#[derive(Clone)]
pub(crate) struct Wire {
    state: Arc<Mutex<State>>,
}

pub(crate) struct State {
    pub(crate) now: Tick,
    /// What the peer has sent.
    pub(crate) incoming: VecDeque<u8>,
    /// As much of it as one read gives.
    pub(crate) read: usize,
    pub(crate) eof: bool,
    pub(crate) written: Vec<u8>,
    /// How much more is taken.
    pub(crate) room: usize,
    pub(crate) shut: bool,
    /// The peer is gone: nothing can be written any more.
    pub(crate) broken: bool,
    waker: Option<Waker>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        let state = State {
            now: Tick::ZERO,
            incoming: VecDeque::new(),
            read: usize::MAX,
            eof: false,
            written: Vec::new(),
            room: usize::MAX,
            shut: false,
            broken: false,
            waker: None,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Does something to the wire, and wakes who waits for it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn send(&self, octets: &[u8]) {
        self.change(|state| state.incoming.extend(octets));
    }

    pub(crate) fn end(&self) {
        self.change(|state| state.eof = true);
    }

    pub(crate) fn pass(&self, wait: Duration) {
        self.change(|state| state.now = state.now + wait);
    }

    /// What was written since this was last asked.
    pub(crate) fn written(&self) -> Vec<u8> {
        core::mem::take(&mut self.lock().written)
    }
}

/// What of the wire a driver reads and writes.
struct Stream<'s>(&'s mut State);

impl Read for Stream<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = self.0.incoming.len().min(room.len()).min(self.0.read);
        for (place, octet) in room.iter_mut().zip(self.0.incoming.drain(..len)) {
            *place = octet;
        }
        if len == 0 && !self.0.eof { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(len) }
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.0.broken {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let len = octets.len().min(self.0.room);
        self.0.room -= len;
        self.0.written.extend_from_slice(&octets[..len]);
        if len == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(len) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Wire {
    type Sleep = core::future::Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        let now = state.now;
        let shut_down = |stream: &mut Stream<'_>| {
            stream.0.shut = true;
            Ok(())
        };
        if driver.turn(&mut Stream(&mut state), shut_down, now)? {
            return Poll::Ready(Ok(()));
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn is_readable(&mut self) -> bool {
        let state = self.lock();
        state.eof || !state.incoming.is_empty()
    }

    fn now(&self) -> Tick {
        self.lock().now
    }

    fn sleep(&self, _wait: Duration) -> Self::Sleep {
        core::future::pending()
    }

    fn unix_time(&self) -> u64 {
        0
    }
}

/// Polls once, for a task that nobody wakes.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future once, which has to be ready.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match poll(core::pin::pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it is not ready"),
    }
}

/// Polls a future once and drops it; whether it was ready.
pub(crate) fn once<F: Future>(future: F) -> Option<F::Output> {
    match poll(core::pin::pin!(future)) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
