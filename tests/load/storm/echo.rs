//! Keeps messages under way on many WebSockets. Each carries a number, and each echo is compared octet by octet.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use sanderling_load::websocket::{MASK, frame_head, mask, open};

use crate::Options;
use crate::latencies::Latencies;

struct Connection {
    stream: TcpStream,
    /// The next message, masked, and the echo that is waited for. Payloads begin with a number.
    frame: Vec<u8>,
    expected: Vec<u8>,
    /// Octets of the echo's head; the message's has the key, too.
    head: usize,
    sent: u64,
    echoed: u64,
    /// When the messages that are under way left.
    departures: VecDeque<Instant>,
    /// How much of the first echo has come.
    matched: usize,
    /// Octets that the system has not taken yet.
    unsent: Vec<u8>,
}

/// Octets of a message's number.
const NUMBER: usize = 8;

pub(crate) fn run(options: &Options) -> io::Result<()> {
    if options.size < NUMBER || options.flight == 0 {
        return Err(io::Error::new(ErrorKind::InvalidInput, "a message has at least 8 octets, and one is under way"));
    }
    let mut poll = Poll::new()?;
    let mut connections = Vec::new();
    for at in 0..options.connections {
        let stream = open(options.port)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        connections.push(Connection::new(stream, options.size));
    }
    let mut latencies = Latencies::new();
    let mut input = vec![0; 256 * 1024];
    let start = Instant::now();
    let end = start + Duration::from_secs(options.seconds);
    for connection in &mut connections {
        connection.send(options.flight, start)?;
    }
    let mut events = Events::with_capacity(1024);
    let mut now = start;
    while now < end {
        poll.poll(&mut events, Some(end - now))?;
        now = Instant::now();
        for event in &events {
            let connection = &mut connections[event.token().0];
            connection.write()?;
            connection.receive(&mut input, &mut latencies)?;
        }
    }
    let echoed: u64 = connections.iter().map(|connection| connection.echoed).sum();
    println!(
        "requests={echoed} seconds={} p50={} p99={}",
        (now - start).as_secs_f64(),
        latencies.percentile(0.5),
        latencies.percentile(0.99),
    );
    Ok(())
}

impl Connection {
    fn new(stream: TcpStream, size: usize) -> Self {
        let payload: Vec<u8> = (0..size).map(|at| at as u8).collect();
        let mut masked = payload.clone();
        mask(&mut masked);
        let head = frame_head(size, false);
        Self {
            stream,
            frame: [frame_head(size, true), masked].concat(),
            head: head.len(),
            expected: [head, payload].concat(),
            sent: 0,
            echoed: 0,
            departures: VecDeque::new(),
            matched: 0,
            unsent: Vec::new(),
        }
    }

    /// Sends so many messages in one write.
    fn send(&mut self, count: usize, now: Instant) -> io::Result<()> {
        for _ in 0..count {
            let mut number = self.sent.to_le_bytes();
            mask(&mut number);
            let start = self.head + MASK.len();
            self.frame[start..start + NUMBER].copy_from_slice(&number);
            self.unsent.extend_from_slice(&self.frame);
            self.sent += 1;
            self.departures.push_back(now);
        }
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let mut written = 0;
        while written < self.unsent.len() {
            match self.stream.write(&self.unsent[written..]) {
                Ok(len) => written += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.unsent.drain(..written);
        Ok(())
    }

    /// Reads all echoes that have come, and sends as many messages again.
    fn receive(&mut self, input: &mut [u8], latencies: &mut Latencies) -> io::Result<()> {
        loop {
            let len = match self.stream.read(input) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let now = Instant::now();
            let count = self.compare(&input[..len], now, latencies)?;
            self.send(count, now)?;
            if len < input.len() {
                return Ok(());
            }
        }
    }

    fn compare(&mut self, mut input: &[u8], now: Instant, latencies: &mut Latencies) -> io::Result<usize> {
        let mut count = 0;
        while !input.is_empty() {
            if self.matched == 0 {
                self.expected[self.head..self.head + NUMBER].copy_from_slice(&self.echoed.to_le_bytes());
            }
            let rest = &self.expected[self.matched..];
            let len = rest.len().min(input.len());
            if rest[..len] != input[..len] {
                return Err(io::Error::new(ErrorKind::InvalidData, "an echo is not what was sent"));
            }
            self.matched += len;
            input = &input[len..];
            if self.matched == self.expected.len() {
                self.matched = 0;
                self.echoed += 1;
                count += 1;
                if let Some(departure) = self.departures.pop_front() {
                    latencies.add(now - departure);
                }
            }
        }
        Ok(count)
    }
}
