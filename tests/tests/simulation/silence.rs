//! Peers that fall silent, at any octet and in any direction: nobody waits for ever.

use core::time::Duration;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use sanderling::Tick;
use sanderling::drive::{Client, ClientOptions, Connect, Error, Exchange, Settings};
use sanderling::http::{BodyLength, NO_FIELDS, StatusCode};
use sanderling::simulation::{Conditions, Transport};

use crate::lines;
use crate::patience::within;
use crate::seeds::try_all;

/// Longer than all deadlines together.
const LONG: Duration = Duration::from_secs(600);

const REQUESTS: &[u8] = b"GET /whole HTTP/1.1\r\nHost: a.example\r\n\r\n\
    POST /whole HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\n0123456789\
    POST /pieces HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n\
    5\r\n01234\r\n0\r\nTrailer: t\r\n\r\n\
    GET /pieces HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

const ANSWERS: [&[u8]; 5] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nhello",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nhello",
];

/// A line that holds less than an answer.
fn narrow(rng: &mut Rng) -> Conditions {
    let mut line = lines::calm(rng);
    line.buffer = rng.usize(100..2_000);
    line
}

async fn handle_exchange(mut exchange: Exchange<Transport>) -> Result<(), Error> {
    let answers_first = exchange.request().target().path() == "/pieces" && exchange.requests().is_multiple_of(2);
    if !answers_first {
        exchange.read_to_end(100).await?;
    }
    // More than a line holds, so that the server has to wait for who does not read.
    let answer = vec![b'a'; 3_000];
    if exchange.request().target().path() == "/whole" {
        return exchange.respond(StatusCode::OK, NO_FIELDS, answer).await;
    }
    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown).await?;
    for piece in answer.chunks(1_000) {
        exchange.write(piece).await?;
    }
    exchange.finish().await
}

#[test]
fn no_client_holds_a_connection_for_ever() {
    try_all("no_client_holds_a_connection_for_ever", 700, |world, rng| {
        let settings = Settings::default();
        let shutdown = settings.shutdown.clone();
        world.serve("a.example", 80, settings, handle_exchange).unwrap();
        let connector = world.connector().over(narrow(rng), narrow(rng));
        let sent = &REQUESTS[..rng.usize(..=REQUESTS.len())];
        let (reads, pause) = (rng.usize(..15_000), Duration::from_millis(rng.u64(..40_000)));
        let handle = world.handle();
        let is_held = world.run_until(async move {
            let mut transport = connector.connect("a.example", 80, None).await.unwrap();
            // It may be cut off for being slow.
            let _ = transport.send(sent).await;
            handle.sleep(pause).await;
            let mut room = vec![0; reads];
            let mut came = 0;
            let _ = within(&handle, Duration::from_secs(20), async {
                while came < reads {
                    match transport.receive(&mut room[came..]).await {
                        Ok(len) if len > 0 => came += len,
                        Ok(_) | Err(_) => return,
                    }
                }
            })
            .await;
            handle.sleep(LONG).await;
            shutdown.members() > 0
        });
        match is_held {
            Ok(false) => world.run().map_err(|stalled| stalled.to_string()),
            Ok(true) => Err("the server still has the connection".to_owned()),
            Err(stalled) => Err(stalled.to_string()),
        }
    });
}

#[test]
fn no_server_holds_a_client_for_ever() {
    try_all("no_server_holds_a_client_for_ever", 700, |world, rng| {
        let answer = rng.choice(&ANSWERS).unwrap();
        let (sent, closes) = (&answer[..rng.usize(..=answer.len())], rng.bool());
        let mut listener = world.bind("a.example", 80).unwrap();
        let handle = world.handle();
        world.spawn_background("server", async move {
            let mut transport = listener.accept().await;
            let _ = transport.send(sent).await;
            if closes {
                transport.send_end();
            }
            handle.sleep(LONG).await;
        });
        let connector = world.connector().over(narrow(rng), narrow(rng));
        let client = Client::with_connector(connector, ClientOptions::default());
        let has_content = rng.bool();
        let outcome = Arc::new(Mutex::new(None));
        let (handle, noted) = (world.handle(), Arc::clone(&outcome));
        let before = world.run_until(async move {
            let mut request = client.get("http://a.example/");
            if has_content {
                request = request.body(vec![b'c'; 3_000]);
            }
            let result = match request.send().await {
                Ok(mut response) => response.read_to_end(10_000).await,
                Err(error) => Err(error),
            };
            *noted.lock().unwrap() = Some(result);
            handle.now()
        });
        let taken = before.map_err(|stalled| stalled.to_string())?.since(Tick::ZERO);
        // No two of the deadlines run one after the other for longer than that.
        if taken > Duration::from_secs(95) {
            return Err(format!("the client waited for {taken:?}"));
        }
        let outcome = outcome.lock().unwrap().take();
        let is_whole = sent.len() == answer.len();
        match outcome {
            Some(Ok(body)) if !is_whole && !body.starts_with(b"hello") => {
                // The status line and the fields of a close-delimited answer are all that must be there.
                if closes && answer == &ANSWERS[3] {
                    Ok(())
                } else {
                    Err("an answer cut short looks complete".to_owned())
                }
            }
            Some(Ok(body)) if body.len() > 5 => Err("more came than was sent".to_owned()),
            Some(Err(error)) if is_whole && answer != &ANSWERS[4] && (closes || answer != &ANSWERS[3]) => {
                Err(format!("{error:?} came of a whole answer"))
            }
            _ => Ok(()),
        }
    });
}
