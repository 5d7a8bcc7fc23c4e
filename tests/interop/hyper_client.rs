//! The example servers by hyper's client, one connection at a time.

use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::channel::{Channel, Sender};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::origin::{content, sha1};
use super::report::{ensure, same};
use super::{Group, Server, data, web_socket};

/// However long one check may take.
const LIMIT: Duration = Duration::from_secs(60);
const LARGE: usize = 24 << 20;

type Body = BoxBody<Bytes, Infallible>;

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let report = &mut *group.report;
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return report.check("starting", Err(error.to_string())),
    };
    let address = server.origin.trim_start_matches("http://");
    let limited = |check| {
        let check = async { tokio::time::timeout(LIMIT, check).await };
        runtime.block_on(check).unwrap_or_else(|_| Err(format!("not over after {LIMIT:?}")))
    };
    type Check<'a> = core::pin::Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;
    let checks: [(&str, Check<'_>); 11] = [
        ("one connection for 300 requests", Box::pin(many_requests(address))),
        ("HEAD", Box::pin(head(address))),
        ("error statuses keep the connection", Box::pin(statuses(address))),
        ("a large answer", Box::pin(large_answer(address))),
        ("a large echo with a length", Box::pin(large_echo(address))),
        ("a large echo in chunks", Box::pin(chunked_echo(address))),
        ("trailers are passed over", Box::pin(trailers(address))),
        ("Expect: 100-continue", Box::pin(expectation(address))),
        ("a WebSocket behind an upgrade", Box::pin(upgrade(address))),
        ("answers given up half-way", Box::pin(given_up(address))),
        ("Connection: close", Box::pin(close(address))),
    ];
    for (name, check) in checks {
        report.check(name, limited(check));
    }
}

fn because(error: impl core::fmt::Display) -> String {
    error.to_string()
}

/// A connection that is not opened again: an answer has come on this one.
struct Client {
    sender: SendRequest<Body>,
    /// Ends with the connection.
    connection: JoinHandle<Result<(), hyper::Error>>,
}

impl Client {
    async fn connect(address: &str) -> Result<Client, String> {
        let stream = TcpStream::connect(address).await.map_err(because)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(because)?;
        Ok(Client { sender, connection: tokio::spawn(connection.with_upgrades()) })
    }

    /// The answer as soon as its head is there.
    async fn send(&mut self, request: Request<Body>) -> Result<Response<Incoming>, String> {
        self.sender.ready().await.map_err(because)?;
        self.sender.send_request(request).await.map_err(because)
    }

    /// The status, the fields and the body of the answer.
    async fn ask(&mut self, request: Request<Body>) -> Result<(u16, HeaderMap, Bytes), String> {
        let (head, body) = self.send(request).await?.into_parts();
        let body = body.collect().await.map_err(because)?;
        same("the trailers", body.trailers(), None)?;
        Ok((head.status.as_u16(), head.headers, body.to_bytes()))
    }

    async fn is_usable(&mut self) -> Result<(), String> {
        let (status, _, body) = self.ask(request(Method::GET, "/hello", full(""))).await?;
        same("the answer behind it", (status, body.as_ref()), (200, b"Hello, World!".as_slice()))
    }
}

fn full(octets: impl Into<Bytes>) -> Body {
    Full::new(octets.into()).boxed()
}

fn request(method: Method, target: &str, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().unwrap_or_default();
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("a"));
    request
}

/// A body that is sent as it is made, on another task.
fn streamed(octets: Vec<u8>, trailers: Option<HeaderMap>) -> Body {
    let (sender, body) = Channel::new(4);
    tokio::spawn(send(sender, octets, trailers));
    body.boxed()
}

async fn send(mut sender: Sender<Bytes>, octets: Vec<u8>, trailers: Option<HeaderMap>) {
    let (mut octets, mut size) = (Bytes::from(octets), 1);
    while !octets.is_empty() {
        // A server that takes no more shows in its answer.
        if sender.send_data(octets.split_to(size.min(octets.len()))).await.is_err() {
            return;
        }
        size = size * 7 % 262_139;
    }
    if let Some(trailers) = trailers {
        let _ = sender.send_trailers(trailers).await;
    }
}

async fn many_requests(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    for number in 0..300 {
        let length = number * 37;
        let (status, fields, body) = client.ask(request(Method::GET, &format!("/bytes/{length}"), full(""))).await?;
        same("the status", status, 200)?;
        same("the length", fields.get(header::CONTENT_LENGTH), Some(&HeaderValue::from(length)))?;
        same("the body", body.as_ref(), data::lines(length).as_slice())?;
    }
    ensure(!client.connection.is_finished(), || "the connection has ended".into())
}

async fn head(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    for (target, length) in [("/hello", Some(13)), ("/bytes/1073741824", Some(1 << 30)), ("/stream", None)] {
        let (status, fields, body) = client.ask(request(Method::HEAD, target, full(""))).await?;
        same("the answer", (status, body.len()), (200, 0))?;
        same("the length", fields.get(header::CONTENT_LENGTH), length.map(HeaderValue::from).as_ref())?;
    }
    client.is_usable().await
}

