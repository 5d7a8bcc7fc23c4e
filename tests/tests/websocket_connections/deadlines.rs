//! Deadlines, to the nanosecond (RFC 6455 section 5.5.2, and what is no matter of the RFC).

use core::task::Poll;
use core::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, WebSocketOptions};
use sanderling::ws::{CloseCode, Connection, Deadlines, Limits, SendError};

use crate::side::{Side, frame};

const WRITE: Duration = Duration::from_nanos(7_000_000_001);
const PING: Duration = Duration::from_nanos(30_000_000_003);
const PONG: Duration = Duration::from_nanos(20_000_000_007);
const CLOSE: Duration = Duration::from_nanos(10_000_000_009);
const DRAIN: Duration = Duration::from_nanos(2_000_000_011);
const NANOSECOND: Duration = Duration::from_nanos(1);

fn deadlines() -> Deadlines {
    let mut deadlines = Deadlines::default();
    (deadlines.write, deadlines.ping, deadlines.pong) = (Some(WRITE), Some(PING), Some(PONG));
    (deadlines.close, deadlines.drain) = (Some(CLOSE), Some(DRAIN));
    deadlines
}

fn options() -> WebSocketOptions {
    let mut options = WebSocketOptions::default();
    options.deadlines = deadlines();
    options
}

fn start() -> Tick {
    Tick::from_nanos(1_000_000_000_123)
}

fn connection() -> Connection {
    let mut connection = Connection::server(Limits::default(), deadlines());
    assert_eq!(connection.deadline(), None, "nothing has begun");
    connection.receive(&mut [], start()).unwrap();
    connection
}

fn transmitted(connection: &mut Connection) -> Vec<u8> {
    let mut out = [0; 300];
    let len = connection.transmit(&mut out).unwrap();
    out[..len].to_vec()
}

#[test]
fn silence_is_asked_and_then_it_is_over() {
    let mut connection = connection();
    assert_eq!(connection.deadline(), Some(start() + PING));
    assert!(!connection.handle_timeout(start() + (PING - NANOSECOND)));
    assert!(!connection.wants_transmit());
    assert!(!connection.handle_timeout(start() + PING));
    assert!(connection.wants_transmit());
    assert_eq!(transmitted(&mut connection), [0x89, 0]);
    assert!(!connection.wants_transmit(), "one ping is enough");
    assert_eq!(connection.deadline(), Some(start() + PING + PONG));
    assert!(!connection.handle_timeout(start() + PING + (PONG - NANOSECOND)));
    assert!(connection.handle_timeout(start() + PING + PONG));
}

#[test]
fn the_wait_for_a_pong_begins_when_the_ping_is_owed() {
    let mut connection = connection();
    let late = start() + PING * 5;
    assert!(!connection.handle_timeout(late));
    assert_eq!(connection.deadline(), Some(late + PONG));
}

/// A peer cannot answer what it was not sent: as long as it takes what is before the ping, it has the whole wait.
#[test]
fn the_wait_for_a_pong_begins_when_the_ping_has_left() {
    let mut connection = connection();
    let now = start() + PING;
    connection.handle_written(1, 900, now);
    assert!(!connection.handle_timeout(now));
    let later = |written, waiting, seconds, connection: &mut Connection| {
        let now = now + Duration::from_secs(seconds);
        connection.handle_written(written, waiting, now);
        (connection.deadline().unwrap().since(now) == WRITE, connection.handle_timeout(now + (WRITE - NANOSECOND)))
    };
    // There is no room for it yet, then it is the last of 602.
    assert_eq!(later(300, 600, 5, &mut connection), (true, false));
    assert_eq!(transmitted(&mut connection), [0x89, 0]);
    assert_eq!(later(100, 502, 15, &mut connection), (true, false));
    for seconds in 3..8 {
        assert_eq!(later(100, 1000, 10 * seconds, &mut connection), (true, false));
    }
    // It has left with the last of these, and what is behind it is no excuse any more.
    assert_eq!(later(2, 1000, 80, &mut connection), (true, false));
    let left = now + Duration::from_secs(80);
    connection.handle_written(1000, 0, left + WRITE);
    assert_eq!(connection.deadline(), Some(left + PONG));
    assert!(connection.handle_timeout(left + PONG));
}

