//! may_minihttp with one worker.

use std::io;
use std::net::SocketAddr;

use may_minihttp::{HttpServer, HttpService, Request, Response};
use sanderling_load::content::body_at;

use crate::Outcome;

#[derive(Clone)]
struct Answer;

impl HttpService for Answer {
    fn call(&mut self, request: Request<'_, '_, '_>, response: &mut Response<'_>) -> io::Result<()> {
        response.header("Content-Type: text/plain").body(body_at(request.path()));
        Ok(())
    }
}

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    may::config().set_workers(1);
    HttpServer(Answer).start(address)?.join().map_err(|_| "it panicked".into())
}
