//! An event loop of one thread over the system's readiness: it reads and writes, and what is said is a [`Speaker`]'s.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use crate::Outcome;

const LISTENER: Token = Token(usize::MAX);
/// What is read at once.
const READ: usize = 256 * 1024;
/// How often it is asked who is late.
const SWEEP: Duration = Duration::from_secs(1);

/// What one connection says.
pub(crate) trait Speaker: Sized {
    /// What all connections have together.
    type Shared;

    fn new(shared: &Self::Shared) -> Self;

    /// Something was waited for.
    fn woken(_shared: &mut Self::Shared) {}

    /// Answers what came by `send`, which says whether it could; `false` at the end of the connection.
    fn answer(&mut self, input: &mut [u8], shared: &mut Self::Shared, send: impl FnMut(&[u8]) -> bool) -> bool;

    /// So many octets still wait to be taken by the peer.
    fn unsent(&mut self, _waiting: usize, _shared: &Self::Shared) {}

    /// Whether the connection goes on, with regard to the time.
    fn is_in_time(&mut self, _shared: &mut Self::Shared, _send: impl FnMut(&[u8]) -> bool) -> bool {
        true
    }
}

struct Connection<S> {
    stream: TcpStream,
    speaker: S,
    /// What the system would not take yet; nothing is read before it has.
    unsent: Vec<u8>,
}

pub(crate) fn serve<S: Speaker>(address: SocketAddr, mut shared: S::Shared) -> Outcome {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind(address)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut input = vec![0; READ];
    let (mut connections, mut free): (Vec<Option<Connection<S>>>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut swept = Instant::now();
    loop {
        match poll.poll(&mut events, Some(SWEEP)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        S::woken(&mut shared);
        for event in &events {
            let Token(at) = event.token();
            if event.token() == LISTENER {
                accept_all(&listener, poll.registry(), &shared, &mut connections, &mut free)?;
            } else if let Some(Some(connection)) = connections.get_mut(at)
                && !connection.turn(&mut shared, &mut input)
            {
                connections[at] = None;
                free.push(at);
            }
        }
        if swept.elapsed() >= SWEEP {
            swept = Instant::now();
            for (at, place) in connections.iter_mut().enumerate() {
                if let Some(Connection { stream, speaker, unsent }) = place
                    && !speaker.is_in_time(&mut shared, |octets| send(stream, unsent, octets))
                {
                    *place = None;
                    free.push(at);
                }
            }
        }
    }
}

fn accept_all<S: Speaker>(
    listener: &TcpListener,
    registry: &Registry,
    shared: &S::Shared,
    connections: &mut Vec<Option<Connection<S>>>,
    free: &mut Vec<usize>,
) -> Outcome {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        stream.set_nodelay(true)?;
        let at = free.pop().unwrap_or_else(|| {
            connections.push(None);
            connections.len() - 1
        });
        registry.register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        connections[at] = Some(Connection { stream, speaker: S::new(shared), unsent: Vec::new() });
    }
}

impl<S: Speaker> Connection<S> {
    /// Writes and reads until the system has no more; `false` at the end of the connection.
    fn turn(&mut self, shared: &mut S::Shared, input: &mut [u8]) -> bool {
        if !self.unsent.is_empty() {
            let unsent = std::mem::take(&mut self.unsent);
            if !send(&mut self.stream, &mut self.unsent, &unsent) {
                return false;
            }
            self.speaker.unsent(self.unsent.len(), shared);
        }
        while self.unsent.is_empty() {
            let len = match self.stream.read(input) {
                Ok(0) => return false,
                Ok(len) => len,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            let Self { stream, speaker, unsent } = self;
            if !speaker.answer(&mut input[..len], shared, |octets| send(stream, unsent, octets)) {
                return false;
            }
            if !unsent.is_empty() {
                speaker.unsent(unsent.len(), shared);
            }
            // The readiness is told by its edge: a short read has come to it.
            if len < input.len() {
                return true;
            }
        }
        true
    }
}

/// Writes what the system takes, and keeps the rest.
fn send(stream: &mut TcpStream, unsent: &mut Vec<u8>, octets: &[u8]) -> bool {
    if !unsent.is_empty() {
        unsent.extend_from_slice(octets);
        return true;
    }
    let mut rest = octets;
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(len) => rest = &rest[len..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                unsent.extend_from_slice(rest);
                return true;
            }
            Err(_) => return false,
        }
    }
    true
}
