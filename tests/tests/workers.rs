//! Several servers on one address: each on a runtime of one thread, shut down by one handle, or over blocking threads,
//! each shut down by its own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use core::iter;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use sanderling_tokio::{Exchange, NO_FIELDS, Server, ServerHandle, StatusCode};
use socket2::{Domain, Socket, Type};
use tokio::runtime::Builder;

const WORKERS: usize = 3;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Serves until the handle says that it is enough; without one, by its own.
fn work(address: SocketAddr, handle: Option<ServerHandle>, ready: &mpsc::Sender<(SocketAddr, ServerHandle)>) {
    let answer = |exchange: Exchange| exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hi");
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut server = Server::bind_shared(address).unwrap();
        if let Some(handle) = &handle {
            server = server.with_handle(handle);
        }
        ready.send((server.local_addr().unwrap(), server.handle())).unwrap();
        server.serve(answer).await.unwrap();
    });
}

#[test]
fn all_answer_and_all_end() {
    let (ready, became_ready) = mpsc::channel();
    thread::scope(|scope| {
        let first = ready.clone();
        scope.spawn(move || work("127.0.0.1:0".parse().unwrap(), None, &first));
        let (address, handle) = became_ready.recv().unwrap();
        for _ in 1..WORKERS {
            let (ready, handle) = (ready.clone(), handle.clone());
            scope.spawn(move || work(address, Some(handle), &ready));
            assert_eq!(became_ready.recv().unwrap().0, address);
        }
        for _ in 0..4 * WORKERS {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(REQUEST).unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).unwrap();
            assert!(answer.ends_with("\r\n\r\nHi"), "{answer}");
        }
        // The scope waits for all of them.
        handle.shut_down();
    });
}

fn listener(address: SocketAddr) -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(128).unwrap();
    socket.into()
}

/// These servers accept, and end when they are told to: one after another, so that the last is alone.
fn end_one_by_one(listeners: Vec<TcpListener>) {
    let address = listeners[0].local_addr().unwrap();
    let ask = || {
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(REQUEST).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).map(|_| answer.ends_with("\r\n\r\nHi"))
    };
    let running: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let server = sanderling_std::Server::from_listener(listener);
            let (handle, (end, ended)) = (server.handle(), mpsc::channel());
            let answer = |exchange: sanderling_std::Exchange| exchange.respond(StatusCode::OK, NO_FIELDS, "Hi");
            thread::spawn(move || end.send(server.serve(answer)));
            (handle, ended)
        })
        .collect();
    for _ in 0..4 * running.len() {
        assert!(ask().unwrap());
    }
    for (handle, ended) in running {
        handle.shut_down();
        ended.recv_timeout(Duration::from_secs(20)).expect("a server does not end").unwrap();
    }
    assert!(TcpStream::connect(address).is_err(), "somebody still listens");
}

#[test]
fn each_ends_by_itself() {
    let first = listener("127.0.0.1:0".parse().unwrap());
    let address = first.local_addr().unwrap();
    end_one_by_one(iter::once(first).chain((1..8).map(|_| listener(address))).collect());
}

#[test]
fn each_ends_by_itself_where_they_share_a_listener() {
    let first = TcpListener::bind("127.0.0.1:0").unwrap();
    let others: Vec<_> = (1..8).map(|_| first.try_clone().unwrap()).collect();
    end_one_by_one(iter::once(first).chain(others).collect());
}
