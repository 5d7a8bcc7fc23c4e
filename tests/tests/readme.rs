//! The loop that the README shows keeps the deadlines.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use core::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

// What the README shows, as it stands there.
include!("readme/serve.rs");

const SECOND: Duration = Duration::from_secs(1);

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(20 * SECOND)).unwrap();
    (client, listener.accept().unwrap().0)
}

#[test]
fn it_is_the_one_that_is_shown() {
    assert!(include_str!("../../README.md").contains(include_str!("readme/serve.rs")));
}

#[test]
fn it_answers() {
    let (mut client, stream) = pair();
    client.write_all(&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2)).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    serve(stream, Deadlines::default(), || Tick::ZERO).unwrap();
    let mut answers = String::new();
    client.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("\r\n\r\nHello, World!").count(), 2, "{answers}");
}

/// A signal ends a read that has a time-out, and not the connection. Of those that need no handler, it is the ones
/// that stop a process and let it go on.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_is_not_the_end() {
    let (mut client, stream) = pair();
    let serving = thread::spawn(move || serve(stream, Deadlines::default(), || Tick::ZERO));
    for _ in 0..5 {
        let stop_and_go = ["-c", "kill -STOP $PPID; kill -CONT $PPID"];
        assert!(std::process::Command::new("sh").args(stop_and_go).status().unwrap().success());
    }
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("Hello, World!"), "{answer}");
    drop(client);
    serving.join().unwrap().unwrap();
}

/// Whenever the clock is read, a second has passed, and another octet of the head has come.
#[test]
fn a_head_that_never_ends_is_given_up() {
    let (mut client, stream) = pair();
    client.set_nodelay(true).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nA: ").unwrap();
    let clock = Cell::new(Tick::ZERO);
    let mut deadlines = Deadlines::default();
    deadlines.head = Some(20 * SECOND);
    let now = || {
        clock.set(clock.get() + SECOND);
        match clock.get().since(Tick::ZERO).as_secs() {
            ..40 => (&client).write_all(b"a").unwrap(),
            40 => client.shutdown(Shutdown::Write).unwrap(),
            _ => {}
        }
        clock.get()
    };
    serve(stream, deadlines, now).unwrap();
    let mut answer = String::new();
    (&client).read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn a_client_that_reads_nothing_is_given_up() {
    let (mut client, stream) = pair();
    let mut deadlines = Deadlines::default();
    deadlines.write = Some(SECOND / 10);
    let (end, ended) = mpsc::channel();
    thread::spawn(move || {
        let begun = Instant::now();
        end.send(serve(stream, deadlines, || Tick::ZERO + begun.elapsed()))
    });
    let requests = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    thread::spawn(move || while client.write_all(&requests).is_ok() {});
    ended.recv_timeout(20 * SECOND).expect("it waits for the client for ever").unwrap();
}
