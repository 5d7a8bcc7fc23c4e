//! What a script of octets cannot say of the adapters: shutdown, panics, other tasks, floods,
//! streams that the user brings, threads that run out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "parity/handler.rs"]
mod handler;
#[path = "parity/peer.rs"]
mod peer;
#[path = "parity/servers.rs"]
mod servers;

use core::num::NonZeroU32;
use core::time::Duration;
use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use handler::MANY;
use peer::{PATIENCE, Peer, WS};
use sanderling::MinRate;
use sanderling::http::Deadlines;
use servers::{Adapter, Configuration, Server};

const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
const HELLO_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";
const HELLO_LAST: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 6\r\n\r\nhello\n";
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const READ: &[u8] = b"POST /read/100 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const READ_LAST: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
const FAILED: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\nInternal Server Error";
const STAY: &[u8] = b"GET /start-and-stay HTTP/1.1\r\nHost: a\r\n\r\n";
const STAY_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

macro_rules! with_each_adapter {
    ($($test:ident)*) => {
        with_each_adapter! { @ on_tokio TOKIO: $($test)* }
        with_each_adapter! { @ on_smol SMOL: $($test)* }
        with_each_adapter! { @ on_std STD: $($test)* }
    };
    (@ $module:ident $adapter:ident: $($test:ident)*) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    super::$test(super::servers::$adapter);
                }
            )*
        }
    };
}

with_each_adapter! {
    shutdown_ends_what_is_idle_and_finishes_the_rest
    shutdown_waits_for_a_body_in_its_midst
    shutdown_waits_for_an_exchange_elsewhere
    shutdown_says_goodbye_to_websockets
    websocket_may_be_dropped_at_once
    shutdown_comes_at_any_moment
    shutdown_answers_what_has_come_before_it
    grace_time_ends
    grace_time_ends_over_and_over
    grace_time_may_be_without_end
    handler_that_waits_too_long_costs_only_its_exchange
    handler_that_has_begun_to_answer_may_take_its_time
    body_that_lags_behind_the_rate_is_given_up
    panic_costs_only_its_exchange
    messages_of_several_senders_do_not_mix
    flood_does_not_hold_a_closed_connection
    flood_does_not_hold_a_closed_websocket
    reader_that_is_slow_gets_all
    client_that_takes_nothing_is_dropped
}

fn start(adapter: Adapter) -> Server {
    (adapter.start)(Configuration::default())
}

fn start_with_grace(adapter: Adapter, grace: Duration) -> Server {
    (adapter.start)(Configuration { grace, ..Configuration::default() })
}

// ---- shutdown -------------------------------------------------------------------------------

fn shutdown_ends_what_is_idle_and_finishes_the_rest(adapter: Adapter) {
    let server = start(adapter);
    let mut idle = Peer::connect(server.address);
    idle.send(HELLO);
    idle.expect(HELLO_ANSWER);
    // An empty line after a request is no beginning of another (RFC 9112 section 2.2).
    let mut idle_after_an_empty_line = Peer::connect(server.address);
    idle_after_an_empty_line.send(&[HELLO, b"\r\n"].concat());
    idle_after_an_empty_line.expect(HELLO_ANSWER);
    // 100 says that the handler has it.
    let mut unanswered = Peer::connect(server.address);
    unanswered.send(READ);
    unanswered.expect(CONTINUE);
    let mut begun = Peer::connect(server.address);
    begun.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    begun.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");

    server.shut_down();
    idle.expect_end();
    idle_after_an_empty_line.expect_end();
    unanswered.send(b"hello");
    unanswered.expect(READ_LAST);
    unanswered.expect_end();
    begun.send(b"world");
    begun.expect(b"world");
    begun.expect_end();
    drop((idle, unanswered, begun));
    server.ended();
    assert!(TcpStream::connect(server.address).is_err(), "it still listens");
}

/// However the reads may lie: what is read on a first read, then as much as a buffer holds.
fn shutdown_waits_for_a_body_in_its_midst(adapter: Adapter) {
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n";
    for first in [1, 2048 - head.len(), 2048 - head.len() + 16 * 1024, 16 * 1024, 30_000] {
        let server = start(adapter);
        let mut peer = Peer::connect(server.address);
        let mut request = head.to_vec();
        request.extend(vec![b'x'; first]);
        peer.send(&request);
        peer.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n");
        peer.expect(&vec![b'x'; first]);
        // By the time that this is answered the other waits for its body.
        let mut other = Peer::connect(server.address);
        other.send(HELLO);
        other.expect(HELLO_ANSWER);

        server.shut_down();
        other.expect_end();
        peer.send(&vec![b'y'; 40_000 - first]);
        peer.expect(&vec![b'y'; 40_000 - first]);
        peer.expect_end();
        drop(peer);
        server.ended();
    }
}

