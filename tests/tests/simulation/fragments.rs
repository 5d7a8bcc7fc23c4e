//! A WebSocket whose client is no driver of ours: fragmented messages with pings between the
//! fragments, some of it sent before the opening handshake is answered.

use core::iter::repeat_with;

use fastrand::Rng;
use sanderling::Tick;
use sanderling::drive::{Connect, Error, Exchange, Settings};
use sanderling::simulation::Transport;
use sanderling::ws::{Close, CloseCode, Connection, Deadlines, Event, Limits, MaskingKey, MessageKind};

use crate::lines;
use crate::pipeline::find;
use crate::raw::talk;
use crate::seeds::{Verdict, try_all};

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

type Message = (MessageKind, Vec<u8>);

async fn echo(exchange: Exchange<Transport>) -> Result<(), Error> {
    let mut socket = exchange.websocket()?;
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}

#[test]
fn fragments_are_put_together() {
    try_all("fragments_are_put_together", 700, |world, rng| {
        world.serve("a.example", 80, Settings::default(), echo).unwrap();
        let messages: Vec<Message> = repeat_with(|| message(rng)).take(4).collect();
        let mut seed = rng.fork();
        let mut client =
            Connection::client(move || seed.u32(..).to_ne_bytes(), Limits::default(), Deadlines::default());
        let mut sent = HANDSHAKE.to_vec();
        let mut pings = 0;
        for message in &messages {
            pings += send(&mut client, message, &mut sent, rng);
        }
        let close = Close { code: CloseCode::NORMAL, reason: "enough" };
        client.close(Some(close), Tick::ZERO).unwrap();
        let mut out = [0; 300];
        let len = client.transmit(&mut out).unwrap();
        sent.extend_from_slice(&out[..len]);

        let connector = world.connector().over(lines::calm(rng), lines::calm(rng));
        let piece = rng.usize(1..=sent.len());
        let talk =
            async move { talk(connector.connect("a.example", 80, None).await.unwrap(), &sent, piece, false).await };
        let came = world.run_until(talk).map_err(|stalled| stalled.to_string())?;
        world.run().map_err(|stalled| stalled.to_string())?;
        check(&mut client, came, &messages, pings)
    });
}

fn message(rng: &mut Rng) -> Message {
    let len = rng.usize(..500);
    if rng.bool() {
        return (MessageKind::Binary, repeat_with(|| rng.u8(..)).take(len).collect());
    }
    // Characters of every length, so that fragments cut them.
    (MessageKind::Text, repeat_with(|| rng.char(..)).take(len / 4).collect::<String>().into_bytes())
}

/// Sends a message in fragments, and says how many pings were sent between them.
fn send<K: FnMut() -> MaskingKey>(
    client: &mut Connection<K>,
    (kind, payload): &Message,
    sent: &mut Vec<u8>,
    rng: &mut Rng,
) -> usize {
    let (mut left, mut pings) = (payload.as_slice(), 0);
    let mut out = [0; 1_000];
    loop {
        let (fragment, rest) = left.split_at(rng.usize(..=left.len()));
        left = rest;
        let len = client.send_data(*kind, fragment, left.is_empty(), &mut out).unwrap();
        sent.extend_from_slice(&out[..len]);
        if rng.u8(..4) == 0 {
            let len = client.send_ping(&payload[..payload.len().min(10)], &mut out).unwrap();
            sent.extend_from_slice(&out[..len]);
            pings += 1;
        }
        if left.is_empty() {
            return pings;
        }
    }
}

fn check<K: FnMut() -> MaskingKey>(
    client: &mut Connection<K>,
    mut came: Vec<u8>,
    messages: &[Message],
    pings: usize,
) -> Verdict {
    if !came.starts_with(b"HTTP/1.1 101 ") {
        return Err("the handshake was not accepted".to_owned());
    }
    let mut rest = came.split_off(find(&came, b"\r\n\r\n").unwrap() + 4);
    let (mut echoed, mut payload, mut pongs, mut closed) = (Vec::new(), Vec::new(), 0, None);
    let mut at = 0;
    while closed.is_none() {
        let (used, event) = client.receive(&mut rest[at..], Tick::ZERO).map_err(|error| error.to_string())?;
        match event {
            Event::Data { kind, payload: part, last } => {
                payload.extend_from_slice(part);
                if last {
                    echoed.push((kind, core::mem::take(&mut payload)));
                }
            }
            Event::Pong(_) => pongs += 1,
            Event::Close(close) => closed = Some(close.map(|close| close.code)),
            Event::Compressed { .. } | Event::Ping(_) | Event::NeedInput | Event::Closed => {
                return Err(format!("{event:?} came"));
            }
        }
        at += used;
    }
    if echoed != messages {
        return Err(format!("{} messages came back of {}, or others", echoed.len(), messages.len()));
    }
    // Of pings that came together, only the last has to be answered.
    if pongs > pings || (pings > 0 && pongs == 0) {
        return Err(format!("{pongs} pongs came to {pings} pings"));
    }
    if closed != Some(Some(CloseCode::NORMAL)) || at != rest.len() {
        return Err(format!("it was closed with {closed:?}"));
    }
    Ok(())
}
