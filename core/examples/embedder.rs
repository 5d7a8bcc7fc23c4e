//! A server without a runtime: one thread, non-blocking sockets, readiness from the crate `polling`.
//!
//! `cargo run --example embedder [address]` serves `GET /`, `POST /echo` and a WebSocket at `/ws`.

use core::task::{Poll, ready};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use polling::{AsRawSource, Event, Events, Poller};
use sanderling::Tick;
use sanderling::drive::{Driver, Error, ServerDriver, WebSocketDriver, WebSocketOptions, pause_after};
use sanderling::http::{Deadlines, Limits, Method, NO_FIELDS, StatusCode};

enum Protocol {
    /// With the content of the request that is being read, if one is.
    Http(ServerDriver, Option<Vec<u8>>),
    WebSocket(WebSocketDriver),
}

/// Answers requests until the connection is over, or goes on as a WebSocket (`true`).
fn serve(http: &mut ServerDriver, request: &mut Option<Vec<u8>>, now: Tick) -> Poll<bool> {
    loop {
        if request.is_none() && !ready!(http.poll_request(now)) {
            return Poll::Ready(false);
        }
        let content = request.get_or_insert_default();
        let _error_is_answered_below = match http.request().map(|head| (head.method(), head.target().path())) {
            Some((Method::GET, "/")) => http.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello.\n"),
            Some((Method::POST, "/echo")) => match ready!(http.poll_data(now)) {
                Ok(Some(data)) if content.len() + data.len() <= 1 << 20 => {
                    content.extend_from_slice(&data);
                    continue;
                }
                Ok(Some(_)) => http.respond(StatusCode::CONTENT_TOO_LARGE, NO_FIELDS, ""),
                Ok(None) => http.respond(StatusCode::OK, NO_FIELDS, core::mem::take(content)),
                Err(error) => Err(error),
            },
            Some((_, "/ws")) => match http.accept_websocket(&WebSocketOptions::default(), &[]) {
                Ok(_) => return Poll::Ready(true),
                Err(error) => Err(error),
            },
            _ => http.respond(StatusCode::NOT_FOUND, NO_FIELDS, ""),
        };
        http.end_exchange();
        *request = None;
    }
}

/// Echoes messages until the connection is over.
fn echo(websocket: &mut WebSocketDriver, now: Tick) -> Poll<Result<(), Error>> {
    while websocket.has_room() {
        match ready!(websocket.poll_message(now))? {
            Some(message) => websocket.send(message)?,
            None => return Poll::Ready(Ok(())),
        }
    }
    Poll::Pending
}

/// What a connection waits for: input, room for output, a moment.
type Wait = (bool, bool, Option<Tick>);

/// One turn of the driver's loop; `None` if anything was done, so that there may be more to do.
fn turn(driver: &mut impl Driver, mut socket: &TcpStream, now: Tick) -> io::Result<Option<Wait>> {
    let mut done = driver.deadline().is_some_and(|deadline| deadline <= now);
    driver.handle_timeout(now);
    if driver.output_len() > 0 {
        let slices: Vec<IoSlice<'_>> = driver.output().map(IoSlice::new).collect();
        let written = or_wait(socket.write_vectored(&slices))?.unwrap_or(0);
        driver.written(written, now);
        done |= written > 0;
    }
    if driver.wants_shutdown() {
        socket.shutdown(Shutdown::Write)?;
        driver.shut_down(now);
        done = true;
    }
    if driver.wants_read() {
        match or_wait(socket.read(driver.room()))? {
            Some(len) => driver.received(len),
            None => driver.rest(),
        }
        done |= true;
    }
    Ok((!done).then(|| (driver.wants_read(), driver.output_len() > 0, driver.deadline())))
}

fn or_wait<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error),
    }
}

struct Connection {
    socket: TcpStream,
    protocol: Option<Protocol>,
    deadline: Option<Tick>,
}

impl Connection {
    /// Goes on until something has to be waited for; `None` if the connection is over.
    fn advance(&mut self, now: Tick) -> io::Result<Option<Wait>> {
        for _ in 0..16 {
            let (protocol, wait) = match self.protocol.take() {
                Some(Protocol::Http(mut http, mut request)) => match serve(&mut http, &mut request, now) {
                    Poll::Ready(false) => return Ok(None),
                    Poll::Ready(true) => {
                        (Protocol::WebSocket(http.into_websocket(&WebSocketOptions::default(), None)), None)
                    }
                    Poll::Pending => {
                        let wait = turn(&mut http, &self.socket, now)?;
                        (Protocol::Http(http, request), wait)
                    }
                },
                Some(Protocol::WebSocket(mut websocket)) => match echo(&mut websocket, now) {
                    Poll::Ready(_) => return Ok(None),
                    Poll::Pending => {
                        let wait = turn(&mut websocket, &self.socket, now)?;
                        (Protocol::WebSocket(websocket), wait)
                    }
                },
                None => return Ok(None),
            };
            self.protocol = Some(protocol);
            if wait.is_some() { return Ok(wait) }
        }
        // There is more to do, but it is the turn of the others.
        Ok(Some((false, false, Some(now))))
    }
}
