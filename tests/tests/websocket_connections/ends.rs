//! How connections end (RFC 6455 section 7).

use core::task::Poll;

use sanderling::drive::{Driver, Error, WebSocketOptions};
use sanderling::ws::{CloseCode, Rule, SendError};
use sanderling_fuzz::transcript::Item;

use crate::side::{Side, frame, read, text_item};

fn options() -> WebSocketOptions {
    WebSocketOptions::default()
}

fn sides() -> [(bool, Side); 4] {
    [
        (false, Side::server(&options())),
        (true, Side::client(&options())),
        (false, Side::compressed(false, &options())),
        (true, Side::compressed(true, &options())),
    ]
}

#[test]
fn messages_before_an_error_come_first_and_the_error_after_the_close_frame() {
    for (to_client, mut side) in sides() {
        let (one, two) = (frame(to_client, 0x81, b"one"), frame(to_client, 0x81, b"two"));
        side.feed(&[one, two, frame(to_client, 0x83, b""), frame(to_client, 0x81, b"three")].concat());
        assert_eq!((side.text(), side.text()), ("one".to_owned(), "two".to_owned()));
        side.assert_waits();
        assert!(!side.driver.wants_shutdown(), "the Close frame has not left");
        // The peer has gone, but what it is told does not get lost for that.
        side.end();
        assert!(side.poll().is_pending());
        assert_eq!(read(&side.flush(), !to_client), [Item::Close(Some((1002, String::new())))]);
        match side.poll() {
            Poll::Ready(Err(Error::WebSocket(error))) => assert_eq!(error.rule(), Rule::Opcode),
            other => panic!("{other:?}"),
        }
        assert!(matches!(side.driver.send_text("no"), Err(Error::SendFrame(SendError::Closed))));
    }
}

#[test]
fn the_server_shuts_down_first_and_the_client_waits() {
    for (to_client, mut side) in sides() {
        side.feed(&frame(to_client, 0x88, b"\x03\xe9away"));
        side.assert_waits();
        assert!(!side.driver.wants_shutdown());
        assert_eq!(read(&side.flush(), !to_client), [Item::Close(Some((1001, String::new())))]);
        side.assert_waits();
        assert_eq!(side.driver.wants_shutdown(), !to_client);
        if !to_client {
            side.driver.write_closed(side.now);
            assert!(!side.driver.wants_shutdown(), "once");
        }
        side.assert_waits();
        let closed = side.driver.closed().unwrap().clone();
        assert_eq!((closed.code, closed.reason.as_str()), (Some(CloseCode::GOING_AWAY), "away"));
        side.end();
        assert!(matches!(side.poll(), Poll::Ready(Ok(None))));
        assert!(matches!(side.poll(), Poll::Ready(Ok(None))), "and again");
    }
}

#[test]
fn closes_that_cross_are_one_closing_handshake() {
    for (to_client, mut side) in sides() {
        side.driver.close(CloseCode::NORMAL, "mine", side.now).unwrap();
        side.feed(&frame(to_client, 0x88, b"\x0b\xb8yours"));
        side.assert_waits();
        side.driver.close(CloseCode::NORMAL, "again", side.now).unwrap();
        assert_eq!(read(&side.flush(), !to_client), [Item::Close(Some((1000, "mine".into())))]);
        side.end();
        assert!(matches!(side.poll(), Poll::Ready(Ok(None))));
        assert_eq!(side.driver.closed().unwrap().reason.as_str(), "yours");
    }
}

#[test]
fn messages_may_still_come_behind_our_close() {
    for (to_client, mut side) in sides() {
        side.driver.close(CloseCode::NORMAL, "", side.now).unwrap();
        side.feed(&[frame(to_client, 0x81, b"one"), frame(to_client, 0x89, b"ping")].concat());
        assert_eq!(side.text(), "one");
        side.feed(&frame(to_client, 0x88, b""));
        side.assert_waits();
        assert_eq!(read(&side.flush(), !to_client), [Item::Close(Some((1000, String::new())))], "and no pong");
    }
}

