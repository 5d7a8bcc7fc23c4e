//! actix-web with one worker.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::rt::System;
use actix_web::web::get;
use actix_web::{App, HttpResponse, HttpServer};
use sanderling_load::content::{HELLO, HELLO_PATH, LARGE, LARGE_PATH};

use crate::Outcome;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    Ok(System::new().block_on(async {
        let app = || {
            let answer = |body: &'static str| {
                get().to(
                    move || async move { HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain")).body(body) },
                )
            };
            App::new().route(HELLO_PATH, answer(HELLO)).route(LARGE_PATH, answer(LARGE))
        };
        HttpServer::new(app).workers(1).keep_alive(Duration::from_secs(3600)).bind(address)?.run().await
    })?)
}
