//! A WebSocket over a blocking stream.
//!
//! The driver is shared behind a lock that is never held over a read or a write. Whoever writes
//! holds the writer's lock, takes a piece of the output out of the driver and writes it; so frames
//! of several senders, and the replies of the receiver, leave one after another.

use std::fmt;
use std::io;
use std::mem;
use std::net::{self, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Poll, Wake, Waker, ready};
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::{self, Burst, Driver, Member, Phase, Shutdown, WebSocketDriver};

use crate::clock::Clock;
use crate::transport::{MOMENT, Timeout, is_timeout};
use crate::{AsUtf8, CloseCode, Closed, Error, Message, MessageKind, MessagePart, Payload, Stream, Transport};

/// The most that is taken out of the driver for one write.
const PIECE: usize = 64 * 1024;
/// The most that is read at once.
const READ: usize = 16 * 1024;
/// A read that others may give a deadline to, by a Close frame, takes no longer than this.
const LOOK_UP: Duration = Duration::from_secs(1);

/// An open WebSocket. Pings are answered while something is received.
pub struct WebSocket<S: Stream = TcpStream> {
    receiver: Receiver<S>,
    sender: Sender<S>,
}

/// The half that receives.
pub struct Receiver<S: Stream = TcpStream> {
    shared: Arc<Shared<S>>,
    stream: S,
    timeout: Timeout,
    room: Box<[u8]>,
    /// What came with the message that was received last.
    burst: Burst,
    member: Option<(Member, Waker)>,
    /// Something was received, and nothing sent since.
    is_to_answer: bool,
    /// What was sent last is still to be written.
    holds_back: bool,
    /// Others send, perhaps on another thread.
    is_split: bool,
}

/// The half that sends. It can be cloned; messages of several senders do not mix.
pub struct Sender<S: Stream = TcpStream> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    driver: Mutex<WebSocketDriver>,
    /// Held while a message is being sent, part by part or whole.
    message: Mutex<()>,
    /// To be locked before the driver. A sender holds it from before a part of a message is queued until that is
    /// written.
    writer: Mutex<Writer<S>>,
    clock: Clock,
}

struct Writer<S> {
    /// The second handle, if the stream has one.
    stream: Option<S>,
    timeout: Timeout,
    piece: Vec<u8>,
    /// The stream may have octets in a buffer of its own.
    is_unflushed: bool,
}

