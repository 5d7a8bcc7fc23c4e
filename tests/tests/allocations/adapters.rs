//! The adapters over sockets. A connection of more rounds allocates no more than one of few: what comes once,
//! such as its buffers and timers, is in both.

use ::std::net::TcpListener;

use allocation_counter::measure;
use sanderling::drive::{Error, Exchange, Settings, Transport};
use sanderling::http::StatusCode;
use sanderling::ws::{FrameHeader, Opcode};

use crate::client::Script;
use crate::{FIELDS, GET};

const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const BODY: &str = "Hello, World!";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n\
    Server: sanderling\r\nContent-Length: 13\r\n\r\nHello, World!";
/// The rounds of a short connection, and how many more a long one has.
const FEW: usize = 50;
const MORE: usize = 400;

/// Serves one connection and says how often that allocated.
type Serve = fn(TcpListener) -> u64;

/// One test for each adapter and way to talk to it.
macro_rules! adapters {
    ($($name:ident: $serve:ident, $script:expr, [$($(#[$attribute:meta])* $adapter:ident),*];)*) => {
        $(mod $name {
            $(
                #[test]
                $(#[$attribute])*
                fn $adapter() {
                    super::assert_steady(super::$adapter::$serve, super::$adapter::NOW_AND_THEN, &$script);
                }
            )*
        })*
    };
}

adapters! {
    requests_one_by_one: requests, super::requests(super::GET, 1), [tokio, smol, std];
    requests_in_one_read: requests, super::requests(super::GET, 16), [tokio, smol, std];
    requests_with_content: requests, super::requests(&super::post(100), 1), [tokio, smol, std];
    requests_with_content_in_one_read: requests, super::requests(&super::post(100), 16), [tokio, smol, std];
    requests_with_content_that_is_lent: requests, super::requests(&super::post(8000), 1), [
        tokio,
        smol,
        std
    ];
    messages: messages, super::messages(100), [
        tokio,
        smol,
        std
    ];
    messages_that_are_lent: messages, super::messages(8000), [
        tokio,
        smol,
        std
    ];
}

fn post(len: usize) -> Vec<u8> {
    [format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n").as_bytes(), &vec![b'x'; len]].concat()
}

fn requests(request: &[u8], at_once: usize) -> Script {
    Script { opening: None, round: request.repeat(at_once), answer: ANSWER.len() * at_once }
}

fn messages(len: usize) -> Script {
    let (header, header_len) = FrameHeader::new(Opcode::Binary, true, len as u64, Some([1, 2, 3, 4])).write();
    let round = [&header[..header_len], &vec![b'x'; len]].concat();
    let answer = round.len() - 4;
    Script { opening: Some(UPGRADE), round, answer }
}

/// What comes once, such as the first place of a pool, may come late: it depends on who is quicker.
const LATE: u64 = 8;

/// `now_and_then` is how many allocations of a runtime's own may come in between.
fn assert_steady(serve: Serve, now_and_then: u64, script: &Script) {
    let allocations = |rounds| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = script.play(listener.local_addr().unwrap(), rounds);
        let count = serve(listener);
        client.join().unwrap();
        count
    };
    // What comes once in a thread.
    allocations(1);
    let (few, many) = (allocations(FEW), allocations(FEW + MORE));
    assert!(many <= few + now_and_then + LATE, "{MORE} more rounds allocated {} times", many - few);
}

/// Reads a request to its end, and answers it.
async fn answer<T: Transport>(mut exchange: Exchange<T>) -> Result<(), Error> {
    let mut len = 0;
    while let Some(data) = exchange.read().await? {
        len += data.len();
    }
    assert_eq!(len as u64, exchange.request().content_length().unwrap_or(0));
    exchange.respond(StatusCode::OK, &FIELDS, BODY).await
}

/// Sends each message back.
async fn echo<T: Transport>(exchange: Exchange<T>) -> Result<(), Error> {
    let mut socket = exchange.websocket()?;
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}

mod tokio {
    use super::*;
    use ::tokio::net::TcpStream;
    use ::tokio::runtime::Builder;
    use sanderling_tokio::serve_connection;

    pub(super) const NOW_AND_THEN: u64 = 0;

    async fn accept(listener: TcpListener) -> TcpStream {
        listener.set_nonblocking(true).unwrap();
        let (stream, _) = ::tokio::net::TcpListener::from_std(listener).unwrap().accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    fn count(serve: impl Future) -> u64 {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        measure(|| drop(runtime.block_on(serve))).count_total
    }

    pub(super) fn requests(listener: TcpListener) -> u64 {
        count(async { serve_connection(accept(listener).await, &Settings::default(), &answer).await })
    }

    pub(super) fn messages(listener: TcpListener) -> u64 {
        count(async { serve_connection(accept(listener).await, &Settings::default(), &echo).await })
    }
}

mod smol {
    use super::*;
    use ::smol::net::TcpStream;
    use sanderling_smol::serve_connection;

    /// Entries of its table of timers, which are a tree.
    pub(super) const NOW_AND_THEN: u64 = MORE as u64 / 10;

    async fn accept(listener: TcpListener) -> TcpStream {
        let (stream, _) = ::smol::net::TcpListener::try_from(listener).unwrap().accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Without smol's own `block_on`, which may wait for events on this thread: finding them allocates, and is not
    /// the adapter's doing.
    fn count(serve: impl Future) -> u64 {
        measure(|| drop(::smol::future::block_on(serve))).count_total
    }

    pub(super) fn requests(listener: TcpListener) -> u64 {
        count(async { serve_connection(accept(listener).await, &Settings::default(), &answer).await })
    }

    pub(super) fn messages(listener: TcpListener) -> u64 {
        count(async { serve_connection(accept(listener).await, &Settings::default(), &echo).await })
    }
}

mod std {
    use super::*;
    use ::std::net::TcpStream;
    use sanderling_std::{Exchange, serve_connection};

    pub(super) const NOW_AND_THEN: u64 = 0;

    fn accept(listener: &TcpListener) -> TcpStream {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    pub(super) fn requests(listener: TcpListener) -> u64 {
        let handler = |mut exchange: Exchange| {
            let mut len = 0;
            while let Some(data) = exchange.read()? {
                len += data.len();
            }
            assert_eq!(len as u64, exchange.request().content_length().unwrap_or(0));
            exchange.respond(StatusCode::OK, &FIELDS, BODY)
        };
        measure(|| serve_connection(accept(&listener), &Settings::default(), &handler)).count_total
    }

    pub(super) fn messages(listener: TcpListener) -> u64 {
        let handler = |exchange: Exchange| {
            let mut socket = exchange.websocket()?;
            while let Some(message) = socket.recv()? {
                socket.send(message)?;
            }
            Ok::<_, Error>(())
        };
        measure(|| serve_connection(accept(&listener), &Settings::default(), &handler)).count_total
    }
}
