//! Masking keys come from the client that sends, whatever other clients its thread has (RFC 6455 section 10.3).

use core::time::Duration;
use std::{io, thread};

use fastrand::Rng;
use sanderling::Tick;
use sanderling::drive::{Client, ClientOptions, Connect, Error, Exchange, Settings};
use sanderling::simulation::{Connector, Transport, World};
use sanderling::ws::CloseCode;

/// A connector with another source of randomness.
struct Other(Connector);

impl Connect for Other {
    type Transport = Transport;

    fn connect(
        &self,
        host: &str,
        port: u16,
        within: Option<Duration>,
    ) -> impl Future<Output = io::Result<Transport>> + Send {
        self.0.connect(host, port, within)
    }

    fn random(octets: &mut [u8]) -> io::Result<()> {
        octets.fill(0x11);
        Ok(())
    }

    fn now(&self) -> Tick {
        self.0.now()
    }
}

async fn echo(exchange: Exchange<Transport>) -> Result<(), Error> {
    let mut socket = exchange.websocket()?;
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}

/// The transcript of a conversation over a connector.
fn conversation<C: Connect + Sync>(connector: impl FnOnce(Connector) -> C) -> String {
    let mut rng = Rng::with_seed(0);
    let mut world = World::new(move || rng.u64(..));
    world.serve("a.example", 80, Settings::default(), echo).unwrap();
    let client = Client::with_connector(connector(world.connector()), ClientOptions::default());
    let conversation = async {
        let mut socket = client.websocket("ws://a.example/").open().await?;
        socket.send_text("\0\0\0\0").await?;
        socket.recv().await?;
        socket.close(CloseCode::NORMAL, "").await?;
        Ok::<_, Error>(())
    };
    world.run_until(conversation).unwrap().unwrap();
    world.transcript().to_string()
}

fn simulated() -> String {
    conversation(|connector| connector)
}

fn other() -> String {
    conversation(Other)
}

#[test]
fn keys_are_from_the_clients_own_source() {
    let alone = [simulated, other].map(|conversation| thread::spawn(conversation).join().unwrap());
    assert_ne!(alone[0], alone[1]);
    for both in [(|| [simulated(), other()]) as fn() -> _, || {
        let other = other();
        [simulated(), other]
    }] {
        assert_eq!(thread::spawn(both).join().unwrap(), alone);
    }
}
