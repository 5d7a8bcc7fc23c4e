//! What came together is answered together: one write for the replies to one read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::future::{Future, pending, poll_fn};
use core::mem;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use sanderling::Tick;
use sanderling::drive::{
    Compression, Driver, Exchange, Message, Phase, ServerDriver, Service, Settings, Transport, WebSocket,
    WebSocketOptions,
};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, NO_FIELDS, StatusCode};
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, Part};
use sanderling::ws::{CloseCode, MessageKind};
use sanderling_tests::woken::Woken;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const TEXT: (&str, &str) = ("Content-Type", "text/plain");
const FRAME: &[u8] = b"\x81\x82\0\0\0\0hi";
const ECHO: &[u8] = b"\x81\x02hi";

/// Each piece arrives by one read, and each write is noted.
#[derive(Clone, Default)]
struct Pieces<const BLOCKS: bool = false> {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    arriving: Vec<Vec<u8>>,
    writes: Vec<Vec<u8>>,
    /// As much is taken by one write.
    room: Option<usize>,
    /// The writing side was shut down.
    is_shut: bool,
    /// Called once by the next turn that has something to write.
    at_write: Option<Box<dyn FnOnce() + Send>>,
    waker: Option<Waker>,
    /// Both clocks, in seconds, and how often the first was read.
    time: u64,
    readings: usize,
}

impl<const BLOCKS: bool> Pieces<BLOCKS> {
    fn arrive(&self, piece: impl Into<Vec<u8>>) {
        self.state.lock().unwrap().arriving.insert(0, piece.into());
    }

    fn pass(&self, seconds: u64) {
        self.state.lock().unwrap().time += seconds;
    }

    fn writes(&self) -> Vec<Vec<u8>> {
        mem::take(&mut self.state.lock().unwrap().writes)
    }
}

impl<const BLOCKS: bool> Transport for Pieces<BLOCKS> {
    type Sleep = core::future::Pending<()>;

    const BLOCKS: bool = BLOCKS;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let at_write = self.state.lock().unwrap().at_write.take_if(|_| driver.output_len() > 0);
        at_write.into_iter().for_each(|call| call());
        let mut state = self.state.lock().unwrap();
        let mut is_done = false;
        let len = driver.output_len().min(state.room.unwrap_or(usize::MAX));
        if len > 0 {
            let output: Vec<u8> = driver.output().flatten().copied().take(len).collect();
            driver.written(len, Tick::ZERO);
            state.room = state.room.map(|room| room - len);
            state.writes.push(output);
            is_done = true;
        }
        if driver.wants_shutdown() {
            driver.write_closed(Tick::ZERO);
            state.is_shut = true;
            is_done = true;
        }
        if driver.wants_read() {
            if let Some(piece) = state.arriving.pop() {
                driver.room()[..piece.len()].copy_from_slice(&piece);
                driver.received(piece.len());
                is_done = true;
            } else {
                driver.release_room();
            }
        }
        if is_done {
            return Poll::Ready(Ok(()));
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn is_readable(&mut self) -> bool {
        false
    }

    fn now(&self) -> Tick {
        let mut state = self.state.lock().unwrap();
        state.readings += 1;
        at(state.time)
    }

    fn sleep(&self, _: core::time::Duration) -> Self::Sleep {
        pending()
    }

    fn unix_time(&self) -> u64 {
        self.state.lock().unwrap().time
    }
}

fn at(seconds: u64) -> Tick {
    Tick::ZERO + Duration::from_secs(seconds)
}

fn poll(future: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Serves the pieces by a handler.
fn serve<const BLOCKS: bool, F: Future>(
    pieces: &Pieces<BLOCKS>,
    handler: impl Fn(Exchange<Pieces<BLOCKS>>) -> F,
) -> impl Future<Output = ()> {
    let mut settings = Settings::default();
    settings.compression = Some(Compression::default());
    let service = Arc::new(Service::new(settings, handler));
    let member = service.settings().shutdown.join();
    Service::serve(service, pieces.clone(), member)
}

async fn echo(exchange: Exchange<Pieces>) {
    let mut socket = exchange.websocket().unwrap();
    while let Some(message) = socket.recv().await.unwrap() {
        socket.send(message).await.unwrap();
    }
}

/// Has a service see that its handlers are done at once.
fn accustom<const BLOCKS: bool>(pieces: &Pieces<BLOCKS>, mut serving: Pin<&mut impl Future<Output = ()>>) {
    for _ in 0..32 {
        pieces.arrive(GET);
        assert!(poll(serving.as_mut()).is_pending());
        assert_eq!(pieces.writes().len(), 1);
    }
}

#[test]
fn requests() {
    let pieces = <Pieces>::default();
    let respond = |exchange: Exchange<Pieces>| async { exchange.respond(StatusCode::OK, NO_FIELDS, "").await };
    let mut serving = pin!(serve(&pieces, respond));
    accustom(&pieces, serving.as_mut());
    pieces.arrive(GET.repeat(8));
    assert!(poll(serving.as_mut()).is_pending());
    let writes = pieces.writes();
    assert_eq!((writes.len(), writes[0].windows(4).filter(|end| end == b"\r\n\r\n").count()), (1, 8));
}

/// One that waits does not keep the answers before it from leaving, unless all were done at once that came before.
#[test]
fn answers_do_not_wait_for_a_handler_that_does() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |exchange: Exchange<Pieces>| async {
        let mut waits = exchange.request().method() == Method::POST;
        poll_fn(|_| if mem::take(&mut waits) { Poll::Pending } else { Poll::Ready(()) }).await;
        exchange.respond(StatusCode::OK, NO_FIELDS, "").await
    }));
    const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    let mut answers = |requests: &[&[u8]]| {
        if !requests.is_empty() {
            pieces.arrive(requests.concat());
        }
        assert!(poll(serving.as_mut()).is_pending());
        pieces.writes().concat().windows(4).filter(|end| end == b"\r\n\r\n").count()
    };
    for _ in 0..2 {
        assert_eq!(answers(&[GET, GET, POST]), 2);
        assert_eq!(answers(&[]), 1);
    }
    assert_eq!(answers(&[GET; 16]), 16);
    assert_eq!(answers(&[GET; 16]), 16);
    assert_eq!(answers(&[GET, GET, POST]), 0);
    assert_eq!(answers(&[]), 3);
    assert_eq!(answers(&[GET, GET, POST]), 2);
}

