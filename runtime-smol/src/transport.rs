//! One turn of the loop over the traits of futures-io.

#[cfg(all(feature = "files", target_os = "linux"))]
use std::any::Any;
use std::cell::LazyCell;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
#[cfg(all(feature = "files", target_os = "linux"))]
use std::sync::Arc;
#[cfg(all(feature = "files", target_os = "linux"))]
use std::task::ready;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::{self, Driver};
#[cfg(all(feature = "files", target_os = "linux"))]
use smol::Async;
use smol::Timer;
use smol::io::{AsyncRead, AsyncWrite};
use smol::net::TcpStream;

use crate::clock::Clock;

/// How many turns a connection may take before others have theirs.
const TURNS: u8 = 16;
/// As many slices as leave in one vectored write.
const SLICES: usize = 16;

/// A stream with a timer.
pub struct Transport<S> {
    stream: S,
    clock: Clock,
    timer: Option<Timer>,
    /// When the timer goes off. It is set anew only for an earlier deadline: deadlines mostly move
    /// away, and then it goes off early once and is set to what is due by then.
    armed: Option<Tick>,
    /// The stream has no octets left in a buffer of its own.
    is_flushed: bool,
    /// Turns since the task last waited.
    turns: u8,
}

impl<S> Transport<S> {
    /// The transport over a stream.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self { stream, clock: Clock::new(), timer: None, armed: None, is_flushed: true, turns: 0 }
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream again, for another protocol.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.stream
    }

    fn poll_timer(&mut self, deadline: Tick, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock;
        let timer = self.timer.get_or_insert_with(|| Timer::at(clock.instant(deadline)));
        if self.armed.is_none_or(|armed| deadline < armed) {
            timer.set_at(clock.instant(deadline));
            self.armed = Some(deadline);
        }
        let fired = Pin::new(timer).poll(context).map(drop);
        if fired.is_ready() {
            self.armed = None;
        }
        fired
    }
}

impl Transport<TcpStream> {
    /// The peer's address.
    ///
    /// # Errors
    ///
    /// Those of the system, if the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Transport<S> {
    /// Writes once.
    fn poll_write<D: Driver>(&mut self, driver: &D, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        #[cfg(all(feature = "files", target_os = "linux"))]
        if let (Some(part), Some(socket)) = (driver.file(), self.socket()) {
            loop {
                match part.send_over(&socket) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(socket.poll_writable(context))?,
                    sent => return Poll::Ready(sent),
                }
            }
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let stream = Pin::new(&mut self.stream);
        match driver.io_slices(&mut slices) {
            [alone] => stream.poll_write(context, alone),
            slices => stream.poll_write_vectored(context, slices),
        }
    }

    /// The stream, if it is a socket over which the system can send files.
    #[cfg(all(feature = "files", target_os = "linux"))]
    fn socket(&self) -> Option<Arc<Async<std::net::TcpStream>>> {
        let socket: Option<&TcpStream> = (&self.stream as &dyn Any).downcast_ref();
        Some(socket?.clone().into())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> drive::Transport for Transport<S> {
    type Sleep = Sleep;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.turns >= TURNS {
            // There is no budget for tasks on this runtime: the others are to have their turn.
            self.turns = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut is_done = false;
        let clock = self.clock;
        // Read once for all that is written, if at all.
        let now = LazyCell::new(|| clock.now());
        // Once: what the peer says meanwhile may be that it wants no more.
        if driver.output_len() > 0 {
            match self.poll_write(driver, context)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(len) => {
                    driver.written(len, *now);
                    self.is_flushed = false;
                    is_done = true;
                }
                Poll::Pending => driver.written(0, *now),
            }
        }
        if driver.output_len() == 0 && !self.is_flushed {
            if Pin::new(&mut self.stream).poll_flush(context)?.is_ready() {
                driver.written(0, *now);
                self.is_flushed = true;
                is_done = true;
            } else {
                driver.held_back(*now);
            }
        }
        if driver.wants_shutdown() {
            if Pin::new(&mut self.stream).poll_close(context)?.is_ready() {
                driver.written(0, *now);
                driver.write_closed(*now);
                is_done = true;
            } else {
                driver.held_back(*now);
            }
        }
        if driver.wants_read() {
            match Pin::new(&mut self.stream).poll_read(context, driver.room())? {
                Poll::Ready(len) => {
                    driver.received(len);
                    is_done = true;
                }
                Poll::Pending => driver.release_room(),
            }
        }
        while let Some(deadline) = driver.deadline() {
            let now = self.clock.now();
            if deadline <= now {
                driver.handle_timeout(now);
                is_done = true;
                break;
            }
            if is_done || self.poll_timer(deadline, context).is_pending() {
                break;
            }
        }
        if is_done {
            self.turns += 1;
            return Poll::Ready(Ok(()));
        }
        self.turns = 0;
        Poll::Pending
    }

    fn is_flushed(&self) -> bool {
        self.is_flushed
    }

    #[cfg(all(feature = "files", target_os = "linux"))]
    fn sends_files(&self) -> bool {
        self.socket().is_some()
    }

    fn is_readable(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(&mut self.stream).poll_read(&mut context, &mut [0]).is_ready()
    }

    fn now(&self) -> Tick {
        self.clock.now()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        Sleep(Timer::after(wait))
    }

    fn unblock<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<S, R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        smol::unblock(work)
    }

    fn unix_time(&self) -> u64 {
        Clock::unix_time()
    }
}

/// A time to wait.
#[derive(Debug)]
pub struct Sleep(Timer);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}

impl<S> fmt::Debug for Transport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
