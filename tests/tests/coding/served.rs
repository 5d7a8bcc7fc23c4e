//! Compressed responses, streams and events over the three adapters.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use futures_util::stream;
use sanderling::coding::{ContentCoding, Decoder};
use sanderling::drive::{Compression, Error, Exchange, Settings, Transport};
use sanderling::http::{BodyLength, StatusCode};
use sanderling::semantics::ServerSentEvent;

use super::codecs::decoded;
use super::event_text::dispatched;
use super::responses::Answer;

pub(crate) const TEXT: (&str, &str) = ("Content-Type", "text/plain");
const PIECES: [&str; 3] = ["one ", "two ", "three"];

pub(crate) fn body() -> String {
    "sand ".repeat(10_000)
}

/// What a stream of pieces gives; the last one only if all is to go well.
fn pieces(is_whole: bool) -> Vec<Result<&'static str, Error>> {
    let end = if is_whole { Ok(PIECES[2]) } else { Err(Error::TimedOut) };
    vec![Ok(PIECES[0]), Ok(PIECES[1]), end]
}

async fn answer<T: Transport>(mut exchange: Exchange<T>) -> Result<(), Error> {
    let path = exchange.request().target().path().to_owned();
    match path.as_str() {
        "/whole" => exchange.respond(StatusCode::OK, &[TEXT], body()).await,
        "/pieces" => exchange.respond_stream(StatusCode::OK, &[TEXT], stream::iter(pieces(true))).await,
        "/broken" => exchange.respond_stream(StatusCode::OK, &[TEXT], stream::iter(pieces(false))).await,
        // The next piece comes when the client has answered the one before.
        "/echo" => {
            exchange.start(StatusCode::OK, &[TEXT], BodyLength::Unknown).await?;
            while let Some(data) = exchange.read().await? {
                exchange.write(data).await?;
                exchange.flush().await?;
            }
            exchange.finish().await
        }
        "/events" => {
            let mut events = exchange.events_with(&[("X-Own", "1")]).await?;
            for word in PIECES {
                events.comment("still here").await?;
                events.send(&ServerSentEvent::new(word).named("word").id("7")).await?;
            }
            assert!(events.send(&ServerSentEvent::new("x").id("a\nb")).await.is_err());
            events.finish().await
        }
        _ => exchange.respond(StatusCode::NOT_FOUND, &[TEXT], "").await,
    }
}

fn answer_blocking(mut exchange: sanderling_std::Exchange) -> Result<(), Error> {
    let path = exchange.request().target().path().to_owned();
    match path.as_str() {
        "/whole" => exchange.respond(StatusCode::OK, &[TEXT], body()),
        "/pieces" => exchange.respond_iter(StatusCode::OK, &[TEXT], pieces(true)),
        "/broken" => exchange.respond_iter(StatusCode::OK, &[TEXT], pieces(false)),
        "/echo" => {
            exchange.start(StatusCode::OK, &[TEXT], BodyLength::Unknown)?;
            while let Some(data) = exchange.read()? {
                exchange.write(data)?;
                exchange.flush()?;
            }
            exchange.finish()
        }
        "/events" => {
            let mut events = exchange.events_with(&[("X-Own", "1")])?;
            for word in PIECES {
                events.comment("still here")?;
                events.send(&ServerSentEvent::new(word).named("word").id("7"))?;
            }
            assert!(events.send(&ServerSentEvent::new("x").id("a\nb")).is_err());
            events.finish()
        }
        _ => exchange.respond(StatusCode::NOT_FOUND, &[TEXT], ""),
    }
}

fn configure(settings: &mut Settings) {
    settings.compression = Some(Compression::default());
    settings.date = false;
}

/// A server that serves until the process ends.
fn serve(start: impl FnOnce(TcpListener) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || start(listener));
    address
}

pub(crate) fn tokio() -> SocketAddr {
    serve(|listener| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        listener.set_nonblocking(true).unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            sanderling_tokio::Server::from_listener(listener).configure(configure).serve(answer).await.unwrap();
        });
    })
}