#[test]
fn answers_do_not_wait_for_a_handler_that_blocks() {
    let pieces = Pieces::<true>::default();
    let (line, left) = (pieces.clone(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&left);
    let mut serving = pin!(serve(&pieces, move |exchange| {
        // What has left when a handler begins.
        seen.lock().unwrap().push(line.writes().len());
        line.pass(1);
        async { exchange.respond(StatusCode::OK, NO_FIELDS, "").await }
    }));
    pieces.arrive(GET.repeat(40));
    assert!(poll(serving.as_mut()).is_pending());
    let left = left.lock().unwrap();
    assert_eq!((left[0], &left[1..]), (0, &[1; 39][..]));
}

#[test]
fn the_clock_is_read_as_often_for_many_requests_as_for_one() {
    let readings = [1, 8].map(|requests| {
        let pieces = <Pieces>::default();
        let respond = |exchange: Exchange<Pieces>| async { exchange.respond(StatusCode::OK, NO_FIELDS, "").await };
        let mut serving = pin!(serve(&pieces, respond));
        pieces.arrive(GET.repeat(requests));
        assert!(poll(serving.as_mut()).is_pending());
        assert_eq!(dates(&pieces).len(), requests);
        pieces.state.lock().unwrap().readings
    });
    assert_eq!(readings[0], readings[1]);
}

/// The Dates of the answers so far.
fn dates<const BLOCKS: bool>(pieces: &Pieces<BLOCKS>) -> Vec<String> {
    let answers = String::from_utf8(pieces.writes().concat()).unwrap();
    answers.lines().filter(|line| line.starts_with("Date: ")).map(str::to_owned).collect()
}

#[test]
fn a_handler_that_waits_does_not_date_the_next_answer() {
    // A thread waits in the handler's only poll, a task between two of them.
    assert_eq!(different_dates::<true>(3), 3);
    assert_eq!(different_dates::<false>(3), 3);
}

/// How many Dates the answers to requests have that came together and take a second each.
fn different_dates<const BLOCKS: bool>(requests: usize) -> usize {
    let pieces = Pieces::<BLOCKS>::default();
    let line = pieces.clone();
    let mut serving = pin!(serve(&pieces, move |exchange| {
        let line = line.clone();
        async move {
            if BLOCKS {
                line.pass(1);
            } else {
                let mut is_first = true;
                poll_fn(|_| if mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }).await;
            }
            exchange.respond(StatusCode::OK, NO_FIELDS, "").await
        }
    }));
    pieces.arrive(GET.repeat(requests));
    for _ in 0..=requests {
        assert!(poll(serving.as_mut()).is_pending());
        pieces.pass(1);
    }
    let mut dates = dates(&pieces);
    assert_eq!(dates.len(), requests);
    dates.dedup();
    dates.len()
}

#[test]
fn a_handler_that_computes_does_not_date_all_that_came_together() {
    let pieces = <Pieces>::default();
    let line = pieces.clone();
    let mut serving = pin!(serve(&pieces, move |exchange| {
        line.pass(1);
        async { exchange.respond(StatusCode::OK, NO_FIELDS, "").await }
    }));
    pieces.arrive(GET.repeat(40));
    for _ in 0..3 {
        assert!(poll(serving.as_mut()).is_pending());
    }
    let mut dates = dates(&pieces);
    assert_eq!(dates.len(), 40);
    dates.dedup();
    assert_eq!(dates.len(), 3);
}

/// A handler may go on long after its exchange: the client does not wait for it to learn how the answer ended.
#[test]
fn the_end_of_an_answer_does_not_wait_for_the_handler() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |mut exchange: Exchange<Pieces>| async {
        exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown).await.unwrap();
        exchange.write("hello").await.unwrap();
        exchange.finish().await.unwrap();
        pending::<()>().await;
    }));
    pieces.arrive(b"GET / HTTP/1.0\r\n\r\n");
    assert!(poll(serving.as_mut()).is_pending());
    assert!(pieces.writes().concat().ends_with(b"\r\n\r\nhello"));
    assert!(pieces.state.lock().unwrap().is_shut);

    // One that is cut short ends with the connection.
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |mut exchange: Exchange<Pieces>| async {
        exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Known(100)).await.unwrap();
        exchange.write("hello").await.unwrap();
        drop(exchange);
        pending::<()>().await;
    }));
    pieces.arrive(GET);
    assert!(poll(serving.as_mut()).is_pending());
    assert!(pieces.writes().concat().ends_with(b"\r\n\r\nhello"));
    assert_eq!(Arc::strong_count(&pieces.state), 1, "it is gone");
}

