//! What a connection costs while nothing happens on it, and that what happens takes nothing more.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use allocation_counter::measure;
use sanderling::drive::{Error, Exchange, Service, Settings, Transport};
use sanderling::http::{Method, StatusCode};
use smol::LocalExecutor;
use tokio::runtime::{Builder, Runtime};

/// How many connections are idle when their memory is counted.
const CONNECTIONS: usize = 64;
/// How often something is done before its allocations are counted, and while they are.
const WARM_UP: usize = 4;
const ROUNDS: usize = 50;

const FIELDS: &[(&str, &str)] = &[("Content-Type", "text/plain")];
/// Two requests at once and one with content, answered by three times these octets.
const REQUESTS: &[u8] = b"GET /path?query HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nUser-Agent: test\r\n\r\n\
    GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\nHello, World!";
const ANSWERS: usize = 3 * 115;
const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// The same for a WebSocket that something is sent to.
const PUSH: &[u8] = b"GET /push HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPTANCE: usize = 166;
const MESSAGE: &[u8] = b"\x81\x85\0\0\0\0Hello";
const ECHO: usize = 7;

/// Echoes bodies and messages.
async fn answer<T: Transport>(mut exchange: Exchange<T>) -> Result<(), Error> {
    if exchange.request().field("upgrade").is_some() {
        let is_push = exchange.request().target().path() == "/push";
        let mut socket = exchange.websocket()?;
        if is_push {
            // A message is waited for, and then something else.
            let is_pending = poll_fn(|context| Poll::Ready(pin!(socket.recv()).poll(context).is_pending())).await;
            assert!(is_pending);
            socket.send_text("Hello").await?;
            return pending().await;
        }
        while let Some(message) = socket.recv().await? {
            socket.send(message).await?;
        }
        return Ok(());
    }
    if exchange.request().method() == Method::POST {
        let data = exchange.read().await?.unwrap_or_default();
        return exchange.respond(StatusCode::OK, FIELDS, data).await;
    }
    exchange.respond(StatusCode::OK, FIELDS, "Hello, World!").await
}

/// A server whose connections are served on the thread that asks.
trait Server {
    fn address(&self) -> SocketAddr;
    fn run(&self, future: impl Future<Output = ()>);
}

struct Tokio(Runtime, SocketAddr);

impl Tokio {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let server = runtime.block_on(sanderling_tokio::Server::bind("127.0.0.1:0")).unwrap();
        let address = server.local_addr().unwrap();
        runtime.spawn(server.serve(answer));
        Self(runtime, address)
    }
}

impl Server for Tokio {
    fn address(&self) -> SocketAddr {
        self.1
    }

    fn run(&self, future: impl Future<Output = ()>) {
        self.0.block_on(future);
    }
}

