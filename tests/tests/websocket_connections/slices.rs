//! Long messages that are compressed slice by slice: what the peer gets, how much lies in the output meanwhile, and
//! what goes between two slices.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, Message, WebSocket, WebSocketDriver, WebSocketOptions};
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, Part};
use sanderling::ws::{CloseCode, FrameHeader, Limits, MessageKind, Opcode};
use sanderling_fuzz::opening;
use sanderling_tests::woken::Woken;

use crate::side::{frame, zero_key};
use crate::wire::{Wire, once, poll, ready};

const SLICE: usize = 64 * 1024;
/// What a frame can have beside its payload, and a payload more than was compressed.
const OVERHEAD: usize = 1024;

/// The side that sends, and its peer.
fn drivers(is_client: bool, change: impl Fn(&mut DeflateOptions)) -> (WebSocketDriver, WebSocketDriver) {
    let mut options = WebSocketOptions::default();
    let deflate = options.deflate.insert(DeflateOptions::default());
    change(deflate);
    let (client, server) = opening::open(zero_key, &options, &options);
    if is_client { (client, server) } else { (server, client) }
}

fn server() -> (Wire, WebSocket<Wire>, WebSocketDriver) {
    let (sender, peer) = drivers(false, |_| {});
    let wire = Wire::new();
    (wire.clone(), WebSocket::new(wire, sender, None), peer)
}

/// Octets that get hardly shorter.
fn noise(len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..len).map(|_| random.u8(..)).collect()
}

/// Some slices of text that gets much shorter, the last of them not whole.
fn text() -> String {
    "sand and dunes, ".repeat(5 * SLICE / 16 + 10)
}

/// First octet and length of each frame.
fn frames(mut octets: &[u8]) -> Vec<(u8, u64)> {
    let mut frames = Vec::new();
    while let Some((len, header)) = FrameHeader::parse(octets).unwrap() {
        frames.push((octets[0], header.length));
        octets = &octets[len + usize::try_from(header.length).unwrap()..];
    }
    assert!(octets.is_empty(), "a frame that is cut off");
    frames
}

/// What the peer makes of the octets.
fn receive(peer: &mut WebSocketDriver, mut octets: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        match peer.poll_message(Tick::ZERO) {
            Poll::Ready(Ok(Some(message))) => messages.push(message),
            Poll::Ready(other) => panic!("{other:?}"),
            Poll::Pending if octets.is_empty() => return messages,
            Poll::Pending => {
                let room = peer.room();
                let len = room.len().min(octets.len());
                room[..len].copy_from_slice(&octets[..len]);
                peer.received(len);
                octets = &octets[len..];
            }
        }
    }
}

fn texts(texts: &[&str]) -> Vec<Message> {
    texts.iter().map(|text| Message::Text((*text).into())).collect()
}

/// Writes so much at a time until nothing is left, and holds what waits to the bound.
fn drain(driver: &mut WebSocketDriver, step: usize) -> Vec<u8> {
    let bound = Limits::default().output + SLICE + OVERHEAD;
    let mut sent = Vec::new();
    while driver.output_len() > 0 {
        assert!(driver.output_len() <= bound, "{} octets wait", driver.output_len());
        let len = driver.output_len().min(step);
        sent.extend(driver.output().flatten().take(len));
        driver.written(len, Tick::ZERO);
    }
    sent
}

