//! A client that says octets and frames, and waits only so long.

use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Instant;

/// So long may one read or write take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const WS: &str = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
pub(crate) const WS_ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub(crate) trait Socket: Read + Write + Send {}
impl<S: Read + Write + Send> Socket for S {}

pub(crate) struct Peer<S = TcpStream> {
    stream: S,
}

impl Peer {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream }
    }

    /// An open WebSocket.
    pub(crate) fn websocket(address: SocketAddr, path: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.send(WS.replacen("/ws", path, 1).as_bytes());
        peer.expect(WS_ANSWER);
        peer
    }

    pub(crate) fn try_clone(&self) -> Self {
        Self { stream: self.stream.try_clone().unwrap() }
    }

    /// Sends over and over; whether the server puts an end to that.
    pub(crate) fn flood(&mut self, octets: &[u8]) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE / 2 {
            if self.stream.write_all(octets).is_err() {
                return true;
            }
        }
        false
    }
}

#[cfg(unix)]
impl Peer<UnixStream> {
    pub(crate) fn over(stream: UnixStream) -> Self {
        Self { stream }
    }
}

impl<S: Socket> Peer<S> {
    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).unwrap();
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        let mut octets = vec![0; len];
        let mut filled = 0;
        while filled < len {
            match self.stream.read(&mut octets[filled..]) {
                Ok(0) => panic!("the end after \"{}\"", octets[..filled].escape_ascii()),
                Ok(more) => filled += more,
                Err(error) => panic!("{error} after \"{}\"", octets[..filled].escape_ascii()),
            }
        }
        octets
    }

    /// Exactly these octets come next.
    #[track_caller]
    pub(crate) fn expect(&mut self, octets: &[u8]) {
        let came = self.take(octets.len());
        assert!(came == octets, "\"{}\" came instead of \"{}\"", came.escape_ascii(), octets.escape_ascii());
    }

    /// Whether the server, if it still listens to this connection, answers so.
    pub(crate) fn ask(&mut self, octets: &[u8], answer: &[u8]) -> bool {
        let mut came = vec![0; answer.len()];
        let result = self.stream.write_all(octets).and_then(|()| self.stream.read_exact(&mut came));
        match &result {
            Ok(()) => assert!(came == answer, "\"{}\" came", came.escape_ascii()),
            Err(error) => assert!(error.kind() != io::ErrorKind::WouldBlock, "nothing came"),
        }
        result.is_ok()
    }

    /// Something comes that begins so.
    #[track_caller]
    pub(crate) fn expect_start(&mut self, octets: &[u8]) {
        self.expect(octets);
    }

    fn rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut rest = Vec::new();
        let result = self.stream.read_to_end(&mut rest).map(drop);
        (rest, result)
    }

    /// Nothing more comes before the end.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let (rest, result) = self.rest();
        assert!(rest.is_empty(), "\"{}\" came before the end", rest.escape_ascii());
        result.unwrap();
    }

    /// Nothing more comes before an end or a reset.
    #[track_caller]
    pub(crate) fn expect_cut(&mut self) {
        let rest = self.expect_cut_after();
        assert!(rest.is_empty(), "\"{}\" came before the end", rest.escape_ascii());
    }

    /// What still comes before an end or a reset.
    #[track_caller]
    pub(crate) fn expect_cut_after(&mut self) -> Vec<u8> {
        let (rest, result) = self.rest();
        match result {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => panic!("{error}"),
            Ok(()) | Err(_) => rest,
        }
    }

    /// Sends a frame whose masking key is zero.
    pub(crate) fn send_frame(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            len @ 0..126 => frame.push(0x80 | len as u8),
            len => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(len).unwrap().to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.send(&frame);
    }

    /// The next frame: its first octet and its payload.
    #[track_caller]
    pub(crate) fn frame(&mut self) -> (u8, Vec<u8>) {
        let start = self.take(2);
        let len = match start[1] {
            126 => u16::from_be_bytes(self.take(2).try_into().unwrap()).into(),
            len => usize::from(len),
        };
        (start[0], self.take(len))
    }
}
