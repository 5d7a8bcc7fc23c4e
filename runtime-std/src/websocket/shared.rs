//! What the halves share, and how what is sent gets to the stream.

use std::io;
use std::mem;
use std::net;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Wake;

use sanderling::Tick;
use sanderling::drive::{Driver, Phase, Shutdown, WebSocketDriver};

use crate::clock::Clock;
use crate::transport::{Timeout, is_timeout};
use crate::{Error, Stream};

/// The most that is taken out of the driver for one write.
const PIECE: usize = 64 * 1024;

pub(super) struct Shared<S> {
    pub(super) driver: Mutex<WebSocketDriver>,
    /// Held while a message is being sent, part by part or whole.
    pub(super) message: Mutex<()>,
    /// To be locked before the driver. A sender holds it from before a part of a message is queued until that is
    /// written.
    pub(super) writer: Mutex<Writer<S>>,
    pub(super) clock: Clock,
}

pub(super) struct Writer<S> {
    /// The second handle, if the stream has one.
    pub(super) stream: Option<S>,
    timeout: Timeout,
    piece: Vec<u8>,
    /// The stream may have octets in a buffer of its own.
    is_unflushed: bool,
}

/// How long is waited for a peer that takes nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    None,
    /// As long as it may take.
    Deadline,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Stream> Shared<S> {
    pub(super) fn new(driver: WebSocketDriver, stream: &S, clock: Clock) -> Arc<Self> {
        let writer = Writer {
            stream: stream.try_clone().ok(),
            timeout: Timeout::default(),
            piece: Vec::new(),
            is_unflushed: false,
        };
        Arc::new(Self { driver: Mutex::new(driver), message: Mutex::default(), writer: Mutex::new(writer), clock })
    }

    /// Queues a part of a message and waits until it is written. `own` is as for [`Shared::flush`].
    ///
    /// The writer is held from before on, so that the receiver never finds it free and a message to be written.
    pub(super) fn queue(
        &self,
        own: Option<&mut S>,
        send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let writer = lock(&self.writer);
        let queued = send(&mut lock(&self.driver));
        if queued.is_err() {
            // A reply may have been left to us all the same; if it has to wait, the receiver sees to it.
            let _ = self.flush(writer, own, Patience::None);
            return queued;
        }
        self.finish(writer, own)
    }

    /// The same for a control frame. That goes behind a message whose sender is blocked, and counts from now on.
    pub(super) fn queue_control(
        &self,
        own: Option<&mut S>,
        send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>,
    ) -> Result<(), Error> {
        send(&mut lock(&self.driver))?;
        self.finish(lock(&self.writer), own)
    }

    /// Waits until what was queued is written. Where a deadline has thrown it away it is not.
    pub(super) fn finish<'s>(&'s self, writer: MutexGuard<'s, Writer<S>>, own: Option<&mut S>) -> Result<(), Error> {
        let flushed = self.flush(writer, own, Patience::Deadline);
        lock(&self.driver).check()?;
        flushed?;
        Ok(())
    }

    /// Writes what the driver has, or what the peer takes of it at once, and says whether it is all. `own` is the
    /// stream itself, for one without a second handle.
    pub(super) fn flush<'s>(
        &'s self,
        mut writer: MutexGuard<'s, Writer<S>>,
        mut own: Option<&mut S>,
        patience: Patience,
    ) -> io::Result<bool> {
        loop {
            let is_all = writer.flush(self, own.as_deref_mut(), patience)?;
            drop(writer);
            if !is_all {
                return Ok(false);
            }
            // A reply may have been queued while the writer was still held, and left to us.
            if is_done(&lock(&self.driver)) {
                return Ok(true);
            }
            match self.free_writer() {
                Some(free) => writer = free,
                None => return Ok(true),
            }
        }
    }

    /// The same if nobody is writing; whoever is will come to it.
    pub(super) fn flush_if_free(&self, own: Option<&mut S>, patience: Patience) -> io::Result<bool> {
        match self.free_writer() {
            Some(writer) => self.flush(writer, own, patience),
            None => Ok(true),
        }
    }

    fn free_writer(&self) -> Option<MutexGuard<'_, Writer<S>>> {
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Whether nothing is to be written.
pub(super) fn is_done(driver: &WebSocketDriver) -> bool {
    driver.output_len() == 0 && !driver.wants_shutdown()
}

