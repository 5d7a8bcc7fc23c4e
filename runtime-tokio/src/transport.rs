//! One turn of the loop over tokio's traits.

#[cfg(all(feature = "files", target_os = "linux"))]
use std::any::Any;
use std::cell::LazyCell;
use std::fmt;
use std::future::pending;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::pin::Pin;
#[cfg(all(feature = "files", target_os = "linux"))]
use std::task::ready;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::{self, Driver};
#[cfg(all(feature = "files", target_os = "linux"))]
use tokio::io::Interest;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::{Sleep, sleep, sleep_until};

use crate::clock;

/// As many slices as leave in one vectored write.
const SLICES: usize = 16;

/// A stream of tokio's with a timer.
pub struct Transport<S> {
    stream: S,
    /// It is set anew only for an earlier deadline: deadlines mostly move away, and then it goes off
    /// early once and is set to what is due by then.
    timer: Option<Pin<Box<Sleep>>>,
    /// The stream has no octets left in a buffer of its own.
    is_flushed: bool,
}

impl<S> Transport<S> {
    /// The transport over a stream.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self { stream, timer: None, is_flushed: true }
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
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(clock::instant(deadline))));
        if timer.is_elapsed() || deadline < clock::tick(timer.deadline()) {
            timer.as_mut().reset(clock::instant(deadline));
        }
        timer.as_mut().poll(context)
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
                ready!(socket.poll_write_ready(context))?;
                match socket.try_io(Interest::WRITABLE, || part.send_over(socket)) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
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
    fn socket(&self) -> Option<&TcpStream> {
        (&self.stream as &dyn Any).downcast_ref()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> drive::Transport for Transport<S> {
    type Sleep = Sleep;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut is_done = false;
        // Read once for all that is written, if at all.
        let now = LazyCell::new(clock::now);
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
            if Pin::new(&mut self.stream).poll_shutdown(context)?.is_ready() {
                driver.written(0, *now);
                driver.write_closed(*now);
                is_done = true;
            } else {
                driver.held_back(*now);
            }
        }
        if driver.wants_read() {
            let mut room = ReadBuf::new(driver.room());
            match Pin::new(&mut self.stream).poll_read(context, &mut room)? {
                Poll::Ready(()) => {
                    let len = room.filled().len();
                    driver.received(len);
                    is_done = true;
                }
                Poll::Pending => driver.release_room(),
            }
        }
        while let Some(deadline) = driver.deadline() {
            let now = clock::now();
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
            return Poll::Ready(Ok(()));
        }
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
        let mut octet = [0];
        let mut room = ReadBuf::new(&mut octet);
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(&mut self.stream).poll_read(&mut context, &mut room).is_ready()
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