#[test]
fn pongs_that_are_owed_go_before_the_close() {
    for (to_client, mut side) in sides() {
        side.feed(&[frame(to_client, 0x89, b"1"), frame(to_client, 0x89, b"2"), frame(to_client, 0x88, b"")].concat());
        side.assert_waits();
        let answers = [Item::Pong(b"1".to_vec()), Item::Pong(b"2".to_vec()), Item::Close(None)];
        assert_eq!(read(&side.flush(), !to_client), answers);
    }
}

#[test]
fn an_end_without_a_close_frame_is_no_clean_one() {
    for input in [&b""[..], &[0x81], &[0x81, 0x85, 0, 0, 0, 0, b'H'], &[0x01, 0x80, 0, 0, 0, 0]] {
        let mut side = Side::server(&options());
        side.feed(input);
        side.assert_waits();
        side.end();
        assert!(matches!(side.poll(), Poll::Ready(Err(Error::Disconnected))), "{input:?}");
        assert!(side.driver.closed().is_none() && side.driver.wants_shutdown());
    }
    // Not even behind our own Close frame.
    let mut side = Side::client(&options());
    side.driver.close(CloseCode::NORMAL, "", side.now).unwrap();
    side.flush();
    side.end();
    assert!(matches!(side.poll(), Poll::Ready(Err(Error::Disconnected))));
}

#[test]
fn what_came_before_the_end_comes_out() {
    for (to_client, mut side) in sides() {
        side.feed(&[frame(to_client, 0x81, b"one"), frame(to_client, 0x82, b"")].concat());
        side.end();
        assert_eq!(side.text(), "one");
        assert!(matches!(side.poll(), Poll::Ready(Ok(Some(_)))));
        assert!(matches!(side.poll(), Poll::Ready(Err(Error::Disconnected))));
    }
}

#[test]
fn a_server_that_goes_away_says_so_and_hears_no_more() {
    let compressed = [0xc1, 0x87, 0, 0, 0, 0, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    for (mut side, message) in [
        (Side::server(&options()), frame(false, 0x81, b"unheard")),
        (Side::compressed(false, &options()), compressed.to_vec()),
    ] {
        side.feed(&frame(false, 0x01, b"half of a message"));
        assert!(side.poll().is_pending());
        side.driver.send_text("last").unwrap();
        side.driver.go_away(side.now);
        side.driver.go_away(side.now);
        side.feed(&[frame(false, 0x80, b"!"), message, frame(false, 0x89, b"")].concat());
        side.assert_waits();
        assert_eq!(read(&side.flush(), true), [text_item("last"), Item::Close(Some((1001, String::new())))]);
        assert!(matches!(side.driver.send_text("later"), Err(Error::SendFrame(SendError::Closed))));
        side.feed(&frame(false, 0x88, b"\x03\xe9"));
        side.assert_waits();
        assert!(side.driver.wants_shutdown());
        side.end();
        assert!(matches!(side.poll(), Poll::Ready(Ok(None))));
        assert_eq!(side.driver.closed().unwrap().code, Some(CloseCode::GOING_AWAY));
    }
}

#[test]
fn nothing_is_read_behind_the_end() {
    for (to_client, mut side) in sides() {
        side.feed(&frame(to_client, 0x88, b""));
        side.feed(&frame(to_client, 0x81, b"late"));
        side.feed(&[0xff; 100_000]);
        side.assert_waits();
        assert_eq!(read(&side.flush(), !to_client), [Item::Close(None)]);
        for _ in 0..3 {
            side.feed(&[0xff; 100_000]);
            side.assert_waits();
            assert_eq!(side.driver.output_len(), 0);
        }
        side.end();
        assert!(matches!(side.poll(), Poll::Ready(Ok(None))));
    }
}
