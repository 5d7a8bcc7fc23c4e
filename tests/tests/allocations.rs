//! Steady state does not allocate: connections never, drivers once their buffers have grown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "allocations/adapters.rs"]
mod adapters;
#[path = "allocations/client.rs"]
mod client;

use core::task::Poll;

use allocation_counter::{AllocationInfo, measure};
use sanderling::Tick;
use sanderling::drive::{Driver, Message, ServerDriver, WebSocketDriver, WebSocketOptions};
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, NO_FIELDS, StatusCode};
use sanderling::ws::deflate::DeflateOptions;
use sanderling::ws::{FrameHeader, Opcode};
use sanderling_fuzz::opening;

const GET: &[u8] = b"GET /path?query HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nUser-Agent: test\r\n\r\n";
const FIELDS: [(&str, &str); 2] = [("Content-Type", "text/plain"), ("Server", "sanderling")];
const NOW: Tick = Tick::ZERO;
/// How often something is done before it is measured, and while it is.
const WARM_UP: usize = 4;
const ROUNDS: usize = 100;

#[test]
fn connections_never_allocate() {
    let (mut input, mut out) = ([0; GET.len()], [0; 512]);
    let info = measure(|| {
        let mut connection = Connection::new(Limits::default(), Deadlines::default(), NOW);
        for _ in 0..ROUNDS {
            input.copy_from_slice(GET);
            let (used, event) = connection.receive(&mut input, NOW).unwrap();
            assert!(used == GET.len() && matches!(event, Event::Request(_)));
            assert!(matches!(connection.receive(&mut [], NOW), Ok((0, Event::End))));
            connection.respond(StatusCode::OK, &FIELDS, BodyLength::Unknown, &mut out).unwrap();
            connection.send_data(b"Hello", &mut out).unwrap();
            connection.finish(NO_FIELDS, &mut out).unwrap();
        }
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn requests_one_by_one() {
    let respond = |driver: &mut ServerDriver| driver.respond(StatusCode::OK, &FIELDS, "Hello, World!").unwrap();
    assert_eq!(serve(GET, 1, respond).count_total, 0);
}

#[test]
fn requests_in_one_read() {
    let respond = |driver: &mut ServerDriver| driver.respond(StatusCode::OK, &FIELDS, "Hello, World!").unwrap();
    assert_eq!(serve(&GET.repeat(16), 16, respond).count_total, 0);
}

#[test]
fn requests_with_content() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";
    let input = [head.as_slice(), &[b'x'; 100]].concat();
    let info = serve(&input, 1, |driver| {
        let Poll::Ready(Ok(Some(data))) = driver.poll_data(NOW) else { panic!("no data") };
        assert_eq!(data.len(), 100);
        drop(data);
        assert!(matches!(driver.poll_data(NOW), Poll::Ready(Ok(None))));
        driver.respond(StatusCode::OK, &FIELDS, "Hello, World!").unwrap();
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn responses_in_chunks() {
    let info = serve(GET, 1, |driver| {
        driver.start(StatusCode::OK, &FIELDS, BodyLength::Unknown).unwrap();
        for data in ["one", "two", "three"] {
            driver.write(data).unwrap();
        }
        driver.finish(&[("X-Trailer", "value")]).unwrap();
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn websocket_messages() {
    assert_eq!(echo(100).count_total, 0);
}

/// A long message is put together in a buffer that is used again once the message is gone. How the
/// reads fall decides whether that buffer has to grow, so one allocation a message is let pass.
#[test]
fn long_websocket_messages() {
    let info = echo(65_536);
    println!("{ROUNDS} messages of 64 KiB: {} allocations, {} octets", info.count_total, info.bytes_total);
    assert!(info.count_total <= ROUNDS as u64);
}

/// What a few octets stand for that were compressed does not hold the room that they were inflated into.
#[test]
fn short_compressed_messages_are_kept_in_little() {
    let mut options = WebSocketOptions::default();
    options.deflate = Some(DeflateOptions::default());
    let (mut client, mut server) = opening::open(|| [0; 4], &options, &options);
    let mut kept = Vec::with_capacity(ROUNDS);
    let mut round = || {
        client.send_text("hello ".repeat(40)).unwrap();
        let frame: Vec<u8> = client.output().flatten().copied().collect();
        assert!(frame[0] & 0x40 != 0, "it is compressed");
        client.written(frame.len(), NOW);
        measure(|| {
            assert!(server.poll_message(NOW).is_pending());
            feed(&mut server, &frame);
            let Poll::Ready(message) = server.poll_message(NOW) else { panic!("it has come") };
            kept.push(message.unwrap().unwrap());
        })
        .bytes_current
    };
    round();
    let held: i64 = (1..ROUNDS).map(|_| round()).sum();
    assert!(held < 400 * ROUNDS as i64, "{held} octets for {ROUNDS} messages");
}

#[test]
fn allocations_are_counted() {
    assert_eq!(measure(|| drop(core::hint::black_box(Box::new(1)))).count_total, 1);
}

/// What `ROUNDS` rounds of requests allocate, each of which arrives in one piece.
fn serve(input: &[u8], requests: usize, mut answer: impl FnMut(&mut ServerDriver)) -> AllocationInfo {
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    let mut round = || {
        driver.set_unix_time(784_111_777);
        assert!(driver.poll_request(NOW).is_pending());
        // As an adapter does when it has to wait.
        driver.release_room();
        feed(&mut driver, input);
        for _ in 0..requests {
            assert_eq!(driver.poll_request(NOW), Poll::Ready(true));
            answer(&mut driver);
            driver.end_exchange();
        }
        assert!(flush(&mut driver) > 0);
    };
    (0..WARM_UP).for_each(|_| round());
    measure(|| (0..ROUNDS).for_each(|_| round()))
}

/// What `ROUNDS` messages of this length allocate on their way to and fro.
fn echo(len: usize) -> AllocationInfo {
    let mut driver = WebSocketDriver::server(&WebSocketOptions::default(), &[]);
    let header = FrameHeader::new(Opcode::Binary, true, len as u64, Some([0; 4]));
    let (octets, header_len) = header.write();
    let frame = [&octets[..header_len], &vec![b'x'; len]].concat();
    let mut round = || {
        let mut rest = frame.as_slice();
        let message = loop {
            match driver.poll_message(NOW) {
                Poll::Pending => {
                    driver.release_room();
                    let fed = feed(&mut driver, rest);
                    rest = &rest[fed..];
                }
                Poll::Ready(message) => break message.unwrap().unwrap(),
            }
        };
        assert!(matches!(&message, Message::Binary(octets) if octets.len() == len));
        driver.send(message).unwrap();
        assert!(flush(&mut driver) > len);
    };
    (0..WARM_UP).for_each(|_| round());
    measure(|| (0..ROUNDS).for_each(|_| round()))
}

/// Hands over as much as there is room for.
fn feed(driver: &mut impl Driver, input: &[u8]) -> usize {
    let room = driver.room();
    let len = room.len().min(input.len());
    room[..len].copy_from_slice(&input[..len]);
    driver.received(len);
    len
}

/// Takes all output.
fn flush(driver: &mut impl Driver) -> usize {
    let len = driver.output().map(<[u8]>::len).sum();
    driver.written(len, NOW);
    len
}