async fn statuses(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    for (method, target, body, status, allow) in [
        (Method::GET, "/nothing", "", 404, None),
        (Method::DELETE, "/hello", "unread", 405, Some("GET, HEAD, OPTIONS")),
        (Method::PATCH, "/echo", "unread", 405, Some("POST, PUT, OPTIONS")),
        (Method::GET, "/bytes/x", "", 400, None),
    ] {
        let (found, fields, _) = client.ask(request(method, target, full(body))).await?;
        same(target, found, status)?;
        same("allow", fields.get(header::ALLOW), allow.map(HeaderValue::from_static).as_ref())?;
    }
    client.is_usable().await
}

async fn large_answer(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    let (status, _, body) = client.ask(request(Method::GET, &format!("/bytes/{LARGE}"), full(""))).await?;
    same("the answer", (status, sha1(&body)), (200, sha1(&data::lines(LARGE))))?;
    client.is_usable().await
}

async fn large_echo(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    let octets = content(LARGE);
    let (status, fields, body) = client.ask(request(Method::PUT, "/echo", full(octets.clone()))).await?;
    same("the length", fields.get(header::CONTENT_LENGTH), Some(&HeaderValue::from(LARGE)))?;
    same("the answer", (status, sha1(&body)), (200, sha1(&octets)))?;
    client.is_usable().await
}

async fn chunked_echo(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    for length in [0, 1, LARGE] {
        let octets = content(length);
        let (status, fields, body) = client.ask(request(Method::POST, "/echo", streamed(octets.clone(), None))).await?;
        let coding = fields.get(header::TRANSFER_ENCODING);
        same("the coding", coding, Some(&HeaderValue::from_static("chunked")))?;
        same("the answer", (status, sha1(&body)), (200, sha1(&octets)))?;
    }
    client.is_usable().await
}

async fn trailers(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    for length in [0, 5, 100_000] {
        let octets = content(length);
        let name = HeaderName::from_static("check");
        let trailers = HeaderMap::from_iter([(name, HeaderValue::from_static("sum"))]);
        let mut request = request(Method::POST, "/echo", streamed(octets.clone(), Some(trailers)));
        request.headers_mut().insert(header::TRAILER, HeaderValue::from_static("Check"));
        let (status, fields, body) = client.ask(request).await?;
        same("the answer", (status, sha1(&body)), (200, sha1(&octets)))?;
        same("Check", fields.get("check"), None)?;
    }
    client.is_usable().await
}

/// The body is there only when the server has asked for it.
async fn expectation(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    let told = Arc::new((AtomicU32::new(0), Notify::new()));
    for count in 1..=3 {
        let (sender, body) = Channel::new(4);
        let mut request = request(Method::POST, "/echo", body.boxed());
        request.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        let telling = Arc::clone(&told);
        hyper::ext::on_informational(&mut request, move |interim| {
            if interim.status().as_u16() == 100 {
                telling.0.fetch_add(1, Ordering::SeqCst);
                telling.1.notify_one();
            }
        });
        let waiting = Arc::clone(&told);
        tokio::spawn(async move {
            waiting.1.notified().await;
            send(sender, b"as told".to_vec(), None).await;
        });
        let (status, _, body) = client.ask(request).await?;
        same("the answer", (status, body.as_ref()), (200, b"as told".as_slice()))?;
        same("how often 100 has come", told.0.load(Ordering::SeqCst), count)?;
    }
    client.is_usable().await
}

async fn upgrade(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    let mut request = request(Method::GET, "/ws", full(""));
    let fields = [
        (header::CONNECTION, "Upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        (header::SEC_WEBSOCKET_VERSION, "13"),
    ];
    request.headers_mut().extend(fields.map(|(name, value)| (name, HeaderValue::from_static(value))));
    let response = client.send(request).await?;
    same("the status", response.status().as_u16(), 101)?;
    let accept = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    same("the accept", accept, Some(&HeaderValue::from_static(web_socket::ACCEPT)))?;
    let mut socket = TokioIo::new(hyper::upgrade::on(response).await.map_err(because)?);
    socket.write_all(web_socket::FRAMES).await.map_err(because)?;
    let mut frames = Vec::new();
    socket.read_to_end(&mut frames).await.map_err(because)?;
    same("the frames", frames.as_slice(), web_socket::ECHO)
}

async fn given_up(address: &str) -> Result<(), String> {
    for _ in 0..20 {
        let mut client = Client::connect(address).await?;
        let mut response = client.send(request(Method::GET, "/bytes/1073741824", full(""))).await?;
        ensure(response.body_mut().frame().await.is_some(), || "no body".into())?;
    }
    Client::connect(address).await?.is_usable().await
}

async fn close(address: &str) -> Result<(), String> {
    let mut client = Client::connect(address).await?;
    let mut request = request(Method::GET, "/hello", full(""));
    request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    let (status, fields, _) = client.ask(request).await?;
    same("the status", status, 200)?;
    same("connection", fields.get(header::CONNECTION), Some(&HeaderValue::from_static("close")))?;
    client.connection.await.map_err(because)?.map_err(because)
}
