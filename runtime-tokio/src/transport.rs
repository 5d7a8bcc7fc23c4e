//! The transport over tokio's traits.

use std::any::Any;
use std::fmt;
use std::future::{pending, poll_fn};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
#[cfg(all(feature = "files", target_os = "linux"))]
use std::task::ready;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sanderling::Tick;
#[cfg(all(feature = "files", target_os = "linux"))]
use sanderling::drive::FilePart;
use sanderling::drive::{self, AsyncIo, Driver, Turns};
use socket2::SockRef;
#[cfg(all(feature = "files", target_os = "linux"))]
use tokio::io::Interest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::{spawn_blocking, unconstrained};
use tokio::time::{Sleep, sleep, sleep_until};

use crate::clock;

/// A stream of tokio's with a timer.
pub struct Transport<S> {
    io: Io<S>,
    turns: Turns,
}

struct Io<S> {
    stream: S,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Transport<S> {
    /// The transport over a stream.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self { io: Io { stream, timer: None }, turns: Turns::new() }
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

impl<S: 'static> Io<S> {
    /// The stream, if it is a socket without anything between.
    fn socket(&self) -> Option<&TcpStream> {
        (&self.stream as &dyn Any).downcast_ref()
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
            ready!(socket.poll_write_ready(context))?;
            match socket.try_io(Interest::WRITABLE, || part.send_over(socket)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shut_down(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_read(&mut self, room: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(room);
        Pin::new(&mut self.stream).poll_read(context, &mut room).map_ok(|()| room.filled().len())
    }

    fn poll_receive<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // The system writes what it has read and nothing else. What stands between may set all of the room to zero
        // at each read, unless it is initialised.
        if let Some(socket) = (&mut self.stream as &mut dyn Any).downcast_mut::<TcpStream>() {
            return pin!(socket.read_buf(&mut driver.spare())).poll(context);
        }
        self.poll_read(driver.room(), context)
    }

    fn poll_timer(&mut self, deadline: Tick, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(clock::instant(deadline))));
        if timer.is_elapsed() || deadline < clock::tick(timer.deadline()) {
            timer.as_mut().reset(clock::instant(deadline));
        }
        timer.as_mut().poll(context)
    }

    fn release_timer(&mut self) {
        self.timer.take_if(|timer| timer.is_elapsed());
    }

    fn now(&self) -> Tick {
        clock::now()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> drive::Transport for Transport<S> {
    type Sleep = Sleep;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.turns.poll(&mut self.io, driver, context)
    }

    fn is_flushed(&self) -> bool {
        self.turns.is_flushed()
    }

    #[cfg(all(feature = "files", target_os = "linux"))]
    fn sends_files(&self) -> bool {
        self.io.socket().is_some()
    }

    fn is_readable(&mut self) -> bool {
        if let Some(socket) = self.io.socket() {
            // The runtime knows what the system told it last, and asks again only where a task waits: a look at a
            // connection that nobody has waited for since has to be a system call.
            let looked = SockRef::from(socket).peek(&mut [MaybeUninit::uninit()]);
            return !looked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        }
        // However much the task has done already: what has arrived is there.
        let mut look = unconstrained(poll_fn(|context| self.io.poll_read(&mut [0], context)));
        Pin::new(&mut look).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn now(&self) -> Tick {
        clock::now()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        sleep(wait)
    }

    fn unblock<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<S, R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        let work = spawn_blocking(work);
        async move {
            match work.await {
                Ok(result) => result,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    // The runtime shuts down, and this task with it.
                    Err(_) => pending().await,
                },
            }
        }
    }

    fn unix_time(&self) -> u64 {
        clock::unix_time()
    }
}

impl<S> fmt::Debug for Transport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
