//! Ours over tokio, on a runtime of two threads that steal work from each other.

use std::net::SocketAddr;

use sanderling_tokio::Server;

use crate::Outcome;
use crate::tokio::answer;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // In a task, because the future given to the runtime itself runs outside the workers.
    let serve = runtime.spawn(async move { Server::bind(address).await?.serve(answer).await });
    Ok(runtime.block_on(serve)??)
}
