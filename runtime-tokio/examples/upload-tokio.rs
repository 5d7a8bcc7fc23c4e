//! A form with files over tokio: `multipart/form-data` is read by the crate `multer`, from a stream of the
//! pieces in which the body comes. Start it and open the page that it names.

use futures_util::stream;
use multer::Multipart;
use sanderling_tokio::{Error, Exchange, Method, Server, StatusCode};

/// The page with the form.
const PAGE: &str = "<!doctype html><title>Upload</title>\
    <form method=\"post\" enctype=\"multipart/form-data\"><input name=\"note\"><input type=\"file\" name=\"file\" multiple>\
    <button>Send</button></form>";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = Server::bind("127.0.0.1:0").await?;
    println!("listening on http://{}/", server.local_addr()?);
    server.serve(answer).await
}

async fn answer(mut exchange: Exchange) -> Result<(), Error> {
    if exchange.request().method() != Method::POST {
        return exchange.respond(StatusCode::OK, &[("Content-Type", "text/html")], PAGE).await;
    }
    let (status, text) = match parts(&mut exchange).await {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")),
    };
    exchange.respond(status, &[("Content-Type", "text/plain; charset=utf-8")], text).await
}

/// One line for each part of the form. No part is held as a whole: each is counted as it comes.
async fn parts(exchange: &mut Exchange) -> Result<String, multer::Error> {
    let content_type = exchange.request().field("content-type").map(String::from_utf8_lossy).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type)?;
    let pieces = stream::unfold(exchange, |exchange| async move {
        let piece = exchange.read().await.transpose()?;
        Some((piece, exchange))
    });
    let (mut form, mut text) = (Multipart::new(pieces, boundary), String::new());
    while let Some(mut part) = form.next_field().await? {
        let name = part.file_name().or(part.name()).unwrap_or("a part without a name").to_owned();
        let mut length = 0;
        while let Some(piece) = part.chunk().await? {
            length += piece.len();
        }
        text += &format!("{name}: {length} octets\n");
    }
    Ok(text)
}
