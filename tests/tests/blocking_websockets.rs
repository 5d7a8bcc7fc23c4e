//! WebSockets over threads: what one half, or the server, does to the others when the peer takes nothing, says nothing
//! or goes away. The line is in memory, and every one of its moments is the test's to decide.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Instant;

use sanderling::drive::Phase;
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageInflater};
use sanderling::ws::{FrameHeader, Opcode};
use sanderling_std::{
    CloseCode, Error, Exchange, Message, MessageKind, Sender, Settings, Stream, WebSocket, WebSocketOptions,
    serve_connection,
};

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
const PING: &[u8] = b"\x89\x81\0\0\0\0p";
const PONG: &[u8] = b"\x8a\x01p";
const FINAL: &[u8] = b"\x81\x85\0\0\0\0final";
const CLOSE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";
const GOING_AWAY: &[u8] = b"\x88\x02\x03\xe9";
/// An opcode that there is not.
const NONSENSE: &[u8] = b"\x83\x80\0\0\0\0";

/// So long is waited for what has to happen.
const PATIENCE: Duration = Duration::from_secs(20);
/// A deadline that is meant to pass.
const SOON: Duration = Duration::from_millis(20);

/// One handle of a stream.
#[derive(Clone, Default)]
struct Line(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    incoming: Vec<u8>,
    /// How it ends behind what comes.
    end: Option<io::ErrorKind>,
    is_read: bool,
    read_timeout: Option<Duration>,
    written: Vec<(ThreadId, Vec<u8>)>,
    write_timeout: Option<Duration>,
    /// The peer takes nothing.
    is_held: bool,
    is_nonblocking: bool,
    refusal: Option<io::ErrorKind>,
    is_shut: bool,
}

impl State {
    fn timeout(&self, set: impl FnOnce(&Self) -> Option<Duration>) -> Option<Duration> {
        if self.is_nonblocking { Some(Duration::ZERO) } else { set(self) }
    }

    fn octets(&self) -> Vec<u8> {
        self.written.iter().flat_map(|(_, octets)| octets.iter().copied()).collect()
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.1.notify_all();
    }

    fn arrive(&self, octets: &[u8]) {
        self.change(|state| state.incoming.extend_from_slice(octets));
    }

    /// Tries again whenever something has changed, for so long.
    fn try_for<R>(&self, timeout: Option<Duration>, mut attempt: impl FnMut(&mut State) -> Option<R>) -> Option<R> {
        let end = timeout.map(|timeout| Instant::now() + timeout);
        let mut state = self.state();
        loop {
            if let Some(done) = attempt(&mut state) {
                drop(state);
                self.0.1.notify_all();
                return Some(done);
            }
            state = match end.map(|end| end.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return None,
                Some(left) => self.0.1.wait_timeout(state, left).unwrap().0,
                None => self.0.1.wait(state).unwrap(),
            };
        }
    }

    #[track_caller]
    fn wait_until(&self, mut is_so: impl FnMut(&State) -> bool) {
        let came = self.try_for(Some(PATIENCE), |state| is_so(state).then_some(()));
        assert!(came.is_some(), "only \"{}\" was written", self.state().octets().escape_ascii());
    }

    /// Somebody waits for what comes.
    fn wait_until_read(&self) {
        self.wait_until(|state| state.is_read);
    }
}