fn shutdown_waits_for_an_exchange_elsewhere(adapter: Adapter) {
    let server = start(adapter);
    let mut peer = Peer::connect(server.address);
    peer.send(b"POST /moved HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    peer.expect(CONTINUE);
    server.shut_down();
    peer.send(b"hello");
    peer.expect(READ_LAST);
    peer.expect_end();
    drop(peer);
    server.ended();
}

fn shutdown_says_goodbye_to_websockets(adapter: Adapter) {
    let server = start(adapter);
    let mut peers: Vec<_> = (0..3)
        .map(|_| {
            let mut peer = Peer::websocket(server.address, "/ws");
            peer.send_frame(0x81, b"hello");
            assert_eq!(peer.frame(), (0x81, b"hello".to_vec()));
            peer
        })
        .collect();
    server.shut_down();
    for peer in &mut peers {
        assert_eq!(peer.frame(), (0x88, vec![0x03, 0xe9]));
        peer.send_frame(0x88, &[0x03, 0xe9]);
        peer.expect_end();
    }
    drop(peers);
    server.ended();
}

/// Its answer has left by then.
fn websocket_may_be_dropped_at_once(adapter: Adapter) {
    let server = start(adapter);
    let mut peer = Peer::websocket(server.address, "/ws-drop");
    peer.expect_end();
    drop(peer);
    server.shut_down();
    server.ended();
}

/// It may come just when a connection becomes idle.
fn shutdown_comes_at_any_moment(adapter: Adapter) {
    for _ in 0..300 {
        let server = start(adapter);
        let mut peer = Peer::connect(server.address);
        peer.send(HELLO);
        peer.expect(HELLO_ANSWER);
        let begun = Instant::now();
        server.shut_down();
        server.ended();
        assert!(begun.elapsed() < Duration::from_secs(5), "an idle connection held it up");
        peer.expect_cut();
    }
}

/// A runtime may not know yet what has arrived at connections that were idle.
fn shutdown_answers_what_has_come_before_it(adapter: Adapter) {
    for _ in 0..60 {
        let server = start(adapter);
        let mut peers: Vec<_> = (0..8).map(|_| Peer::connect(server.address)).collect();
        for peer in &mut peers {
            peer.send(HELLO);
            peer.expect(HELLO_ANSWER);
        }
        for peer in &mut peers {
            peer.send(HELLO);
        }
        server.shut_down();
        for peer in &mut peers {
            peer.expect(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n");
        }
        drop(peers);
        server.ended();
    }
}

fn grace_time_ends(adapter: Adapter) {
    let server = start_with_grace(adapter, Duration::from_millis(300));
    let mut reading = Peer::connect(server.address);
    reading.send(READ);
    reading.expect(CONTINUE);
    let mut staying = Peer::connect(server.address);
    staying.send(STAY);
    staying.expect(STAY_ANSWER);
    let mut moved = Peer::connect(server.address);
    moved.send(b"POST /moved HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    moved.expect(CONTINUE);
    // Never answers the Close frame.
    let mut socket = Peer::websocket(server.address, "/ws");
    let begun = Instant::now();
    server.shut_down();
    assert_eq!(socket.frame(), (0x88, vec![0x03, 0xe9]));
    server.ended();
    assert!(begun.elapsed() >= Duration::from_millis(300), "it did not wait");
    for peer in [&mut reading, &mut staying, &mut moved, &mut socket] {
        peer.expect_cut();
    }
}

fn start_with(adapter: Adapter, deadlines: impl FnOnce(&mut Deadlines)) -> Server {
    let mut configuration = Configuration::default();
    deadlines(&mut configuration.deadlines);
    (adapter.start)(configuration)
}

fn handler_that_waits_too_long_costs_only_its_exchange(adapter: Adapter) {
    let server = start_with(adapter, |deadlines| deadlines.handler = Some(Duration::from_millis(50)));
    let mut peer = Peer::connect(server.address);
    peer.send(READ);
    peer.expect(CONTINUE);
    peer.expect(b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 19\r\n\r\nService Unavailable");
    // The body is still owed, so the connection goes on when it has come.
    peer.send(b"hello");
    peer.send(HELLO);
    peer.expect(HELLO_ANSWER);
}

/// It waits for the rest of the body for longer than the handler's deadline.
fn handler_that_has_begun_to_answer_may_take_its_time(adapter: Adapter) {
    let server = start_with(adapter, |deadlines| deadlines.handler = Some(Duration::from_millis(50)));
    let mut peer = Peer::connect(server.address);
    peer.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    peer.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    // Other connections are served and given up meanwhile.
    for _ in 0..3 {
        let mut late = Peer::connect(server.address);
        late.send(READ);
        late.expect(CONTINUE);
        late.expect(b"HTTP/1.1 503 ");
    }
    peer.send(b"llo");
    peer.expect(b"llo");
}

/// Long before the deadline between two parts of a body.
fn body_that_lags_behind_the_rate_is_given_up(adapter: Adapter) {
    let server = start_with(adapter, |deadlines| {
        let octets_per_second = NonZeroU32::new(1000).unwrap();
        deadlines.min_rate = Some(MinRate { octets_per_second, grace: Duration::from_millis(100) });
    });
    let mut peer = Peer::connect(server.address);
    peer.send(b"POST /read/10000 HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\nsome");
    peer.expect(b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain\r\nConnection: close\r\n");
}

/// It is longer than any clock goes.
fn grace_time_may_be_without_end(adapter: Adapter) {
    let server = start_with_grace(adapter, Duration::MAX);
    let mut peer = Peer::connect(server.address);
    peer.send(READ);
    peer.expect(CONTINUE);
    server.shut_down();
    peer.send(b"hello");
    peer.expect(READ_LAST);
    drop(peer);
    server.ended();
}

/// The end may come at any moment of a connection's life.
fn grace_time_ends_over_and_over(adapter: Adapter) {
    for grace in 0..30 {
        let server = start_with_grace(adapter, Duration::from_millis(grace / 10));
        let mut peer = Peer::connect(server.address);
        peer.send(HELLO);
        peer.expect(HELLO_ANSWER);
        peer.send(&HELLO.repeat(100));
        server.shut_down();
        server.ended();
        let came = peer.expect_cut_after();
        assert!(came.starts_with(HELLO_ANSWER) || HELLO_ANSWER.starts_with(&came) || came.starts_with(HELLO_LAST));
    }
}

// ---- handlers -------------------------------------------------------------------------------

fn panic_costs_only_its_exchange(adapter: Adapter) {
    let server = start(adapter);
    let mut other = Peer::connect(server.address);
    other.send(READ);
    other.expect(CONTINUE);
    let mut peer = Peer::connect(server.address);
    for _ in 0..3 {
        peer.send(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n");
        peer.expect(FAILED);
    }
    peer.send(HELLO);
    peer.expect(HELLO_ANSWER);
    let mut cut = Peer::connect(server.address);
    cut.send(b"GET /panic-late HTTP/1.1\r\nHost: a\r\n\r\n");
    cut.expect(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    cut.expect_cut();
    other.send(b"hello");
    other.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let mut next = Peer::connect(server.address);
    next.send(HELLO);
    next.expect(HELLO_ANSWER);
    server.shut_down();
    server.ended();
}

mod handlers_that_go_on {
    use super::*;

    /// The next request has come with this one, and waits.
    fn an_answer_leaves(adapter: Adapter, path: &str, answer: &[u8]) {
        let server = start_with_grace(adapter, Duration::ZERO);
        let mut peer = Peer::connect(server.address);
        peer.send(&[format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(), HELLO].concat());
        peer.expect(answer);
        server.shut_down();
        server.ended();
    }

    /// The handler, or who has it from there, waits for something else before it uses the WebSocket.
    fn an_opening_handshake_is_answered(adapter: Adapter, path: &str) {
        let server = start_with_grace(adapter, Duration::ZERO);
        let _peer = Peer::websocket(server.address, path);
        server.shut_down();
        server.ended();
    }

    #[test]
    fn opening_handshakes_over_tokio() {
        an_opening_handshake_is_answered(servers::TOKIO, "/ws-stay");
        an_opening_handshake_is_answered(servers::TOKIO, "/ws-moved-stay");
    }

    #[test]
    fn opening_handshakes_over_smol() {
        an_opening_handshake_is_answered(servers::SMOL, "/ws-stay");
        an_opening_handshake_is_answered(servers::SMOL, "/ws-moved-stay");
    }

    #[test]
    fn opening_handshakes_over_std() {
        // Its threads do not end while the handler stays.
        let server = start(servers::STD);
        let _peer = Peer::websocket(server.address, "/ws-stay");
        let _other = Peer::websocket(server.address, "/ws-moved-stay");
    }

    #[test]
    fn over_tokio() {
        an_answer_leaves(servers::TOKIO, "/answer-and-stay", HELLO_ANSWER);
        an_answer_leaves(servers::TOKIO, "/drop-and-stay", FAILED);
        an_answer_leaves(servers::TOKIO, "/move-and-stay", FAILED);
    }

    #[test]
    fn over_smol() {
        an_answer_leaves(servers::SMOL, "/answer-and-stay", HELLO_ANSWER);
        an_answer_leaves(servers::SMOL, "/drop-and-stay", FAILED);
        an_answer_leaves(servers::SMOL, "/move-and-stay", FAILED);
    }
}

/// The client sends all before it reads anything, and then reads little by little.
fn reader_that_is_slow_gets_all(adapter: Adapter) {
    let server = start(adapter);
    let mut peer = Peer::connect(server.address);
    peer.send(&b"GET /bytes/4000 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(4));
    for _ in 0..4 {
        peer.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n");
        for _ in 0..4000 {
            peer.expect(&[b'x'; 1000]);
        }
    }
    server.shut_down();
    peer.expect_end();
    server.ended();
}

fn client_that_takes_nothing_is_dropped(adapter: Adapter) {
    let mut configuration = Configuration::default();
    configuration.deadlines.write = Some(Duration::from_millis(300));
    let server = (adapter.start)(configuration);
    let mut peer = Peer::connect(server.address);
    peer.send(&[HELLO, b"GET /bytes/60000 HTTP/1.1\r\nHost: a\r\n\r\n"].concat());
    peer.expect(HELLO_ANSWER);
    let begun = Instant::now();
    server.shut_down();
    server.ended();
    assert!(begun.elapsed() < Duration::from_secs(5), "it was waited for");
    assert!(peer.expect_cut_after().len() < 60_000_000, "it got all");
}

// ---- WebSockets -----------------------------------------------------------------------------

fn messages_of_several_senders_do_not_mix(adapter: Adapter) {
    let server = start(adapter);
    let mut peer = Peer::websocket(server.address, "/ws-many");
    let sending = peer.try_clone();
    let sender = thread::spawn(move || {
        let mut sending = sending;
        for number in 0..MANY {
            sending.send_frame(if number % 2 == 0 { 0x81 } else { 0x82 }, &vec![b'e'; number * 7]);
            sending.send_frame(0x89, b"ping");
        }
    });
    let mut next = [0; 4];
    let mut is_told = false;
    while next != [MANY; 4] || !is_told {
        match peer.frame() {
            (0x82, message) => {
                // The first message of each is empty, and tells nobody's letter.
                let Some(letter) = message.first().copied() else { continue };
                let count = &mut next[usize::from(letter - b'a')];
                *count = (*count).max(1);
                assert_eq!(message, vec![letter; *count * 13 % 5000], "message {count}");
                *count += 1;
            }
            (0x81, text) => {
                assert_eq!(text, b"all came");
                is_told = true;
            }
            (0x8a, pong) => assert_eq!(pong, b"ping"),
            other => panic!("{other:?}"),
        }
    }
    sender.join().unwrap();
    peer.send_frame(0x88, &[0x03, 0xe8]);
    while peer.frame().0 != 0x88 {}
    peer.expect_end();
    // It is left open, for which the server waits 2 s.
    let begun = Instant::now();
    server.shut_down();
    server.ended();
    assert!(begun.elapsed() < Duration::from_secs(5), "it was waited for");
}

// ---- floods ---------------------------------------------------------------------------------

/// After its last answer a server throws away what still comes, but not for ever.
fn flood_does_not_hold_a_closed_connection(adapter: Adapter) {
    let mut configuration = Configuration::default();
    configuration.deadlines.drain = Some(Duration::from_millis(200));
    let server = (adapter.start)(configuration);
    let mut peer = Peer::connect(server.address);
    peer.send(b"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n");
    peer.expect_start(b"HTTP/1.1 505 ");
    assert!(peer.flood(&[b'x'; 4096]), "the connection is still open");
    server.shut_down();
    server.ended();
}

/// A Close frame that is not answered ends the connection after a while, whatever else comes.
fn flood_does_not_hold_a_closed_websocket(adapter: Adapter) {
    let server = start(adapter);
    let mut peer = Peer::websocket(server.address, "/ws-close");
    assert_eq!(peer.frame(), (0x88, vec![0x03, 0xe8]));
    assert!(peer.flood(&b"\x81\x85\0\0\0\0hello".repeat(300)), "the connection is still open");
    server.shut_down();
    server.ended();
}

// ---- futures that are dropped ---------------------------------------------------------------

/// Handlers of an exchange and of a WebSocket that give up waiting again and again, over the
/// core's types, so for tokio and smol alike.
mod impatient {
    use sanderling::drive::{Error, Exchange, Transport};
    use sanderling::http::{NO_FIELDS, StatusCode};
    use smol::future::{or, poll_once, yield_now};

    /// Gives up the future after it was polled once, or after the others had their turn.
    async fn try_for<F: Future>(count: usize, future: F) -> Option<F::Output> {
        if count.is_multiple_of(2) {
            let result = poll_once(future).await;
            yield_now().await;
            return result;
        }
        or(async { Some(future.await) }, async {
            yield_now().await;
            None
        })
        .await
    }

    pub(crate) async fn answer<T: Transport>(mut exchange: Exchange<T>) -> Result<(), Error> {
        let mut count = 0;
        if exchange.request().target().path() == "/ws" {
            let mut socket = exchange.websocket()?;
            loop {
                count += 1;
                match try_for(count, socket.recv()).await {
                    None => {}
                    Some(message) => match message? {
                        Some(message) => socket.send(message).await?,
                        None => return Ok(()),
                    },
                }
            }
        }
        let mut body = Vec::new();
        loop {
            count += 1;
            match try_for(count, exchange.read()).await {
                None => {}
                Some(data) => match data? {
                    Some(data) => body.extend_from_slice(&data),
                    None => return exchange.respond(StatusCode::OK, NO_FIELDS, body).await,
                },
            }
        }
    }
}

/// Sends in pieces, and waits in between until it is answered that all before has been read.
fn check_impatience(mut peer: Peer) {
    let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.len()).into_bytes();
    answer.extend(&content);

    peer.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", content.len()).as_bytes());
    content.chunks(7001).for_each(|piece| peer.send(piece));
    peer.expect(&answer);

    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for piece in content.chunks(997) {
        peer.send(format!("{:x}\r\n", piece.len()).as_bytes());
        peer.send(piece);
        peer.send(b"\r\n");
    }
    peer.send(b"0\r\n\r\n");
    peer.expect(&answer);

    peer.send(WS.as_bytes());
    peer.expect(peer::WS_ANSWER);
    for (number, piece) in content.chunks(4999).enumerate() {
        let (front, back) = piece.split_at(piece.len() / 2);
        peer.send_frame(0x02, front);
        if number % 2 == 0 {
            peer.send_frame(0x89, b"ping");
            assert_eq!(peer.frame(), (0x8a, b"ping".to_vec()));
        }
        peer.send_frame(0x80, back);
        assert_eq!(peer.frame(), (0x82, piece.to_vec()));
    }
    peer.send_frame(0x88, &[0x03, 0xe8]);
    assert_eq!(peer.frame(), (0x88, vec![0x03, 0xe8]));
    peer.expect_end();
}

#[test]
fn tokio_futures_that_are_dropped_lose_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime
        .block_on(sanderling_tokio::Server::bind("127.0.0.1:0"))
        .unwrap()
        .configure(|settings| settings.date = false);
    let (address, handle) = (server.local_addr().unwrap(), server.handle());
    let serving = runtime.spawn(server.serve(impatient::answer));
    check_impatience(Peer::connect(address));
    handle.shut_down();
    runtime.block_on(serving).unwrap().unwrap();
}

#[test]
fn smol_futures_that_are_dropped_lose_nothing() {
    let server = smol::block_on(sanderling_smol::Server::bind("127.0.0.1:0"))
        .unwrap()
        .configure(|settings| settings.date = false);
    let (address, handle) = (server.local_addr().unwrap(), server.handle());
    let serving = smol::spawn(server.serve(impatient::answer));
    check_impatience(Peer::connect(address));
    handle.shut_down();
    smol::block_on(serving).unwrap();
}

/// The same with the macro that people use.
#[tokio::test]
async fn select_loses_nothing() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (mut client, stream) = tokio::io::duplex(64);
    let handler = |mut exchange: sanderling_tokio::Exchange<_>| async move {
        let mut body = Vec::new();
        loop {
            tokio::select! {
                biased;
                data = exchange.read() => match data? {
                    Some(data) => body.extend_from_slice(&data),
                    None => break,
                },
                () = tokio::task::yield_now() => {}
            }
        }
        exchange.respond(sanderling_tokio::StatusCode::OK, sanderling_tokio::NO_FIELDS, body).await
    };
    let mut settings = sanderling_tokio::Settings::default();
    settings.date = false;
    let serving = tokio::spawn(async move { sanderling_tokio::serve_connection(stream, &settings, &handler).await });
    let body: Vec<u8> = (0..10_000_u32).flat_map(u32::to_be_bytes).collect();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    client.write_all(head.as_bytes()).await.unwrap();
    for piece in body.chunks(3) {
        client.write_all(piece).await.unwrap();
    }
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, client.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.ends_with(&body), "{} octets", answer.len());
    drop(client);
    serving.await.unwrap();
}

// ---- back-pressure --------------------------------------------------------------------------

/// A handler that writes and does not read holds the client back: what is not asked for stays
/// where it is.
#[tokio::test]
async fn writing_does_not_read() {
    use sanderling_tokio::{BodyLength, NO_FIELDS, Settings, StatusCode, serve_connection};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const WRITES: usize = 3000;
    for (path, is_websocket) in [("/", false), ("/ws", true)] {
        let (client, stream) = tokio::io::duplex(4096);
        let handler = move |exchange: sanderling_tokio::Exchange<_>| async move {
            if is_websocket {
                let mut socket = exchange.websocket()?;
                for _ in 0..WRITES {
                    socket.send_binary(&[0; 4096]).await?;
                }
                return Ok(());
            }
            let mut exchange = exchange;
            exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown).await?;
            for _ in 0..WRITES {
                exchange.write(&[0; 4096]).await?;
            }
            Err(sanderling_tokio::Error::Disconnected)
        };
        let serving = tokio::spawn(async move { serve_connection(stream, &Settings::default(), &handler).await });
        let (mut reading, mut writing) = tokio::io::split(client);
        let request = match is_websocket {
            true => WS.to_owned(),
            false => "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n".to_owned(),
        };
        writing.write_all(request.as_bytes()).await.unwrap();
        let flood = tokio::spawn(async move {
            let mut sent = 0;
            // A frame of two gigabytes, or a body: either goes on for as long as this is.
            let mut piece = b"\x82\xff\0\0\0\0\x03\0\0\0\0\0\0\0".to_vec();
            while let Ok(len) = writing.write(&piece).await {
                sent += len;
                piece = vec![0; 4096];
            }
            sent
        });
        let mut came = 0;
        let mut room = vec![0; 4096];
        while let Ok(len @ 1..) = tokio::time::timeout(PATIENCE, reading.read(&mut room)).await.unwrap() {
            came += len;
        }
        drop(reading);
        serving.await.unwrap();
        let sent = flood.await.unwrap();
        assert!(came > WRITES * 4096, "{path}: only {came} octets came");
        assert!(sent < 1 << 20, "{path}: {sent} octets were taken from the client");
    }
}

// ---- the user's own streams -----------------------------------------------------------------

const LAST: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
const LAST_ANSWER: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn tokio_serves_a_duplex() {
    use sanderling_tokio::{Exchange, NO_FIELDS, Settings, StatusCode, serve_connection};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    for size in [1, 16, 65_536] {
        let (mut client, stream) = tokio::io::duplex(size);
        let handler = |mut exchange: Exchange<DuplexStream>| async move {
            let body = exchange.read_to_end(100).await?;
            exchange.respond(StatusCode::OK, NO_FIELDS, body).await
        };
        let mut settings = Settings::default();
        settings.date = false;
        let serving = tokio::spawn(async move { serve_connection(stream, &settings, &handler).await });
        client.write_all(LAST).await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(PATIENCE, client.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert_eq!(answer, LAST_ANSWER);
        drop(client);
        tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap();
    }
}

/// A client looks whether a kept connection has stayed silent, also in a task that has done much already.
#[tokio::test]
async fn tokio_sees_what_has_arrived_though_the_task_has_to_yield() {
    use core::future::poll_fn;
    use core::pin::pin;
    use core::task::Poll;

    use sanderling::drive::Transport as _;
    use sanderling_tokio::Transport;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::coop::consume_budget;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut peer, _) = listener.accept().await.unwrap();
    peer.write_all(b"x").await.unwrap();
    stream.readable().await.unwrap();
    let mut transport = Transport::new(stream);
    let is_readable = poll_fn(|context| {
        while pin!(consume_budget()).poll(context).is_ready() {}
        Poll::Ready(transport.is_readable())
    });
    assert!(is_readable.await);
}

/// Time passes while the application does something else; what has come meanwhile is not late for that.
#[cfg(unix)]
#[test]
fn std_hears_what_has_come_though_its_time_has_passed() {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use sanderling::http::RequestTarget;
    use sanderling_std::{ClientConnection, Limits, Method};

    let (stream, mut server) = UnixStream::pair().unwrap();
    let mut deadlines = Deadlines::default();
    deadlines.head = Some(Duration::ZERO);
    let mut connection = ClientConnection::new(stream, Limits::default(), deadlines);
    for _ in 0..2 {
        connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None).unwrap();
        server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        connection.finish().unwrap();
        assert_eq!(connection.final_head().unwrap().status().as_u16(), 200);
        assert_eq!(connection.read_to_end(9).unwrap(), b"ok");
    }
    // What has not come is late.
    connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None).unwrap();
    let late = connection.finish().and_then(|()| connection.final_head().map(drop));
    assert!(matches!(late, Err(sanderling_std::Error::TimedOut)), "{late:?}");
}

#[cfg(unix)]
#[test]
fn smol_serves_a_socket_pair() {
    use sanderling_smol::{Exchange, NO_FIELDS, Settings, StatusCode, serve_connection};
    use smol::io::AsyncWriteExt;
    use smol::net::unix::UnixStream;

    smol::block_on(async {
        let (mut client, stream) = UnixStream::pair().unwrap();
        let handler = |mut exchange: Exchange<UnixStream>| async move {
            let body = exchange.read_to_end(100).await?;
            exchange.respond(StatusCode::OK, NO_FIELDS, body).await
        };
        let mut settings = Settings::default();
        settings.date = false;
        let serving = smol::spawn(async move { serve_connection(stream, &settings, &handler).await });
        client.write_all(LAST).await.unwrap();
        assert_eq!(smol_to_end(&mut client).await, LAST_ANSWER);
        drop(client);
        serving.await;
    });
}

#[cfg(unix)]
async fn smol_to_end(client: &mut smol::net::unix::UnixStream) -> String {
    use smol::io::AsyncReadExt;

    let mut answer = String::new();
    let reading = async { client.read_to_string(&mut answer).await };
    let patience = async {
        smol::Timer::after(PATIENCE).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    smol::future::or(reading, patience).await.unwrap();
    answer
}

#[cfg(unix)]
mod std_streams {
    use core::time::Duration;
    use std::io::{self, Read, Write};
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;
    use std::thread;

    use sanderling_std::{Error, Exchange, NO_FIELDS, Plain, Settings, StatusCode, Stream, serve_connection};

    use super::{LAST, LAST_ANSWER, PATIENCE, Peer, WS, peer};

    fn answer<S: Stream + Send + Sync + 'static>(mut exchange: Exchange<S>) -> Result<(), Error> {
        if exchange.request().target().path() == "/ws" {
            let mut socket = exchange.websocket()?;
            while let Some(message) = socket.recv()? {
                socket.send(message)?;
            }
            return Ok(());
        }
        let body = exchange.read_to_end(100)?;
        exchange.respond(StatusCode::OK, NO_FIELDS, body)
    }

    fn pair() -> (UnixStream, UnixStream) {
        let (client, stream) = UnixStream::pair().unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.set_write_timeout(Some(PATIENCE)).unwrap();
        (client, stream)
    }

    fn settings() -> Settings {
        let mut settings = Settings::default();
        settings.date = false;
        settings
    }

    #[test]
    fn a_socket_pair() {
        let (mut client, stream) = pair();
        let serving = thread::spawn(move || serve_connection(stream, &settings(), &answer));
        client.write_all(LAST).unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert_eq!(text, LAST_ANSWER);
        drop(client);
        serving.join().unwrap();
    }

    /// It cannot be shut down but by being dropped, which the client waits for.
    #[test]
    fn a_plain_stream() {
        let (mut client, stream) = pair();
        let serving = thread::spawn(move || serve_connection(Plain(stream), &settings(), &answer));
        client.write_all(LAST).unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert_eq!(text, LAST_ANSWER);
        drop(client);
        serving.join().unwrap();
    }

    #[test]
    fn a_websocket_on_a_plain_stream() {
        let (client, stream) = pair();
        let serving = thread::spawn(move || serve_connection(Plain(stream), &settings(), &answer));
        let mut peer = Peer::over(client);
        peer.send(WS.as_bytes());
        peer.expect(peer::WS_ANSWER);
        peer.send_frame(0x81, b"hello");
        assert_eq!(peer.frame(), (0x81, b"hello".to_vec()));
        peer.send_frame(0x89, b"ping");
        assert_eq!(peer.frame(), (0x8a, b"ping".to_vec()));
        peer.send_frame(0x88, &[0x03, 0xe8]);
        assert_eq!(peer.frame(), (0x88, vec![0x03, 0xe8]));
        peer.expect_end();
        serving.join().unwrap();
    }

    /// Takes a part of what is written once it has taken more than all the time that it was given.
    struct Slow {
        stream: UnixStream,
        /// Nothing ever comes over it: a read lasts as long as it may.
        silence: UnixStream,
    }

    impl Read for Slow {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.stream.read(room)
        }
    }

    impl Write for Slow {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            for _ in 0..2 {
                assert!(self.silence.read(&mut [0]).is_err());
            }
            self.stream.write(&octets[..octets.len().min(20_000)])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Slow {
        fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.stream.set_read_timeout(timeout)
        }

        fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.silence.set_read_timeout(timeout)
        }

        fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
            self.stream.set_nonblocking(nonblocking)
        }

        fn shutdown(&self, how: Shutdown) -> io::Result<()> {
            self.stream.shutdown(how)
        }

        fn try_clone(&self) -> io::Result<Self> {
            Ok(Self { stream: self.stream.try_clone()?, silence: self.silence.try_clone()? })
        }
    }

    /// However long the whole answer takes.
    #[test]
    fn each_write_has_the_time_of_one() {
        let (mut client, stream) = pair();
        let (silence, _open) = UnixStream::pair().unwrap();
        silence.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut settings = settings();
        settings.deadlines.write = Some(Duration::from_millis(200));
        let body = |exchange: Exchange<_>| exchange.respond(StatusCode::OK, NO_FIELDS, vec![b'x'; 50_000]);
        let serving = thread::spawn(move || serve_connection(Slow { stream, silence }, &settings, &body));
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        assert!(answer.ends_with(&[b'x'; 50_000]), "it ended after {} octets", answer.len());
        drop(client);
        serving.join().unwrap();
    }
}

