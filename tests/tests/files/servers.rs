//! A server of each adapter that answers from a directory and does nothing else.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use sanderling::drive::Files;

#[derive(Clone, Copy)]
pub(crate) struct Adapter {
    start: fn(Files) -> Server,
}

pub(crate) const TOKIO: Adapter = Adapter { start: tokio };
pub(crate) const SMOL: Adapter = Adapter { start: smol };
pub(crate) const STD: Adapter = Adapter { start: std };

impl Adapter {
    pub(crate) fn serve(self, files: &Files) -> Server {
        (self.start)(files.clone())
    }
}

/// A running server. It ends when dropped, and has to.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shut_down: Box<dyn Fn()>,
    ended: Receiver<io::Result<()>>,
}

impl Server {
    fn run(
        address: SocketAddr,
        shut_down: impl Fn() + 'static,
        serve: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> Self {
        let (end, ended) = mpsc::channel();
        thread::spawn(move || end.send(serve()));
        Self { address, shut_down: Box::new(shut_down), ended }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        (self.shut_down)();
        let ended = self.ended.recv_timeout(Duration::from_secs(20));
        assert!(thread::panicking() || matches!(ended, Ok(Ok(()))), "the server does not end: {ended:?}");
    }
}

fn bind() -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap(), listener)
}

fn tokio(files: Files) -> Server {
    let (address, listener) = bind();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) }).unwrap();
    let server = sanderling_tokio::Server::from_listener(listener);
    let handle = server.handle();
    let serve = server.serve(move |exchange| {
        let files = files.clone();
        async move { exchange.respond_from(&files).await }
    });
    Server::run(address, move || handle.shut_down(), move || runtime.block_on(serve))
}

fn smol(files: Files) -> Server {
    let (address, listener) = bind();
    let server = sanderling_smol::Server::from_listener(listener.try_into().unwrap());
    let handle = server.handle();
    let serve = server.serve(move |exchange| {
        let files = files.clone();
        async move { exchange.respond_from(&files).await }
    });
    Server::run(address, move || handle.shut_down(), move || smol::block_on(serve))
}

fn std(files: Files) -> Server {
    let (address, listener) = bind();
    let server = sanderling_std::Server::from_listener(listener);
    let handle = server.handle();
    Server::run(
        address,
        move || handle.shut_down(),
        move || server.serve(move |exchange: sanderling_std::Exchange| exchange.respond_from(&files)),
    )
}