/// How much is handed to a handler of what comes together, in each of three polls; and whether the task asks for the
/// next poll itself.
fn turns(
    opening: &[u8],
    together: Vec<u8>,
    handle: impl AsyncFn(Exchange<Pieces>, &AtomicUsize),
) -> [(usize, bool); 3] {
    let (pieces, handed, woken) = (<Pieces>::default(), AtomicUsize::new(0), Arc::<Woken>::default());
    let mut serving = pin!(serve(&pieces, |exchange| handle(exchange, &handed)));
    pieces.arrive(opening);
    assert!(poll(serving.as_mut()).is_pending());
    pieces.arrive(together);
    [(); 3].map(|()| {
        handed.store(0, Ordering::Relaxed);
        let before = woken.count();
        assert!(serving.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&woken)))).is_pending());
        (handed.load(Ordering::Relaxed), woken.count() > before)
    })
}

/// Other connections of the same thread have their turns, however much has come here.
#[test]
fn requests_that_come_together_are_answered_in_several_turns() {
    let turns = turns(GET, GET.repeat(40), async |exchange, handed| {
        handed.fetch_add(1, Ordering::Relaxed);
        exchange.respond(StatusCode::OK, NO_FIELDS, "").await.unwrap();
    });
    assert_eq!(turns, [(16, true), (16, true), (8, false)]);
}

