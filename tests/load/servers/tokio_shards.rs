//! Ours over tokio with several acceptors: two threads, each with a runtime and a listener of its own, between
//! which the system shares the connections out.

use std::net::SocketAddr;
use std::thread;

use sanderling_tokio::Server;
use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

use crate::Outcome;
use crate::tokio::answer;

const SHARDS: usize = 2;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    let shards: Vec<_> = (0..SHARDS).map(|_| thread::spawn(move || serve_shard(address))).collect();
    shards.into_iter().try_for_each(|shard| shard.join().unwrap_or_else(|_| Err("a shard panicked".into())))
}

fn serve_shard(address: SocketAddr) -> Outcome {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async { Server::from_listener(TcpListener::from_std(socket.into())?).serve(answer).await })?)
}
