//! The same for WebSockets, whose application echoes.

use core::task::Poll;

use sanderling::drive::{Message, WebSocketDriver, WebSocketOptions};
use sanderling::ws::deflate::{DeflateContext, DeflateOptions};
use sanderling::ws::handshake::Agreement;
use sanderling::ws::{CloseCode, Limits};

use crate::cuts::Cuts;
use crate::driver::Transport;
use crate::opening;
use crate::script::Script;
use crate::transcript::{Item, compressed_websocket, websocket};

/// A connection from its start, of either role.
pub(crate) fn run(mut script: Script<'_>) {
    let is_client = script.choose(&[false, true]);
    let choice = script.octet();
    let mut options = WebSocketOptions::default();
    if choice & 1 != 0 {
        options.limits.message_size = 300;
        options.limits.output = 100;
    }
    let context = (choice & 2 != 0).then_some(DeflateContext { takeover: true, window_bits: 15 });
    let driver = if context.is_some() {
        options.deflate = Some(DeflateOptions::default());
        let (client, server) = opening::open(|| [1, 2, 3, 4], &options, &options);
        if is_client { client } else { server }
    } else if is_client {
        WebSocketDriver::client(|| [1, 2, 3, 4], &options, &Agreement::default(), &[])
    } else {
        WebSocketDriver::server(&options, &[])
    };
    let expected = compressed_websocket(script.octets, is_client, Cuts::Whole, options.limits, context).items;
    let mut transport = Transport::new();
    let echoed = echo(script, driver, &mut transport, &expected);
    // Some of it may not have been taken in time.
    let seen = compressed_websocket(&transport.written, !is_client, Cuts::Whole, Limits::default(), context).items;
    let seen: Vec<_> = seen.into_iter().filter(|item| matches!(item, Item::Message(_, _, true))).collect();
    assert!(echoed.starts_with(&seen));
}

/// A connection whose opening handshake a server has accepted; the frames begin at `from`.
pub(crate) fn go_on(script: Script<'_>, driver: WebSocketDriver, mut transport: Transport, from: usize) {
    let expected = websocket(&script.octets[from..], false, Cuts::Whole, Limits::default()).items;
    echo(script, driver, &mut transport, &expected);
}

/// Gives what was echoed.
fn echo(
    mut script: Script<'_>,
    mut driver: WebSocketDriver,
    transport: &mut Transport,
    expected: &[Item],
) -> Vec<Item> {
    let mut messages = expected.iter().filter_map(|item| match item {
        Item::Message(kind, text, true) => Some((*kind, text)),
        _ => None,
    });
    let mut echoed = Vec::new();
    for _ in 0..script.octets.len() * 2 + 1000 {
        match driver.poll_message(transport.now) {
            Poll::Pending => transport.wait(&mut driver, &mut script),
            Poll::Ready(Ok(Some(message))) => {
                let (kind, octets) = match &message {
                    Message::Text(text) => (sanderling::ws::MessageKind::Text, text.as_bytes()),
                    Message::Binary(octets) => (sanderling::ws::MessageKind::Binary, octets.as_ref()),
                };
                assert_eq!(messages.next().map(|(kind, text)| (kind, text.as_slice())), Some((kind, octets)));
                let octets = octets.to_owned();
                match script.octet() % 8 {
                    1 => _ = driver.close(CloseCode::NORMAL, "", transport.now),
                    2 => _ = driver.ping(b"p"),
                    _ => {}
                }
                if driver.send(message).is_ok() {
                    echoed.push(Item::Message(kind, octets, true));
                }
            }
            Poll::Ready(end) => {
                assert!(driver.closed().is_none() || matches!(expected.last(), Some(Item::Close(_))));
                assert!(end.is_err() || driver.closed().is_some());
                return echoed;
            }
        }
    }
    panic!("the connection comes to no end");
}
