//! Over a stream with a buffer of its own, as TLS has one, and with an end of its own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::future::{Pending, pending, poll_fn};
use core::mem;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};

use sanderling::Tick;
use sanderling::drive::{AsyncIo, ClientConnection, Driver, Error, Exchange, Service, Settings, Transport, Turns};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, NO_FIELDS, RequestTarget, SendError, StatusCode};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[derive(Default)]
struct State {
    arriving: VecDeque<io::Result<&'static str>>,
    written: Vec<u8>,
    /// What was written stays in the buffer.
    is_stuck: bool,
    shutdowns: usize,
    now: Tick,
}

#[derive(Clone, Default)]
struct Stream(Arc<Mutex<State>>);

impl Stream {
    fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.0.lock().unwrap())
    }

    fn arrive(&self, octets: &'static str) {
        self.with(|state| state.arriving.push_back(Ok(octets)));
    }

    fn written(&self) -> String {
        String::from_utf8(self.with(|state| mem::take(&mut state.written))).unwrap()
    }
}

impl AsyncIo for Stream {
    fn poll_write(&mut self, octets: &[IoSlice<'_>], _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.with(|state| {
            let len = state.written.len();
            octets.iter().for_each(|slice| state.written.extend_from_slice(slice));
            Poll::Ready(Ok(state.written.len() - len))
        })
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.with(|state| state.is_stuck) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn poll_shut_down(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|state| state.shutdowns += 1);
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, room: &mut [u8], _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(arrived) = self.with(|state| state.arriving.pop_front()) else { return Poll::Pending };
        Poll::Ready(arrived.map(|octets| {
            room[..octets.len()].copy_from_slice(octets.as_bytes());
            octets.len()
        }))
    }

    fn poll_timer(&mut self, deadline: Tick, _: &mut Context<'_>) -> Poll<()> {
        if deadline <= self.now() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn now(&self) -> Tick {
        self.with(|state| state.now)
    }
}

#[derive(Default)]
struct Line {
    stream: Stream,
    turns: Turns,
}

impl Transport for Line {
    type Sleep = Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.turns.poll(&mut self.stream, driver, context)
    }

    fn is_flushed(&self) -> bool {
        self.turns.is_flushed()
    }

    fn is_readable(&mut self) -> bool {
        false
    }

    fn now(&self) -> Tick {
        self.stream.now()
    }

    fn sleep(&self, _: Duration) -> Self::Sleep {
        pending()
    }

    fn unix_time(&self) -> u64 {
        self.now().since(Tick::ZERO).as_secs()
    }
}

fn poll<R>(future: Pin<&mut impl Future<Output = R>>) -> Poll<R> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Serves what arrives on a stream.
fn serve<F: Future>(stream: &Stream, handler: impl Fn(Exchange<Line>) -> F) -> Pin<Box<impl Future<Output = ()>>> {
    let service = Arc::new(Service::new(Settings::default(), handler));
    let member = service.settings().shutdown.join();
    Box::pin(Service::serve(service, Line { stream: stream.clone(), turns: Turns::new() }, member))
}

async fn greet(exchange: Exchange<Line>) -> Result<(), Error> {
    exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await
}

#[test]
fn what_a_stream_holds_for_too_long_ends_the_exchange() {
    let stream = Stream::default();
    let ended = Mutex::new(None);
    let mut serving = serve(&stream, |exchange| async {
        let result = exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await;
        *ended.lock().unwrap() = Some(matches!(result, Err(Error::TimedOut)));
    });
    stream.arrive(GET);
    stream.with(|state| state.is_stuck = true);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(*ended.lock().unwrap(), None);
    stream.with(|state| state.now = state.now + Deadlines::default().write.unwrap());
    assert!(poll(serving.as_mut()).is_ready());
    assert_eq!(*ended.lock().unwrap(), Some(true));
}

/// RFC 9112 section 9.8: over TLS a client is told, though it has closed its own side.
#[test]
fn a_stream_is_shut_down_behind_the_client() {
    for arriving in [&[""][..], &[GET, ""], &[GET, "GET / HT", ""]] {
        let stream = Stream::default();
        let mut serving = serve(&stream, greet);
        arriving.iter().for_each(|octets| stream.arrive(octets));
        assert!(poll(serving.as_mut()).is_ready(), "{arriving:?}");
        assert_eq!(stream.with(|state| state.shutdowns), 1, "{arriving:?}");
    }
    // Not before what it holds has left.
    let stream = Stream::default();
    let mut serving = serve(&stream, greet);
    stream.arrive(GET);
    stream.arrive("");
    stream.with(|state| state.is_stuck = true);
    assert!(poll(serving.as_mut()).is_pending());
    stream.with(|state| state.is_stuck = false);
    assert!(poll(serving.as_mut()).is_ready());
}