#[test]
fn a_long_message_comes_as_it_was_sent_and_never_lies_in_the_output_as_a_whole() {
    for is_client in [false, true] {
        for (takeover, bits) in [(true, 15), (false, 15), (true, 9), (false, 9)] {
            for payload in [noise(10 * SLICE + 1), text().into_bytes()] {
                let (mut sender, mut peer) = drivers(is_client, |options| {
                    options.server_no_context_takeover = !takeover;
                    options.client_no_context_takeover = !takeover;
                    options.server_max_window_bits = bits;
                    options.client_max_window_bits = bits;
                });
                // Twice, as the second may refer to the first.
                for _ in 0..2 {
                    sender.send_binary(payload.as_slice()).unwrap();
                    assert!(!sender.can_write() && !sender.is_streaming());
                    let sent = drain(&mut sender, 10_000);
                    assert!(sender.can_write());
                    let frames = frames(&sent);
                    assert_eq!(frames.len(), payload.len().div_ceil(SLICE));
                    assert!(frames[0].0 == 0x42 && frames.last().unwrap().0 == 0x80);
                    assert!(frames[1..frames.len() - 1].iter().all(|(first, _)| *first == 0));
                    assert_eq!(receive(&mut peer, &sent), [Message::Binary(payload.clone().into())]);
                }
            }
        }
    }
}

#[test]
fn a_message_of_one_slice_is_one_frame() {
    let (mut sender, _) = drivers(false, |_| {});
    let octets = &text().into_bytes()[..SLICE];
    sender.send_binary(octets).unwrap();
    assert!(sender.can_write());
    let mut payload = Vec::new();
    let context = DeflateContext { takeover: true, window_bits: 15 };
    MessageDeflater::new(context, &DeflateOptions::default()).deflate_into(octets, Part::Last, &mut payload);
    assert_eq!(drain(&mut sender, usize::MAX), frame(true, 0xc2, &payload));
}

#[test]
fn what_is_sent_next_without_waiting_comes_behind() {
    for next in ["short", &"long enough to be compressed ".repeat(10), &text()] {
        let (mut sender, mut peer) = drivers(false, |_| {});
        let long = text();
        sender.send_text(&long).unwrap();
        sender.send_text(next).unwrap();
        sender.send_part(MessageKind::Text, "in ", false).unwrap();
        sender.send_part(MessageKind::Text, &long, true).unwrap();
        sender.send_text(next).unwrap();
        let sent: Vec<u8> = core::iter::from_fn(|| {
            let piece: Vec<u8> = sender.output().flatten().copied().collect();
            sender.written(piece.len(), Tick::ZERO);
            (!piece.is_empty()).then_some(piece)
        })
        .flatten()
        .collect();
        assert_eq!(receive(&mut peer, &sent), texts(&[&long, next, &format!("in {long}"), next]));
    }
}

#[test]
fn control_frames_go_between_slices_and_a_close_behind_them() {
    // What does not get shorter keeps the output at its high-water mark all the time.
    for payload in [noise(8 * SLICE), text().into_bytes()] {
        for goes_away in [false, true] {
            let (mut sender, mut peer) = drivers(false, |_| {});
            sender.send_binary(payload.as_slice()).unwrap();
            sender.ping(b"?").unwrap();
            // A pong is owed.
            let ping = frame(false, 0x89, b"!");
            sender.room()[..ping.len()].copy_from_slice(&ping);
            sender.received(ping.len());
            assert!(sender.poll_message(Tick::ZERO).is_pending());
            let code = if goes_away {
                sender.go_away(Tick::ZERO);
                CloseCode::GOING_AWAY
            } else {
                sender.close(CloseCode::NORMAL, "", Tick::ZERO).unwrap();
                CloseCode::NORMAL
            };
            assert!(matches!(sender.send_text("no more"), Err(Error::SendFrame(_))));
            let sent = drain(&mut sender, 50_000);
            let firsts: Vec<u8> = frames(&sent).iter().map(|(first, _)| *first).collect();
            assert_eq!(firsts[1], 0x89);
            assert_eq!(firsts.iter().filter(|first| **first == 0x8a).count(), 1);
            assert_eq!(firsts.last(), Some(&0x88));
            let close = sent.len() - 4;
            assert_eq!(receive(&mut peer, &sent[..close]), [Message::Binary(payload.clone().into())]);
            let rest = &sent[close..];
            peer.room()[..rest.len()].copy_from_slice(rest);
            peer.received(rest.len());
            assert!(peer.poll_message(Tick::ZERO).is_pending());
            assert_eq!(peer.closed().unwrap().code, Some(code));
        }
    }
}