/// So it is with a Close frame behind a long message.
#[test]
fn the_wait_for_the_closing_handshake_begins_when_the_close_frame_has_left() {
    let mut connection = connection();
    connection.handle_written(0, 1000, start());
    connection.close(None, start()).unwrap();
    for seconds in [5, 10, 15] {
        let now = start() + Duration::from_secs(seconds);
        connection.handle_written(100, 1000, now);
        assert!(!connection.handle_timeout(now + (WRITE - NANOSECOND)));
    }
    let left = start() + Duration::from_secs(20);
    connection.handle_written(1000, 0, left);
    assert_eq!(connection.deadline(), Some(left + CLOSE));
    assert!(!connection.handle_timeout(left + (CLOSE - NANOSECOND)));
    assert!(connection.handle_timeout(left + CLOSE));
}

#[test]
fn any_octet_is_a_sign_of_life() {
    let signs: [&[u8]; 5] =
        [&[0x8a, 0x80, 0, 0, 0, 0], &[0x89, 0x80, 0, 0, 0, 0], &[0x81, 0x80, 0, 0, 0, 0], &[0x82, 0x85], &[0x8a]];
    for sign in signs {
        let mut connection = connection();
        assert!(!connection.handle_timeout(start() + PING));
        let now = start() + PING + (PONG - NANOSECOND);
        connection.receive(&mut sign.to_owned(), now).unwrap();
        assert_eq!(connection.deadline(), Some(now + PING), "{sign:?}");
        assert!(!connection.handle_timeout(now + (PING - NANOSECOND)));
    }
    // That nothing has come is none.
    let mut connection = connection();
    connection.receive(&mut [], start() + NANOSECOND).unwrap();
    assert_eq!(connection.deadline(), Some(start() + PING));
}

#[test]
fn without_deadlines_there_is_none() {
    let mut deadlines = deadlines();
    deadlines.ping = None;
    let mut connection = Connection::server(Limits::default(), deadlines);
    connection.receive(&mut [], start()).unwrap();
    assert_eq!(connection.deadline(), None);
    deadlines.ping = Some(PING);
    deadlines.pong = None;
    let mut connection = Connection::server(Limits::default(), deadlines);
    connection.receive(&mut [], start()).unwrap();
    assert!(!connection.handle_timeout(start() + PING));
    assert_eq!((connection.deadline(), transmitted(&mut connection)), (None, vec![0x89, 0]));
    (deadlines.write, deadlines.close) = (None, None);
    let mut connection = Connection::server(Limits::default(), deadlines);
    connection.handle_written(0, 10, start());
    connection.close(None, start()).unwrap();
    assert_eq!(connection.deadline(), None);
}

#[test]
fn a_peer_has_to_take_some_of_what_waits() {
    let mut connection = connection();
    connection.handle_written(0, 10, start());
    connection.handle_written(0, 20, start() + NANOSECOND);
    assert_eq!(connection.write_deadline(), Some(start() + WRITE));
    assert_eq!(connection.deadline(), Some(start() + WRITE), "the earlier of two");
    assert!(!connection.handle_timeout(start() + (WRITE - NANOSECOND)));
    let now = start() + (WRITE - NANOSECOND);
    connection.handle_written(1, 19, now);
    assert_eq!(connection.write_deadline(), Some(now + WRITE));
    connection.handle_written(19, 0, now + NANOSECOND);
    assert_eq!(connection.write_deadline(), None);
    connection.handle_written(0, 1, now + WRITE);
    assert!(connection.handle_timeout(now + WRITE + WRITE));
}