impl Read for Line {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.change(|state| state.is_read = true);
        let timeout = self.state().timeout(|state| state.read_timeout);
        let came = self.try_for(timeout, |state| {
            if !state.incoming.is_empty() {
                let len = state.incoming.as_slice().read(room).unwrap();
                state.incoming.drain(..len);
                return Some(Ok(len));
            }
            match state.end {
                Some(error) => Some(Err(error.into())),
                None => state.is_shut.then_some(Ok(0)),
            }
        });
        self.change(|state| state.is_read = false);
        came.unwrap_or(Err(io::ErrorKind::WouldBlock.into()))
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let timeout = self.state().timeout(|state| state.write_timeout);
        let taken = self.try_for(timeout, |state| {
            if state.is_shut {
                return Some(Err(io::ErrorKind::BrokenPipe.into()));
            }
            if let Some(error) = state.refusal {
                return Some(Err(error.into()));
            }
            (!state.is_held).then(|| {
                state.written.push((thread::current().id(), octets.to_vec()));
                Ok(octets.len())
            })
        });
        taken.unwrap_or(Err(io::ErrorKind::WouldBlock.into()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Line {
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.state().read_timeout = timeout;
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.state().write_timeout = timeout;
        Ok(())
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.state().is_nonblocking = nonblocking;
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.change(|state| state.is_shut |= how == Shutdown::Both);
        Ok(())
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }
}

/// An open WebSocket of a server, and the peer's end of it. It has no deadlines but those that are given.
fn open(settings: &Settings, change: impl Fn(&mut WebSocketOptions)) -> (Line, WebSocket<Line>) {
    let line = Line::default();
    line.arrive(HANDSHAKE);
    let (give, given) = mpsc::channel();
    let handler = |exchange: Exchange<Line>| {
        let mut options = WebSocketOptions::default();
        let deadlines = &mut options.deadlines;
        (deadlines.write, deadlines.ping, deadlines.close, deadlines.drain) = (None, None, None, None);
        change(&mut options);
        give.send(exchange.websocket_with(&options, &[])?).unwrap();
        Ok::<(), Error>(())
    };
    serve_connection(line.clone(), settings, &handler);
    let mut socket = given.recv().unwrap();
    socket.flush().unwrap();
    line.change(|state| state.written.clear());
    (line, socket)
}

/// What another thread does, once it has.
fn aside<R: Send + 'static>(act: impl FnOnce() -> R + Send + 'static) -> Receiver<R> {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || done.send(act()));
    is_done
}

#[track_caller]
fn soon<R>(done: &Receiver<R>) -> R {
    done.recv_timeout(PATIENCE).expect("it waits for ever")
}

#[track_caller]
fn is_final(message: Result<Option<Message>, Error>) {
    assert!(matches!(&message, Ok(Some(Message::Text(text))) if text.as_str() == "final"), "{message:?}");
}

// ---- deadlines ------------------------------------------------------------------------------

/// A way to send.
type Way<T> = fn(&mut T) -> Result<(), Error>;

#[test]
fn what_a_deadline_cuts_off_is_not_sent() {
    let ways: [Way<WebSocket<Line>>; 4] = [
        |socket| socket.send_text("hello"),
        |socket| socket.ping(b""),
        |socket| socket.stream(MessageKind::Text)?.finish("hello"),
        |socket| socket.stream(MessageKind::Text)?.write("hello"),
    ];
    for way in ways {
        let (line, mut socket) = open(&Settings::default(), |options| options.deadlines.write = Some(SOON));
        line.change(|state| state.is_held = true);
        assert!(matches!(way(&mut socket), Err(Error::TimedOut)));
        assert!(matches!(socket.recv(), Err(Error::TimedOut)));
    }
}

#[test]
fn what_a_deadline_cuts_off_is_not_sent_by_halves_either() {
    let ways: [Way<Sender<Line>>; 4] = [
        |sender| sender.send_text("hello"),
        |sender| sender.ping(b""),
        |sender| sender.close(CloseCode::NORMAL, ""),
        |sender| sender.stream(MessageKind::Text)?.finish("hello"),
    ];
    for way in ways {
        let (line, socket) = open(&Settings::default(), |options| options.deadlines.write = Some(SOON));
        let (mut receiver, sender) = socket.split().unwrap();
        let received = aside(move || receiver.recv());
        line.wait_until_read();
        line.change(|state| state.is_held = true);
        assert!(matches!(way(&mut { sender }), Err(Error::TimedOut)));
        // It waits for nothing but the peer, and hears of it.
        assert!(matches!(soon(&received), Err(Error::TimedOut)));
    }
}

#[test]
fn a_sender_hears_that_the_receiver_has_given_the_peer_up() {
    let (line, socket) = open(&Settings::default(), |options| {
        (options.deadlines.ping, options.deadlines.pong) = (Some(SOON), Some(SOON));
    });
    let (mut receiver, sender) = socket.split().unwrap();
    line.change(|state| state.is_held = true);
    let sent = aside(move || sender.send_text("hello"));
    assert!(matches!(receiver.recv(), Err(Error::TimedOut)));
    assert!(matches!(soon(&sent), Err(Error::TimedOut)));
}

