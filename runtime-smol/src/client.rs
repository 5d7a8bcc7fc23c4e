//! How a client opens its connections.

use std::io;
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::Connect;
use smol::Timer;
use smol::future::or;
use smol::net::TcpStream;

use crate::{Transport, clock};

/// Opens TCP connections.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connector(());

impl Connect for Connector {
    type Transport = Transport<TcpStream>;

    async fn connect(&self, host: &str, port: u16, within: Option<Duration>) -> io::Result<Self::Transport> {
        let late = async {
            within.map_or_else(Timer::never, Timer::after).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        let stream = or(TcpStream::connect((host, port)), late).await?;
        stream.set_nodelay(true)?;
        Ok(Transport::new(stream))
    }

    fn random(octets: &mut [u8]) -> io::Result<()> {
        getrandom::fill(octets).map_err(io::Error::from)
    }

    fn now(&self) -> Tick {
        clock::now()
    }
}