#[test]
fn messages_that_come_together_are_received_in_several_turns() {
    let turns = turns(HANDSHAKE, FRAME.repeat(300), async |exchange, handed| {
        let mut socket = exchange.websocket().unwrap();
        while socket.recv().await.unwrap().is_some() {
            handed.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(turns, [(129, true), (129, true), (42, false)]);
}

/// Nor does a peer that takes all at once keep a task from the others.
#[test]
fn messages_are_sent_in_several_turns() {
    let turns = turns(HANDSHAKE, FRAME.to_vec(), async |exchange, handed| {
        let mut socket = exchange.websocket().unwrap();
        socket.recv().await.unwrap();
        for _ in 0..150 {
            socket.send_text("hi").await.unwrap();
            handed.fetch_add(1, Ordering::Relaxed);
        }
        pending::<()>().await;
    });
    assert_eq!(turns, [(59, true), (64, true), (27, false)]);
}

/// A client that takes all at once does not keep the task either.
#[test]
fn a_body_is_written_in_several_turns() {
    let turns = turns(b"\r\n", GET.to_vec(), async |mut exchange, handed| {
        exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown).await.unwrap();
        for _ in 0..150 {
            exchange.write("hi").await.unwrap();
            handed.fetch_add(1, Ordering::Relaxed);
        }
        pending::<()>().await;
    });
    assert_eq!(turns, [(63, true), (64, true), (23, false)]);
}

/// Nor does what takes long to compress, and makes next to nothing to be written.
#[test]
fn a_body_is_compressed_in_several_turns() {
    const LEN: usize = 2 << 20;
    type Answer = Pin<Box<dyn Future<Output = ()>>>;
    let answers: [fn(Exchange<Pieces>) -> Answer; 3] = [
        |exchange| Box::pin(async { exchange.respond(StatusCode::OK, &[TEXT], vec![b'a'; LEN]).await.unwrap() }),
        |mut exchange| {
            Box::pin(async {
                exchange.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).await.unwrap();
                exchange.write(vec![b'a'; LEN]).await.unwrap();
                exchange.finish().await.unwrap();
            })
        },
        |mut exchange| {
            Box::pin(async {
                exchange.start(StatusCode::OK, &[TEXT], BodyLength::Known(LEN as u64)).await.unwrap();
                for _ in 0..LEN >> 16 {
                    exchange.write(vec![b'a'; 1 << 16]).await.unwrap();
                }
                exchange.finish().await.unwrap();
            })
        },
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let (pieces, woken) = (<Pieces>::default(), Arc::<Woken>::default());
        let mut serving = pin!(serve(&pieces, answer));
        pieces.arrive(b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
        let mut polls = 0;
        while woken.count() == polls {
            let waker = Waker::from(Arc::clone(&woken));
            assert!(serving.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            polls += 1;
        }
        assert!((30..40).contains(&polls), "{polls} polls for {number}");
        assert!(pieces.writes().concat().ends_with(b"\r\n0\r\n\r\n"), "{number}");
    }
}

/// A task that gives way comes back, though the transport that it has tried meanwhile would not wake it.
#[test]
fn messages_are_received_in_several_turns_though_the_peer_takes_nothing() {
    let (pieces, handed, woken) = (<Pieces>::default(), AtomicUsize::new(0), Arc::<Woken>::default());
    let mut serving = pin!(serve(&pieces, async |exchange: Exchange<Pieces>| {
        let mut socket = exchange.websocket().unwrap();
        while socket.recv().await.unwrap().is_some() {
            handed.fetch_add(1, Ordering::Relaxed);
        }
    }));
    pieces.arrive(HANDSHAKE);
    assert!(poll(serving.as_mut()).is_pending());
    pieces.state.lock().unwrap().room = Some(0);
    pieces.arrive([b"\x89\x80\0\0\0\0".as_slice(), &FRAME.repeat(300)].concat());
    for polls in 0..3 {
        assert_eq!(woken.count(), polls);
        let waker = Waker::from(Arc::clone(&woken));
        assert!(serving.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!((handed.load(Ordering::Relaxed), woken.count()), (300, 2));
}

/// Of control frames, and of fragments until the last, nothing is handed out.
#[test]
fn frames_that_come_together_before_a_message_are_taken_in_several_turns() {
    for (first, frame, rest) in [
        (b"".as_slice(), b"\x89\x80\0\0\0\0".as_slice(), FRAME),
        (b"", b"\x8a\x80\0\0\0\0", FRAME),
        (b"\x01\x81\0\0\0\0h", b"\x00\x81\0\0\0\0i", b"\x80\x80\0\0\0\0"),
    ] {
        let together = [first, &frame.repeat(150), rest].concat();
        let turns = turns(HANDSHAKE, together, async |exchange, handed| {
            let mut socket = exchange.websocket().unwrap();
            while socket.recv().await.unwrap().is_some() {
                handed.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert_eq!(turns, [(0, true), (0, true), (1, false)]);
    }
}

/// Nor need anything be handed out of what is read again and again.
#[test]
fn reads_that_come_one_upon_the_other_take_several_turns() {
    for (first, piece, together) in [
        // A text that comes in pieces; empty fragments.
        (b"\x81\xfe\x03\xe8\0\0\0\0".as_slice(), b"a".to_vec(), 64),
        (b"\x01\x80\0\0\0\0", b"\x00\x80\0\0\0\0".repeat(1000), 1),
    ] {
        let (pieces, woken) = (<Pieces>::default(), Arc::<Woken>::default());
        let mut serving = pin!(serve(&pieces, async |exchange: Exchange<Pieces>| {
            exchange.websocket().unwrap().recv().await.unwrap();
        }));
        pieces.arrive(HANDSHAKE);
        assert!(poll(serving.as_mut()).is_pending());
        pieces.arrive(first);
        assert!(poll(serving.as_mut()).is_pending());
        for _ in 0..5 * together {
            pieces.arrive(piece.as_slice());
        }
        let mut polls = 0;
        while polls == woken.count() {
            polls += 1;
            let waker = Waker::from(Arc::clone(&woken));
            assert!(serving.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert!(polls >= 5 && pieces.state.lock().unwrap().arriving.is_empty(), "{polls} polls");
    }
}

#[test]
fn a_message_that_becomes_long_is_inflated_in_several_turns() {
    let mut payload = Vec::new();
    let context = DeflateContext { takeover: true, window_bits: 15 };
    let mut deflater = MessageDeflater::new(context, &DeflateOptions::default());
    deflater.deflate_into(&[0; 600 * 1024], Part::Last, &mut payload);
    let len = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let frame = [&[0xc2, 0xfe], &len[..], &[0; 4], &payload].concat();
    let handshake = [HANDSHAKE.strip_suffix(b"\r\n").unwrap(), b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"];
    let turns = turns(&handshake.concat(), frame, async |exchange, handed| {
        let mut options = WebSocketOptions::default();
        options.deflate = Some(DeflateOptions::default());
        let mut socket = exchange.websocket_with(&options, &[]).unwrap();
        while socket.recv().await.unwrap().is_some() {
            handed.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(turns, [(0, true), (0, true), (1, false)]);
}

#[test]
fn messages_that_are_thrown_away_take_several_turns_too() {
    let turns =
        turns(HANDSHAKE, [FRAME.repeat(40).as_slice(), b"\x88\x80\0\0\0\0"].concat(), async |exchange, handed| {
            let mut socket = exchange.websocket().unwrap();
            let mut close = pin!(socket.close(CloseCode::NORMAL, ""));
            poll_fn(|context| {
                handed.fetch_add(1, Ordering::Relaxed);
                close.as_mut().poll(context).map(drop)
            })
            .await;
        });
    assert_eq!(turns, [(1, true), (1, true), (1, false)]);
}

#[test]
fn messages_that_come_to_a_server_that_shuts_down_take_several_turns_too() {
    let (pieces, woken, settings) = (<Pieces>::default(), Arc::<Woken>::default(), Settings::default());
    let shutdown = settings.shutdown.clone();
    let service = Service::new(settings, async |exchange: Exchange<Pieces>| {
        assert!(exchange.websocket().unwrap().recv().await.unwrap().is_none());
    });
    let mut serving = pin!(Service::serve(&service, pieces.clone(), shutdown.join()));
    pieces.arrive(HANDSHAKE);
    assert!(poll(serving.as_mut()).is_pending());
    shutdown.advance(Phase::Draining);
    pieces.arrive(FRAME.repeat(150));
    for turn in 1..=3 {
        let waker = Waker::from(Arc::clone(&woken));
        assert!(serving.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(woken.count(), turn.min(2));
    }
}

#[test]
fn pieces_that_come_together_are_read_in_several_turns() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let turns = turns(head, b"1\r\na\r\n".repeat(150), async |mut exchange, handed| {
        while exchange.read().await.unwrap().is_some() {
            handed.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(turns, [(64, true), (64, true), (22, false)]);
}

#[test]
fn what_is_no_head_yet_has_its_deadline_from_now_on() {
    // Empty lines, which are ignored, and a head that is not all there.
    for (rest, deadline) in [("\r\n\r\n", 200 + 60), ("GET / HTTP/1.1\r\n", 200 + 30)] {
        let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), at(100));
        let input = [GET, rest.as_bytes()].concat();
        driver.room()[..input.len()].copy_from_slice(&input);
        driver.received(input.len());
        assert_eq!(driver.poll_request(at(100)), Poll::Ready(true));
        driver.respond(StatusCode::OK, NO_FIELDS, "").unwrap();
        driver.end_exchange();
        assert!(driver.poll_request(at(200)).is_pending());
        assert_eq!(driver.deadline(), Some(at(deadline)), "{rest:?}");
    }
}

#[test]
fn messages() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, echo));
    pieces.arrive(HANDSHAKE);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes().len(), 1);
    pieces.arrive(FRAME.repeat(16));
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [ECHO.repeat(16)]);
    // One alone does not wait, nor does one before a frame that is still to be completed.
    pieces.arrive([FRAME, &FRAME[..3]].concat());
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [ECHO]);
    pieces.arrive(&FRAME[3..]);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [ECHO]);
}

/// A handler that answers the first of several messages, and then waits for something else.
async fn answer_once(exchange: Exchange<Pieces>) {
    let mut socket = exchange.websocket().unwrap();
    assert!(socket.recv().await.unwrap().is_some());
    let message = socket.recv().await.unwrap().unwrap();
    socket.send(message).await.unwrap();
    pending::<()>().await;
}

#[test]
fn what_is_sent_does_not_wait_for_a_handler() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, answer_once));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(3));
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [ECHO]);
}

#[test]
fn what_a_peer_does_not_take_leaves_when_it_does() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, answer_once));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(3));
    pieces.state.lock().unwrap().room = Some(1);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [&ECHO[..1]]);
    pieces.state.lock().unwrap().room = None;
    assert!(pieces.state.lock().unwrap().waker.take().is_some(), "nobody would come back to it");
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [&ECHO[1..]]);
}

