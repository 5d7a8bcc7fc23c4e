//! A form with files over tokio: `multipart/form-data` is read by the crate `multer`, from a stream of the
//! pieces in which the body comes. Start it and open the page that it names.

use futures_util::stream;
use multer::{Constraints, Multipart, SizeLimit};
use sanderling_tokio::{Error, Exchange, Method, Server, StatusCode};

/// The page with the form.
const PAGE: &str = "<!doctype html><title>Upload</title>\
    <form method=\"post\" enctype=\"multipart/form-data\"><input name=\"note\"><input type=\"file\" name=\"file\" multiple>\
    <button>Send</button></form>";

/// How long a form may be: of the head of a part, `multer` takes in as much as comes.
const LONGEST: u64 = 16 << 20;
/// How much there is to say about its parts.
const MOST: usize = 64 << 10;

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
        Ok(text) if text.len() <= MOST => (StatusCode::OK, text),
        Ok(_) | Err(multer::Error::StreamSizeExceeded { .. }) => {
            (StatusCode::CONTENT_TOO_LARGE, "the form is too large\n".to_owned())
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")),
    };
    exchange.respond(status, &[("Content-Type", "text/plain; charset=utf-8")], text).await
}

/// One line for each part of the form, as far as there is room. No part is held as a whole: each is counted as it
/// comes.
async fn parts(exchange: &mut Exchange) -> Result<String, multer::Error> {
    let content_type = exchange.request().field("content-type").map(String::from_utf8_lossy).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type)?;
    let pieces = stream::unfold(exchange, |exchange| async move {
        let piece = exchange.read().await.transpose()?;
        Some((piece, exchange))
    });
    let bounds = Constraints::new().size_limit(SizeLimit::new().whole_stream(LONGEST));
    let (mut form, mut text) = (Multipart::with_constraints(pieces, boundary, bounds), String::new());
    while text.len() <= MOST
        && let Some(mut part) = form.next_field().await?
    {
        let name = part.file_name().or(part.name()).unwrap_or("a part without a name").to_owned();
        let mut length = 0;
        while let Some(piece) = part.chunk().await? {
            length += piece.len();
        }
        text += &format!("{name}: {length} octets\n");
    }
    Ok(text)
}
