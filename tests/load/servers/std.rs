//! Ours over blocking threads, as many as there can be connections.

use std::net::SocketAddr;

use bytes::Bytes;
use sanderling_load::content::{WEBSOCKET_PATH, body_at};
use sanderling_std::{Error, Exchange, Server, StatusCode};

use crate::{Outcome, files};

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    Ok(Server::bind(address)?.threads(2048).serve(answer)?)
}

fn answer(exchange: Exchange) -> Result<(), Error> {
    let request = exchange.request();
    let path = request.target().path();
    if path == WEBSOCKET_PATH {
        let mut socket = exchange.websocket()?;
        while let Some(message) = socket.recv()? {
            socket.send(message)?;
        }
        return Ok(());
    }
    if let Some(files) = files::at(path) {
        return exchange.respond_from(files);
    }
    let body = Bytes::from_static(body_at(path).as_bytes());
    exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], body)
}