#[test]
fn what_is_sent_last_leaves_though_the_handler_is_done() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |exchange| async {
        let mut socket = exchange.websocket().unwrap();
        assert!(socket.recv().await.unwrap().is_some());
        let message = socket.recv().await.unwrap().unwrap();
        socket.send(message).await.unwrap();
    }));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(3));
    pieces.state.lock().unwrap().room = Some(1);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(pieces.writes(), [&ECHO[..1]]);
    pieces.state.lock().unwrap().room = None;
    assert!(poll(serving.as_mut()).is_ready());
    assert_eq!(pieces.writes(), [&ECHO[1..]]);
    // What is kept is gone: the test's own handle is the only one.
    assert_eq!(Arc::strong_count(&pieces.state), 1);
}

#[test]
fn a_close_frame_leaves_though_the_handler_is_done_with_an_error() {
    let pieces = <Pieces>::default();
    let settings = Settings::default();
    let (line, shutdown) = (pieces.clone(), settings.shutdown.clone());
    let member = shutdown.join();
    let service = Service::new(settings, |exchange: Exchange<Pieces>| async {
        let mut socket = exchange.websocket().unwrap();
        assert!(socket.recv().await.unwrap().is_some());
        assert!(socket.recv().await.unwrap().is_some());
        shutdown.advance(Phase::Draining);
        line.state.lock().unwrap().room = Some(0);
        assert!(socket.send_text("hi").await.is_err());
    });
    let mut serving = pin!(Service::serve(&service, pieces.clone(), member));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    pieces.state.lock().unwrap().room = None;
    assert!(poll(serving.as_mut()).is_ready());
    assert_eq!(pieces.writes(), [b"\x88\x02\x03\xe9"]);
}

#[test]
fn a_server_that_is_dropped_takes_what_waits_with_it() {
    let pieces = <Pieces>::default();
    let mut serving = Box::pin(serve(&pieces, answer_once));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    pieces.arrive(FRAME.repeat(3));
    pieces.state.lock().unwrap().room = Some(1);
    assert!(poll(serving.as_mut()).is_pending());
    drop(serving);
    assert_eq!(Arc::strong_count(&pieces.state), 1);
}

/// A handler that is done with its WebSocket long before it is done itself.
async fn leave_early(exchange: Exchange<Pieces>) {
    let mut socket = exchange.websocket().unwrap();
    let message = socket.recv().await.unwrap().unwrap();
    let (receiver, sender) = socket.split();
    drop(receiver);
    sender.clone().send(message).await.unwrap();
    drop(sender);
    pending::<()>().await;
}

#[test]
fn a_connection_goes_with_its_last_user_though_the_handler_goes_on() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |exchange: Exchange<Pieces>| async {
        drop(exchange.websocket().unwrap());
        pending::<()>().await;
    }));
    pieces.arrive(HANDSHAKE);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(Arc::strong_count(&pieces.state), 1);
}

