//! Every vector through all three adapters, over a socket: they say the same, octet for octet, and what
//! the vector says.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use sanderling::drive::Settings;
use sanderling::http::{Limits, ResponseParser};
use sanderling_tests::http_limits;
use sanderling_tests::vector::{Record, read_folder};

/// More than any vector has, and less than a socket holds.
const MOST: usize = 128 * 1024;

/// A peer that has said all that it will say, and the other end.
fn said(octets: &[u8]) -> (UnixStream, UnixStream) {
    let (mut peer, own) = UnixStream::pair().unwrap();
    peer.set_nonblocking(true).unwrap();
    peer.write_all(octets).unwrap();
    peer.set_nonblocking(false).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    (peer, own)
}

fn heard(mut peer: UnixStream) -> Vec<u8> {
    let mut octets = Vec::new();
    peer.read_to_end(&mut octets).unwrap();
    octets
}

/// What one application makes of things, written once for each kind of adapter.
macro_rules! application {
    ($name:ident: $adapter:ident, $stream:ty, [$($async:ident)?], [$($wait:tt)*]) => {
        mod $name {
            use sanderling::http::{Limits, Method, RequestTarget};
            use $adapter::{ClientConnection, Deadlines, Error, Exchange, NO_FIELDS, StatusCode};

            pub(super) $($async)? fn serve(mut exchange: Exchange<$stream>) -> Result<(), Error> {
                let is_connect = exchange.request().method() == Method::CONNECT;
                exchange.read_to_end(1 << 20)$($wait)*?;
                let status = if is_connect { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::NO_CONTENT };
                exchange.respond(status, NO_FIELDS, "")$($wait)*
            }

            pub(super) $($async)? fn echo(exchange: Exchange<$stream>) -> Result<(), Error> {
                let mut socket = exchange.websocket()?;
                while let Some(message) = socket.recv()$($wait)*? {
                    socket.send(message)$($wait)*?;
                }
                Ok(())
            }

            pub(super) $($async)? fn fetch(
                mut connection: ClientConnection<$stream>,
                method: Method<'_>,
                target: RequestTarget<'_>,
                fields: &[(&str, &str)],
            ) -> String {
                if let Err(error) = connection.start(method, target, fields, None) {
                    return format!("{error:?}");
                }
                let ended = connection.finish()$($wait)*.err().map(|error| error.to_string());
                let head = match connection.final_head()$($wait)* {
                    Ok(head) => format!("{head:?}"),
                    Err(error) => return format!("{ended:?} {error:?}"),
                };
                let body = connection.read_to_end(1 << 20)$($wait)*.map_err(|error| format!("{error:?}"));
                format!("{ended:?} {head} {body:?} {:?} {}", connection.trailers(), connection.can_reuse())
            }

            pub(super) fn connection(stream: $stream, limits: Limits) -> ClientConnection<$stream> {
                connect(stream, limits, Deadlines::default())
            }

            use super::connect::$name as connect;
        }
    };
}

mod connect {
    use std::os::unix::net::UnixStream;

    use sanderling::http::{Deadlines, Limits};

    pub(super) fn on_tokio(
        stream: tokio::net::UnixStream,
        limits: Limits,
        deadlines: Deadlines,
    ) -> sanderling_tokio::ClientConnection<tokio::net::UnixStream> {
        sanderling_tokio::ClientConnection::new(sanderling_tokio::Transport::new(stream), limits, deadlines)
    }

    pub(super) fn on_smol(
        stream: smol::net::unix::UnixStream,
        limits: Limits,
        deadlines: Deadlines,
    ) -> sanderling_smol::ClientConnection<smol::net::unix::UnixStream> {
        sanderling_smol::ClientConnection::new(sanderling_smol::Transport::new(stream), limits, deadlines)
    }

    pub(super) fn on_std(
        stream: UnixStream,
        limits: Limits,
        deadlines: Deadlines,
    ) -> sanderling_std::ClientConnection<UnixStream> {
        sanderling_std::ClientConnection::new(stream, limits, deadlines)
    }
}

application! { on_tokio: sanderling_tokio, tokio::net::UnixStream, [async], [.await] }
application! { on_smol: sanderling_smol, smol::net::unix::UnixStream, [async], [.await] }
application! { on_std: sanderling_std, std::os::unix::net::UnixStream, [], [] }

/// The runtimes.
struct Adapters {
    tokio: tokio::runtime::Runtime,
}

impl Adapters {
    fn new() -> Self {
        Self { tokio: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap() }
    }

    fn tokio_stream(&self, stream: UnixStream) -> tokio::net::UnixStream {
        stream.set_nonblocking(true).unwrap();
        let _context = self.tokio.enter();
        tokio::net::UnixStream::from_std(stream).unwrap()
    }

    /// What each server answers.
    fn served(&self, octets: &[u8], settings: &Settings, is_websocket: bool) -> [Vec<u8>; 3] {
        let (peer, own) = said(octets);
        let stream = self.tokio_stream(own);
        let serve = async {
            if is_websocket {
                sanderling_tokio::serve_connection(stream, settings, &on_tokio::echo).await;
            } else {
                sanderling_tokio::serve_connection(stream, settings, &on_tokio::serve).await;
            }
        };
        self.tokio.block_on(serve);
        let tokio = heard(peer);

        let (peer, own) = said(octets);
        let stream = smol::net::unix::UnixStream::try_from(own).unwrap();
        smol::block_on(async {
            if is_websocket {
                sanderling_smol::serve_connection(stream, settings, &on_smol::echo).await;
            } else {
                sanderling_smol::serve_connection(stream, settings, &on_smol::serve).await;
            }
        });
        let smol = heard(peer);

        let (peer, own) = said(octets);
        if is_websocket {
            sanderling_std::serve_connection(own, settings, &on_std::echo);
        } else {
            sanderling_std::serve_connection(own, settings, &on_std::serve);
        }
        [tokio, smol, heard(peer)]
    }
}