/// How long is waited for a peer that takes nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    None,
    /// As long as it may take.
    Deadline,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Stream> Shared<S> {
    /// Queues a part of a message and waits until it is written. `own` is as for [`Shared::flush`].
    ///
    /// The writer is held from before on, so that the receiver never finds it free and a message to be written.
    fn queue(
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
    fn queue_control(
        &self,
        own: Option<&mut S>,
        send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>,
    ) -> Result<(), Error> {
        send(&mut lock(&self.driver))?;
        self.finish(lock(&self.writer), own)
    }

    /// Waits until what was queued is written. Where a deadline has thrown it away it is not.
    fn finish<'s>(&'s self, writer: MutexGuard<'s, Writer<S>>, own: Option<&mut S>) -> Result<(), Error> {
        let flushed = self.flush(writer, own, Patience::Deadline);
        lock(&self.driver).check()?;
        flushed?;
        Ok(())
    }

    /// Writes what the driver has, or what the peer takes of it at once, and says whether it is all. `own` is the
    /// stream itself, for one without a second handle.
    fn flush<'s>(
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
    fn flush_if_free(&self, own: Option<&mut S>, patience: Patience) -> io::Result<bool> {
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
fn is_done(driver: &WebSocketDriver) -> bool {
    driver.output_len() == 0 && !driver.wants_shutdown()
}

/// Lets a deadline pass. If that is the end of the connection, whoever waits for the stream on another thread is to
/// know it.
fn pass<S: Stream>(driver: &mut WebSocketDriver, stream: &S, now: Tick) {
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
struct Goodbye<S> {
    shared: Arc<Shared<S>>,
    shutdown: Shutdown,
    /// A handle of its own, because the writer's may be in use.
    stream: Option<S>,
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

impl<S: Stream + Send + Sync + 'static> WebSocket<S> {
    /// The core's WebSocket, waited for.
    pub(crate) fn blocking(socket: drive::WebSocket<Transport<S>>) -> Result<Self, Error> {
        let (transport, driver, member) = socket.into_parts().ok_or(Error::Disconnected)?;
        Ok(Self::new(transport, driver, member))
    }

    /// A WebSocket whose opening handshake is complete, on a stream that the user brings: see
    /// [`ClientConnection`](crate::ClientConnection) and [`WebSocketDriver::client`].
    #[must_use]
    pub fn from_parts(transport: Transport<S>, driver: WebSocketDriver) -> Self {
        Self::new(transport, driver, None)
    }

    fn new(transport: Transport<S>, driver: WebSocketDriver, member: Option<Member>) -> Self {
        let clock = transport.clock();
        let stream = transport.into_inner();
        let writer = Writer {
            stream: stream.try_clone().ok(),
            timeout: Timeout::default(),
            piece: Vec::new(),
            is_unflushed: false,
        };
        let shared = Arc::new(Shared {
            driver: Mutex::new(driver),
            message: Mutex::default(),
            writer: Mutex::new(writer),
            clock,
        });
        let member = member.map(|member| {
            let (shared, shutdown) = (Arc::clone(&shared), member.shutdown().clone());
            let goodbye = Goodbye { shared, shutdown, stream: stream.try_clone().ok() };
            (member, Waker::from(Arc::new(goodbye)))
        });
        let receiver = Receiver {
            shared: Arc::clone(&shared),
            stream,
            timeout: Timeout::default(),
            room: vec![0; READ].into_boxed_slice(),
            burst: Burst::default(),
            member,
            is_to_answer: false,
            holds_back: false,
            is_split: false,
        };
        Self { receiver, sender: Sender { shared } }
    }
}

impl<S: Stream> WebSocket<S> {
    /// The subprotocol agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        lock(&self.sender.shared.driver).subprotocol()
    }

    /// Waits for the next message; `None` after the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv(&mut self) -> Result<Option<Message>, Error> {
        self.receiver.recv()
    }

    /// Waits for the next part of a message: see [`Receiver::recv_part`].
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn recv_part(&mut self) -> Result<Option<MessagePart>, Error> {
        self.receiver.recv_part()
    }

    /// Begins a message that is sent part by part: see [`Sender::stream`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&mut self, kind: MessageKind) -> Result<MessageWriter<'_, S>, Error> {
        MessageWriter::new(&self.sender.shared, Some(&mut self.receiver.stream), kind)
    }

    /// How many octets wait to be written.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.sender.buffered()
    }

    /// Sends a message, such as one that was received.
    ///
    /// On a server, if more was received already, the first that is sent after receiving only joins what is to be
    /// sent: that leaves by one write, when the handler has received the last that came, asks for another one, or
    /// sends more. So the replies to messages that came together leave together. [`WebSocket::flush`] does not wait
    /// for that, nor do the halves of [`WebSocket::split`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send(&mut self, message: Message) -> Result<(), Error> {
        self.queue(|driver| driver.send(message))
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&mut self, text: impl Payload + AsUtf8) -> Result<(), Error> {
        self.queue(|driver| driver.send_text(text))
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&mut self, payload: impl Payload) -> Result<(), Error> {
        self.queue(|driver| driver.send_binary(payload))
    }

    /// Waits until the stream has taken all that was sent: for a handler that turns to something else while it
    /// leaves messages unread.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn flush(&mut self) -> Result<(), Error> {
        let Self { receiver, sender: Sender { shared } } = self;
        shared.finish(lock(&shared.writer), Some(&mut receiver.stream))
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.sender.shared.queue_control(Some(&mut self.receiver.stream), |driver| driver.ping(payload))
    }

    /// Closes with a code and a reason of at most 123 octets, and waits for the end of the closing
    /// handshake. Messages that still come are thrown away.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.sender.shared.clock.now();
        lock(&self.sender.shared.driver).close(code, reason, now)?;
        while self.recv()?.is_some() {}
        Ok(())
    }

    /// How the peer closed, once it has.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.receiver.closed()
    }

    fn queue(&mut self, send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>) -> Result<(), Error> {
        let Self { receiver, sender: Sender { shared } } = self;
        let _turn = lock(&shared.message);
        {
            let mut driver = lock(&shared.driver);
            send(&mut driver)?;
            // One answer to each message may wait; whoever sends more has turned from receiving to sending.
            receiver.holds_back = mem::take(&mut receiver.is_to_answer) && receiver.leaves_later(&driver);
            if receiver.holds_back {
                return Ok(());
            }
        }
        shared.finish(lock(&shared.writer), Some(&mut receiver.stream))
    }

    /// Splits it in two halves that can go to different threads.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] if the stream has no second handle; those of the stream, if something that
    /// was sent is still to be written.
    pub fn split(mut self) -> io::Result<(Receiver<S>, Sender<S>)> {
        if lock(&self.sender.shared.writer).stream.is_none() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let Self { receiver, sender } = &mut self;
        sender.shared.flush(lock(&sender.shared.writer), Some(&mut receiver.stream), Patience::Deadline)?;
        self.receiver.holds_back = false;
        self.receiver.is_split = true;
        Ok((self.receiver, self.sender))
    }
}