#[test]
fn pongs_do_not_wait_for_the_end_of_a_message() {
    let (mut sender, _) = drivers(false, |_| {});
    sender.send_binary(noise(8 * SLICE)).unwrap();
    let mut sent = Vec::new();
    while sender.output_len() > 0 {
        let ping = frame(false, 0x89, b"!");
        sender.room()[..ping.len()].copy_from_slice(&ping);
        sender.received(ping.len());
        assert!(sender.poll_message(Tick::ZERO).is_pending());
        let len = sender.output_len().min(40_000);
        sent.extend(sender.output().flatten().take(len));
        sender.written(len, Tick::ZERO);
    }
    let frames = frames(&sent);
    assert!(frames.iter().take_while(|(first, _)| *first != 0x80).filter(|(first, _)| *first == 0x8a).count() >= 4);
}

/// Whatever ends the reading side, what was sent before leaves.
#[test]
fn the_end_of_the_stream_or_a_peer_that_breaks_a_rule_cuts_nothing_off() {
    let payload = noise(4 * SLICE);
    for end in [vec![], frame(false, 0x88, &[]), frame(false, 0x83, &[])] {
        let (mut sender, mut peer) = drivers(false, |_| {});
        sender.send_binary(payload.as_slice()).unwrap();
        assert!(sender.poll_message(Tick::ZERO).is_pending());
        sender.room()[..end.len()].copy_from_slice(&end);
        sender.received(end.len());
        assert!(sender.poll_message(Tick::ZERO).is_pending());
        let sent = drain(&mut sender, 50_000);
        let end =
            frames(&sent).iter().filter(|(first, _)| *first == 0x88).map(|(_, len)| 2 + *len as usize).sum::<usize>();
        assert_eq!(receive(&mut peer, &sent[..sent.len() - end]), [Message::Binary(payload.clone().into())]);
    }
}

#[test]
fn a_transport_that_failed_leaves_nothing_to_do() {
    let (mut sender, _) = drivers(false, |_| {});
    sender.send_binary(noise(4 * SLICE)).unwrap();
    sender.close(CloseCode::NORMAL, "", Tick::ZERO).unwrap();
    let close = frame(false, 0x88, &[]);
    sender.room()[..close.len()].copy_from_slice(&close);
    sender.received(close.len());
    assert!(sender.poll_message(Tick::ZERO).is_pending());
    assert!(sender.transport_failed());
    assert_eq!(sender.output_len(), 0);
    assert!(matches!(sender.poll_message(Tick::ZERO), Poll::Ready(Ok(None))));
}

/// Each poll compresses one slice, and then it is the turn of others.
#[test]
fn a_long_message_is_compressed_in_several_polls() {
    let (wire, mut socket, mut peer) = server();
    let (payload, woken) = (text(), Arc::<Woken>::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut sent = Vec::new();
    let mut polls = 0;
    {
        let mut send = pin!(socket.send_text(&payload));
        while send.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            polls += 1;
            assert_eq!(woken.count(), polls, "it goes on by itself");
            let piece = wire.written();
            assert!(frames(&piece).len() <= 1);
            sent.extend(piece);
        }
    }
    // The first begins with one, and goes on with the next.
    assert_eq!(polls, payload.len() / SLICE - 1);
    sent.extend(wire.written());
    assert_eq!(receive(&mut peer, &sent), texts(&[&payload]));
}