#[test]
fn the_closing_handshake_has_one_deadline() {
    let mut connection = connection();
    connection.close(None, start()).unwrap();
    assert_eq!(connection.deadline(), Some(start() + CLOSE), "and nobody is asked for signs of life");
    connection.close(None, start() + NANOSECOND).unwrap();
    assert_eq!(transmitted(&mut connection), [0x88, 0]);
    let now = start() + CLOSE / 2;
    connection.receive(&mut [0x81, 0x81, 0, 0, 0, 0, b'a'], now).unwrap();
    connection.receive(&mut [0x88, 0x80, 0, 0, 0, 0], now).unwrap();
    assert!(connection.is_closed());
    assert_eq!(connection.deadline(), Some(start() + CLOSE));
    assert!(!connection.handle_timeout(start() + (CLOSE - NANOSECOND)));
    assert!(connection.handle_timeout(start() + CLOSE));
}

#[test]
fn the_closing_handshake_begins_with_what_the_peer_does() {
    for input in [&[0x88, 0x80, 0, 0, 0, 0][..], &[0x88, 0x00], &[0xff]] {
        let mut connection = connection();
        let _ = connection.receive(&mut input.to_owned(), start() + NANOSECOND);
        assert_eq!(connection.deadline(), Some(start() + NANOSECOND + CLOSE), "{input:?}");
    }
}

#[test]
fn a_driver_asks_and_gives_up() {
    for mut side in [Side::server(&options()), Side::client(&options())] {
        side.assert_waits();
        side.assert_due_in(PING);
        side.pass(NANOSECOND);
        assert_eq!(side.flush()[0], 0x89);
        side.assert_waits();
        side.assert_due_in(PONG);
        side.pass(NANOSECOND);
        assert!(matches!(side.poll(), Poll::Ready(Err(Error::TimedOut))));
        assert!(matches!(side.driver.send_text("late"), Err(Error::TimedOut)));
        assert_eq!((side.driver.deadline(), side.driver.output_len()), (None, 0));
    }
}

#[test]
fn a_driver_that_is_answered_goes_on() {
    let mut side = Side::client(&options());
    for _ in 0..5 {
        side.assert_waits();
        side.assert_due_in(PING);
        side.pass(NANOSECOND);
        assert_eq!(side.flush(), [0x89, 0x80, 0, 0, 0, 0]);
        side.assert_waits();
        side.assert_due_in(PONG);
        side.feed(&[0x8a, 0x00]);
    }
}

/// What the peer has said may lie unread: it is neither asked nor given up.
#[test]
fn an_application_that_does_not_read_has_a_patient_driver() {
    let mut side = Side::server(&options());
    side.assert_waits();
    side.feed(&[frame(false, 0x81, b"one"), frame(false, 0x81, b"two")].concat());
    assert_eq!(side.text(), "one");
    assert_eq!((side.driver.deadline(), side.driver.wants_read()), (None, false));
    side.pass(PING * 10);
    assert_eq!(side.driver.output_len(), 0);
    assert_eq!(side.text(), "two");
    assert_eq!(side.driver.deadline(), None);
    // Now it reads, and what has come in the meantime is read before anything is due.
    side.pass(PING * 10);
    side.assert_waits();
    side.feed(&frame(false, 0x81, b"three"));
    side.pass(Duration::ZERO);
    assert_eq!(side.text(), "three");
    assert_eq!(side.flush(), []);
}

#[test]
fn output_that_nobody_takes_ends_it() {
    let mut side = Side::server(&options());
    side.assert_waits();
    side.driver.send_binary(vec![0; 10_000]).unwrap();
    side.driver.written(0, side.now);
    side.assert_due_in(WRITE);
    side.driver.written(1, side.now);
    side.assert_due_in(WRITE);
    // It makes no difference whether anybody reads.
    side.feed(&frame(false, 0x81, b"one"));
    assert_eq!(side.text(), "one");
    side.pass(NANOSECOND);
    assert!(matches!(side.driver.check(), Err(Error::TimedOut)));
    assert!(matches!(side.poll(), Poll::Ready(Err(Error::TimedOut))));
    assert_eq!(side.driver.output_len(), 0);
}

