//! Futures that are dropped at any poll lose nothing and repeat nothing.

use sanderling::drive::{Driver, Message, WebSocket, WebSocketDriver, WebSocketOptions};
use sanderling::ws::MessageKind;
use sanderling::ws::deflate::DeflateOptions;
use sanderling_fuzz::opening;
use sanderling_fuzz::transcript::Item;

use crate::side::{read, text_item, zero_key};
use crate::wire::{Wire, once, ready};

/// What a client sends: three messages, plain and compressed, in fragments, with pings between.
fn stream(is_compressed: bool) -> (Vec<u8>, Vec<String>) {
    let mut options = WebSocketOptions::default();
    options.deflate = is_compressed.then(DeflateOptions::default);
    let (mut client, _) = opening::open(zero_key, &options, &options);
    let texts = ["first ".repeat(40), "second".to_owned(), "third ".repeat(50)];
    client.send_text(&texts[0]).unwrap();
    client.ping(b"?").unwrap();
    client.send_text(&texts[1]).unwrap();
    let (one, two) = texts[2].split_at(70);
    client.send_part(MessageKind::Text, one, false).unwrap();
    client.ping(b"??").unwrap();
    client.send_part(MessageKind::Text, two, true).unwrap();
    (client.output().flatten().copied().collect(), texts.into())
}

fn server(is_compressed: bool) -> (Wire, WebSocket<Wire>) {
    let mut options = WebSocketOptions::default();
    options.deflate = is_compressed.then(DeflateOptions::default);
    let (_, driver) = opening::open(zero_key, &options, &options);
    let wire = Wire::new();
    (wire.clone(), WebSocket::new(wire, driver, None))
}

/// Each read gives so many octets, and every future is polled once and then dropped.
#[test]
fn a_receive_can_be_dropped_at_any_poll() {
    for is_compressed in [false, true] {
        let (octets, texts) = stream(is_compressed);
        for step in 1..40 {
            let (wire, mut socket) = server(is_compressed);
            let mut came = Vec::new();
            for piece in octets.chunks(step) {
                wire.send(piece);
                while let Some(message) = once(socket.recv()) {
                    let Ok(Some(Message::Text(text))) = message else { panic!("{message:?}") };
                    came.push(text.to_string());
                }
            }
            assert_eq!(came, texts, "{step} octets at a time");
            let pongs = [Item::Pong(b"?".to_vec()), Item::Pong(b"??".to_vec())];
            assert_eq!(read(&wire.written(), true), pongs);
        }
    }
}

#[test]
fn a_receive_of_parts_can_be_dropped_at_any_poll() {
    for is_compressed in [false, true] {
        let (octets, texts) = stream(is_compressed);
        for step in 1..40 {
            let (wire, mut socket) = server(is_compressed);
            let (mut came, mut message) = (Vec::new(), Vec::new());
            for piece in octets.chunks(step) {
                wire.send(piece);
                while let Some(part) = once(socket.recv_part()) {
                    let part = part.unwrap().unwrap();
                    message.extend_from_slice(&part.data);
                    if part.last {
                        came.push(String::from_utf8(core::mem::take(&mut message)).unwrap());
                    }
                }
            }
            assert_eq!(came, texts, "{step} octets at a time");
        }
    }
}

/// What came of a message as parts is not told again when the rest is waited for whole, and the other
/// way round.
#[test]
fn whole_messages_and_parts_can_be_mixed() {
    for is_compressed in [false, true] {
        let (octets, texts) = stream(is_compressed);
        for step in 1..60 {
            let (wire, mut socket) = server(is_compressed);
            let mut came = Vec::new();
            for (at, piece) in octets.chunks(step).enumerate() {
                wire.send(piece);
                loop {
                    if at % 2 == 0 {
                        let Some(part) = once(socket.recv_part()) else { break };
                        came.extend_from_slice(&part.unwrap().unwrap().data);
                    } else {
                        let Some(message) = once(socket.recv()) else { break };
                        let Ok(Some(Message::Text(text))) = message else { panic!("{message:?}") };
                        came.extend_from_slice(text.as_bytes());
                    }
                }
            }
            assert_eq!(String::from_utf8(came).unwrap(), texts.concat(), "{step} octets at a time");
        }
    }
}

