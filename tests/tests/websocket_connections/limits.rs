//! Limits at their exact borders (RFC 6455 section 10.4), where they are too large for a record.

use core::task::Poll;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, Message, WebSocketOptions};
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, Part};
use sanderling::ws::{CloseCode, Connection, Deadlines, Event, Limits, Rule, SendError};

use crate::side::{Side, frame};

/// What comes of frames of one message: how many octets, or the rule that is broken.
fn outcome(limits: Limits, frames: impl Iterator<Item = Vec<u8>>) -> Result<u64, Rule> {
    let mut connection = Connection::server(limits, Deadlines::default());
    let mut size = 0;
    for mut input in frames {
        let mut used = 0;
        while used < input.len() {
            match connection.receive(&mut input[used..], Tick::ZERO) {
                Err(error) => return Err(error.rule()),
                Ok((_, Event::NeedInput)) => break,
                Ok((more, Event::Data { payload, .. })) => {
                    used += more;
                    size += payload.len() as u64;
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
    }
    Ok(size)
}

fn fragments(count: usize, payload: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |at| {
        let first = if at == 0 { 0x02 } else { 0x00 } | if at == count - 1 { 0x80 } else { 0x00 };
        frame(false, first, payload)
    })
}

#[test]
fn fragments_in_their_tens_of_thousands() {
    let mut limits = Limits::default();
    assert_eq!(outcome(limits, fragments(65_536, b"a")), Ok(65_536));
    assert_eq!(outcome(limits, fragments(65_536, b"")), Ok(0));
    limits.fragments = 65_536;
    assert_eq!(outcome(limits, fragments(65_536, b"a")), Ok(65_536));
    assert_eq!(outcome(limits, fragments(65_537, b"a")), Err(Rule::TooManyFragments));
}

#[test]
fn the_default_of_fragments() {
    assert_eq!(Limits::default().fragments, 1_048_576);
    assert_eq!(outcome(Limits::default(), fragments(1_048_576, b"")), Ok(0));
    assert_eq!(outcome(Limits::default(), fragments(1_048_577, b"")), Err(Rule::TooManyFragments));
}

#[test]
fn the_default_of_sizes() {
    let size = 64 << 20;
    let header = |octets: u64| {
        let mut frame = vec![0x82, 0xff];
        frame.extend_from_slice(&octets.to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        core::iter::once(frame)
    };
    assert_eq!(outcome(Limits::default(), header(size)), Ok(0));
    assert_eq!(outcome(Limits::default(), header(size + 1)), Err(Rule::TooBig));
    let mut limits = Limits::default();
    limits.message_size = u64::MAX;
    assert_eq!(outcome(limits, header(size + 1)), Err(Rule::TooBig), "the frame");
    limits.frame_size = u64::MAX;
    assert_eq!(outcome(limits, header((1 << 63) - 1)), Ok(0));
    limits.message_size = size;
    assert_eq!(outcome(limits, header(size + 1)), Err(Rule::TooBig), "the message");
}

/// Some octets on the wire that inflate to so many.
fn bomb(size: usize) -> Vec<u8> {
    let context = DeflateContext { takeover: false, window_bits: 15 };
    let mut payload = Vec::new();
    MessageDeflater::new(context, &DeflateOptions::default()).deflate_into(&vec![0; size], Part::Last, &mut payload);
    payload
}

#[test]
fn an_inflated_message_at_its_limit_and_one_above() {
    for (size, is_within) in [(100_000, true), (100_001, false)] {
        for to_client in [false, true] {
            let mut options = WebSocketOptions::default();
            options.limits.message_size = 100_000;
            for by_parts in [false, true] {
                let mut side = Side::compressed(to_client, &options);
                side.feed(&frame(to_client, 0xc2, &bomb(size)));
                let mut came = 0;
                let is_whole = loop {
                    if !by_parts {
                        match side.poll() {
                            Poll::Ready(message) => came = content(&message),
                            Poll::Pending => break false,
                        }
                        break true;
                    }
                    match side.driver.poll_part(side.now) {
                        Poll::Ready(part) => {
                            let part = part.unwrap().unwrap();
                            came += part.data.len();
                            if part.last {
                                break true;
                            }
                        }
                        Poll::Pending => break false,
                    }
                };
                assert_eq!(is_whole, is_within);
                assert_eq!(came == size, is_within);
                assert!(came <= 100_000);
                if !is_within {
                    side.flush();
                    side.end();
                    let Poll::Ready(Err(Error::WebSocket(error))) = side.poll() else { panic!("no error") };
                    assert_eq!((error.rule(), error.close_code()), (Rule::TooBig, CloseCode::TOO_BIG));
                }
            }
        }
    }
}

fn content(message: &Result<Option<sanderling::drive::Message>, Error>) -> usize {
    match message {
        Ok(Some(sanderling::drive::Message::Binary(octets))) => octets.len(),
        other => panic!("{other:?}"),
    }
}

/// A gigabyte in a megabyte is found out long before.
#[test]
fn a_bomb_is_not_inflated_to_its_end() {
    let mut options = WebSocketOptions::default();
    options.limits.message_size = 1 << 20;
    let mut side = Side::compressed(false, &options);
    let payload = bomb(32 << 20);
    let mut input = frame(false, 0xc2, &payload);
    input.truncate(input.len() / 16);
    side.feed(&input);
    assert!(side.poll().is_pending());
    assert_eq!(side.flush(), [0x88, 0x02, 0x03, 0xf1]);
}

/// Which of two rules is broken first does not depend on how much is inflated at a time.
#[test]
fn bad_text_comes_before_too_long() {
    let mut options = WebSocketOptions::default();
    options.limits.message_size = 20;
    let content = [&b"a\xff"[..], &[b'a'; 40]].concat();
    let context = DeflateContext { takeover: false, window_bits: 15 };
    let mut payload = Vec::new();
    MessageDeflater::new(context, &DeflateOptions::default()).deflate_into(&content, Part::Last, &mut payload);
    let input = frame(false, 0xc1, &payload);
    for step in [1, input.len()] {
        let mut side = Side::compressed(false, &options);
        for piece in input.chunks(step) {
            side.feed(piece);
            assert!(side.poll().is_pending());
        }
        assert_eq!(side.flush(), [0x88, 0x02, 0x03, 0xef], "{step} octets at a time");
    }
}

#[test]
fn a_reason_and_a_control_payload_at_their_limits() {
    let mut side = Side::server(&WebSocketOptions::default());
    side.driver.ping(&[b'p'; 125]).unwrap();
    assert!(matches!(side.driver.ping(&[b'p'; 126]), Err(Error::SendFrame(SendError::ControlFrame))));
    let long = "r".repeat(124);
    let close = side.driver.close(CloseCode::NORMAL, &long, side.now);
    assert!(matches!(close, Err(Error::SendFrame(SendError::ControlFrame))));
    side.driver.send_text("still open").unwrap();
    side.driver.close(CloseCode::NORMAL, &long[1..], side.now).unwrap();
    assert_eq!(side.driver.output_len(), (2 + 125) + (2 + 10) + (2 + 125));
    assert!(matches!(side.driver.ping(b""), Err(Error::SendFrame(SendError::Closed))));
}

#[test]
fn the_high_water_mark() {
    let mut options = WebSocketOptions::default();
    options.limits.output = 100;
    let mut side = Side::server(&options);
    side.driver.send_binary(&[0; 97]).unwrap();
    assert_eq!((side.driver.buffered(), side.driver.can_write()), (99, true));
    side.driver.written(0, side.now);
    side.driver.send_binary(b"").unwrap();
    assert_eq!((side.driver.buffered(), side.driver.can_write()), (101, false));
    side.driver.written(1, side.now);
    assert!(!side.driver.can_write());
    side.driver.written(1, side.now);
    assert!(side.driver.can_write());
}

/// A peer that announces much makes nobody hold more than twice what it has sent, and a long message leaves nothing
/// behind.
#[test]
fn what_is_announced_is_not_reserved() {
    let mut options = WebSocketOptions::default();
    options.limits.frame_size = 1 << 31;
    options.limits.message_size = 1 << 31;
    let mut side = Side::server(&options);
    let header = [&[0x82, 0xff][..], &(1u64 << 30).to_be_bytes(), &[0; 4]].concat();
    side.driver.room()[..header.len()].copy_from_slice(&header);
    side.driver.received(header.len());
    let (mut sent, mut room) = (header.len(), 0);
    while sent < 5 << 20 {
        assert!(matches!(side.driver.poll_message(Tick::ZERO), Poll::Pending));
        room = side.driver.room().len().min(100_000);
        assert!(side.driver.room().len() <= (sent + 4096).max(258 * 1024));
        side.driver.received(room);
        sent += room;
    }
    assert!(room > 0);

    let mut side = Side::server(&WebSocketOptions::default());
    let mut input = frame(false, 0x82, &vec![b'x'; 5 << 20]);
    input.extend_from_slice(&[0x82, 0x83]);
    let mut rest = &input[..];
    let message = loop {
        if let Poll::Ready(message) = side.driver.poll_message(Tick::ZERO) {
            break message.unwrap().unwrap();
        }
        let room = side.driver.room();
        let (now, later) = rest.split_at(room.len().min(rest.len()));
        room[..now.len()].copy_from_slice(now);
        side.driver.received(now.len());
        rest = later;
    };
    assert_eq!(message, Message::Binary(vec![b'x'; 5 << 20].into()));
    assert!(rest.is_empty() && side.driver.poll_message(Tick::ZERO).is_pending());
    side.driver.release_room();
    assert!(side.driver.room().len() <= 16 * 1024);
}