#[test]
fn what_waits_leaves_though_its_sender_has_gone_and_the_handler_goes_on() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, leave_early));
    pieces.arrive(HANDSHAKE);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(Arc::strong_count(&pieces.state), 2);
    drop(pieces.writes());
    // The second has it wait with the answer to the first, of which no more than an octet leaves at once.
    pieces.arrive(FRAME.repeat(2));
    pieces.state.lock().unwrap().room = Some(1);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!((pieces.writes(), Arc::strong_count(&pieces.state)), (vec![ECHO[..1].to_vec()], 2));
    pieces.state.lock().unwrap().room = None;
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!((pieces.writes(), Arc::strong_count(&pieces.state)), (vec![ECHO[1..].to_vec()], 1));
}

/// A handler that lets another thread send, and waits for it without giving its own up.
#[test]
fn what_another_thread_sends_does_not_wait_for_the_handler() {
    let pieces = <Pieces>::default();
    let line = pieces.clone();
    let mut serving = pin!(serve(&pieces, move |exchange| {
        let line = line.clone();
        async move {
            let mut socket = exchange.websocket().unwrap();
            assert!(socket.recv().await.unwrap().is_some());
            assert!(socket.recv().await.unwrap().is_some());
            let (_receiver, sender) = socket.split();
            thread::scope(|scope| {
                scope.spawn(|| assert!(poll(pin!(async { sender.send_text("hi").await.unwrap() })).is_ready()));
            });
            assert_eq!(line.writes(), [ECHO]);
            pending::<()>().await;
        }
    }));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(3));
    assert!(poll(serving.as_mut()).is_pending());
}

/// The same with all of it, while replies are held back.
#[test]
fn what_another_thread_sends_goes_with_what_is_held_back() {
    let pieces = <Pieces>::default();
    let line = pieces.clone();
    let mut serving = pin!(serve(&pieces, move |exchange| {
        let line = line.clone();
        async move {
            let mut socket = exchange.websocket().unwrap();
            assert!(socket.recv().await.unwrap().is_some());
            for text in ["one", "two"] {
                assert!(socket.recv().await.unwrap().is_some());
                socket.send_text(text).await.unwrap();
            }
            assert_eq!(line.writes(), [b""; 0]);
            thread::scope(|scope| {
                scope.spawn(|| assert!(poll(pin!(async { socket.send_text("hi").await.unwrap() })).is_ready()));
            });
            assert_eq!(line.writes(), [b"\x81\x03one\x81\x03two\x81\x02hi"]);
            pending::<()>().await;
        }
    }));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(4));
    assert!(poll(serving.as_mut()).is_pending());
}

/// A handler that sends something which waits for the end of its poll, and gives the WebSocket to another thread.
async fn give_away(exchange: Exchange<Pieces>, to: mpsc::Sender<WebSocket<Pieces>>) {
    let mut socket = exchange.websocket().unwrap();
    assert!(socket.recv().await.unwrap().is_some());
    let message = socket.recv().await.unwrap().unwrap();
    socket.send(message).await.unwrap();
    to.send(socket).unwrap();
    pending::<()>().await;
}

#[test]
fn a_connection_can_be_taken_apart_while_it_is_served() {
    let pieces = <Pieces>::default();
    let (give, given) = mpsc::channel();
    let mut serving = pin!(serve(&pieces, move |exchange| give_away(exchange, give.clone())));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(3));
    let (begin, begun) = mpsc::channel();
    // The serving thread is just about to write what waits.
    pieces.state.lock().unwrap().at_write = Some(Box::new(move || {
        begin.send(()).unwrap();
        (0..1000).for_each(|_| thread::yield_now());
    }));
    thread::scope(|scope| {
        let taking = scope.spawn(move || {
            let socket: WebSocket<Pieces> = given.recv().unwrap();
            begun.recv().unwrap();
            socket.into_parts().is_some()
        });
        assert!(poll(serving.as_mut()).is_pending());
        assert!(taking.join().unwrap());
    });
    assert_eq!(pieces.writes(), [ECHO]);
}

#[test]
fn what_cannot_be_taken_apart_sends_what_waits() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |exchange| async move {
        let mut socket = exchange.websocket()?;
        socket.recv().await?;
        let mut writer = socket.stream(MessageKind::Text).await?;
        writer.write("hi").await?;
        assert!(socket.into_parts().is_none());
        pending::<()>().await;
        writer.finish("").await
    }));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME.repeat(2));
    assert!(poll(serving.as_mut()).is_pending());
    assert!(pieces.writes().concat().ends_with(b"\x01\x02hi"));
}

/// A short frame of a client.
fn frame(first: u8, payload: &str) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let masked = payload.bytes().zip(KEY.iter().cycle()).map(|(octet, key)| octet ^ key);
    [first, 0x80 | payload.len() as u8].into_iter().chain(KEY).chain(masked).collect()
}

