//! What everyone in a world shares.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::io;
use std::sync::{Mutex, PoisonError};

use super::transcript::What;
use super::{Conditions, Link, Received, Side, Transcript, Transport};
use crate::Tick;

pub(super) struct Shared {
    state: Mutex<State>,
}

/// The world but for its tasks.
pub(super) struct State {
    pub(super) now: Tick,
    pub(super) chance: Box<dyn FnMut() -> u64 + Send>,
    pub(super) transcript: Transcript,
    /// Polls and turns so far, and the most there may be.
    pub(super) steps: u64,
    pub(super) step_limit: u64,
    pub(super) time_limit: Tick,
    /// Tasks that the world has not taken over yet.
    pub(super) spawned: Vec<Spawned>,
    pub(super) listeners: BTreeMap<(String, u16), Backlog>,
    wires: BTreeMap<usize, Wire>,
    opened: usize,
    timers: BTreeMap<(Tick, u64), Waker>,
    next_timer: u64,
    /// To be woken once the state is free again.
    woken: Vec<Waker>,
}

pub(super) struct Spawned {
    pub(super) name: String,
    pub(super) is_background: bool,
    pub(super) future: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Connections that wait to be accepted.
#[derive(Default)]
pub(super) struct Backlog {
    pub(super) waiting: VecDeque<Transport>,
    pub(super) waker: Option<Waker>,
}

/// A connection in the world: a link, and who waits at its ends.
struct Wire {
    link: Link,
    client: Waiting,
    server: Waiting,
}

/// As with a socket, the last to poll is the one who is woken.
#[derive(Default)]
struct Waiting {
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Wire {
    fn waiting(&mut self, side: Side) -> &mut Waiting {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Those whose wait is over.
    fn wake(&mut self, now: Tick, woken: &mut Vec<Waker>) {
        for side in [Side::Client, Side::Server] {
            if self.link.is_readable(side, now) {
                woken.extend(self.waiting(side).reader.take());
            }
            if self.link.is_writable(side, now) {
                woken.extend(self.waiting(side).writer.take());
            }
        }
    }
}

impl Shared {
    pub(super) fn new(chance: Box<dyn FnMut() -> u64 + Send>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                now: Tick::ZERO,
                chance,
                transcript: Transcript::new(),
                steps: 0,
                step_limit: 10_000_000,
                time_limit: Tick::from_nanos(24 * 3600 * 1_000_000_000),
                spawned: Vec::new(),
                listeners: BTreeMap::new(),
                wires: BTreeMap::new(),
                opened: 0,
                timers: BTreeMap::new(),
                next_timer: 0,
                woken: Vec::new(),
            }),
        })
    }

    /// Wakes outside the lock, because a waker may do anything.
    pub(super) fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let (result, woken) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let result = change(&mut state);
            (result, mem::take(&mut state.woken))
        };
        woken.into_iter().for_each(Waker::wake);
        result
    }
}

impl State {
    // ---- time -------------------------------------------------------------------------------

    /// The next moment at which something happens; `None` if nothing does any more.
    pub(super) fn next_moment(&self) -> Option<Tick> {
        let timer = self.timers.keys().next().map(|(tick, _)| *tick);
        let arrivals = self.wires.values().filter_map(|wire| wire.link.next_arrival(self.now));
        arrivals.chain(timer).min()
    }

    pub(super) fn advance(&mut self, to: Tick) {
        self.now = self.now.max(to);
        while let Some(timer) = self.timers.first_entry() {
            if timer.key().0 > self.now {
                break;
            }
            self.woken.push(timer.remove());
        }
        for wire in self.wires.values_mut() {
            wire.wake(self.now, &mut self.woken);
        }
    }

    /// A number for a timer.
    pub(super) fn timer(&mut self) -> u64 {
        self.next_timer += 1;
        self.next_timer
    }

    pub(super) fn set_timer(&mut self, at: Tick, timer: u64, waker: &Waker) {
        self.timers.insert((at, timer), waker.clone());
    }

    pub(super) fn clear_timer(&mut self, at: Tick, timer: u64) {
        self.timers.remove(&(at, timer));
    }

    // ---- connections ------------------------------------------------------------------------

    /// Opens a connection. Its number is also its place in the transcript.
    pub(super) fn open(&mut self, name: &str, to_server: Conditions, to_client: Conditions) -> usize {
        let connection = self.opened;
        self.opened += 1;
        self.transcript.name(&format!("{name}#{connection}"));
        let link = Link::new(to_server, to_client);
        self.wires.insert(connection, Wire { link, client: Waiting::default(), server: Waiting::default() });
        self.transcript.add(self.now, connection, Side::Client, What::Opened);
        connection
    }

    /// Something happens at one end of a connection, and those at both ends may hear of it.
    fn at<R>(&mut self, connection: usize, act: impl FnOnce(&mut Link, &mut dyn FnMut() -> u64) -> R) -> Option<R> {
        let wire = self.wires.get_mut(&connection)?;
        let result = act(&mut wire.link, &mut self.chance);
        wire.wake(self.now, &mut self.woken);
        Some(result)
    }

    pub(super) fn poll_send(
        &mut self,
        connection: usize,
        side: Side,
        octets: &[u8],
        context: &Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let now = self.now;
        match self.at(connection, |link, chance| link.send(side, octets, now, chance)) {
            Some(Ok(0)) if !octets.is_empty() => {
                if let Some(wire) = self.wires.get_mut(&connection) {
                    wire.waiting(side).writer = Some(context.waker().clone());
                }
                Poll::Pending
            }
            Some(Ok(len)) => {
                self.transcript.sent(now, connection, side, octets.get(..len).unwrap_or_default());
                Poll::Ready(Ok(len))
            }
            Some(Err(_)) | None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    pub(super) fn poll_receive(
        &mut self,
        connection: usize,
        side: Side,
        room: &mut [u8],
        context: &Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let now = self.now;
        match self.at(connection, |link, _| link.receive(side, room, now)) {
            Some(Received::Nothing) => {
                if let Some(wire) = self.wires.get_mut(&connection) {
                    wire.waiting(side).reader = Some(context.waker().clone());
                }
                Poll::Pending
            }
            Some(Received::Octets(len)) => {
                self.transcript.received(now, connection, side, room.get(..len).unwrap_or_default());
                Poll::Ready(Ok(len))
            }
            Some(Received::End) => {
                self.transcript.add(now, connection, side, What::ReceivedEnd);
                Poll::Ready(Ok(0))
            }
            Some(Received::Reset) | None => {
                self.transcript.add(now, connection, side, What::ResetReceived);
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
        }
    }

    pub(super) fn is_readable(&self, connection: usize, side: Side) -> bool {
        self.wires.get(&connection).is_none_or(|wire| wire.link.is_readable(side, self.now))
    }

    pub(super) fn send_end(&mut self, connection: usize, side: Side) {
        let now = self.now;
        self.transcript.add(now, connection, side, What::SentEnd);
        self.at(connection, |link, chance| link.send_end(side, now, chance));
    }

    pub(super) fn abort(&mut self, connection: usize, side: Side) {
        let now = self.now;
        self.transcript.add(now, connection, side, What::Aborted);
        self.at(connection, |link, chance| link.abort(side, now, chance));
    }

    pub(super) fn close(&mut self, connection: usize, side: Side) {
        let now = self.now;
        self.transcript.add(now, connection, side, What::Closed);
        if self.at(connection, |link, chance| {
            link.close(side, now, chance);
            link.is_over()
        }) == Some(true)
        {
            self.wires.remove(&connection);
        }
    }
}
