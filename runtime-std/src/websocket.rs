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

use sanderling::Tick;
use sanderling::drive::{self, Burst, Driver, Member, Phase, Shutdown, WebSocketDriver};

use crate::clock::Clock;
use crate::transport::{Timeout, is_timeout};
use crate::{AsUtf8, CloseCode, Closed, Error, Message, MessageKind, MessagePart, Payload, Stream, Transport};

/// The most that is taken out of the driver for one write.
const PIECE: usize = 64 * 1024;
/// The most that is read at once.
const READ: usize = 16 * 1024;

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
}

/// The half that sends. It can be cloned; messages of several senders do not mix.
pub struct Sender<S: Stream = TcpStream> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    driver: Mutex<WebSocketDriver>,
    /// Held while a message is being sent, part by part or whole.
    message: Mutex<()>,
    writer: Mutex<Writer<S>>,
    clock: Clock,
}

struct Writer<S> {
    /// The second handle, if the stream has one.
    stream: Option<S>,
    timeout: Timeout,
    piece: Vec<u8>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Stream> Shared<S> {
    /// Queues something and waits until it is written. `own` is as for [`Shared::flush`].
    fn queue(
        &self,
        own: Option<&mut S>,
        send: impl FnOnce(&mut WebSocketDriver) -> Result<(), Error>,
    ) -> Result<(), Error> {
        send(&mut lock(&self.driver))?;
        Ok(self.flush(own)?)
    }

    /// Writes what the driver has. `own` is the stream itself, for one without a second handle.
    fn flush(&self, mut own: Option<&mut S>) -> io::Result<()> {
        loop {
            lock(&self.writer).flush(self, own.as_deref_mut())?;
            // A reply may have been queued while the writer was still held, and left to us.
            if lock(&self.driver).output_len() == 0 {
                return Ok(());
            }
        }
    }

    /// The same if nobody is writing; whoever is will come to it.
    fn flush_if_free(&self, own: &mut S) -> io::Result<()> {
        match self.writer.try_lock() {
            Ok(writer) => drop(writer),
            Err(TryLockError::Poisoned(poisoned)) => drop(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => return Ok(()),
        }
        self.flush(Some(own))
    }
}

impl<S: Stream> Writer<S> {
    fn flush(&mut self, shared: &Shared<S>, own: Option<&mut S>) -> io::Result<()> {
        let Some(stream) = self.stream.as_mut().or(own) else { return Err(io::ErrorKind::Unsupported.into()) };
        let mut is_written = false;
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
                    if mem::take(&mut is_written) {
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
                    return Ok(());
                }
                driver.deadline().map(|deadline| deadline.since(now))
            };
            self.timeout.adjust(left, |timeout| stream.set_write_timeout(timeout))?;
            let written = stream.write(&self.piece);
            let mut driver = lock(&shared.driver);
            let now = shared.clock.now();
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => {
                    driver.written(len, now);
                    is_written = true;
                }
                Err(error) if is_timeout(&error) => {
                    driver.handle_timeout(now);
                    if driver.deadline().is_some_and(|deadline| deadline <= now) {
                        return Err(io::ErrorKind::TimedOut.into());
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
        // Everyone is woken in turn, so this must not wait for a writer; that one sees to it.
        if let Ok(mut writer) = self.shared.writer.try_lock() {
            let _ = writer.flush(&self.shared, None);
        }
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
        let writer = Writer { stream: stream.try_clone().ok(), timeout: Timeout::default(), piece: Vec::new() };
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
        Ok(self.sender.shared.flush(Some(&mut self.receiver.stream))?)
    }

    /// Sends a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.sender.shared.queue(Some(&mut self.receiver.stream), |driver| driver.ping(payload))
    }

    /// Closes with a code and a reason of at most 123 octets, and waits for the end of the closing
    /// handshake. Messages that still come are thrown away.
    ///
    /// # Errors
    ///
    /// As [`Receiver::recv`].
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.sender.shared.clock.now();
        let stream = &mut self.receiver.stream;
        self.sender.shared.queue(Some(stream), |driver| driver.close(code, reason, now))?;
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
            if mem::take(&mut receiver.is_to_answer) && receiver.leaves_later(&driver) {
                return Ok(());
            }
        }
        Ok(shared.flush(Some(&mut receiver.stream))?)
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
        self.sender.shared.flush(Some(&mut self.receiver.stream))?;
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
            let (message, left, had_output, leaves_later) = {
                let mut driver = lock(&self.shared.driver);
                let now = self.shared.clock.now();
                let message = poll(&mut driver, now);
                let leaves_later = matches!(message, Poll::Ready(Ok(_))) && self.leaves_later(&driver);
                let left = driver.deadline().map(|deadline| deadline.since(now));
                (message, left, driver.output_len() > 0, leaves_later)
            };
            if !leaves_later {
                self.shared.flush_if_free(&mut self.stream)?;
            }
            if let Poll::Ready(message) = message {
                self.is_to_answer = true;
                return message;
            }
            if had_output && lock(&self.shared.driver).output_len() == 0 {
                // What was just written may have been the last, from which another deadline runs.
                continue;
            }
            self.read(left)?;
        }
    }

    /// Whether what is sent now can leave with what will be: more has come already, and the handler of a server
    /// will ask for it.
    fn leaves_later(&self, driver: &WebSocketDriver) -> bool {
        self.member.is_some() && driver.has_input() && driver.can_write()
    }

    fn read(&mut self, left: Option<std::time::Duration>) -> io::Result<()> {
        self.timeout.adjust(left, |timeout| self.stream.set_read_timeout(timeout))?;
        let result = self.stream.read(&mut self.room);
        let mut driver = lock(&self.shared.driver);
        driver.handle_timeout(self.shared.clock.now());
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
            Err(error) if is_timeout(&error) => driver.handle_timeout(self.shared.clock.now()),
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
            let _ = self.shared.flush_if_free(&mut self.stream);
        }
    }
}

impl<S: Stream> Sender<S> {
    /// Sends a message, such as one that was received, and waits until the stream has taken it.
    ///
    /// # Errors
    ///
    /// [`Error::SendFrame`] after a Close frame; [`Error::Io`] if the peer is gone.
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
        self.shared.queue(None, |driver| driver.ping(payload))
    }

    /// Sends a Close frame with a code and a reason of at most 123 octets. The receiving half sees
    /// the end of the closing handshake.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn close(&self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let now = self.shared.clock.now();
        self.shared.queue(None, |driver| driver.close(code, reason, now))
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
    /// [`Error::SendFrame`] after a Close frame or for text that is not UTF-8; [`Error::Io`] if the peer
    /// is gone.
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
            let _ =
                self.shared.queue(self.own.as_deref_mut(), |driver| driver.close(CloseCode::INTERNAL_ERROR, "", now));
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
