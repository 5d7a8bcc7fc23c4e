//! Nobody is left asleep: halves of one WebSocket in one task, and streams with buffers of their own.

#![allow(clippy::unwrap_used)]

use core::time::Duration;

use sanderling_tokio::{Exchange, Message, NO_FIELDS, Settings, StatusCode, serve_connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream, duplex};
use tokio::time::timeout;

/// Longer than anything here takes, so that a lost wake-up fails and does not hang.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_answer_leaves_a_stream_that_buffers() {
    let (mut client, server) = duplex(4096);
    let handler = |exchange: Exchange<_>| async move { exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await };
    tokio::spawn(async move {
        serve_connection(BufStream::new(server), &Settings::default(), &handler).await;
    });
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nHi") {
        timeout(PATIENCE, client.read_buf(&mut answer)).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn both_halves_of_a_websocket_in_one_task() {
    let (mut client, server) = duplex(4096);
    let handler = |exchange: Exchange<_>| async move {
        let (mut receiver, sender) = exchange.websocket()?.split();
        let (received, sent) = tokio::join!(receiver.recv(), sender.send_text("hello"));
        sent?;
        if let Some(Message::Text(text)) = received? {
            sender.send_text(text).await?;
        }
        Ok::<_, sanderling_tokio::Error>(())
    };
    tokio::spawn(async move { serve_connection(server, &Settings::default(), &handler).await });
    let handshake = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    client.write_all(handshake).await.unwrap();
    let mut came = Vec::new();
    while !came.ends_with(b"\x81\x05hello") {
        timeout(PATIENCE, client.read_buf(&mut came)).await.unwrap().unwrap();
    }
    // The send is over; the receive has to hear of this all the same.
    client.write_all(b"\x81\x82\0\0\0\0yo").await.unwrap();
    while !came.ends_with(b"\x81\x02yo") {
        timeout(PATIENCE, client.read_buf(&mut came)).await.unwrap().unwrap();
    }
}