/// Nor does it keep the halves of the connection from each other.
#[test]
fn between_two_slices_others_have_the_connection() {
    let (wire, socket, mut peer) = server();
    let (mut receiver, sender) = socket.split();
    let payload = text().repeat(3);
    wire.send(&frame(false, 0x81, b"hello"));
    let other = sender.clone();
    let mut long = pin!(sender.send_text(&payload));
    let mut short = pin!(other.send_text("short"));
    assert!(poll(long.as_mut()).is_pending() && poll(long.as_mut()).is_pending());
    let Some(Ok(Some(Message::Text(hello)))) = (0..2).find_map(|_| once(receiver.recv())) else { panic!("no message") };
    assert_eq!(hello.as_str(), "hello");
    assert!(poll(short.as_mut()).is_pending(), "messages do not mix");
    assert!(once(other.ping(b"?")).is_none());
    while poll(long.as_mut()).is_pending() {}
    while poll(short.as_mut()).is_pending() {}
    let sent = wire.written();
    let firsts: Vec<u8> = frames(&sent).iter().map(|(first, _)| *first).collect();
    let ping = firsts.iter().position(|first| *first == 0x89).unwrap();
    assert!(ping < firsts.iter().position(|first| *first == 0x80).unwrap());
    assert_eq!(receive(&mut peer, &sent), texts(&[&payload, "short"]));
}

/// A long message whose future was dropped is sent wholly or not at all.
#[test]
fn a_send_of_a_long_message_can_be_dropped_at_any_poll() {
    for polls in 0..8 {
        let (wire, mut socket, mut peer) = server();
        let payload = text();
        {
            let mut send = pin!(socket.send_text(&payload));
            for _ in 0..polls {
                if poll(send.as_mut()).is_ready() {
                    break;
                }
            }
        }
        let mut after = pin!(socket.send_text("after"));
        while poll(after.as_mut()).is_pending() {}
        let expected = if polls == 0 { texts(&["after"]) } else { texts(&[&payload, "after"]) };
        assert_eq!(receive(&mut peer, &wire.written()), expected, "{polls} polls");
    }
}

/// Whoever else waits for something has it leave.
#[test]
fn a_send_of_a_long_message_that_is_dropped_leaves_by_others() {
    let (wire, socket, mut peer) = server();
    let (mut receiver, sender) = socket.split();
    let (payload, woken) = (text(), Arc::<Woken>::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut recv = pin!(receiver.recv());
    let mut receive_on = || assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    receive_on();
    assert!(once(sender.send_text(&payload)).is_none());
    let mut polls = 0;
    while polls < woken.count() {
        polls += 1;
        receive_on();
    }
    assert_eq!(receive(&mut peer, &wire.written()), texts(&[&payload]));
}

#[test]
fn a_message_in_parts_waits_for_the_end_of_a_long_one() {
    let (wire, socket, mut peer) = server();
    let (_receiver, sender) = socket.split();
    let payload = text();
    assert!(once(sender.send_text(&payload)).is_none());
    let mut begin = pin!(sender.stream(MessageKind::Text));
    assert!(poll(begin.as_mut()).is_pending());
    let mut writer = loop {
        if let Poll::Ready(writer) = poll(begin.as_mut()) {
            break writer.unwrap();
        }
    };
    // A part is as long as it likes, too.
    {
        let mut write = pin!(writer.write(&payload));
        while poll(write.as_mut()).is_pending() {
            assert!(frames(&wire.lock().written).len() <= 12);
        }
    }
    ready(writer.finish("end")).unwrap();
    assert_eq!(receive(&mut peer, &wire.written()), texts(&[&payload, &format!("{payload}end")]));
}

#[test]
fn a_writer_that_is_dropped_within_a_long_part_never_ends_its_message() {
    let (wire, mut socket, _) = server();
    let mut writer = ready(socket.stream(MessageKind::Text)).unwrap();
    assert!(once(writer.write(text())).is_none());
    drop(writer);
    while wire.lock().written.last_chunk() != Some(&[0x88, 2, 0x03, 0xf3]) {
        assert!(once(socket.recv()).is_none());
    }
    let sent = wire.written();
    let mut octets = sent.as_slice();
    while let Some((len, header)) = FrameHeader::parse(octets).unwrap() {
        assert_eq!(header.last, header.opcode == Opcode::Close);
        octets = &octets[len + usize::try_from(header.length).unwrap()..];
    }
}
