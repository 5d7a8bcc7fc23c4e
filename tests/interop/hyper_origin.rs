//! A server by hyper for the example clients, and to compare answers with.

use core::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::channel::Channel;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{data, origin};

type Body = BoxBody<Bytes, io::Error>;

/// Runs until it is dropped.
pub(crate) struct HyperOrigin {
    pub url: String,
    _runtime: Runtime,
}

impl HyperOrigin {
    pub(crate) fn start() -> io::Result<HyperOrigin> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        runtime.spawn(accept(listener));
        Ok(HyperOrigin { url, _runtime: runtime })
    }
}

/// The requests that came, a line for each.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<String>>);

impl Seen {
    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, connection: usize, request: &Request<Incoming>) {
        let target = request.uri();
        if target.path() == "/seen" {
            return;
        }
        let field = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let framing = field(header::TRANSFER_ENCODING).or_else(|| field(header::CONTENT_LENGTH)).unwrap_or("-");
        let expect = field(header::EXPECT).unwrap_or("-");
        *self.lock() += &format!("{connection} {} {target} {framing} {expect}\n", request.method());
    }
}

async fn accept(listener: TcpListener) {
    let seen = Seen::default();
    let mut connection = 0;
    while let Ok((stream, _)) = listener.accept().await {
        let (number, seen) = (connection, seen.clone());
        connection += 1;
        tokio::spawn(async move {
            let service = hyper::service::service_fn(|request| {
                let seen = seen.clone();
                async move {
                    seen.note(number, &request);
                    Ok::<_, Infallible>(answer(request, &seen).await)
                }
            });
            // A client that gives up, or is told to, has its own words for it.
            let _ = hyper::server::conn::http1::Builder::new()
                .half_close(true)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await;
        });
    }
}

fn full(octets: impl Into<Bytes>) -> Body {
    Full::new(octets.into()).map_err(|never| match never {}).boxed()
}

async fn answer(request: Request<Incoming>, seen: &Seen) -> Response<Body> {
    let target = request.uri().path().to_owned();
    let (route, argument) = target.trim_start_matches('/').split_once('/').unwrap_or((target.trim_matches('/'), ""));
    let length = argument.parse().unwrap_or(0);
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = Response::new(full(""));
    match route {
        _ if request.method() == Method::CONNECT => {}
        _ if request.headers().contains_key(header::UPGRADE) => {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let fields = [(header::CONNECTION, "Upgrade"), (header::UPGRADE, "other")];
            response.headers_mut().extend(fields.map(|(name, value)| (name, HeaderValue::from_static(value))));
        }
        "length" => *response.body_mut() = full(origin::content(length)),
        "chunked" => chunked(&mut response, length),
        // To the older version there are no chunks: only the end of the connection ends it.
        "close" => {
            *response.version_mut() = Version::HTTP_10;
            *response.body_mut() = channel(origin::content(length), None, false);
        }
        "status" => {
            *response.status_mut() = StatusCode::from_u16(argument.parse().unwrap_or(500)).unwrap_or_default();
            *response.body_mut() = full(format!("status {argument}"));
        }
        "redirect" => {
            *response.status_mut() = StatusCode::FOUND;
            let place = HeaderValue::from_str(&format!("/length/{argument}"));
            response.headers_mut().extend(place.map(|place| (header::LOCATION, place)));
        }
        "broken" => *response.body_mut() = channel(origin::content(length), None, true),
        "echo" => {
            response
                .headers_mut()
                .extend(request.headers().get(header::CONTENT_TYPE).map(|kind| (header::CONTENT_TYPE, kind.clone())));
            let is_expected = request.headers().contains_key(header::EXPECT);
            let body = request.into_body().map_err(io::Error::other);
            *response.body_mut() = if is_expected {
                // hyper says 100 when the body is first asked for, which must be before the answer starts.
                full(body.collect().await.map(Collected::to_bytes).unwrap_or_default())
            } else {
                body.boxed()
            };
        }
        "refuse" => *response.status_mut() = StatusCode::EXPECTATION_FAILED,
        "seen" => *response.body_mut() = full(core::mem::take(&mut *seen.lock())),
        "hello" if is_read => *response.body_mut() = full("Hello, World!"),
        "hello" => {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            *response.body_mut() = full("Method Not Allowed\n");
        }
        "bytes" => *response.body_mut() = full(data::lines(length)),
        "stream" => *response.body_mut() = channel(b"chunk 1\nchunk 2\n".to_vec(), None, false),
        _ => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            *response.body_mut() = full("Not Found");
        }
    }
    response
}

fn chunked(response: &mut Response<Body>, length: usize) {
    let octets = origin::content(length);
    let sum = HeaderValue::from_str(&origin::sha1(&octets));
    let trailers: HeaderMap = sum.into_iter().map(|sum| (header::HeaderName::from_static("check"), sum)).collect();
    response.headers_mut().insert(header::TRAILER, HeaderValue::from_static("Check"));
    *response.body_mut() = channel(octets, Some(trailers), false);
}

/// A body of pieces whose length nobody knows before.
fn channel(octets: Vec<u8>, trailers: Option<HeaderMap>, breaks: bool) -> Body {
    let (mut sender, body) = Channel::new(4);
    tokio::spawn(async move {
        let (mut octets, mut size) = (Bytes::from(octets), 1);
        while !octets.is_empty() {
            if sender.send_data(octets.split_to(size.min(octets.len()))).await.is_err() {
                return;
            }
            size = size * 3 % 65_521;
        }
        if let Some(trailers) = trailers {
            // A client that is gone misses nothing.
            let _ = sender.send_trailers(trailers).await;
        }
        if breaks {
            sender.abort(io::Error::other("as asked"));
        }
    });
    body.boxed()
}