/// What comes between small messages and behind them, each wherever a burst of them may have ended.
#[test]
fn nothing_overtakes_a_message() {
    const RECEIVED: [(MessageKind, &str, bool); 8] = [
        (MessageKind::Text, "one", true),
        (MessageKind::Binary, "two", true),
        (MessageKind::Text, "", true),
        (MessageKind::Binary, "three", true),
        (MessageKind::Text, "fo", false),
        (MessageKind::Text, "ur", true),
        (MessageKind::Text, "five", true),
        (MessageKind::Binary, "six", true),
    ];
    let frames = [
        frame(0x81, "one"),
        frame(0x82, "two"),
        frame(0x81, ""),
        frame(0x89, "ping"),
        frame(0x82, "three"),
        frame(0x01, "fo"),
        frame(0x80, "ur"),
        frame(0x81, "five"),
        frame(0x82, "six"),
        frame(0x88, ""),
    ];
    // Each part is asked for where the bit is set, else the whole message.
    for parts in 0..1_u32 << RECEIVED.len() {
        let pieces = <Pieces>::default();
        let handler = |exchange: Exchange<Pieces>| async move {
            let mut socket = exchange.websocket().unwrap();
            let mut at = 0;
            while at < RECEIVED.len() {
                let (kind, text, last) = RECEIVED[at];
                if parts >> at & 1 == 1 {
                    let part = socket.recv_part().await.unwrap().unwrap();
                    assert_eq!((part.kind, &part.data[..], part.last), (kind, text.as_bytes(), last));
                } else {
                    let text = if last { text.to_owned() } else { "four".to_owned() };
                    at += usize::from(!last);
                    let expected = if kind == MessageKind::Text {
                        Message::Text(text.as_str().into())
                    } else {
                        Message::Binary(text.into())
                    };
                    assert_eq!(socket.recv().await.unwrap(), Some(expected));
                }
                at += 1;
            }
            assert_eq!(socket.closed(), None);
            assert_eq!(socket.recv().await.unwrap(), None);
            assert!(socket.closed().is_some());
        };
        let mut serving = pin!(serve(&pieces, handler));
        pieces.arrive(HANDSHAKE);
        assert!(poll(serving.as_mut()).is_pending());
        drop(pieces.writes());
        pieces.arrive(frames.concat());
        pieces.arrive("");
        assert!(poll(serving.as_mut()).is_ready());
        assert_eq!(pieces.writes().concat(), b"\x8a\x04ping\x88\x00");
    }
}

/// A handler that replies in one of these ways.
async fn reply(socket: &mut WebSocket<Pieces>, way: usize) {
    match way {
        0 => socket.send(Message::Text("hi".into())).await.unwrap(),
        1 => socket.send_binary(&[b'l'; 200]).await.unwrap(),
        2 => socket.ping(b"ping").await.unwrap(),
        3 => {
            let mut writer = socket.stream(MessageKind::Text).await.unwrap();
            writer.write("st").await.unwrap();
            writer.finish("ing").await.unwrap();
        }
        _ => assert!(socket.recv().await.unwrap().is_some()),
    }
}

/// Replies to messages that came together, each way of sending behind each other one.
#[test]
fn nothing_overtakes_a_reply() {
    let long = [b"\x82\x7e\x00\xc8".as_slice(), &[b'l'; 200]].concat();
    let frames: [&[u8]; 5] = [ECHO, &long, b"\x89\x04ping", b"\x01\x02st\x80\x03ing", b""];
    let count = frames.len();
    for ways in 0..count.pow(4) {
        let ways = [ways, ways / count, ways / count.pow(2), ways / count.pow(3)].map(|way| way % count);
        let pieces = <Pieces>::default();
        let mut serving = pin!(serve(&pieces, |exchange: Exchange<Pieces>| async move {
            let mut socket = exchange.websocket().unwrap();
            assert!(socket.recv().await.unwrap().is_some());
            for way in [4, 0, 0].into_iter().chain(ways) {
                reply(&mut socket, way).await;
            }
            let expected: usize = [0, 0].into_iter().chain(ways).map(|way| frames[way].len()).sum();
            assert_eq!(socket.buffered(), expected);
            pending::<()>().await;
        }));
        pieces.arrive(HANDSHAKE);
        pieces.arrive(FRAME);
        assert!(poll(serving.as_mut()).is_pending());
        drop(pieces.writes());
        pieces.arrive(FRAME.repeat(8));
        assert!(poll(serving.as_mut()).is_pending());
        let expected: Vec<_> = [0, 0].into_iter().chain(ways).map(|way| frames[way]).collect();
        assert_eq!(pieces.writes(), [expected.concat()], "{ways:?}");
    }
}

/// A handler whose replies pass the high-water mark does not have them all wait.
#[test]
fn replies_that_are_too_many_do_not_wait() {
    let pieces = <Pieces>::default();
    let mut serving = pin!(serve(&pieces, |exchange: Exchange<Pieces>| async move {
        let mut socket = exchange.websocket().unwrap();
        assert!(socket.recv().await.unwrap().is_some());
        assert!(socket.recv().await.unwrap().is_some());
        for _ in 0..1000 {
            socket.send_binary(&[0; 1000]).await.unwrap();
            assert!(socket.buffered() <= sanderling::ws::Limits::default().output + 1004);
        }
        pending::<()>().await;
    }));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(FRAME);
    assert!(poll(serving.as_mut()).is_pending());
    drop(pieces.writes());
    pieces.arrive(FRAME.repeat(3));
    assert!(poll(serving.as_mut()).is_pending());
    let writes = pieces.writes();
    assert_eq!(writes.concat().len(), 1004 * 1000);
    assert!(writes.len() < 20, "{} writes", writes.len());
}