struct Smol(Rc<LocalExecutor<'static>>, SocketAddr);

impl Smol {
    fn new() -> Self {
        let executor = Rc::new(LocalExecutor::new());
        let listener = smol::block_on(smol::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let spawner = Rc::clone(&executor);
        let serve = async move {
            let service = Rc::new(Service::new(Settings::default(), answer));
            let accepting = async {
                while let Ok((stream, _)) = listener.accept().await {
                    let member = service.settings().shutdown.join();
                    let transport = sanderling_smol::Transport::new(stream);
                    spawner.spawn(Service::serve(Rc::clone(&service), transport, member)).detach();
                }
            };
            // Any transport has the clock.
            let clock = sanderling_smol::Transport::new(smol::io::Cursor::new(Vec::new()));
            service.settings().shutdown.swept(accepting, || clock.now(), |wait| clock.sleep(wait)).await;
        };
        executor.spawn(serve).detach();
        Self(executor, address)
    }
}

impl Server for Smol {
    fn address(&self) -> SocketAddr {
        self.1
    }

    fn run(&self, future: impl Future<Output = ()>) {
        smol::block_on(self.0.run(future));
    }
}

/// A client beside its server. It gives way until the answer has come, and allocates nothing.
struct Client(TcpStream);

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self(stream)
    }

    /// Sends this, and waits for so many octets of an answer.
    async fn ask(&mut self, octets: &[u8], answer: usize) {
        self.0.write_all(octets).unwrap();
        let (mut came, mut len) = ([0; 1024], 0);
        while len < answer {
            smol::future::yield_now().await;
            match self.0.read(&mut came[len..]) {
                Ok(more) => {
                    assert_ne!(more, 0, "the server has closed");
                    len += more;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        assert_eq!(len, answer, "{}", String::from_utf8_lossy(&came));
    }
}

/// What a connection was used for.
#[derive(Clone, Copy)]
enum Use {
    Requests,
    Echo,
    Push,
}

/// A connection after one round of requests, or one message.
async fn used(address: SocketAddr, what: Use) -> Client {
    let mut client = Client::connect(address);
    match what {
        Use::Requests => client.ask(REQUESTS, ANSWERS).await,
        Use::Echo => {
            client.ask(HANDSHAKE, ACCEPTANCE).await;
            client.ask(MESSAGE, ECHO).await;
        }
        Use::Push => client.ask(PUSH, ACCEPTANCE + ECHO).await,
    }
    client
}

/// How many octets each idle connection holds.
fn held(server: &impl Server, what: Use) -> i64 {
    let address = server.address();
    server.run(async { drop(used(address, what).await) });
    let mut clients = Vec::with_capacity(CONNECTIONS);
    let info = measure(|| {
        server.run(async {
            for _ in 0..CONNECTIONS {
                clients.push(used(address, what).await);
            }
        });
    });
    let each = info.bytes_current / CONNECTIONS as i64;
    println!("{each} octets each");
    each
}

/// How many allocations are made by what is asked again and again on one connection. Over smol that cannot
/// be counted: its reactor makes a list of wakers and a node of its timers each time it waits.
fn allocations(server: &impl Server, what: Use) -> u64 {
    let (question, len) = if matches!(what, Use::Requests) { (REQUESTS, ANSWERS) } else { (MESSAGE, ECHO) };
    let client = Cell::new(None);
    server.run(async {
        let mut used = used(server.address(), what).await;
        for _ in 0..WARM_UP {
            used.ask(question, len).await;
        }
        client.set(Some(used));
    });
    let mut client = client.take().unwrap();
    let info = measure(|| {
        server.run(async {
            for _ in 0..ROUNDS {
                client.ask(question, len).await;
            }
        });
    });
    info.count_total
}

/// Of these, tokio's task and the state of its socket are 128 and 256 octets.
#[test]
fn idle_connections_over_tokio() {
    assert!(held(&Tokio::new(), Use::Requests) <= 584);
}

#[test]
fn idle_websockets_over_tokio() {
    assert!(held(&Tokio::new(), Use::Echo) <= 1184);
}

/// The handler waits for something else with it.
#[test]
fn websockets_that_were_sent_to_over_tokio() {
    assert!(held(&Tokio::new(), Use::Push) <= 1232);
}

#[test]
fn idle_connections_over_smol() {
    assert!(held(&Smol::new(), Use::Requests) <= 776);
}

#[test]
fn idle_websockets_over_smol() {
    assert!(held(&Smol::new(), Use::Echo) <= 1392);
}

#[test]
fn requests_over_tokio() {
    assert_eq!(allocations(&Tokio::new(), Use::Requests), 0);
}

#[test]
fn messages_over_tokio() {
    assert_eq!(allocations(&Tokio::new(), Use::Echo), 0);
}

/// A connection's allocations over threads, from its first octet to its end.
fn over_threads(rounds: usize) -> u64 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let serving = thread::spawn(move || {
        let handler = |mut exchange: sanderling_std::Exchange| {
            let data = exchange.read()?;
            match data {
                Some(data) => exchange.respond(StatusCode::OK, FIELDS, data),
                None => exchange.respond(StatusCode::OK, FIELDS, "Hello, World!"),
            }
        };
        measure(|| sanderling_std::serve_connection(stream, &Settings::default(), &handler)).count_total
    });
    let mut came = [0; ANSWERS];
    for _ in 0..rounds {
        client.write_all(REQUESTS).unwrap();
        client.read_exact(&mut came).unwrap();
    }
    drop(client);
    serving.join().unwrap()
}

#[test]
fn requests_over_threads() {
    assert_eq!(over_threads(WARM_UP), over_threads(WARM_UP + ROUNDS));
}
