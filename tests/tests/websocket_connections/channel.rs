//! A WebSocket as an application has it, over a transport in memory.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::Arc;

use sanderling::drive::{Error, Message, Phase, Shutdown, WebSocket, WebSocketDriver, WebSocketOptions};
use sanderling::ws::handshake::Agreement;
use sanderling::ws::{CloseCode, MessageKind, Rule, SendError};
use sanderling_fuzz::transcript::Item;
use sanderling_tests::woken::Woken;

use crate::side::{frame, read, text_item, zero_key};
use crate::wire::{Wire, once, poll, ready};

fn options() -> WebSocketOptions {
    WebSocketOptions::default()
}

fn server() -> (Wire, WebSocket<Wire>) {
    let wire = Wire::new();
    (wire.clone(), WebSocket::new(wire, WebSocketDriver::server(&options(), &[]), None))
}

fn client() -> (Wire, WebSocket<Wire>) {
    let wire = Wire::new();
    let driver = WebSocketDriver::client(zero_key, &options(), &Agreement::default(), &[]);
    (wire.clone(), WebSocket::new(wire, driver, None))
}

fn close(code: u16) -> Item {
    Item::Close(Some((code, String::new())))
}

fn is_closed_error(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::SendFrame(SendError::Closed)))
}

#[test]
fn messages_come_and_go() {
    for (is_client, (wire, mut socket)) in [(false, server()), (true, client())] {
        wire.send(&frame(is_client, 0x81, b"one"));
        assert!(matches!(ready(socket.recv()), Ok(Some(Message::Text(text))) if text.as_str() == "one"));
        ready(socket.send_text("two")).unwrap();
        ready(socket.ping(b"three")).unwrap();
        assert_eq!(read(&wire.written(), !is_client), [text_item("two"), Item::Ping(b"three".to_vec())]);
        assert_eq!(socket.buffered(), 0);
    }
}

#[test]
fn a_send_is_done_when_the_transport_has_taken_it() {
    let (wire, mut socket) = server();
    wire.lock().room = 3;
    let mut send = pin!(socket.send_text("hello"));
    assert!(poll(send.as_mut()).is_pending());
    assert_eq!(wire.written(), [0x81, 5, b'h']);
    wire.lock().room = 3;
    assert!(poll(send.as_mut()).is_pending());
    wire.lock().room = 1;
    assert!(poll(send.as_mut()).is_ready());
    assert_eq!(wire.written(), b"ello");
}

#[test]
fn a_writer_that_is_dropped_closes_with_1011() {
    for (is_client, (wire, mut socket)) in [(false, server()), (true, client())] {
        let mut writer = ready(socket.stream(MessageKind::Text)).unwrap();
        ready(writer.write("half of it")).unwrap();
        drop(writer);
        assert!(once(socket.recv()).is_none(), "it waits for the peer's Close frame");
        let sent = wire.written();
        // What had begun is not ended.
        assert_eq!(sent[0], 0x01);
        assert_eq!(read(&sent, !is_client), [close(1011)]);
        wire.send(&frame(is_client, 0x88, b"\x03\xf3"));
        wire.end();
        assert!(matches!(ready(socket.recv()), Ok(None)));
        assert_eq!(socket.closed().unwrap().code, Some(CloseCode::INTERNAL_ERROR));
    }
}

#[test]
fn a_writer_that_is_dropped_before_its_first_part_closes_too() {
    let (wire, mut socket) = server();
    drop(ready(socket.stream(MessageKind::Binary)).unwrap());
    assert!(once(socket.recv()).is_none());
    assert_eq!(read(&wire.written(), true), [close(1011)]);
}

#[test]
fn a_writer_that_is_dropped_wakes_who_can_send_the_close() {
    let (wire, socket) = server();
    let (mut receiver, sender) = socket.split();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut recv = pin!(receiver.recv());
    assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let mut writer = ready(sender.stream(MessageKind::Text)).unwrap();
    ready(writer.write("half")).unwrap();
    wire.written();
    assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let before = woken.count();
    drop(writer);
    assert!(woken.count() > before);
    assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(wire.written(), [0x88, 0x02, 0x03, 0xf3]);
}

#[test]
fn a_writer_that_has_finished_closes_nothing() {
    let (wire, mut socket) = server();
    let mut writer = ready(socket.stream(MessageKind::Text)).unwrap();
    ready(writer.write("one ")).unwrap();
    ready(writer.finish("two")).unwrap();
    ready(socket.send_text("three")).unwrap();
    assert_eq!(read(&wire.written(), true), [text_item("one two"), text_item("three")]);
}