#[test]
fn a_close_deadline_holds_for_a_receiver_that_waits_already() {
    let (line, socket) = open(&Settings::default(), |options| options.deadlines.close = Some(SOON));
    let (mut receiver, sender) = socket.split().unwrap();
    let received = aside(move || receiver.recv());
    line.wait_until_read();
    sender.close(CloseCode::NORMAL, "").unwrap();
    assert!(matches!(soon(&received), Err(Error::TimedOut)));
}

// ---- halves ---------------------------------------------------------------------------------

#[track_caller]
fn wait_until_buffered(sender: &Sender<Line>, len: usize) {
    let begun = Instant::now();
    while sender.buffered() < len {
        assert!(begun.elapsed() < PATIENCE, "nothing is queued");
        thread::yield_now();
    }
}

/// Or else a peer that takes nothing until it has been heard would never be.
#[test]
fn a_receiver_writes_no_message_of_a_sender() {
    const MESSAGE: usize = 2_000;
    let (line, socket) = open(&Settings::default(), |_| {});
    let (mut receiver, sender) = socket.split().unwrap();
    line.change(|state| state.is_held = true);
    line.arrive(PING);
    let received = aside(move || (thread::current().id(), receiver.recv()));
    wait_until_buffered(&sender, PONG.len());
    let sent = aside({
        let sender = sender.clone();
        move || sender.send_binary(&[0; MESSAGE])
    });
    wait_until_buffered(&sender, MESSAGE);
    line.change(|state| state.is_held = false);
    soon(&sent).unwrap();
    line.arrive(FINAL);
    let (receiver, message) = soon(&received);
    is_final(message);
    let state = line.state();
    let of_receiver = state.written.iter().filter(|(thread, _)| *thread == receiver);
    assert!(of_receiver.flat_map(|(_, octets)| octets).all(|octet| PONG.contains(octet)));
}

#[test]
fn a_receiver_goes_on_though_nothing_is_taken_of_what_it_owes() {
    /// It waits for more than has come, and sees to it that the pongs leave when they can.
    fn receive(line: &Line, mut receive: impl FnMut() -> Result<Option<Message>, Error>) {
        for _ in 0..3 {
            line.arrive(&[PING, FINAL].concat());
            is_final(receive());
        }
        line.change(|state| state.is_held = false);
        is_final(receive());
    }
    for is_split in [false, true] {
        let (line, mut socket) = open(&Settings::default(), |_| {});
        line.change(|state| state.is_held = true);
        let received = aside({
            let line = line.clone();
            move || {
                if is_split {
                    let (mut receiver, _sender) = socket.split().unwrap();
                    receive(&line, || receiver.recv());
                } else {
                    receive(&line, || socket.recv());
                }
            }
        });
        line.wait_until(|state| state.octets().ends_with(&PONG.repeat(3)));
        line.arrive(FINAL);
        soon(&received);
    }
}

/// A long message is compressed while it is written, so that neither the driver is held for all of it nor all that
/// comes of it lies in memory.
#[test]
fn a_long_message_is_compressed_in_slices() {
    const SLICE: usize = 64 * 1024;
    let (line, socket) = open(&Settings::default(), |options| options.deflate = Some(DeflateOptions::default()));
    let (mut receiver, sender) = socket.split().unwrap();
    // It gets hardly shorter.
    let mut random = fastrand::Rng::with_seed(7);
    let message: Vec<u8> = (0..8 * SLICE).map(|_| random.u8(..)).collect();
    line.change(|state| state.is_held = true);
    let sent = aside({
        let (sender, message) = (sender.clone(), message.clone());
        move || sender.send_binary(message)
    });
    wait_until_buffered(&sender, SLICE);
    line.arrive(&[PING, FINAL].concat());
    is_final(receiver.recv());
    assert!(sender.buffered() < 3 * SLICE);
    line.change(|state| state.is_held = false);
    soon(&sent).unwrap();

    let octets = line.state().octets();
    let context = DeflateContext { takeover: true, window_bits: 15 };
    let (mut inflater, mut room) = (MessageInflater::new(context, u64::MAX), vec![0; 2 * SLICE]);
    let (mut rest, mut frames, mut came) = (octets.as_slice(), Vec::new(), Vec::new());
    while let Some((start, header)) = FrameHeader::parse(rest).unwrap() {
        let (payload, later) = rest.split_at(start + header.length as usize);
        rest = later;
        frames.push(header.opcode);
        if header.opcode != Opcode::Pong {
            let coded = inflater.inflate(payload.get(start..).unwrap(), header.last, &mut room).unwrap();
            came.extend_from_slice(room.get(..coded.written).unwrap());
        }
    }
    assert!(came == message);
    let pong = frames.iter().position(|opcode| *opcode == Opcode::Pong);
    assert!(frames.len() == 9 && pong.is_some_and(|pong| pong < 8), "{frames:?}");
}

