//! A server without a runtime: one thread, non-blocking sockets, readiness from the crate `polling`.
//! `cargo run --example embedder [address]` serves `GET /`, `POST /echo` and a WebSocket at `/ws`.

use core::task::{Poll, ready};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Instant;

use polling::{AsRawSource, Event, Events, Poller};
use sanderling::Tick;
use sanderling::drive::{Driver, Error, ServerDriver, WebSocketDriver, WebSocketOptions};
use sanderling::http::{Deadlines, Limits, Method, NO_FIELDS, StatusCode};

const LISTENER: usize = 0;
const CONTENT_LIMIT: usize = 1 << 20;

/// Answers requests until the connection is over or goes on as a WebSocket, which is `true`.
fn serve(http: &mut ServerDriver, content: &mut Option<Vec<u8>>, now: Tick) -> Poll<bool> {
    while content.is_some() || ready!(http.poll_request(now)) {
        let body = content.get_or_insert_default();
        let _error_is_answered_below = match http.request().map(|head| (head.method(), head.target().path())) {
            Some((Method::GET, "/")) => http.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello.\n"),
            Some((Method::GET, "/ws")) => match http.accept_websocket(&WebSocketOptions::default(), NO_FIELDS) {
                Ok(_) => return Poll::Ready(true),
                Err(error) => Err(error),
            },
            Some((Method::POST, "/echo")) => match ready!(http.poll_data(now)) {
                Ok(Some(data)) if body.len() + data.len() <= CONTENT_LIMIT => {
                    body.extend_from_slice(&data);
                    continue;
                }
                Ok(Some(_)) => http.respond(StatusCode::CONTENT_TOO_LARGE, NO_FIELDS, ""),
                Ok(None) => http.respond(StatusCode::OK, NO_FIELDS, core::mem::take(body)),
                Err(error) => Err(error),
            },
            _ => http.respond(StatusCode::NOT_FOUND, NO_FIELDS, ""),
        };
        http.end_exchange();
        *content = None;
    }
    Poll::Ready(false)
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

/// One turn of the driver's loop: what to wait for, and until when; `None` if something was done.
fn turn(driver: &mut impl Driver, mut socket: &TcpStream, now: Tick) -> io::Result<Option<(Event, Option<Tick>)>> {
    let mut done = driver.deadline().is_some_and(|deadline| deadline <= now);
    driver.handle_timeout(now);
    if driver.output_len() > 0 {
        let slices: Vec<IoSlice<'_>> = driver.output().map(IoSlice::new).collect();
        let len = or_wait(socket.write_vectored(&slices))?.unwrap_or(0);
        driver.written(len, now);
        done |= len > 0;
    }
    if driver.wants_shutdown() {
        socket.shutdown(Shutdown::Write)?;
        driver.shut_down(now);
        done = true;
    }
    if driver.wants_read() {
        if let Some(len) = or_wait(socket.read(driver.room()))? {
            driver.received(len);
            done = true;
        } else {
            driver.rest();
        }
    }
    let interest = Event::new(LISTENER, driver.wants_read(), driver.output_len() > 0);
    Ok((!done).then(|| (interest, driver.deadline())))
}

fn or_wait<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}

struct Connection {
    socket: TcpStream,
    http: Option<ServerDriver>,
    content: Option<Vec<u8>>,
    websocket: Option<WebSocketDriver>,
    deadline: Option<Tick>,
}

impl Connection {
    /// Goes on until there is something to wait for; `None` if the connection is over.
    fn advance(&mut self, now: Tick) -> io::Result<Option<Event>> {
        loop {
            let wait = match (&mut self.http, &mut self.websocket) {
                (Some(http), _) => match serve(http, &mut self.content, now) {
                    Poll::Pending => turn(http, &self.socket, now)?,
                    Poll::Ready(false) => return Ok(None),
                    Poll::Ready(true) => {
                        let upgrade = |http: ServerDriver| http.into_websocket(&WebSocketOptions::default(), None);
                        self.websocket = self.http.take().map(upgrade);
                        continue;
                    }
                },
                (None, Some(websocket)) => match echo(websocket, now) {
                    Poll::Pending => turn(websocket, &self.socket, now)?,
                    Poll::Ready(_) => return Ok(None),
                },
                (None, None) => return Ok(None),
            };
            if let Some((interest, deadline)) = wait {
                self.deadline = deadline;
                return Ok(Some(interest));
            }
        }
    }
}

#[expect(unsafe_code, reason = "`Poller::add` is unsafe")]
fn watch(poller: &Poller, source: impl AsRawSource, key: usize) -> io::Result<()> {
    // SAFETY: every socket is deleted from the poller before it is dropped, and the listener never is.
    unsafe { poller.add(source, Event::readable(key)) }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind(std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:0"))?;
    listener.set_nonblocking(true)?;
    println!("listening on http://{}/", listener.local_addr()?);
    let (poller, mut events, start) = (Poller::new()?, Events::new(), Instant::now());
    let (mut connections, mut latest) = (BTreeMap::<usize, Connection>::new(), LISTENER);
    watch(&poller, &listener, LISTENER)?;
    loop {
        let deadline = connections.values().filter_map(|connection| connection.deadline).min();
        events.clear();
        poller.wait(&mut events, deadline.map(|deadline| deadline.since(Tick::ZERO + start.elapsed())))?;
        let now = Tick::ZERO + start.elapsed();
        let mut keys: Vec<usize> = events.iter().map(|event| event.key).collect();
        keys.extend(connections.iter().filter(|(_, it)| it.deadline.is_some_and(|it| it <= now)).map(|(key, _)| *key));
        for key in keys {
            if let Some(connection) = connections.get_mut(&key) {
                if let Ok(Some(mut interest)) = connection.advance(now) {
                    interest.key = key;
                    poller.modify(&connection.socket, interest)?;
                } else {
                    poller.delete(&connection.socket)?;
                    connections.remove(&key);
                }
                continue;
            }
            while let Some((socket, _)) = or_wait(listener.accept())? {
                socket.set_nonblocking(true)?;
                latest += 1;
                watch(&poller, &socket, latest)?;
                let http = ServerDriver::new(Limits::default(), Deadlines::default(), now);
                let deadline = http.deadline();
                connections
                    .insert(latest, Connection { socket, http: Some(http), content: None, websocket: None, deadline });
            }
            poller.modify(&listener, Event::readable(LISTENER))?;
        }
    }
}
