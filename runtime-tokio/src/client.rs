//! How a client opens its connections.

use std::io;
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::Connect;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Transport, clock};

/// Opens TCP connections.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connector(());

impl Connect for Connector {
    type Transport = Transport<TcpStream>;

    async fn connect(&self, host: &str, port: u16, within: Option<Duration>) -> io::Result<Self::Transport> {
        let connect = TcpStream::connect((host, port));
        let stream = match within {
            Some(within) => timeout(within, connect).await??,
            None => connect.await?,
        };
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
