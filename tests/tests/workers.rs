//! Several servers on one address, each on a runtime of one thread, shut down by one handle.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;

use sanderling_tokio::{Exchange, Server, ServerHandle, StatusCode};
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