pub(crate) fn smol() -> SocketAddr {
    serve(|listener| {
        let server = sanderling_smol::Server::from_listener(listener.try_into().unwrap()).configure(configure);
        smol::block_on(server.serve(answer)).unwrap();
    })
}

pub(crate) fn std() -> SocketAddr {
    serve(|listener| {
        sanderling_std::Server::from_listener(listener).configure(configure).serve(answer_blocking).unwrap();
    })
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// The whole answer to GET on a connection of its own.
fn get(address: SocketAddr, path: &str, accept: &str) -> Vec<u8> {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {accept}\r\nConnection: close\r\n\r\n").unwrap();
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).unwrap();
    octets
}

macro_rules! on_each_adapter {
    ($($test:ident)*) => {
        mod on_tokio { $(#[test] fn $test() { super::$test(super::tokio()); })* }
        mod on_smol { $(#[test] fn $test() { super::$test(super::smol()); })* }
        mod on_std { $(#[test] fn $test() { super::$test(super::std()); })* }
    };
}

on_each_adapter! {
    bodies_are_compressed
    a_stream_that_fails_is_cut_short
    what_is_flushed_arrives_at_once
    events_arrive
}

fn bodies_are_compressed(address: SocketAddr) {
    for (path, content) in [("/whole", body()), ("/pieces", PIECES.concat())] {
        for coding in ContentCoding::ALL {
            let answer = Answer::of(&get(address, path, coding.name()));
            assert_eq!(answer.field("Content-Encoding").as_deref(), Some(coding.name()));
            assert_eq!(answer.content(), content.as_bytes());
        }
        let answer = Answer::of(&get(address, path, "identity"));
        assert_eq!((answer.field("Content-Encoding"), answer.content()), (None, content.into_bytes()));
    }
}

fn a_stream_that_fails_is_cut_short(address: SocketAddr) {
    for accept in ["identity", "gzip"] {
        let octets = get(address, "/broken", accept);
        assert!(octets.starts_with(b"HTTP/1.1 200 "), "{}", octets.escape_ascii());
        assert!(!octets.ends_with(b"\r\n0\r\n\r\n"), "{}", octets.escape_ascii());
    }
}

/// Each word goes out when the one before has come back.
fn what_is_flushed_arrives_at_once(address: SocketAddr) {
    for coding in ContentCoding::ALL {
        let mut stream = connect(address);
        let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {}", coding.name());
        write!(stream, "{head}\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        let mut decoder = Decoder::new(*coding);
        let mut octets = Vec::new();
        for words in 1..=PIECES.len() {
            let word = PIECES[words - 1];
            write!(stream, "{:x}\r\n{word}\r\n", word.len()).unwrap();
            let expected = PIECES[..words].concat();
            loop {
                let mut buffer = [0; 1000];
                let len = stream.read(&mut buffer).unwrap();
                assert!(len > 0, "closed");
                octets.extend_from_slice(&buffer[..len]);
                if octets.windows(4).any(|window| window == b"\r\n\r\n") && octets.ends_with(b"\r\n") {
                    let body = Answer::of(&octets).body;
                    decoder = Decoder::new(*coding);
                    if decoded(&mut decoder, &body, 1000, 1000).unwrap() == expected.as_bytes() {
                        break;
                    }
                }
            }
        }
        assert!(decoder.finish().is_err() || coding.name() == "zstd", "it has not ended yet");
    }
}

fn events_arrive(address: SocketAddr) {
    let words = PIECES.map(|word| ("word".to_owned(), word.to_owned(), "7".to_owned()));
    for accept in ["identity", "gzip", "br"] {
        let answer = Answer::of(&get(address, "/events", accept));
        assert_eq!(answer.field("Content-Type").as_deref(), Some("text/event-stream"));
        assert_eq!(answer.field("Cache-Control").as_deref(), Some("no-cache"));
        assert_eq!(answer.field("X-Own").as_deref(), Some("1"));
        let stream = String::from_utf8(answer.content()).unwrap();
        assert_eq!(dispatched(&stream), words);
        assert_eq!(stream.matches(": still here\n").count(), 3);
    }
}