fn settings(limits: Limits) -> Settings {
    let mut settings = Settings::default();
    settings.limits = limits;
    settings.date = false;
    settings
}

/// The statuses of the answers, of which only the last may have a body.
fn statuses(mut answers: Vec<u8>) -> Vec<u16> {
    let mut statuses = Vec::new();
    let mut at = 0;
    while let Ok(Some((used, head))) = ResponseParser::new().parse(&mut answers[at..], &Limits::default()) {
        statuses.push(head.status().as_u16());
        at += used;
    }
    statuses.retain(|status| *status >= 200);
    statuses
}

/// What the record says of the answers; `None` if that depends on how it is read on.
fn expected(record: &Record) -> Option<Vec<u16>> {
    let mut statuses = Vec::new();
    for line in record.values("out") {
        match line.split(' ').next() {
            Some("end") => statuses.push(204),
            Some("error") => statuses.push(line.split_once(' ')?.1.parse().ok()?),
            Some("incomplete" | "truncated" | "pause" | "tunnel" | "closed") => return None,
            _ => {}
        }
    }
    Some(statuses)
}

#[test]
fn requests() {
    let adapters = Adapters::new();
    let mut compared = 0;
    for record in read_folder("server").unwrap() {
        let input = record.text("in").unwrap();
        assert!(input.len() < MOST, "{record}");
        let answers = adapters.served(&input, &settings(http_limits(&record).unwrap()), false);
        let [tokio, smol, std] = answers.each_ref().map(|answer| answer.escape_ascii().to_string());
        assert_eq!(tokio, smol, "{record}: tokio and smol");
        assert_eq!(tokio, std, "{record}: tokio and std");
        if let Some(expected) = expected(&record) {
            compared += 1;
            let [answers, ..] = answers;
            assert_eq!(statuses(answers), expected, "{record}: {tokio}");
        }
    }
    assert!(compared > 800, "only {compared} were compared");
}

#[test]
fn responses() {
    let adapters = Adapters::new();
    for record in read_folder("client").unwrap() {
        let input = record.text("in").unwrap();
        let limits = http_limits(&record).unwrap();
        let (method, target) = record.value("request").unwrap_or("GET /").split_once(' ').unwrap();
        let method = sanderling::http::Method::new(method).unwrap();
        let target = sanderling::http::RequestTarget::parse(method, target).unwrap();
        let mut fields = vec![("Host", "a")];
        if record.value("upgrade") == Some("yes") {
            fields.extend([("Connection", "upgrade"), ("Upgrade", "a")]);
        }
        let (_peer, own) = said(&input);
        let stream = adapters.tokio_stream(own);
        let tokio = adapters
            .tokio
            .block_on(async { on_tokio::fetch(on_tokio::connection(stream, limits), method, target, &fields).await });
        let (_peer, own) = said(&input);
        let stream = smol::net::unix::UnixStream::try_from(own).unwrap();
        let smol = smol::block_on(on_smol::fetch(on_smol::connection(stream, limits), method, target, &fields));
        let (_peer, own) = said(&input);
        let std = on_std::fetch(on_std::connection(own, limits), method, target, &fields);
        assert_eq!(tokio, smol, "{record}: tokio and smol");
        assert_eq!(tokio, std, "{record}: tokio and std");
        let mut out = record.values("out").filter(|line| !line.starts_with("interim"));
        if let Some(status) = out.next().and_then(|line| line.strip_prefix("response ")) {
            let status = status.split(' ').next().unwrap();
            assert!(tokio.contains(&format!("status: {status}")), "{record}: {tokio}");
        }
        // What the record says is wrong is what is said here, unless it lies behind the response.
        let errors: Vec<_> = record.values("out").filter_map(|line| line.strip_prefix("error ")).collect();
        if let [error] = errors[..]
            && error != "UnexpectedResponse"
            && record.values("request").count() <= 1
        {
            let is_said = tokio.contains(error) || (error == "Incomplete" && tokio.contains("Disconnected"));
            assert!(is_said, "{record}: {tokio}");
        }
    }
}

#[test]
fn frames() {
    const OPENING: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let adapters = Adapters::new();
    let records = read_folder("websocket").unwrap();
    let to_server = records.iter().filter(|record| {
        !["handshake.vec", "answer.vec", "origin.vec"].contains(&record.file())
            && record.value("role") != Some("client")
    });
    let mut count = 0;
    for record in to_server {
        let frames = record.hex("in").unwrap();
        if frames.len() > MOST || !record.limits().unwrap().is_empty() || record.value("deflate").is_some() {
            continue;
        }
        count += 1;
        let answers = adapters.served(&[OPENING, &frames].concat(), &settings(Limits::default()), true);
        let [tokio, smol, std] = answers.each_ref().map(|answer| answer.escape_ascii().to_string());
        assert!(tokio.starts_with("HTTP/1.1 101 "), "{record}: {tokio}");
        assert_eq!(tokio, smol, "{record}: tokio and smol");
        assert_eq!(tokio, std, "{record}: tokio and std");
    }
    assert!(count > 200, "only {count} were compared");
}