#[test]
fn a_close_that_nobody_answers_ends_it() {
    for mut side in [Side::server(&options()), Side::client(&options())] {
        side.driver.close(CloseCode::NORMAL, "", side.now).unwrap();
        side.flush();
        side.assert_waits();
        side.assert_due_in(CLOSE);
        // Not even by other frames.
        side.pass(NANOSECOND);
        assert!(matches!(side.poll(), Poll::Ready(Err(Error::TimedOut))));
        assert!(side.driver.closed().is_none());
    }
}

#[test]
fn a_transport_that_stays_open_is_left_after_the_drain() {
    for to_client in [false, true] {
        let mut side = if to_client { Side::client(&options()) } else { Side::server(&options()) };
        side.feed(&frame(to_client, 0x88, &[0x03, 0xe8]));
        side.assert_waits();
        assert_eq!(side.flush()[0], 0x88);
        side.assert_waits();
        side.assert_due_in(DRAIN);
        side.feed(b"rubbish, which is thrown away");
        side.assert_waits();
        side.pass(NANOSECOND);
        assert!(matches!(side.poll(), Poll::Ready(Ok(None))));
        assert_eq!(side.driver.closed().unwrap().code, Some(CloseCode::NORMAL));
    }
}

#[test]
fn the_drain_begins_when_the_close_frame_has_left() {
    let mut side = Side::server(&options());
    side.feed(&frame(false, 0x88, &[0x03, 0xe8]));
    side.assert_waits();
    side.assert_due_in(CLOSE);
    side.flush();
    side.assert_waits();
    side.assert_due_in(DRAIN);
}

#[test]
fn an_error_is_told_after_the_drain() {
    let mut side = Side::client(&options());
    side.feed(&[0xff]);
    side.assert_waits();
    assert_eq!(side.flush(), [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xea]);
    side.assert_waits();
    side.assert_due_in(DRAIN);
    side.pass(NANOSECOND);
    assert!(matches!(side.poll(), Poll::Ready(Err(Error::WebSocket(_)))));
    assert!(matches!(side.driver.send_text("late"), Err(Error::TimedOut | Error::SendFrame(SendError::Closed))));
}

/// Half a frame may have left: what comes behind it would be read as its rest.
#[test]
fn nothing_is_sent_once_a_deadline_has_passed() {
    for send in [
        |side: &mut Side| _ = side.driver.ping(b"late"),
        |side: &mut Side| _ = side.driver.close(CloseCode::NORMAL, "", side.now),
        |side: &mut Side| side.driver.go_away(side.now),
    ] {
        let mut side = Side::server(&options());
        side.driver.send_binary(vec![0; 10]).unwrap();
        side.driver.written(6, side.now);
        side.assert_due_in(WRITE);
        side.pass(NANOSECOND);
        send(&mut side);
        assert_eq!(side.driver.output_len(), 0);
    }
}

/// A peer that falls silent within a frame is as dead as one that does between two.
#[test]
fn half_a_frame_is_one_sign_of_life() {
    for half in [&[0x81][..], &[0x82, 0x85, 0, 0], &[0x89, 0x83, 0, 0, 0, 0, b'a']] {
        let mut side = Side::server(&options());
        side.feed(half);
        side.assert_waits();
        side.assert_due_in(PING);
        side.pass(NANOSECOND);
        assert_eq!(side.flush(), [0x89, 0]);
        side.assert_waits();
        side.assert_due_in(PONG);
        side.pass(NANOSECOND);
        assert!(matches!(side.poll(), Poll::Ready(Err(Error::TimedOut))));
    }
}
