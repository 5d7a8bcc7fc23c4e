//! axum, on a runtime of one thread.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use sanderling_load::content::{HELLO, HELLO_PATH, LARGE, LARGE_PATH};
use tokio::net::TcpListener;

use crate::Outcome;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let answer = |body: &'static str| get(move || async move { ([(CONTENT_TYPE, "text/plain")], body) });
        let router = Router::new().route(HELLO_PATH, answer(HELLO)).route(LARGE_PATH, answer(LARGE));
        let listener = TcpListener::bind(address).await?.tap_io(|stream| {
            // It fails only on a connection that is gone already.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await
    })?)
}