// ---- threads that run out -------------------------------------------------------------------

mod threads {
    use sanderling::drive::Shutdown;
    use sanderling_std::{Overflow, Server};

    use super::*;

    struct Running {
        address: core::net::SocketAddr,
        handle: sanderling_std::ServerHandle,
        shutdown: Shutdown,
        thread: thread::JoinHandle<io::Result<()>>,
    }

    impl Running {
        fn start(threads: usize, overflow: Overflow) -> Self {
            Self::start_with_grace(threads, overflow, Duration::from_secs(5))
        }

        fn start_with_grace(threads: usize, overflow: Overflow, grace: Duration) -> Self {
            let shutdown = Shutdown::new();
            let server = Server::bind("127.0.0.1:0").unwrap().configure(|settings| {
                settings.date = false;
                settings.grace = grace;
                settings.shutdown = shutdown.clone();
            });
            let server = server.threads(threads).overflow(overflow);
            let (address, handle) = (server.local_addr().unwrap(), server.handle());
            Self { address, handle, shutdown, thread: thread::spawn(move || server.serve(handler::std::answer)) }
        }

        /// Waits until so many connections are there, those among them that wait for a thread.
        fn accepted(&self, connections: usize) {
            let begun = Instant::now();
            while self.shutdown.members() < connections {
                assert!(begun.elapsed() < PATIENCE, "they are not accepted");
                thread::yield_now();
            }
        }

