//! The servers of all adapters, in this process.

use core::time::Duration;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use sanderling::drive::Settings;
use sanderling::http::Deadlines;

use super::handler;

/// How a server is set up, whichever adapter it is of.
#[derive(Clone, Copy)]
pub(crate) struct Configuration {
    pub(crate) deadlines: Deadlines,
    pub(crate) grace: Duration,
}

impl Default for Configuration {
    fn default() -> Self {
        Self { deadlines: Deadlines::default(), grace: Duration::from_secs(10) }
    }
}

impl Configuration {
    fn apply(self, settings: &mut Settings) {
        settings.deadlines = self.deadlines;
        settings.grace = self.grace;
        settings.date = false;
    }
}

/// One of the adapters.
#[derive(Clone, Copy)]
pub(crate) struct Adapter {
    pub(crate) start: fn(Configuration) -> Server,
}

pub(crate) const TOKIO: Adapter = Adapter { start: tokio };
pub(crate) const SMOL: Adapter = Adapter { start: smol };
pub(crate) const STD: Adapter = Adapter { start: std };

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shut_down: Box<dyn Fn() + Send + Sync>,
    ended: Receiver<io::Result<()>>,
}

impl Server {
    pub(crate) fn shut_down(&self) {
        (self.shut_down)();
    }

    /// Waits for the server's end.
    pub(crate) fn ended(&self) {
        self.ended.recv_timeout(Duration::from_secs(20)).expect("the server does not end").unwrap();
    }

    fn run(
        address: SocketAddr,
        shut_down: impl Fn() + Send + Sync + 'static,
        serve: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> Self {
        let (end, ended) = mpsc::channel();
        thread::spawn(move || end.send(serve()));
        Self { address, shut_down: Box::new(shut_down), ended }
    }
}

fn bind() -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap(), listener)
}

fn tokio(configuration: Configuration) -> Server {
    let (address, listener) = bind();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) }).unwrap();
    let server = sanderling_tokio::Server::from_listener(listener).configure(|settings| configuration.apply(settings));
    let handle = server.handle();
    let serve = move || runtime.block_on(server.serve(handler::tokio::answer));
    Server::run(address, move || handle.shut_down(), serve)
}

fn smol(configuration: Configuration) -> Server {
    let (address, listener) = bind();
    let listener = listener.try_into().unwrap();
    let server = sanderling_smol::Server::from_listener(listener).configure(|settings| configuration.apply(settings));
    let handle = server.handle();
    let serve = move || smol::block_on(server.serve(handler::smol::answer));
    Server::run(address, move || handle.shut_down(), serve)
}

fn std(configuration: Configuration) -> Server {
    let (address, listener) = bind();
    let server = sanderling_std::Server::from_listener(listener).configure(|settings| configuration.apply(settings));
    let handle = server.handle();
    let serve = move || server.serve(handler::std::answer);
    Server::run(address, move || handle.shut_down(), serve)
}