#[test]
fn a_connection_that_is_taken_apart_has_all_that_was_not_received() {
    let pieces = <Pieces>::default();
    let handler = |exchange: Exchange<Pieces>| async {
        let mut socket = exchange.websocket().unwrap();
        assert_eq!(socket.recv().await.unwrap(), Some(Message::Text("one".into())));
        assert_eq!(socket.recv().await.unwrap(), Some(Message::Text("two".into())));
        let (_, mut driver, _) = socket.into_parts().unwrap();
        for text in ["three", "four", "five"] {
            let Poll::Ready(Ok(message)) = driver.poll_message(Tick::ZERO) else { panic!("no {text}") };
            assert_eq!(message, Some(Message::Text(text.into())));
        }
        assert!(driver.poll_message(Tick::ZERO).is_pending());
    };
    let mut serving = pin!(serve(&pieces, handler));
    pieces.arrive(HANDSHAKE);
    pieces.arrive(["one", "two", "three", "four", "five"].map(|text| frame(0x81, text)).concat());
    assert!(poll(serving.as_mut()).is_ready());
}

#[test]
fn what_came_is_thrown_away_when_the_handler_closes() {
    let pieces = <Pieces>::default();
    let handler = |exchange: Exchange<Pieces>| async {
        let mut socket = exchange.websocket().unwrap();
        assert!(socket.recv().await.unwrap().is_some());
        socket.close(CloseCode::NORMAL, "").await.unwrap();
        assert_eq!(socket.recv().await.unwrap(), None);
    };
    let mut serving = pin!(serve(&pieces, handler));
    pieces.arrive(HANDSHAKE);
    pieces.arrive([FRAME.repeat(8), frame(0x88, "")].concat());
    pieces.arrive("");
    assert!(poll(serving.as_mut()).is_ready());
    assert!(pieces.writes().concat().ends_with(b"\x88\x02\x03\xe8"));
}

/// A socket that notes what is written at once.
struct Noted {
    stream: TcpStream,
    writes: mpsc::Sender<Vec<u8>>,
}

impl Read for Noted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.stream.read(room)
    }
}

impl Write for Noted {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let _ = self.writes.send(octets.to_vec());
        self.stream.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl sanderling_std::Stream for Noted {
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.stream.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.stream.shutdown(how)
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()?, writes: self.writes.clone() })
    }
}

/// What a handler over a blocking stream writes at a time when these octets come behind the handshake.
fn writes_of(octets: &[u8], handler: fn(sanderling_std::Exchange<Noted>)) -> Vec<Vec<u8>> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let (writes, written) = mpsc::channel();
    client.write_all(HANDSHAKE).unwrap();
    client.write_all(octets).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    // Whatever pieces that came in, it is read at once: the server begins only now.
    let handle = |exchange| {
        handler(exchange);
        Ok::<(), sanderling_std::Error>(())
    };
    sanderling_std::serve_connection(Noted { stream, writes }, &Settings::default(), &handle);
    // The answer to the handshake does not wait for anything.
    let answer = written.recv().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101") && answer.ends_with(b"\r\n\r\n"));
    written.iter().collect()
}

#[test]
fn messages_over_threads() {
    let writes = writes_of(&FRAME.repeat(16), |exchange| {
        let mut socket = exchange.websocket().unwrap();
        while let Ok(Some(message)) = socket.recv() {
            socket.send(message).unwrap();
        }
    });
    // What answers the others does not wait for what is made of the last.
    assert_eq!(writes, [ECHO.repeat(15), ECHO.to_vec()]);
}

#[test]
fn what_is_sent_over_threads_leaves_though_the_rest_is_never_read() {
    fn answer(exchange: sanderling_std::Exchange<Noted>) -> sanderling_std::WebSocket<Noted> {
        let mut socket = exchange.websocket().unwrap();
        let message = socket.recv().unwrap().unwrap();
        socket.send(message).unwrap();
        assert!(socket.buffered() >= ECHO.len());
        socket
    }
    assert_eq!(writes_of(&FRAME.repeat(3), |exchange| drop(answer(exchange))), [ECHO]);
    let split = |exchange: sanderling_std::Exchange<Noted>| {
        let (_receiver, sender) = answer(exchange).split().unwrap();
        assert_eq!(sender.buffered(), 0);
    };
    assert_eq!(writes_of(&FRAME.repeat(3), split), [ECHO]);
    let flush = |exchange: sanderling_std::Exchange<Noted>| {
        let mut socket = answer(exchange);
        socket.flush().unwrap();
        assert_eq!(socket.buffered(), 0);
    };
    assert_eq!(writes_of(&FRAME.repeat(3), flush), [ECHO]);
    let push = |exchange: sanderling_std::Exchange<Noted>| {
        let mut socket = answer(exchange);
        socket.send_text("hi").unwrap();
        assert_eq!(socket.buffered(), 0);
        socket.send_text("hi").unwrap();
    };
    assert_eq!(writes_of(&FRAME.repeat(3), push), [ECHO.repeat(2), ECHO.to_vec()]);
}
