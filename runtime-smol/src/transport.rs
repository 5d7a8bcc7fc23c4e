//! The transport over the traits of futures-io.

#[cfg(all(feature = "files", target_os = "linux"))]
use std::any::Any;
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
#[cfg(all(feature = "files", target_os = "linux"))]
use sanderling::drive::FilePart;
use sanderling::drive::{self, AsyncIo, Driver, Turns};
#[cfg(all(feature = "files", target_os = "linux"))]
use smol::Async;
use smol::Timer;
use smol::io::{AsyncRead, AsyncWrite};
use smol::net::TcpStream;

use crate::clock;

/// How many turns a connection may take before others have theirs.
const TURNS: u8 = 16;

/// A stream with a timer.
pub struct Transport<S> {
    io: Io<S>,
    turns: Turns,
    /// How many were taken since the task last waited.
    taken: u8,
}

struct Io<S> {
    stream: S,
    timer: Option<Box<Alarm>>,
}

/// A timer, and when it goes off, unless it has.
struct Alarm {
    timer: Timer,
    moment: Option<Tick>,
}

impl<S> Transport<S> {
    /// The transport over a stream.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self { io: Io { stream, timer: None }, turns: Turns::new(), taken: 0 }
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.io.stream
    }

    /// The stream again, for another protocol.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.io.stream
    }
}

impl Transport<TcpStream> {
    /// The peer's address.
    ///
    /// # Errors
    ///
    /// Those of the system, if the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.stream.peer_addr()
    }
}

#[cfg(all(feature = "files", target_os = "linux"))]
impl<S: 'static> Io<S> {
    /// The stream, if it is a socket over which the system can send files.
    fn socket(&self) -> Option<Arc<Async<std::net::TcpStream>>> {
        let socket: Option<&TcpStream> = (&self.stream as &dyn Any).downcast_ref();
        Some(socket?.clone().into())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> AsyncIo for Io<S> {
    fn poll_write(&mut self, octets: &[IoSlice<'_>], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        match octets {
            [alone] => stream.poll_write(context, alone),
            slices => stream.poll_write_vectored(context, slices),
        }
    }

    #[cfg(all(feature = "files", target_os = "linux"))]
    fn poll_send(&mut self, part: &FilePart, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(socket) = self.socket() else { return Poll::Ready(Err(io::ErrorKind::Unsupported.into())) };
        loop {
            match part.send_over(&socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(socket.poll_writable(context))?,
                sent => return Poll::Ready(sent),
            }
        }
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shut_down(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }

    fn poll_read(&mut self, room: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(context, room)
    }

    fn poll_timer(&mut self, deadline: Tick, context: &mut Context<'_>) -> Poll<()> {
        let alarm = self.timer.get_or_insert_with(|| Box::new(Alarm { timer: Timer::never(), moment: None }));
        if alarm.moment.is_none_or(|moment| deadline < moment) {
            alarm.timer.set_at(clock::instant(deadline));
            alarm.moment = Some(deadline);
        }
        let fired = Pin::new(&mut alarm.timer).poll(context).map(drop);
        if fired.is_ready() {
            alarm.moment = None;
        }
        fired
    }

    fn release_timer(&mut self) {
        self.timer.take_if(|alarm| alarm.moment.is_none_or(|moment| moment <= clock::now()));
    }

    fn now(&self) -> Tick {
        clock::now()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> drive::Transport for Transport<S> {
    type Sleep = Sleep;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.taken >= TURNS {
            // There is no budget for tasks on this runtime: the others are to have their turn.
            self.taken = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = self.turns.poll(&mut self.io, driver, context);
        self.taken = if polled.is_ready() { self.taken + 1 } else { 0 };
        polled
    }

    fn is_flushed(&self) -> bool {
        self.turns.is_flushed()
    }

    #[cfg(all(feature = "files", target_os = "linux"))]
    fn sends_files(&self) -> bool {
        self.io.socket().is_some()
    }

    fn is_readable(&mut self) -> bool {
        self.io.poll_read(&mut [0], &mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn now(&self) -> Tick {
        clock::now()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        Sleep::new(wait)
    }

    fn unblock<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<S, R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        smol::unblock(work)
    }

    fn unix_time(&self) -> u64 {
        clock::unix_time()
    }
}

/// A time to wait.
#[derive(Debug)]
pub struct Sleep(Timer);

impl Sleep {
    pub(crate) fn new(wait: Duration) -> Self {
        Self(Timer::after(wait))
    }
}

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
