//! Ours over smol, whose global executor has one thread unless told otherwise.

use std::net::SocketAddr;

use bytes::Bytes;
use sanderling_load::content::{WEBSOCKET_PATH, body_at};
use sanderling_smol::{Error, Exchange, Server, StatusCode};

use crate::{Outcome, files};

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    Ok(smol::block_on(async { Server::bind(address).await?.serve(answer).await })?)
}

async fn answer(exchange: Exchange) -> Result<(), Error> {
    let request = exchange.request();
    let path = request.target().path();
    if path == WEBSOCKET_PATH {
        let mut socket = exchange.websocket()?;
        while let Some(message) = socket.recv().await? {
            socket.send(message).await?;
        }
        return Ok(());
    }
    if let Some(files) = files::at(path) {
        return exchange.respond_from(files).await;
    }
    let body = Bytes::from_static(body_at(path).as_bytes());
    exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], body).await
}
