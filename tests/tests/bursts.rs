//! What came together is answered together: one write for the replies to one read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::future::{Future, pending};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::io;
use std::sync::{Arc, Mutex};

use sanderling::Tick;
use sanderling::drive::{Driver, Exchange, Service, Settings, Transport};
use sanderling::http::{NO_FIELDS, StatusCode};

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const FRAME: &[u8] = b"\x81\x82\0\0\0\0hi";
const ECHO: &[u8] = b"\x81\x02hi";

/// Each piece arrives by one read, and each write is noted.
#[derive(Clone, Default)]
struct Pieces {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    arriving: Vec<Vec<u8>>,
    writes: Vec<Vec<u8>>,
    /// As much is taken by one write.
    room: Option<usize>,
    waker: Option<Waker>,
}

impl Pieces {
    fn arrive(&self, piece: impl Into<Vec<u8>>) {
        self.state.lock().unwrap().arriving.insert(0, piece.into());
    }

    fn writes(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.state.lock().unwrap().writes)
    }
}

impl Transport for Pieces {
    type Sleep = core::future::Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
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
        Tick::ZERO
    }

    fn sleep(&self, _: core::time::Duration) -> Self::Sleep {
        pending()
    }

    fn unix_time(&self) -> u64 {
        0
    }
}

fn poll(future: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Serves the pieces by a handler.
fn serve<F: Future>(pieces: &Pieces, handler: impl Fn(Exchange<Pieces>) -> F) -> impl Future<Output = ()> {
    let service = Arc::new(Service::new(Settings::default(), handler));
    let member = service.settings().shutdown.join();
    Service::serve(service, pieces.clone(), member)
}

async fn echo(exchange: Exchange<Pieces>) {
    let mut socket = exchange.websocket().unwrap();
    while let Some(message) = socket.recv().await.unwrap() {
        socket.send(message).await.unwrap();
    }
}

#[test]
fn requests() {
    let pieces = Pieces::default();
    let respond = |exchange: Exchange<Pieces>| async { exchange.respond(StatusCode::OK, NO_FIELDS, "").await };
    let mut serving = pin!(serve(&pieces, respond));
    pieces.arrive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(8));
    assert!(poll(serving.as_mut()).is_pending());
    let writes = pieces.writes();
    assert_eq!((writes.len(), writes[0].windows(4).filter(|end| end == b"\r\n\r\n").count()), (1, 8));
}

#[test]
fn messages() {
    let pieces = Pieces::default();
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
    let pieces = Pieces::default();
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
    let pieces = Pieces::default();
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
    let pieces = Pieces::default();
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
fn a_server_that_is_dropped_takes_what_waits_with_it() {
    let pieces = Pieces::default();
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
