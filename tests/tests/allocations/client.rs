//! A client on a thread of its own, whose allocations are not counted.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};

/// What a client says, and how much it is told.
#[derive(Clone)]
pub(crate) struct Script {
    /// Said once, before all else, and answered with a head that ends with an empty line.
    pub(crate) opening: Option<&'static [u8]>,
    /// Said in one write, again and again, each time when the answer is there.
    pub(crate) round: Vec<u8>,
    /// How many octets the answer to a round has.
    pub(crate) answer: usize,
}

impl Script {
    /// Plays it on a new connection, so many rounds, and closes that.
    pub(crate) fn play(&self, address: SocketAddr, rounds: usize) -> JoinHandle<()> {
        let Self { opening, round, answer } = self.clone();
        thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            if let Some(opening) = opening {
                stream.write_all(opening).unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut octet = [0];
                    stream.read_exact(&mut octet).unwrap();
                    head.extend(octet);
                }
            }
            let mut room = vec![0; answer];
            for _ in 0..rounds {
                stream.write_all(&round).unwrap();
                stream.read_exact(&mut room).unwrap();
            }
        })
    }
}