/// Lets a deadline pass. If that is the end of the connection, whoever waits for the stream on another thread is to
/// know it.
pub(super) fn pass<S: Stream>(driver: &mut WebSocketDriver, stream: &S, now: Tick) {
    driver.handle_timeout(now);
    if driver.check().is_err() {
        // Where it cannot be shut down, dropping it does that.
        let _ = stream.shutdown(net::Shutdown::Both);
    }
}

impl<S: Stream> Writer<S> {
    fn flush(&mut self, shared: &Shared<S>, own: Option<&mut S>, patience: Patience) -> io::Result<bool> {
        let Some(stream) = self.stream.as_mut().or(own) else { return Err(io::ErrorKind::Unsupported.into()) };
        loop {
            let left = {
                let mut driver = lock(&shared.driver);
                let now = shared.clock.now();
                driver.written(0, now);
                self.piece.clear();
                for octets in driver.output() {
                    let len = octets.len().min(PIECE - self.piece.len());
                    self.piece.extend_from_slice(octets.get(..len).unwrap_or_default());
                }
                if self.piece.is_empty() {
                    if mem::take(&mut self.is_unflushed) {
                        stream.flush()?;
                    }
                    if driver.wants_shutdown() {
                        driver.write_closed(now);
                        stream.flush()?;
                        if stream.shutdown(net::Shutdown::Write).is_err() {
                            // The peer waits for an end that only dropping the stream brings.
                            driver.received(0);
                        }
                    }
                    return Ok(true);
                }
                driver.deadline().map(|deadline| deadline.since(now))
            };
            let waits = patience == Patience::Deadline || stream.set_nonblocking(true).is_err();
            if waits {
                self.timeout.adjust(left, |timeout| stream.set_write_timeout(timeout))?;
            }
            let written = stream.write(&self.piece);
            if !waits {
                // A read that has begun meanwhile on another thread takes that for a time-out.
                stream.set_nonblocking(false)?;
            }
            let mut driver = lock(&shared.driver);
            let now = shared.clock.now();
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => {
                    driver.written(len, now);
                    self.is_unflushed = true;
                }
                Err(error) if is_timeout(&error) => {
                    pass(&mut driver, stream, now);
                    if !waits {
                        return Ok(driver.output_len() == 0);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// What the server's shutdown wakes: it says 1001, and at the end of the grace time cuts the
/// stream, which ends the receiver's wait.
pub(super) struct Goodbye<S> {
    shared: Arc<Shared<S>>,
    shutdown: Shutdown,
    /// A handle of its own, because the writer's may be in use.
    stream: Option<S>,
}

impl<S: Stream> Goodbye<S> {
    pub(super) fn new(shared: &Arc<Shared<S>>, shutdown: Shutdown, stream: &S) -> Self {
        Self { shared: Arc::clone(shared), shutdown, stream: stream.try_clone().ok() }
    }
}

impl<S: Stream + Send + Sync + 'static> Wake for Goodbye<S> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.shutdown.phase() == Phase::Ended {
            let _ = self.stream.as_ref().map(|stream| stream.shutdown(net::Shutdown::Both));
            return;
        }
        let now = self.shared.clock.now();
        lock(&self.shared.driver).go_away(now);
        // Everyone is woken in turn, so this waits neither for a writer nor for a peer that takes nothing. Whoever
        // sends or receives next sees to it then.
        let _ = self.shared.flush_if_free(None, Patience::None);
    }
}
