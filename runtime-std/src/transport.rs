//! One turn of the loop over a blocking stream.

use std::fmt;
use std::future;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::{self, Driver};

use crate::Stream;
use crate::clock::Clock;
use crate::connection::Guest;

/// How long to wait for one direction while both are blocked.
pub(crate) const MOMENT: Duration = Duration::from_millis(2);
/// What is read on the stack while a connection is idle.
const FIRST_READ: usize = 2048;

/// A blocking stream.
pub struct Transport<S> {
    stream: S,
    clock: Clock,
    read_timeout: Timeout,
    write_timeout: Timeout,
    /// Told when the connection is idle, if someone may then want its thread.
    guest: Option<Arc<Guest<S>>>,
}

/// A time-out as it was set last. Setting it is a system call, and a deadline moves all the time:
/// one that is too short only makes a read wait twice, so that it is left up to the half.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timeout {
    set: Option<Duration>,
}

impl Timeout {
    /// Sets the time-out through `set` if the one that is there will not do.
    pub(crate) fn adjust(
        &mut self,
        wanted: Option<Duration>,
        set: impl FnOnce(Option<Duration>) -> io::Result<()>,
    ) -> io::Result<()> {
        // Zero would mean none.
        let wanted = wanted.map(|wanted| wanted.max(Duration::from_millis(1)));
        let will_do = match (self.set, wanted) {
            (None, None) => true,
            (Some(have), Some(wanted)) => have <= wanted && have >= wanted / 2,
            _ => false,
        };
        if !will_do {
            set(wanted)?;
            self.set = wanted;
        }
        Ok(())
    }
}

/// Whether a read or write ended because of its time-out, or of a signal.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// The same of one that did not wait, or was not tried; other errors stay.
fn is_blocked(result: io::Result<usize>) -> io::Result<bool> {
    match result {
        Err(error) if is_timeout(&error) => Ok(true),
        result => result.map(|_| false),
    }
}