/// The end was queued, so the message is whole whether or not anybody waits for it to leave.
#[test]
fn a_finish_that_is_dropped_late_has_finished() {
    let (wire, mut socket) = server();
    let mut writer = ready(socket.stream(MessageKind::Text)).unwrap();
    ready(writer.write("one")).unwrap();
    wire.lock().room = 0;
    assert!(once(writer.finish(" two")).is_none());
    wire.lock().room = usize::MAX;
    ready(socket.send_text("three")).unwrap();
    assert_eq!(read(&wire.written(), true), [text_item("one two"), text_item("three")]);
}

#[test]
fn a_finish_that_is_never_polled_has_not_finished() {
    let (wire, mut socket) = server();
    let writer = ready(socket.stream(MessageKind::Text)).unwrap();
    drop(writer.finish("never"));
    assert!(once(socket.recv()).is_none());
    assert_eq!(read(&wire.written(), true), [close(1011)]);
}

#[test]
fn an_older_writer_is_not_taken_for_a_newer_one() {
    let (wire, socket) = server();
    let (_receiver, sender) = socket.split();
    let first = ready(sender.stream(MessageKind::Text)).unwrap();
    wire.lock().room = 0;
    // Its end is queued; the future still holds the writer.
    let mut finish = pin!(Some(first.finish("one")));
    assert!(poll(finish.as_mut().as_pin_mut().unwrap()).is_pending());
    wire.lock().room = usize::MAX;
    let mut second = ready(sender.stream(MessageKind::Text)).unwrap();
    finish.set(None);
    ready(second.write("two")).unwrap();
    ready(second.finish("")).unwrap();
    assert_eq!(read(&wire.written(), true), [text_item("one"), text_item("two")]);
}

#[test]
fn messages_of_other_senders_wait_for_the_end_of_a_stream() {
    let (wire, socket) = server();
    let (mut receiver, sender) = socket.split();
    let mut writer = ready(sender.stream(MessageKind::Text)).unwrap();
    let other = sender.clone();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut whole = pin!(other.send_text("whole"));
    let mut stream = pin!(other.stream(MessageKind::Binary));
    assert!(whole.as_mut().poll(&mut context).is_pending() && stream.as_mut().poll(&mut context).is_pending());
    ready(writer.write("one ")).unwrap();
    ready(sender.ping(b"between")).unwrap();
    wire.send(&frame(false, 0x89, b"asked"));
    assert!(once(receiver.recv()).is_none());
    assert!(whole.as_mut().poll(&mut context).is_pending() && stream.as_mut().poll(&mut context).is_pending());
    let before = woken.count();
    ready(writer.finish("two")).unwrap();
    assert!(woken.count() > before, "they are told that it is their turn");
    assert!(matches!(whole.as_mut().poll(&mut context), Poll::Ready(Ok(()))));
    let Poll::Ready(Ok(mut writer)) = stream.as_mut().poll(&mut context) else { panic!("it is its turn") };
    ready(writer.write("three")).unwrap();
    ready(writer.finish("")).unwrap();
    let expected = [
        Item::Ping(b"between".to_vec()),
        Item::Pong(b"asked".to_vec()),
        text_item("one two"),
        text_item("whole"),
        Item::Message(MessageKind::Binary, b"three".to_vec(), true),
    ];
    assert_eq!(read(&wire.written(), true), expected);
}

#[test]
fn a_bad_part_leaves_the_message_open() {
    let (wire, mut socket) = server();
    let mut writer = ready(socket.stream(MessageKind::Text)).unwrap();
    ready(writer.write(b"gr\xc3")).unwrap();
    assert!(matches!(ready(writer.write(b"\xff")), Err(Error::SendFrame(SendError::Utf8))));
    ready(writer.write(b"\xbcn")).unwrap();
    ready(writer.finish("")).unwrap();
    assert_eq!(read(&wire.written(), true), [text_item("grün")]);
    // An end within a character is none.
    let writer = ready(socket.stream(MessageKind::Text)).unwrap();
    assert!(matches!(ready(writer.finish(b"\xc3")), Err(Error::SendFrame(SendError::Utf8))));
    assert!(once(socket.recv()).is_none());
    assert_eq!(read(&wire.written(), true), [close(1011)]);
}

#[test]
fn a_close_waits_for_its_answer_and_the_end() {
    for (is_client, (wire, mut socket)) in [(false, server()), (true, client())] {
        let mut closing = pin!(socket.close(CloseCode::NORMAL, "done"));
        assert!(poll(closing.as_mut()).is_pending());
        assert_eq!(read(&wire.written(), !is_client), [Item::Close(Some((1000, "done".into())))]);
        wire.send(&[frame(is_client, 0x81, b"unheard"), frame(is_client, 0x88, b"\x03\xe8")].concat());
        assert!(poll(closing.as_mut()).is_pending());
        assert_eq!(wire.lock().shut, !is_client, "the server shuts down first");
        wire.end();
        assert!(matches!(poll(closing.as_mut()), Poll::Ready(Ok(()))));
    }
}