        /// A connection that was served once.
        fn served(&self) -> Peer {
            let mut peer = Peer::connect(self.address);
            peer.send(HELLO);
            peer.expect(HELLO_ANSWER);
            peer
        }

        /// A connection that takes a thread: 100 says that the handler has it.
        fn busy(&self) -> Peer {
            let mut peer = Peer::connect(self.address);
            peer.send(READ);
            peer.expect(CONTINUE);
            peer
        }

        fn end(self) {
            self.handle.shut_down();
            self.thread.join().unwrap().unwrap();
        }
    }

    /// As many connections as threads are served, and none is asked to leave for another.
    #[test]
    fn every_thread_can_be_taken() {
        for overflow in [Overflow::Wait, Overflow::Refuse] {
            for threads in 1..4 {
                let server = Running::start(threads, overflow);
                let mut peers: Vec<_> = (0..threads).map(|_| server.served()).collect();
                for peer in &mut peers {
                    peer.send(HELLO);
                    peer.expect(HELLO_ANSWER);
                }
                server.end();
            }
        }
    }

    /// One idle connection gives its thread up, and no more than one.
    #[test]
    fn an_idle_connection_makes_room() {
        for overflow in [Overflow::Wait, Overflow::Refuse] {
            for _ in 0..20 {
                let server = Running::start(2, overflow);
                let mut peers = vec![server.served(), server.served()];
                // What is idle for the client may not be so for the server yet.
                let begun = Instant::now();
                let third = loop {
                    let mut third = Peer::connect(server.address);
                    if third.ask(HELLO, HELLO_ANSWER) {
                        break third;
                    }
                    assert!(overflow == Overflow::Refuse && begun.elapsed() < PATIENCE, "{overflow:?}: refused");
                };
                peers.push(third);
                let left =
                    peers.iter_mut().map(|peer| peer.ask(HELLO, HELLO_ANSWER)).filter(|answered| *answered).count();
                assert_eq!(left, 2, "{overflow:?}: connections that are still open");
                server.end();
            }
        }
    }