/// What has come of a long message while it was waited for whole is told as a part.
#[test]
fn the_part_of_a_message_that_has_come_is_not_held_back() {
    let (wire, mut socket) = server(false);
    wire.send(&[0x82, 0x84, 0, 0, 0, 0, 1, 2]);
    assert!(once(socket.recv()).is_none());
    let part = ready(socket.recv_part()).unwrap().unwrap();
    assert_eq!((&part.data[..], part.last), (&[1, 2][..], false));
    wire.send(&[3, 4, 0x82, 0x82, 0, 0, 0, 0, 5]);
    let Ok(Some(Message::Binary(rest))) = ready(socket.recv()) else { panic!("no message") };
    assert_eq!(rest, [3, 4][..]);
    assert!(once(socket.recv()).is_none());
    wire.send(&[6]);
    let Ok(Some(Message::Binary(whole))) = ready(socket.recv()) else { panic!("no message") };
    assert_eq!(whole, [5, 6][..]);
}

/// The same where a part ends within a character.
#[test]
fn the_rest_of_a_text_begins_with_a_character() {
    let (wire, mut socket) = server(false);
    wire.send(&[0x81, 0x84, 0, 0, 0, 0, b'a', 0xe2]);
    let part = ready(socket.recv_part()).unwrap().unwrap();
    assert_eq!(part.data, "a");
    wire.send(&[0x82, 0xac]);
    let Ok(Some(Message::Text(rest))) = ready(socket.recv()) else { panic!("no text") };
    assert_eq!(rest.as_str(), "€");
}

/// A message whose future was dropped is sent wholly or not at all, and what follows is intact.
#[test]
fn a_send_can_be_dropped_at_any_poll() {
    for polls in 0..12 {
        for room in 0..8 {
            let wire = Wire::new();
            let mut options = WebSocketOptions::default();
            options.limits.output = 10;
            let mut socket = WebSocket::new(wire.clone(), WebSocketDriver::server(&options, &[]), None);
            wire.lock().room = room;
            let mut has_left = false;
            {
                let mut send = core::pin::pin!(socket.send_text("dropped"));
                for _ in 0..polls {
                    if crate::wire::poll(send.as_mut()).is_ready() {
                        has_left = true;
                        break;
                    }
                    wire.lock().room = room;
                }
            }
            wire.lock().room = usize::MAX;
            ready(socket.send_text("after")).unwrap();
            let sent = read(&wire.written(), true);
            let whole = [text_item("dropped"), text_item("after")];
            assert!(sent == whole || (!has_left && polls == 0 && sent == whole[1..]), "{sent:?}");
        }
    }
}

/// A send that waits for room has not sent anything yet.
#[test]
fn a_send_that_waited_for_room_is_not_sent() {
    let wire = Wire::new();
    let mut options = WebSocketOptions::default();
    options.limits.output = 10;
    let socket = WebSocket::new(wire.clone(), WebSocketDriver::server(&options, &[]), None);
    let (_receiver, sender) = socket.split();
    wire.lock().room = 0;
    assert!(once(sender.send_text("long enough")).is_none());
    for _ in 0..3 {
        assert!(once(sender.send_text("dropped")).is_none());
        assert!(once(sender.ping(b"dropped")).is_none());
    }
    wire.lock().room = usize::MAX;
    ready(sender.send_text("after")).unwrap();
    assert_eq!(read(&wire.written(), true), [text_item("long enough"), text_item("after")]);
}

/// The parts of a stream come wholly or not at all.
#[test]
fn a_write_of_a_part_can_be_dropped_at_any_poll() {
    for polls in 0..8 {
        let wire = Wire::new();
        let socket = WebSocket::new(wire.clone(), WebSocketDriver::server(&WebSocketOptions::default(), &[]), None);
        let (_receiver, sender) = socket.split();
        let mut writer = ready(sender.stream(MessageKind::Text)).unwrap();
        ready(writer.write("a")).unwrap();
        wire.lock().room = 0;
        {
            let mut write = core::pin::pin!(writer.write("b"));
            for _ in 0..polls {
                assert!(crate::wire::poll(write.as_mut()).is_pending());
            }
        }
        wire.lock().room = usize::MAX;
        ready(writer.write("c")).unwrap();
        ready(writer.finish("d")).unwrap();
        let expected = if polls == 0 { "acd" } else { "abcd" };
        assert_eq!(read(&wire.written(), true), [text_item(expected)]);
    }
}