impl<S: Stream> Receiver<S> {
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
    fn leaves_later(&self, driver: &WebSocketDriver) -> bool {
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
            let _ = self.shared.flush_if_free(Some(&mut self.stream), Patience::Deadline);
        }
    }
}

impl<S: Stream> Sender<S> {
    /// Sends a message, such as one that was received, and waits until the stream has taken it.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame; [`Error::TimedOut`] if a deadline passes before the stream has taken
    /// all of it, and [`Error::Io`] if the peer is gone.
    pub fn send(&self, message: Message) -> Result<(), Error> {
        self.queue(|driver| driver.send(message))
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_text(&self, text: impl Payload + AsUtf8) -> Result<(), Error> {
        self.queue(|driver| driver.send_text(text))
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_binary(&self, payload: impl Payload) -> Result<(), Error> {
        self.queue(|driver| driver.send_binary(payload))
    }

    /// Begins a message that is sent part by part, when the one that is being sent has ended. Messages
    /// of other senders wait until this one has.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn stream(&self, kind: MessageKind) -> Result<MessageWriter<'_, S>, Error> {
        MessageWriter::new(&self.shared, None, kind)
    }

    /// How many octets wait to be written, of all senders.
    #[must_use]
    pub fn buffered(&self) -> usize {
        lock(&self.shared.driver).buffered()
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&self, payload: &[u8]) -> Result<(), Error> {
        self.shared.queue_control(None, |driver| driver.ping(payload))
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.shared.clock.now();
        self.shared.queue_control(None, |driver| driver.close(code, reason, now))
    }

    /// The queue is bounded by the number of senders: each waits until what it queued is written.
    fn queue(&self, send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>) -> Result<(), Error> {
        let _turn = lock(&self.shared.message);
        self.shared.queue(None, send)
    }
}

impl<S: Stream> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// A message under way. Control frames go between its parts, other messages wait for its end.
///
/// It ends with [`MessageWriter::finish`]. If it is dropped before, the peer must not take it for whole:
/// the connection is closed with 1011.
pub struct MessageWriter<'a, S: Stream = TcpStream> {
    shared: &'a Shared<S>,
    own: Option<&'a mut S>,
    kind: MessageKind,
    _turn: MutexGuard<'a, ()>,
}

impl<'a, S: Stream> MessageWriter<'a, S> {
    fn new(shared: &'a Shared<S>, own: Option<&'a mut S>, kind: MessageKind) -> Result<Self, Error> {
        let turn = lock(&shared.message);
        lock(&shared.driver).send_part(kind, "", false)?;
        Ok(Self { shared, own, kind, _turn: turn })
    }

    /// Sends a part, and waits until the stream has taken it. A character of a text may be cut between
    /// two parts.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame or for text that is not UTF-8; [`Error::TimedOut`] and [`Error::Io`]
    /// as for [`Sender::send`].
    pub fn write(&mut self, data: impl Payload) -> Result<(), Error> {
        let kind = self.kind;
        self.shared.queue(self.own.as_deref_mut(), |driver| driver.send_part(kind, data, false))
    }

    /// Sends the last part, which may be empty.
    ///
    /// # Errors
    ///
    /// As [`MessageWriter::write`].
    pub fn finish(mut self, data: impl Payload) -> Result<(), Error> {
        let kind = self.kind;
        self.shared.queue(self.own.as_deref_mut(), |driver| driver.send_part(kind, data, true))
    }
}

impl<S: Stream> Drop for MessageWriter<'_, S> {
    fn drop(&mut self) {
        if lock(&self.shared.driver).is_streaming() {
            let now = self.shared.clock.now();
            // Where it cannot be written the connection is gone, which its next use tells.
            let _ = self
                .shared
                .queue_control(self.own.as_deref_mut(), |driver| driver.close(CloseCode::INTERNAL_ERROR, "", now));
        }
    }
}

impl<S: Stream> fmt::Debug for MessageWriter<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageWriter").field("kind", &self.kind).finish_non_exhaustive()
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {
        $(impl<S: Stream> fmt::Debug for $name<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })*
    };
}

opaque! { WebSocket Receiver Sender }
