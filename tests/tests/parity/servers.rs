//! The servers of all adapters, in this process, each in the same configurations.

use core::time::Duration;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use sanderling::http::Deadlines;

use super::handler;

/// A running server.
pub(crate) struct Server {
    pub(crate) adapter: &'static str,
    pub(crate) configuration: &'static str,
    pub(crate) address: SocketAddr,
    shut_down: Box<dyn Fn()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Server {
    pub(crate) fn end(self) {
        (self.shut_down)();
        self.thread.join().unwrap().unwrap();
    }
}

/// Every adapter in every configuration.
pub(crate) fn start_all() -> Vec<Server> {
    let brief = Duration::from_millis(300);
    let mut deadlines = Deadlines::default();
    (deadlines.head, deadlines.body, deadlines.idle) = (Some(brief), Some(brief), Some(brief));
    let configurations = [("default", Deadlines::default()), ("brief", deadlines)];
    configurations
        .into_iter()
        .flat_map(|(name, deadlines)| [tokio, smol, std].map(|start| start(name, deadlines)))
        .collect()
}

fn bind() -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap(), listener)
}

fn tokio(configuration: &'static str, deadlines: Deadlines) -> Server {
    let (address, listener) = bind();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) }).unwrap();
    let server = sanderling_tokio::Server::from_listener(listener).date(false).deadlines(deadlines);
    let handle = server.handle();
    let thread = thread::spawn(move || runtime.block_on(server.serve(handler::tokio::answer)));
    Server { adapter: "tokio", configuration, address, shut_down: Box::new(move || handle.shut_down()), thread }
}

fn smol(configuration: &'static str, deadlines: Deadlines) -> Server {
    let (address, listener) = bind();
    let server = sanderling_smol::Server::from_listener(listener.try_into().unwrap()).date(false).deadlines(deadlines);
    let handle = server.handle();
    let thread = thread::spawn(move || smol::block_on(server.serve(handler::smol::answer)));
    Server { adapter: "smol", configuration, address, shut_down: Box::new(move || handle.shut_down()), thread }
}

fn std(configuration: &'static str, deadlines: Deadlines) -> Server {
    let (address, listener) = bind();
    let server = sanderling_std::Server::from_listener(listener).date(false).deadlines(deadlines);
    let handle = server.handle();
    let thread = thread::spawn(move || server.serve(handler::std::answer));
    Server { adapter: "std", configuration, address, shut_down: Box::new(move || handle.shut_down()), thread }
}