#[test]
fn a_receiver_that_is_dropped_does_not_wait_either() {
    let (line, socket) = open(&Settings::default(), |_| {});
    let (mut receiver, _sender) = socket.split().unwrap();
    line.change(|state| state.is_held = true);
    line.arrive(&[PING, FINAL].concat());
    soon(&aside(move || is_final(receiver.recv())));
}

/// The server's goodbye goes from one connection to the next.
#[test]
fn a_peer_that_takes_nothing_does_not_hold_a_shutdown_up() {
    let settings = Settings::default();
    let (line, socket) = open(&settings, |_| {});
    let (mut receiver, _sender) = socket.split().unwrap();
    let received = aside(move || receiver.recv());
    line.wait_until_read();
    line.change(|state| state.is_held = true);
    let shutdown = settings.shutdown.clone();
    soon(&aside(move || shutdown.advance(Phase::Draining)));
    line.change(|state| state.is_held = false);
    line.wait_until(|state| state.octets().ends_with(GOING_AWAY));
    line.change(|state| state.incoming.extend_from_slice(CLOSE));
    line.change(|state| state.is_shut = true);
    assert!(matches!(soon(&received), Ok(None)));
}

// ---- the peer goes away ---------------------------------------------------------------------

#[test]
fn what_came_is_received_though_nothing_can_be_written() {
    for is_split in [false, true] {
        let (line, mut socket) = open(&Settings::default(), |_| {});
        line.arrive(&[PING, FINAL, FINAL, CLOSE].concat());
        line.change(|state| state.refusal = Some(io::ErrorKind::ConnectionReset));
        let (mut first, mut rest);
        if is_split {
            let (mut receiver, _) = socket.split().unwrap();
            first = vec![receiver.recv(), receiver.recv()];
            rest = (receiver.recv(), receiver.closed());
        } else {
            first = vec![socket.recv(), socket.recv()];
            rest = (socket.recv(), socket.closed());
        }
        first.drain(..).for_each(is_final);
        assert!(matches!(rest.0, Ok(None)), "{:?}", rest.0);
        assert_eq!(rest.1.take().unwrap().code, Some(CloseCode::NORMAL));
    }
}

#[test]
fn a_reset_after_a_close_frame_changes_nothing() {
    for (octets, is_closed) in [(CLOSE, true), (NONSENSE, false)] {
        for refusal in [None, Some(io::ErrorKind::BrokenPipe)] {
            let (line, mut socket) = open(&Settings::default(), |_| {});
            line.arrive(octets);
            line.change(|state| (state.end, state.refusal) = (Some(io::ErrorKind::ConnectionReset), refusal));
            let received = socket.recv();
            if is_closed {
                assert!(matches!(received, Ok(None)), "{received:?}");
            } else {
                assert!(matches!(received, Err(Error::WebSocket(_))), "{received:?}");
            }
        }
    }
}

#[test]
fn a_reset_without_a_close_frame_is_told() {
    let (line, mut socket) = open(&Settings::default(), |_| {});
    line.arrive(FINAL);
    line.change(|state| state.end = Some(io::ErrorKind::ConnectionReset));
    is_final(socket.recv());
    assert!(matches!(socket.recv(), Err(Error::Io(_))));
    assert!(matches!(socket.close(CloseCode::NORMAL, ""), Err(Error::Io(_))));
}