impl<S: Stream> Transport<S> {
    pub(crate) fn new(stream: S, guest: Option<Arc<Guest<S>>>) -> Self {
        Self { stream, clock: Clock::new(), read_timeout: Timeout::default(), write_timeout: Timeout::default(), guest }
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream again, for another protocol, without time-outs.
    #[must_use]
    pub fn into_inner(self) -> S {
        // Where it fails the stream is gone, which its next use will tell.
        let _ = self.stream.set_read_timeout(None);
        let _ = self.stream.set_write_timeout(None);
        self.stream
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    fn left(&self, driver: &impl Driver) -> Option<Duration> {
        driver.deadline().map(|deadline| deadline.since(self.clock.now()))
    }

    /// Writes once, and says how many octets were taken. Of a part of a file the system passes on 64 KiB at a time,
    /// and the time-out is that of each: a peer that just keeps to it is noticed some pieces late.
    fn write_once<D: Driver>(&mut self, driver: &mut D) -> io::Result<usize> {
        #[cfg(all(feature = "files", target_os = "linux"))]
        if let (Some(part), Some(socket)) = (driver.file(), self.stream.socket()) {
            let sent = part.send_over(socket);
            driver.written(*sent.as_ref().unwrap_or(&0), self.clock.now());
            return sent;
        }
        driver.write_to(&mut self.stream, || self.clock.now())
    }

    fn write<D: Driver>(&mut self, driver: &mut D) -> io::Result<()> {
        // The write deadline runs from here.
        driver.written(0, self.clock.now());
        let left = self.left(driver);
        self.write_timeout.adjust(left, |timeout| self.stream.set_write_timeout(timeout))?;
        match self.write_once(driver) {
            Err(error) if is_timeout(&error) => driver.handle_timeout(self.clock.now()),
            result => {
                result?;
                if driver.output_len() == 0 {
                    self.stream.flush()?;
                }
            }
        }
        Ok(())
    }

    /// A blocking stream cannot wait for two things. Where neither is possible at once, it waits a
    /// moment for input, which is what a peer that takes nothing is most likely to have.
    fn write_or_read<D: Driver>(&mut self, driver: &mut D) -> io::Result<()> {
        let Some(is_done) = self.at_once(driver)? else { return self.write(driver) };
        if !is_done {
            let left = self.left(driver).unwrap_or(MOMENT).min(MOMENT);
            self.read_timeout.adjust(Some(left), |timeout| self.stream.set_read_timeout(timeout))?;
            if !is_blocked(driver.read_from(&mut self.stream))? {
                return Ok(());
            }
            self.expire(driver);
        }
        Ok(())
    }

    /// Writes and reads what can be without waiting. Says whether that was anything; `None` if the stream always
    /// waits.
    fn at_once<D: Driver>(&mut self, driver: &mut D) -> io::Result<Option<bool>> {
        if self.stream.set_nonblocking(true).is_err() {
            return Ok(None);
        }
        let mut written = Err(io::ErrorKind::WouldBlock.into());
        if driver.output_len() > 0 {
            written = self.write_once(driver);
            if written.is_ok() && driver.output_len() == 0 {
                written = self.stream.flush().map(|()| 0);
            }
        }
        let mut read = Err(io::ErrorKind::WouldBlock.into());
        if driver.wants_read() {
            read = driver.read_from(&mut self.stream);
        }
        self.stream.set_nonblocking(false)?;
        Ok(Some(!(is_blocked(written)? & is_blocked(read)?)))
    }

    /// Lets a deadline pass that is due.
    fn expire(&self, driver: &mut impl Driver) {
        let now = self.clock.now();
        if driver.deadline().is_some_and(|deadline| deadline <= now) {
            driver.handle_timeout(now);
        }
    }

    fn read<D: Driver>(&mut self, driver: &mut D) -> io::Result<()> {
        let left = self.left(driver);
        self.read_timeout.adjust(left, |timeout| self.stream.set_read_timeout(timeout))?;
        let result = if driver.is_idle() { self.read_first(driver) } else { driver.read_from(&mut self.stream) };
        match result {
            Err(error) if is_timeout(&error) => driver.handle_timeout(self.clock.now()),
            result => {
                result?;
            }
        }
        Ok(())
    }

    /// An idle connection waits without a buffer, and its thread can be asked for.
    fn read_first<D: Driver>(&mut self, driver: &mut D) -> io::Result<usize> {
        driver.release_room();
        let mut first = [0; FIRST_READ];
        let may_wait = self.guest.as_ref().is_none_or(|guest| guest.rest());
        let result = if may_wait { self.stream.read(&mut first) } else { self.read_arrived(&mut first) };
        if let Some(guest) = &self.guest {
            guest.stir();
        }
        let len = result?;
        let octets = first.get(..len).unwrap_or_default();
        driver.room().iter_mut().zip(octets).for_each(|(room, octet)| *room = *octet);
        driver.received(len);
        Ok(len)
    }

    /// Reads what has arrived, if anything has: else it is the end.
    fn read_arrived(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.stream.set_nonblocking(true).is_err() {
            if let Some(guest) = &self.guest {
                guest.end_wait();
            }
            return self.stream.read(room);
        }
        let result = self.stream.read(room);
        self.stream.set_nonblocking(false)?;
        match result {
            Err(error) if is_timeout(&error) => Ok(0),
            result => result,
        }
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

impl<S: Stream> drive::Transport for Transport<S> {
    type Sleep = future::Pending<()>;

    const BLOCKS: bool = true;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let now = self.clock.now();
        if driver.deadline().is_some_and(|deadline| deadline <= now) {
            // The time may have passed while nobody looked: what has come by now is in time.
            let done = self.at_once(driver);
            self.expire(driver);
            return Poll::Ready(done.map(drop));
        }
        Poll::Ready(if driver.output_len() > 0 && driver.wants_read() {
            self.write_or_read(driver)
        } else if driver.output_len() > 0 {
            self.write(driver)
        } else if driver.wants_shutdown() {
            driver.write_closed(now);
            if self.stream.shutdown(Shutdown::Write).is_err() {
                // The peer waits for an end that only dropping the stream brings.
                driver.received(0);
            }
            Ok(())
        } else if driver.wants_read() {
            self.read(driver)
        } else {
            // A driver that waits for nothing has something to say.
            Err(io::ErrorKind::Deadlock.into())
        })
    }

    fn is_flushed(&self) -> bool {
        true
    }

    #[cfg(all(feature = "files", target_os = "linux"))]
    fn sends_files(&self) -> bool {
        self.stream.socket().is_some()
    }

    fn is_readable(&mut self) -> bool {
        self.stream.set_nonblocking(true).is_ok_and(|()| {
            let result = self.stream.read(&mut [0]);
            let is_blocking = self.stream.set_nonblocking(false).is_ok();
            !is_blocking || !result.is_err_and(|error| is_timeout(&error))
        })
    }

    fn now(&self) -> Tick {
        self.clock.now()
    }

    fn sleep(&self, _: Duration) -> future::Pending<()> {
        future::pending()
    }

    fn unix_time(&self) -> u64 {
        Clock::unix_time()
    }
}

impl<S> fmt::Debug for Transport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