#[test]
fn a_client_does_not_wait_for_ever_for_the_server_to_go() {
    let (wire, mut socket) = client();
    wire.send(&frame(true, 0x88, b"\x03\xe8"));
    let mut recv = pin!(socket.recv());
    assert!(poll(recv.as_mut()).is_pending());
    let drain = options().deadlines.drain.unwrap();
    wire.pass(drain - Duration::from_nanos(1));
    assert!(poll(recv.as_mut()).is_pending());
    wire.pass(Duration::from_nanos(1));
    assert!(matches!(poll(recv.as_mut()), Poll::Ready(Ok(None))));
}

#[test]
fn the_close_frame_has_left_before_an_error_is_told() {
    let (wire, mut socket) = server();
    wire.send(&[frame(false, 0x81, b"one"), frame(false, 0x83, b"")].concat());
    wire.end();
    wire.lock().room = 0;
    assert!(matches!(ready(socket.recv()), Ok(Some(Message::Text(_)))));
    let mut recv = pin!(socket.recv());
    assert!(poll(recv.as_mut()).is_pending());
    wire.lock().room = 3;
    assert!(poll(recv.as_mut()).is_pending());
    assert_eq!(wire.written(), [0x88, 0x02, 0x03]);
    wire.lock().room = 1;
    assert!(matches!(poll(recv.as_mut()), Poll::Ready(Err(Error::WebSocket(_)))));
    assert_eq!(wire.written(), [0xea]);
}

#[test]
fn a_shutdown_closes_with_1001_and_ends_in_time() {
    let (shutdown, wire) = (Shutdown::new(), Wire::new());
    let driver = WebSocketDriver::server(&options(), &[]);
    let mut socket = WebSocket::new(wire.clone(), driver, Some(shutdown.join()));
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut recv = pin!(socket.recv());
    assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    shutdown.advance(Phase::Draining);
    assert!(woken.count() > 0);
    wire.send(&frame(false, 0x81, b"unheard"));
    assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(read(&wire.written(), true), [close(1001)]);
    let before = woken.count();
    shutdown.advance(Phase::Ended);
    assert!(woken.count() > before);
    assert!(matches!(recv.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Err(Error::Disconnected))));
}

#[test]
fn sending_behind_a_close_is_refused() {
    let (wire, mut socket) = server();
    wire.send(&frame(false, 0x88, b""));
    assert!(once(socket.recv()).is_none());
    assert!(is_closed_error(&ready(socket.send_text("late"))));
    assert!(is_closed_error(&ready(socket.send_binary(b"late"))));
    assert!(is_closed_error(&ready(socket.ping(b""))));
    assert_eq!(wire.written(), [0x88, 0x00]);
}

#[test]
fn senders_do_not_wait_for_a_writer_that_is_gone() {
    let (wire, mut socket) = server();
    drop(ready(socket.stream(MessageKind::Text)).unwrap());
    assert!(is_closed_error(&ready(socket.send_text("late"))));
    assert!(matches!(ready(socket.stream(MessageKind::Text)), Err(Error::SendFrame(SendError::Closed))));
    wire.send(&frame(false, 0x88, b""));
    wire.end();
    assert!(matches!(ready(socket.recv()), Ok(None)));
    assert!(is_closed_error(&ready(socket.send_text("later"))));
}

#[test]
fn no_stream_begins_behind_a_close() {
    let (wire, mut socket) = server();
    wire.send(&frame(false, 0x88, b""));
    assert!(once(socket.recv()).is_none());
    assert!(matches!(ready(socket.stream(MessageKind::Text)), Err(Error::SendFrame(SendError::Closed))));
}

/// A peer that closes may be gone before it is answered (RFC 6455 sections 7.1.5 and 7.1.6).
#[test]
fn a_peer_that_does_not_wait_for_our_close_frame_has_closed_all_the_same() {
    for (is_client, (wire, mut socket)) in [(false, server()), (true, client())] {
        wire.lock().broken = true;
        wire.send(&frame(is_client, 0x88, b"\x03\xe9bye"));
        assert!(matches!(ready(socket.recv()), Ok(None)));
        assert_eq!(socket.closed().unwrap().code, Some(CloseCode::GOING_AWAY));
    }
}

#[test]
fn what_a_peer_did_wrong_is_told_though_it_is_gone() {
    for (is_client, (wire, mut socket)) in [(false, server()), (true, client())] {
        wire.lock().broken = true;
        wire.send(&frame(is_client, 0x81, b"\xff"));
        assert!(matches!(ready(socket.recv()), Err(Error::WebSocket(error)) if error.rule() == Rule::Utf8));
    }
    // Before that, it is what happened.
    let (wire, mut socket) = server();
    wire.lock().broken = true;
    assert!(matches!(ready(socket.send_text("hi")), Err(Error::Io(_))));
}
