//! A server on all cores: one thread with a runtime and a listener of its own for each. Takes the
//! address, and how many threads there are to be.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::thread;

use sanderling_tokio::{Error, Exchange, Server, ServerHandle, StatusCode};
use tokio::runtime::Builder;

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:8080".into());
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let workers = match args.next() {
        Some(workers) => workers.parse().map_err(io::Error::other)?,
        None => thread::available_parallelism()?.get(),
    };

    // The first listener may let the system choose the port; the others share it.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let first = runtime.block_on(async { Server::bind_shared(address) })?;
    let (address, handle) = (first.local_addr()?, first.handle());
    println!("listening on http://{address}/ with {workers} threads");
    thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(|| work(address, &handle));
        }
        runtime.block_on(async {
            let handle = handle.clone();
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    handle.shut_down();
                }
            });
            first.serve(answer).await
        })
    })
}

fn work(address: SocketAddr, handle: &ServerHandle) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { Server::bind_shared(address)?.with_handle(handle).serve(answer).await })
}

async fn answer(exchange: Exchange) -> Result<(), Error> {
    exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], "Hello, World!").await
}
