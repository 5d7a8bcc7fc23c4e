//! How a client opens its connections.

use std::io;

use sanderling::Tick;
use sanderling::drive::Connect;
use tokio::net::TcpStream;

use crate::Transport;
use crate::clock::Clock;

/// Opens TCP connections.
#[derive(Clone, Copy, Debug)]
pub struct Connector {
    clock: Clock,
}

impl Default for Connector {
    fn default() -> Self {
        Self { clock: Clock::new() }
    }
}

impl Connect for Connector {
    type Transport = Transport<TcpStream>;

    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Transport> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Transport::new(stream))
    }

    fn now(&self) -> Tick {
        self.clock.now()
    }
}
