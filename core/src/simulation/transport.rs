//! One end of a connection in a world.

use alloc::sync::Arc;
use core::fmt;
use core::future::poll_fn;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;

use super::state::{Shared, State};
use super::transcript::What;
use super::{Handle, Side, Sleep};
use crate::Tick;
use crate::drive::{self, Driver};

/// The time of day at which a world begins: that of the examples in RFC 9110.
const DAWN: u64 = 784_111_777;

/// One end of a connection in a world: what the drivers' [`Transport`](drive::Transport) is there.
///
/// It can also be read and written without a driver, by a peer that does not keep to the rules. When
/// it is dropped, that end is gone: see [`Link::close`](super::Link::close).
pub struct Transport {
    shared: Arc<Shared>,
    connection: usize,
    side: Side,
    timer: u64,
    armed: Option<Tick>,
}

impl Transport {
    pub(super) fn new(shared: &Arc<Shared>, state: &mut State, connection: usize, side: Side) -> Self {
        Self { shared: Arc::clone(shared), connection, side, timer: state.timer(), armed: None }
    }

    /// The number of the connection in the transcript.
    #[must_use]
    pub fn connection(&self) -> usize {
        self.connection
    }

    /// Which end this is.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Sends octets, and says how many of them there was room for: at least one, if there are any.
    ///
    /// # Errors
    ///
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) once the connection was reset, or this end closed.
    pub fn poll_send(&mut self, octets: &[u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.shared.with(|state| state.poll_send(self.connection, self.side, octets, context))
    }

    /// Sends all of the octets.
    ///
    /// # Errors
    ///
    /// As [`Transport::poll_send`].
    pub fn send(&mut self, octets: &[u8]) -> impl Future<Output = io::Result<()>> {
        let mut left = octets;
        poll_fn(move |context| {
            while !left.is_empty() {
                let len = ready!(self.poll_send(left, context))?;
                left = left.get(len..).unwrap_or_default();
            }
            Poll::Ready(Ok(()))
        })
    }

    /// Receives octets into `room`, which should not be empty, and says how many; 0 is the end.
    ///
    /// # Errors
    ///
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset).
    pub fn poll_receive(&mut self, room: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.shared.with(|state| state.poll_receive(self.connection, self.side, room, context))
    }

    /// The same, to be awaited.
    ///
    /// # Errors
    ///
    /// As [`Transport::poll_receive`].
    pub fn receive(&mut self, room: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        poll_fn(|context| self.poll_receive(room, context))
    }

    /// Closes the sending side: a half-close.
    pub fn send_end(&mut self) {
        self.shared.with(|state| state.send_end(self.connection, self.side));
    }

    /// Resets the connection.
    pub fn reset(&mut self) {
        self.shared.with(|state| state.abort(self.connection, self.side));
    }
}

/// A turn of the loop, with the state at hand.
struct Turn<'a> {
    state: &'a mut State,
    connection: usize,
    side: Side,
    timer: u64,
}

impl Turn<'_> {
    /// Writes until all is written or nothing is taken. Says whether anything was.
    fn write<D: Driver>(&mut self, driver: &mut D, context: &Context<'_>) -> io::Result<bool> {
        let mut is_done = false;
        while driver.output_len() > 0 {
            let mut taken = 0;
            for slice in driver.output().filter(|slice| !slice.is_empty()) {
                match self.state.poll_send(self.connection, self.side, slice, context) {
                    Poll::Ready(Ok(len)) => {
                        taken += len;
                        if len < slice.len() {
                            break;
                        }
                    }
                    Poll::Ready(Err(error)) if taken == 0 => return Err(error),
                    Poll::Ready(Err(_)) | Poll::Pending => break,
                }
            }
            driver.written(taken, self.state.now);
            if taken == 0 {
                break;
            }
            is_done = true;
        }
        Ok(is_done)
    }

    fn read<D: Driver>(&mut self, driver: &mut D, context: &Context<'_>) -> io::Result<bool> {
        match self.state.poll_receive(self.connection, self.side, driver.room(), context) {
            Poll::Ready(len) => {
                driver.received(len?);
                Ok(true)
            }
            Poll::Pending => {
                driver.release_room();
                Ok(false)
            }
        }
    }

    /// Lets a deadline pass that is due; else the task is woken when it is.
    fn pass_deadline<D: Driver>(&mut self, driver: &mut D, armed: &mut Option<Tick>, context: &Context<'_>) -> bool {
        if let Some(before) = armed.take() {
            self.state.clear_timer(before, self.timer);
        }
        let now = self.state.now;
        match driver.deadline() {
            Some(deadline) if deadline <= now => {
                self.state.transcript.add(now, self.connection, self.side, What::Deadline);
                driver.handle_timeout(now);
                true
            }
            Some(deadline) => {
                self.state.set_timer(deadline, self.timer, context.waker());
                *armed = Some(deadline);
                false
            }
            None => false,
        }
    }
}

impl drive::Transport for Transport {
    type Sleep = Sleep;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { shared, connection, side, timer, armed } = self;
        let is_done = shared.with(|state| {
            state.steps += 1;
            if state.steps > state.step_limit {
                // Whoever turns without end hears it here; the world says it to the test.
                return Err(io::Error::other("the world's limit of steps is reached"));
            }
            let mut turn = Turn { state, connection: *connection, side: *side, timer: *timer };
            let mut is_done = turn.write(driver, context)?;
            if driver.wants_shutdown() {
                turn.state.send_end(*connection, *side);
                driver.write_closed(turn.state.now);
                is_done = true;
            }
            is_done |= driver.wants_read() && turn.read(driver, context)?;
            is_done |= turn.pass_deadline(driver, armed, context);
            Ok(is_done)
        })?;
        if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn is_readable(&mut self) -> bool {
        self.shared.with(|state| state.is_readable(self.connection, self.side))
    }

    fn now(&self) -> Tick {
        self.shared.with(|state| state.now)
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        Handle { shared: Arc::clone(&self.shared) }.sleep(wait)
    }

    fn unix_time(&self) -> u64 {
        DAWN + self.now().since(Tick::ZERO).as_secs()
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.shared.with(|state| {
            if let Some(armed) = self.armed.take() {
                state.clear_timer(armed, self.timer);
            }
            state.close(self.connection, self.side);
        });
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("connection", &self.connection)
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}
