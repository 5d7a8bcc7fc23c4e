//! One turn of the loop over a stream that is polled, whatever its runtime.

use core::task::{Context, Poll};
use std::io::{self, IoSlice};

use super::Driver;
#[cfg(feature = "files")]
use super::FilePart;
use super::driver::SLICES;
use crate::Tick;

/// A stream of a runtime's, with a timer: what [`Turns`] need of either to be the turns of a
/// [`Transport`](super::Transport). Whatever is pending wakes the task.
pub trait AsyncIo {
    /// Writes once; there is at least one slice. 0 says that the stream takes nothing ever again.
    ///
    /// # Errors
    ///
    /// Those of the stream: it is of no further use.
    fn poll_write(&mut self, octets: &[IoSlice<'_>], context: &mut Context<'_>) -> Poll<io::Result<usize>>;

    /// Has the system send of a part of a file what it takes at once. Only for streams whose transport
    /// [sends files](super::Transport::sends_files).
    ///
    /// # Errors
    ///
    /// As [`AsyncIo::poll_write`], and those of [`FilePart::send_over`].
    #[cfg(feature = "files")]
    fn poll_send(&mut self, part: &FilePart, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let _ = (part, context);
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }

    /// Sends what the stream holds in a buffer of its own.
    ///
    /// # Errors
    ///
    /// As [`AsyncIo::poll_write`].
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Shuts the writing side down.
    ///
    /// # Errors
    ///
    /// As [`AsyncIo::poll_write`].
    fn poll_shut_down(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Reads once into `room`, which is not empty; 0 is the end of the stream.
    ///
    /// # Errors
    ///
    /// As [`AsyncIo::poll_write`].
    fn poll_read(&mut self, room: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>>;

    /// Reads once into a driver's [`room`](Driver::room), or its [`spare`](Driver::spare) if the stream can append to
    /// that; 0 is the end of the stream. The driver is not told.
    ///
    /// # Errors
    ///
    /// As [`AsyncIo::poll_write`].
    fn poll_receive<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.poll_read(driver.room(), context)
    }

    /// Whether the timer has gone off, which is set to `deadline` first unless it goes off before: deadlines
    /// mostly move away, and a timer that goes off early once is cheaper than one that is set each time.
    fn poll_timer(&mut self, deadline: Tick, context: &mut Context<'_>) -> Poll<()>;

    /// No deadline is to be waited for. The timer can be given up once it has gone off; not before, as the next
    /// deadline may be one that needs it.
    fn release_timer(&mut self) {}

    /// The monotonic clock.
    fn now(&self) -> Tick;
}

/// What a stream's turns leave for the next one.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    is_flushed: bool,
}

impl Turns {
    /// Those of a stream to which nothing was written.
    #[must_use]
    pub const fn new() -> Self {
        Self { is_flushed: true }
    }

    /// Whether the stream has no octets left in a buffer of its own.
    #[must_use]
    pub const fn is_flushed(&self) -> bool {
        self.is_flushed
    }

    /// Takes one: see [`Transport::poll_turn`](super::Transport::poll_turn).
    ///
    /// # Errors
    ///
    /// Those of the stream, and [`WriteZero`](io::ErrorKind::WriteZero).
    pub fn poll<S: AsyncIo, D: Driver>(
        &mut self,
        stream: &mut S,
        driver: &mut D,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        // What has failed holds nothing that could still leave: the next turn only reads.
        let mut is_done = self.poll_out(stream, driver, context).inspect_err(|_| self.is_flushed = true)?;
        if driver.wants_read() {
            match stream.poll_receive(driver, context)? {
                Poll::Ready(len) => {
                    driver.received(len);
                    is_done = true;
                }
                Poll::Pending => driver.release_room(),
            }
        }
        loop {
            let Some(deadline) = driver.deadline() else {
                stream.release_timer();
                break;
            };
            let now = stream.now();
            if deadline <= now {
                driver.handle_timeout(now);
                is_done = true;
                break;
            }
            if is_done || stream.poll_timer(deadline, context).is_pending() {
                break;
            }
        }
        if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// What goes out. Says whether anything did.
    fn poll_out<S: AsyncIo, D: Driver>(
        &mut self,
        stream: &mut S,
        driver: &mut D,
        context: &mut Context<'_>,
    ) -> io::Result<bool> {
        let mut is_done = false;
        // Read once for all of it, if at all.
        let mut read = None;
        let mut now = |stream: &S| *read.get_or_insert_with(|| stream.now());
        // Once: what the peer says meanwhile may be that it wants no more.
        if driver.output_len() > 0 {
            match poll_write(stream, driver, context)? {
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(len) => {
                    driver.written(len, now(stream));
                    self.is_flushed = false;
                    is_done = true;
                }
                Poll::Pending => driver.written(0, now(stream)),
            }
        }
        if driver.output_len() == 0 && !self.is_flushed {
            if stream.poll_flush(context)?.is_ready() {
                driver.written(0, now(stream));
                self.is_flushed = true;
                is_done = true;
            } else {
                driver.held_back(now(stream));
            }
        }
        if driver.wants_shutdown() {
            if stream.poll_shut_down(context)?.is_ready() {
                driver.written(0, now(stream));
                driver.write_closed(now(stream));
                is_done = true;
            } else {
                driver.held_back(now(stream));
            }
        }
        Ok(is_done)
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes once.
fn poll_write<S: AsyncIo, D: Driver>(stream: &mut S, driver: &D, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    #[cfg(feature = "files")]
    if let Some(part) = driver.file() {
        return stream.poll_send(part, context);
    }
    let mut slices = [IoSlice::new(&[]); SLICES];
    stream.poll_write(driver.io_slices(&mut slices), context)
}
