//! The example server over tokio. Start it and open the page that it names.

#[path = "../../core/examples/site/mod.rs"]
mod site;

use std::process::ExitCode;
use std::time::Duration;

use sanderling_tokio::{
    BodyLength, Compression, Error, Exchange, Files, Method, NO_FIELDS, Server, ServerSentEvent, StatusCode,
};
use site::{Options, Route};
use tokio::signal::unix::{SignalKind, signal};

/// Octets in one write of a body that is made up.
const PIECE: usize = 64 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::from_args() {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serve-tokio: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> std::io::Result<()> {
    let files = options.files()?;
    let server =
        Server::bind(options.listen).await?.configure(|settings| settings.compression = Some(Compression::default()));
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let handle = server.handle();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        handle.shut_down();
    });
    println!("listening on http://{}/", server.local_addr()?);
    server.serve(move |exchange| answer(exchange, files.clone())).await
}

async fn answer(exchange: Exchange, files: Files) -> Result<(), Error> {
    let request = exchange.request();
    let target = request.target();
    match site::route(request.method().as_str(), target.path(), target.query().unwrap_or_default()) {
        Route::Page => respond(exchange, StatusCode::OK, "text/html; charset=utf-8", site::PAGE).await,
        Route::Hello => respond(exchange, StatusCode::OK, "text/plain", site::HELLO).await,
        Route::Bytes(count) => bytes(exchange, count).await,
        Route::Stream { chunks, delay } => {
            let mut exchange = exchange;
            let is_head = exchange.request().method() == Method::HEAD;
            exchange.start(StatusCode::OK, &[("Content-Type", "text/plain")], BodyLength::Unknown).await?;
            for number in (1..=chunks).take_while(|_| !is_head) {
                if number > 1 {
                    tokio::time::sleep(delay).await;
                }
                exchange.write(site::chunk_text(number)).await?;
                // Each chunk is to be seen as it comes, compressed or not.
                exchange.flush().await?;
            }
            exchange.finish().await
        }
        Route::Events { events: last, delay } => events(exchange, last, delay).await,
        Route::Echo => echo(exchange).await,
        Route::Files => exchange.respond_from(&files).await,
        Route::WebSocket => {
            let mut socket = exchange.websocket_with(&site::websocket_options(), &[])?;
            while let Some(message) = socket.recv().await? {
                socket.send(message).await?;
            }
            Ok(())
        }
        Route::Options(allow) => exchange.respond(StatusCode::NO_CONTENT, &[("Allow", allow)], "").await,
        Route::NotFound => plain(exchange, StatusCode::NOT_FOUND).await,
        Route::BadRequest => plain(exchange, StatusCode::BAD_REQUEST).await,
        Route::MethodNotAllowed(allow) => {
            exchange.respond(StatusCode::METHOD_NOT_ALLOWED, &[("Allow", allow)], "Method Not Allowed\n").await
        }
    }
}

async fn respond(exchange: Exchange, status: StatusCode, mime: &str, body: &'static str) -> Result<(), Error> {
    exchange.respond(status, &[("Content-Type", mime)], body).await
}

async fn plain(exchange: Exchange, status: StatusCode) -> Result<(), Error> {
    respond(exchange, status, "text/plain", status.reason()).await
}

async fn bytes(mut exchange: Exchange, count: u64) -> Result<(), Error> {
    let fields = [("Content-Type", "application/octet-stream")];
    let is_head = exchange.request().method() == Method::HEAD;
    exchange.start(StatusCode::OK, &fields, BodyLength::Known(count)).await?;
    let mut done = 0;
    while done < count && !is_head {
        let len = usize::try_from(count - done).unwrap_or(PIECE).min(PIECE);
        exchange.write(site::pattern(done, len)).await?;
        done += len as u64;
    }
    exchange.finish().await
}

async fn events(exchange: Exchange, last: u64, delay: Duration) -> Result<(), Error> {
    let first = site::first_wave(exchange.request().field("last-event-id"));
    if first > last {
        // This tells a page not to come again.
        return exchange.respond(StatusCode::NO_CONTENT, NO_FIELDS, "").await;
    }
    let is_head = exchange.request().method() == Method::HEAD;
    let mut events = exchange.events().await?;
    for number in (first..=last).take_while(|_| !is_head) {
        if number > first {
            tokio::time::sleep(delay).await;
        }
        let (text, id) = (site::wave_text(number), number.to_string());
        events.send(&ServerSentEvent::new(&text).named("wave").id(&id)).await?;
    }
    events.finish().await
}

async fn echo(mut exchange: Exchange) -> Result<(), Error> {
    let request = exchange.request();
    let length = request.content_length().map_or(BodyLength::Unknown, BodyLength::Known);
    let mime = request.field("content-type").map(<[u8]>::to_vec);
    // Reading first lets a client go on that waits for 100 Continue.
    let mut next = exchange.read().await?;
    match mime {
        Some(mime) => exchange.start(StatusCode::OK, &[("Content-Type", mime)], length).await?,
        None => exchange.start(StatusCode::OK, NO_FIELDS, length).await?,
    }
    while let Some(data) = next {
        exchange.write(data).await?;
        // The client may wait for it before it sends more.
        exchange.flush().await?;
        next = exchange.read().await?;
    }
    exchange.finish().await
}