/// RFC 9110 section 9.3.6: a 2xx says that there is a tunnel.
#[test]
fn no_content_goes_through_a_tunnel_that_is_none() {
    let stream = Stream::default();
    let mut serving = serve(&stream, |exchange| async {
        let result = exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await;
        assert!(matches!(result, Err(Error::Send(SendError::Status))), "{result:?}");
    });
    stream.arrive("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n");
    let _: Poll<()> = poll(serving.as_mut());
    assert!(stream.written().starts_with("HTTP/1.1 500 "));
}

/// RFC 9110 section 6.6.1: when the answer was made, not when it was asked for.
#[test]
fn an_answer_that_takes_long_is_dated_when_it_is_made() {
    let stream = Stream::default();
    let mut serving = serve(&stream, |exchange| async {
        let mut waits = true;
        poll_fn(|_| if mem::take(&mut waits) { Poll::Pending } else { Poll::Ready(()) }).await;
        exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await
    });
    stream.arrive(GET);
    assert!(poll(serving.as_mut()).is_pending());
    stream.with(|state| state.now = state.now + Duration::from_secs(9));
    assert!(poll(serving.as_mut()).is_pending());
    assert!(stream.written().contains("Date: Thu, 01 Jan 1970 00:00:09 GMT\r\n"));
}

/// A connection of a client that has asked, and what answers.
fn asked(stream: &Stream, answer: &'static str) -> ClientConnection<Line> {
    let line = Line { stream: stream.clone(), turns: Turns::new() };
    let mut connection = ClientConnection::new(line, Limits::default(), Deadlines::default());
    ask(&mut connection).unwrap();
    stream.arrive(answer);
    assert!(matches!(poll(pin!(connection.finish())), Poll::Ready(Ok(()))));
    assert!(matches!(poll(pin!(connection.final_head())), Poll::Ready(Ok(_))));
    connection
}

fn ask(connection: &mut ClientConnection<Line>) -> Result<(), Error> {
    connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None)
}

/// RFC 9112 section 8: a body that ends with the connection is whole only if that was not cut off.
#[test]
fn a_body_that_is_cut_off_is_not_whole() {
    const UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\n\r\nabc";
    for is_cut_off in [false, true] {
        let stream = Stream::default();
        let mut connection = asked(&stream, UNTIL_CLOSE);
        if is_cut_off {
            // The system tells it once.
            stream.with(|state| state.arriving.push_back(Err(io::ErrorKind::ConnectionReset.into())));
        }
        stream.arrive("");
        match poll(pin!(connection.read_to_end(10))) {
            Poll::Ready(Ok(body)) => assert_eq!((is_cut_off, &body[..]), (false, &b"abc"[..])),
            Poll::Ready(Err(Error::Io(error))) if is_cut_off => {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// RFC 9112 section 9.2.
#[test]
fn what_nobody_has_asked_for_answers_nothing() {
    const TWO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let stream = Stream::default();
    let mut connection = asked(&stream, TWO);
    assert!(matches!(poll(pin!(connection.read_to_end(10))), Poll::Ready(Ok(body)) if body == b"Hi"));
    assert!(!connection.can_reuse());
    assert!(matches!(ask(&mut connection), Err(Error::Send(SendError::OutOfTurn))));
}

/// A server that is silent while it is waited for, with a request that has not ended.
#[test]
fn an_answer_that_is_waited_for_is_due() {
    let stream = Stream::default();
    let line = Line { stream: stream.clone(), turns: Turns::new() };
    let mut connection = ClientConnection::new(line, Limits::default(), Deadlines::default());
    let length = Some(BodyLength::Unknown);
    connection.start(Method::PUT, RequestTarget::Origin("/"), &[("Host", "a")], length).unwrap();
    assert!(matches!(poll(pin!(connection.write("abc"))), Poll::Ready(Ok(true))));
    // While the application does something else nothing is due.
    stream.with(|state| state.now = state.now + Duration::from_secs(1000));
    assert!(matches!(poll(pin!(connection.write("abc"))), Poll::Ready(Ok(true))));
    assert!(poll(pin!(connection.final_head())).is_pending());
    stream.with(|state| state.now = state.now + Deadlines::default().head.unwrap());
    assert!(matches!(poll(pin!(connection.final_head())), Poll::Ready(Err(Error::TimedOut))));
}
