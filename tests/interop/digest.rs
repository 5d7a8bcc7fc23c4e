//! A server over each adapter that reads a request whole before it says what came. nginx stops
//! sending a request once its answer has begun, so an echo cannot show that a large one gets through.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Sender};
use std::thread;

use sanderling_smol as over_smol;
use sanderling_std as over_std;
use sanderling_tokio as over_tokio;
use sha1_smol::Sha1;

/// Starts one over the adapter of this example, on a thread of its own until this process ends,
/// and gives its address.
pub(crate) fn start(example: &str) -> Result<SocketAddr, String> {
    let serve = match example {
        "serve-tokio" => tokio_server,
        "serve-smol" => smol_server,
        _ => std_server,
    };
    let (sender, address) = mpsc::channel();
    thread::spawn(move || serve(&sender));
    address.recv().map_err(|_| "it did not come to listen".to_owned())
}

fn said(hash: &Sha1, length: usize) -> String {
    format!("{length} {}", hash.digest())
}

fn tokio_server(address: &Sender<SocketAddr>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = over_tokio::Server::bind("127.0.0.1:0").await?;
        address.send(server.local_addr()?).map_err(io::Error::other)?;
        let handler = async |mut exchange: over_tokio::Exchange| {
            let (mut hash, mut length) = (Sha1::new(), 0);
            while let Some(data) = exchange.read().await? {
                hash.update(&data);
                length += data.len();
            }
            exchange.respond(over_tokio::StatusCode::OK, over_tokio::NO_FIELDS, said(&hash, length)).await
        };
        server.serve(handler).await
    })
}

fn smol_server(address: &Sender<SocketAddr>) -> io::Result<()> {
    smol::block_on(async {
        let server = over_smol::Server::bind("127.0.0.1:0").await?;
        address.send(server.local_addr()?).map_err(io::Error::other)?;
        let handler = async |mut exchange: over_smol::Exchange| {
            let (mut hash, mut length) = (Sha1::new(), 0);
            while let Some(data) = exchange.read().await? {
                hash.update(&data);
                length += data.len();
            }
            exchange.respond(over_smol::StatusCode::OK, over_smol::NO_FIELDS, said(&hash, length)).await
        };
        server.serve(handler).await
    })
}

fn std_server(address: &Sender<SocketAddr>) -> io::Result<()> {
    let server = over_std::Server::bind("127.0.0.1:0")?;
    address.send(server.local_addr()?).map_err(io::Error::other)?;
    server.serve(|mut exchange: over_std::Exchange| {
        let (mut hash, mut length) = (Sha1::new(), 0);
        while let Some(data) = exchange.read()? {
            hash.update(&data);
            length += data.len();
        }
        exchange.respond(over_std::StatusCode::OK, over_std::NO_FIELDS, said(&hash, length))
    })
}
