//! Far deadlines pass at the moment at which they would by timers of their own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::future::pending;
use core::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Connect, Error, Exchange, Settings, Shutdown, Transport};
use sanderling::http::{NO_FIELDS, StatusCode};
use sanderling::simulation::World;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const MESSAGE: &[u8] = b"\x81\x85\0\0\0\0Hello";

async fn answer<T: Transport>(exchange: Exchange<T>) -> Result<(), Error> {
    if exchange.request().field("upgrade").is_some() {
        let mut socket = exchange.websocket()?;
        while let Some(message) = socket.recv().await? {
            socket.send(message).await?;
        }
        return Ok(());
    }
    exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await
}

/// What a client receives that sends this at these moments: how much, and when.
fn received(settings: &Settings, sends: &[(Duration, &'static [u8])], is_swept: bool) -> Vec<(Duration, usize)> {
    let mut world = World::new(|| 4);
    let handle = world.handle();
    let mut settings = settings.clone();
    settings.shutdown = Shutdown::new();
    if is_swept {
        let (shutdown, clock) = (settings.shutdown.clone(), handle.clone());
        handle.spawn_background("sweep", async move {
            shutdown.swept(pending::<()>(), || clock.now(), |wait| clock.sleep(wait)).await;
        });
    }
    handle.serve("a", 80, settings, answer).unwrap();
    let (connector, sends) = (handle.connector(), sends.to_vec());
    let client = async move {
        let mut transport = connector.connect("a", 80, None).await.unwrap();
        let (mut came, mut room) = (Vec::new(), [0; 1024]);
        for (moment, octets) in sends {
            handle.sleep(moment.saturating_sub(handle.now().since(Tick::ZERO))).await;
            transport.send(octets).await.unwrap();
        }
        loop {
            let len = transport.receive(&mut room).await.unwrap_or_default();
            came.push((handle.now().since(Tick::ZERO), len));
            if len == 0 {
                return came;
            }
        }
    };
    world.run_until(client).unwrap()
}

/// The moment of the end, which is the same if somebody sweeps.
fn end(settings: &Settings, sends: &[(Duration, &'static [u8])]) -> Duration {
    let swept = received(settings, sends, true);
    assert_eq!(swept, received(settings, sends, false));
    swept.last().unwrap().0
}

#[test]
fn an_idle_connection_ends_in_time() {
    let mut settings = Settings::default();
    for idle in [1, 999, 1_000, 2_500, 3_000, 4_321, 60_000].map(Duration::from_millis) {
        settings.deadlines.idle = Some(idle);
        assert_eq!(end(&settings, &[(Duration::ZERO, GET)]), idle);
        // Whenever that is, seen from the sweep.
        let later = Duration::from_millis(20_700);
        assert_eq!(end(&settings, &[(later, GET)]), later + idle);
    }
}

#[test]
fn a_deadline_that_comes_nearer_passes_in_time() {
    let mut settings = Settings::default();
    settings.deadlines.head = Some(5 * SECOND);
    // The idle deadline is noted, and then there is half a head.
    assert_eq!(end(&settings, &[(Duration::ZERO, GET), (10 * SECOND, &GET[..9])]), 15 * SECOND);
}

#[test]
fn a_deadline_that_moves_away_does_not_pass() {
    let sends: Vec<_> = (0..10).map(|request| (20 * SECOND * request, GET)).collect();
    assert_eq!(end(&Settings::default(), &sends), 240 * SECOND);
}

#[test]
fn a_silent_websocket_is_asked_and_dropped_in_time() {
    let came = received(&Settings::default(), &[(Duration::ZERO, HANDSHAKE), (7 * SECOND, MESSAGE)], true);
    let moments: Vec<_> = came.iter().map(|(moment, _)| moment.as_secs()).collect();
    assert_eq!(moments[moments.len() - 2..], [37, 67]);
    end(&Settings::default(), &[(Duration::ZERO, HANDSHAKE), (7 * SECOND, MESSAGE)]);
}

#[tokio::test(start_paused = true)]
async fn over_tokio() {
    let server = sanderling_tokio::Server::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(server.serve(answer));
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    client.write_all(GET).await.unwrap();
    let mut came = Vec::new();
    while !came.ends_with(b"Hi") {
        client.read_buf(&mut came).await.unwrap();
    }
    let since = tokio::time::Instant::now();
    assert_eq!(client.read_buf(&mut came).await.unwrap(), 0);
    let passed = since.elapsed().as_secs();
    assert!((59..=61).contains(&passed), "{passed}");
}
