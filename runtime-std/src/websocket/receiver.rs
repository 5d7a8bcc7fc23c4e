//! The half that receives.

use std::io;
use std::mem;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Poll, Waker, ready};
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Burst, Driver, Member, Phase, WebSocketDriver};

use super::shared::{Patience, Shared, is_done, lock, pass};
use crate::transport::{MOMENT, Timeout, is_timeout};
use crate::{Closed, Error, Message, MessagePart, Stream};

/// The most that is read at once.
const READ: usize = 16 * 1024;
/// A read that others may give a deadline to, by a Close frame, takes no longer than this.
const LOOK_UP: Duration = Duration::from_secs(1);

/// The half that receives.
pub struct Receiver<S: Stream = TcpStream> {
    shared: Arc<Shared<S>>,
    pub(super) stream: S,
    timeout: Timeout,
    room: Box<[u8]>,
    /// What came with the message that was received last.
    burst: Burst,
    member: Option<(Member, Waker)>,
    /// Something was received, and nothing sent since.
    pub(super) is_to_answer: bool,
    /// What was sent last is still to be written.
    pub(super) holds_back: bool,
    /// Others send, perhaps on another thread.
    pub(super) is_split: bool,
}

impl<S: Stream> Receiver<S> {
    pub(super) fn new(shared: &Arc<Shared<S>>, stream: S, member: Option<(Member, Waker)>) -> Self {
        Self {
            shared: Arc::clone(shared),
            stream,
            timeout: Timeout::default(),
            room: vec![0; READ].into_boxed_slice(),
            burst: Burst::default(),
            member,
            is_to_answer: false,
            holds_back: false,
            is_split: false,
        }
    }

    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// What the peer did wrong, after it has been told so; [`Error::Disconnected`] if it left
    /// without a closing handshake, [`Error::TimedOut`], [`Error::Io`].
    pub fn recv(&mut self) -> Result<Option<Message>, Error> {
        if let Some(message) = self.next_of_burst() {
            return Ok(Some(message));
        }
        let mut burst = Burst::default();
        let message = self.wait(|driver, now| {
            let message = ready!(driver.poll_message(now));
            burst = driver.take_burst();
            Poll::Ready(message)
        });
        self.burst = burst;
        message
    }

    /// Waits for the next part of a message, as much of it as has come, so that a message of any size
    /// passes in constant memory; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> Result<Option<MessagePart>, Error> {
        match self.next_of_burst() {
            Some(message) => Ok(Some(message.into())),
            None => self.wait(WebSocketDriver::poll_part),
        }
    }

    /// The next message, if the driver need not be asked for it.
    fn next_of_burst(&mut self) -> Option<Message> {
        let message = self.burst.next();
        self.is_to_answer |= message.is_some();
        message
    }

    fn wait<R>(
        &mut self,
        mut poll: impl FnMut(&mut WebSocketDriver, Tick) -> Poll<Result<R, Error>>,
    ) -> Result<R, Error> {
        loop {
            if let Some((member, waker)) = &mut self.member {
                match member.phase(waker) {
                    Phase::Serving => {}
                    Phase::Draining => lock(&self.shared.driver).go_away(self.shared.clock.now()),
                    Phase::Ended => return Err(Error::Disconnected),
                }
            }
            let (message, left, is_to_flush) = {
                let mut driver = lock(&self.shared.driver);
                let now = self.shared.clock.now();
                let message = poll(&mut driver, now);
                let leaves_later = matches!(message, Poll::Ready(Ok(_))) && self.leaves_later(&driver);
                let left = driver.deadline().map(|deadline| deadline.since(now));
                (message, left, !is_done(&driver) && !leaves_later)
            };
            let flushed = if is_to_flush { self.flush() } else { Ok(true) };
            if let Poll::Ready(message) = message {
                // That nothing can be written any more is told when nothing is left to receive.
                self.is_to_answer = true;
                return message;
            }
            let done = match flushed {
                // What was just written may have been the last, from which another deadline runs.
                Ok(true) if is_to_flush && is_done(&lock(&self.shared.driver)) => continue,
                Ok(true) => self.read(left),
                // A blocking stream cannot wait for two things: the peer has something to say before it takes more.
                Ok(false) => self.read(Some(left.unwrap_or(MOMENT).min(MOMENT))),
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                let mut driver = lock(&self.shared.driver);
                // Otherwise it is told what was known before.
                if driver.check().is_ok() && !driver.transport_failed() {
                    return Err(error.into());
                }
            }
        }
    }

    /// Writes what is owed, unless somebody else does, and says whether it is all. If that is nothing but control
    /// frames, the peer may take them when it likes.
    fn flush(&mut self) -> io::Result<bool> {
        let patience = if mem::take(&mut self.holds_back) { Patience::Deadline } else { Patience::None };
        self.shared.flush_if_free(Some(&mut self.stream), patience)
    }

    /// Whether what is sent now can leave with what will be: more has come already, and the handler of a server
    /// will ask for it.
    pub(super) fn leaves_later(&self, driver: &WebSocketDriver) -> bool {
        self.member.is_some() && driver.has_input() && driver.can_write()
    }

    fn read(&mut self, left: Option<Duration>) -> io::Result<()> {
        let others_may_close = self.is_split || self.member.is_some();
        let left = left.into_iter().chain(others_may_close.then_some(LOOK_UP)).min();
        self.timeout.adjust(left, |timeout| self.stream.set_read_timeout(timeout))?;
        let result = self.stream.read(&mut self.room);
        let mut driver = lock(&self.shared.driver);
        pass(&mut driver, &self.stream, self.shared.clock.now());
        match result {
            Ok(0) => driver.received(0),
            Ok(len) => {
                let mut octets = self.room.get(..len).unwrap_or_default();
                while !octets.is_empty() {
                    let room = driver.room();
                    let (now, later) = octets.split_at(octets.len().min(room.len()));
                    room.iter_mut().zip(now).for_each(|(room, octet)| *room = *octet);
                    driver.received(now.len());
                    octets = later;
                }
            }
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        lock(&self.shared.driver).closed().cloned()
    }
}

/// What was sent leaves though nobody receives any more.
impl<S: Stream> Drop for Receiver<S> {
    fn drop(&mut self) {
        if lock(&self.shared.driver).output_len() > 0 {
            // Where it cannot be written the connection is gone, and nobody left to tell.
            let _ = self.flush();
        }
    }
}
