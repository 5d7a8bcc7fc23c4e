//! A server without a runtime: one thread, non-blocking sockets, readiness from the crate `mio`.
//! `cargo run --example embedder [address]` serves `GET /`, `POST /echo` and a WebSocket at `/ws`.

use core::task::{Poll, ready};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::time::Instant;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Token};
use sanderling::Tick;
use sanderling::drive::{Driver, Error, ServerDriver, WebSocketDriver, WebSocketOptions, pause_after};
use sanderling::http::{Deadlines, Limits, Method, NO_FIELDS, StatusCode};

const LISTENER: Token = Token(0);

enum Protocol {
    Http(ServerDriver),
    WebSocket(WebSocketDriver),
}

/// Goes on with HTTP as far as it can: to the end of the connection, or to a WebSocket.
fn serve(http: &mut ServerDriver, now: Tick) -> Poll<Result<Option<WebSocketDriver>, Error>> {
    while ready!(http.poll_request(now)) {
        match http.request().map(|head| (head.method(), head.target().path())) {
            Some((Method::GET | Method::HEAD, "/")) => http.respond(StatusCode::OK, NO_FIELDS, "Hello.\n")?,
            // Until the body is there, this comes by again with the same request.
            Some((Method::POST, "/echo")) => {
                if let Ok(body) = ready!(http.poll_to_end(1 << 20, now)) {
                    http.respond(StatusCode::OK, NO_FIELDS, body)?;
                }
            }
            Some((Method::GET, "/ws")) => {
                if let Ok(websocket) = http.accept_websocket(&WebSocketOptions::default(), &[]) {
                    return Poll::Ready(Ok(Some(websocket)));
                }
            }
            _ => http.respond(StatusCode::NOT_FOUND, NO_FIELDS, "Not found.\n")?,
        }
        http.end_exchange(); // Answers what is not answered yet.
    }
    Poll::Ready(Ok(None))
}

/// Echoes messages as far as it can: to the end of the connection.
fn echo(websocket: &mut WebSocketDriver, now: Tick) -> Poll<Result<(), Error>> {
    while websocket.can_write() {
        match ready!(websocket.poll_message(now))? {
            Some(message) => websocket.send(message)?,
            None => return Poll::Ready(Ok(())),
        }
    }
    Poll::Pending
}

/// Goes on with a connection until it has to wait: until when, or an error at its end.
fn advance(protocol: &mut Protocol, socket: &mut TcpStream, now: Tick) -> Result<Option<Tick>, Error> {
    let shut_down = |socket: &mut TcpStream| socket.shutdown(Shutdown::Write);
    loop {
        let (done, deadline) = match protocol {
            Protocol::Http(http) => match serve(http, now)? {
                Poll::Ready(Some(websocket)) => {
                    *protocol = Protocol::WebSocket(websocket);
                    continue;
                }
                Poll::Ready(None) => return Err(Error::Disconnected),
                Poll::Pending => (http.turn(socket, shut_down, now)?, http.deadline()),
            },
            Protocol::WebSocket(websocket) => match echo(websocket, now)? {
                Poll::Ready(()) => return Err(Error::Disconnected),
                Poll::Pending => (websocket.turn(socket, shut_down, now)?, websocket.deadline()),
            },
        };
        if !done {
            return Ok(deadline);
        }
    }
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:0".into());
    let mut listener = TcpListener::bind(address.parse().map_err(io::Error::other)?)?;
    println!("listening on http://{}/", listener.local_addr()?);
    let (mut poll, mut events, start) = (mio::Poll::new()?, Events::with_capacity(256), Instant::now());
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut connections, mut latest) = (BTreeMap::new(), LISTENER);
    loop {
        let now = || Tick::ZERO + start.elapsed();
        let deadline = connections.values().filter_map(|(_, _, deadline)| *deadline).min();
        match poll.poll(&mut events, deadline.map(|deadline: Tick| deadline.since(now()))) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut ready: Vec<Token> = events.iter().map(mio::event::Event::token).collect();
        let is_due = |deadline: &Option<Tick>| deadline.is_some_and(|deadline| deadline <= now());
        ready.extend(connections.iter().filter(|(_, (_, _, deadline))| is_due(deadline)).map(|(token, _)| *token));
        while ready.contains(&LISTENER) {
            match listener.accept() {
                Ok((mut socket, _)) => {
                    latest = Token(latest.0 + 1);
                    poll.registry().register(&mut socket, latest, Interest::READABLE | Interest::WRITABLE)?;
                    let http = ServerDriver::new(Limits::default(), Deadlines::default(), now());
                    connections.insert(latest, (Protocol::Http(http), socket, None));
                    ready.push(latest);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => pause_after(&error).into_iter().for_each(std::thread::sleep),
            }
        }
        for token in ready {
            let Some((protocol, socket, deadline)) = connections.get_mut(&token) else { continue };
            match advance(protocol, socket, now()) {
                Ok(next) => *deadline = next,
                Err(_) => drop(connections.remove(&token)),
            }
        }
    }
}