    /// The next may come just when the one before becomes idle.
    #[test]
    fn an_idle_connection_makes_room_at_any_moment() {
        let server = Running::start(1, Overflow::Wait);
        let mut before = server.served();
        for _ in 0..1000 {
            let next = server.served();
            before.expect_end();
            before = next;
        }
        server.end();
    }

    /// Those that are at work are left alone: one waits for the first of them to become idle.
    #[test]
    fn a_busy_connection_is_waited_for() {
        let server = Running::start(2, Overflow::Wait);
        let (mut first, mut second) = (server.busy(), server.busy());
        let mut third = Peer::connect(server.address);
        third.send(HELLO);
        first.send(b"hello");
        first.expect_start(b"HTTP/1.1 200 OK\r\n");
        third.expect(HELLO_ANSWER);
        second.send(b"hello");
        second.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        server.end();
    }

    #[test]
    fn nobody_is_cut_off_for_one_that_is_refused() {
        let server = Running::start(2, Overflow::Refuse);
        let (mut first, mut second) = (server.busy(), server.busy());
        let mut third = Peer::connect(server.address);
        third.expect_cut();
        for peer in [&mut first, &mut second] {
            peer.send(b"hello");
            peer.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
        server.end();
    }

    /// A connection that waits for the rest of a body is not idle, however its reads lie.
    #[test]
    fn a_body_is_not_cut_off_for_another_connection() {
        let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n";
        for first in [1, 2048 - head.len(), 2048 - head.len() + 16 * 1024, 16 * 1024, 30_000] {
            let server = Running::start(1, Overflow::Refuse);
            let mut peer = server.served();
            peer.send(&[head.as_slice(), &vec![b'x'; first]].concat());
            peer.expect(b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n");
            peer.expect(&vec![b'x'; first]);
            for _ in 0..3 {
                Peer::connect(server.address).expect_cut();
            }
            peer.send(&vec![b'y'; 40_000 - first]);
            peer.expect(&vec![b'y'; 40_000 - first]);
            server.end();
        }
    }

    #[test]
    fn those_that_wait_for_a_thread_are_served_before_the_end() {
        let server = Running::start(4, Overflow::Wait);
        let mut busy: Vec<_> = (0..4).map(|_| server.busy()).collect();
        let mut waiting: Vec<_> = (0..4).map(|_| Peer::connect(server.address)).collect();
        server.accepted(8);
        let [whole, long, pipeline, _silent] = waiting.as_mut_slice() else { panic!("there are four") };
        whole.send(HELLO);
        long.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
        pipeline.send(&HELLO.repeat(2));
        server.handle.shut_down();
        for peer in &mut busy {
            peer.send(b"hello");
            peer.expect(READ_LAST);
            peer.expect_end();
        }
        whole.expect(HELLO_LAST);
        long.expect(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhello");
        long.send(b"world");
        long.expect(b"world");
        pipeline.expect(HELLO_LAST);
        for peer in &mut waiting {
            peer.expect_end();
        }
        drop((busy, waiting));
        server.thread.join().unwrap().unwrap();
    }

    #[test]
    fn those_that_wait_for_a_thread_are_cut_off_at_the_end() {
        let server = Running::start_with_grace(1, Overflow::Wait, Duration::from_millis(50));
        let mut busy = server.busy();
        let mut waiting = Peer::connect(server.address);
        waiting.send(HELLO);
        server.accepted(2);
        server.end();
        busy.expect_cut();
        waiting.expect_cut();
    }

    /// Many more clients than threads, all of which keep their connections.
    #[test]
    fn a_crowd_is_served() {
        let server = Arc::new(Running::start(2, Overflow::Wait));
        let clients: Vec<_> = (0..20)
            .map(|_| {
                let server = Arc::clone(&server);
                thread::spawn(move || server.served())
            })
            .collect();
        // Nobody leaves by itself.
        let _peers: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        Arc::into_inner(server).unwrap().end();
    }
}
