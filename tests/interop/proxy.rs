//! The example servers behind nginx, which keeps its connections to them.

use super::data::{self, Data};
use super::nginx::Nginx;
use super::origin::sha1;
use super::relay::Relay;
use super::report::{ensure, same};
use super::wire::Wire;
use super::{Group, Server, digest, pipelines, web_socket};

/// More than lies in the sockets, and in nginx's buffers, between two processes.
const LARGE: usize = 24 << 20;
/// How many requests go through the relay, and how many connections they may take.
const COUNTED: usize = 1000;
const MOST_CONNECTIONS: usize = 10;

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let address = server.origin.trim_start_matches("http://");
    let report = &mut *group.report;
    let relay = match Relay::start(address) {
        Ok(relay) => relay,
        Err(error) => return report.check("starting", Err(error)),
    };
    let example = group.executable.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let digest = match digest::start(&example) {
        Ok(address) => address,
        Err(error) => return report.check("starting", Err(error)),
    };
    let upstreams = format!(
        "proxy_http_version 1.1;
        proxy_set_header Connection '';
        proxy_set_header Host $http_host;
        upstream direct {{ server {address}; keepalive 8; }}
        upstream digest {{ server {digest}; keepalive 8; }}
        upstream counted {{ server {}; keepalive 8; }}",
        relay.address
    );
    let nginx = match Nginx::start(group.site, &upstreams, LOCATIONS) {
        Ok(nginx) => nginx,
        Err(error) => return report.check("starting nginx", Err(error)),
    };
    let origin = &nginx.origin;
    report.check("GET and HEAD", get_and_head(origin));
    report.check("errors", errors(origin));
    for way in ["", "/unbuffered"] {
        for (framing, is_chunked) in [("with a length", false), ("in chunks", true)] {
            report.check(&format!("large POSTs to {way}/digest {framing}"), large_posts(origin, way, is_chunked));
        }
        report.check(&format!("a large answer from {way}/bytes"), large_answer(origin, way));
        report.check(&format!("a large POST to {way}/nothing"), refused_body(origin, way));
    }
    report.check("pipelined requests", pipelined(origin, ""));
    report.check("pipelined requests without buffers", pipelined(origin, "/unbuffered"));
    report.check("few connections for many requests", few_connections(origin, &relay));
    report.check("a WebSocket", handshake(origin));
    report.check("a client that reads late", reads_late(origin));
    report.check("a client that sends octet by octet", sends_slowly(origin));
    report.check("clients that go away", go_away(origin));
    report.check("nginx ends without complaint", nginx.stop());
}

const LOCATIONS: &str = "
    location / { proxy_pass http://direct; }
    location /digest { proxy_pass http://digest; }
    location /unbuffered/digest { proxy_pass http://digest; proxy_request_buffering off; }
    location /counted/ { proxy_pass http://counted/; }
    location /unbuffered/ {
        proxy_pass http://direct/;
        proxy_request_buffering off;
        proxy_buffering off;
    }
    location /ws {
        proxy_pass http://direct;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
    }";

fn ask(wire: &mut Wire, method: &str, target: &str) -> Result<super::curl::Answer, String> {
    wire.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"))?;
    wire.answer(method)
}

fn get_and_head(origin: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    for (target, kind, body) in [
        ("/hello", "text/plain", b"Hello, World!".to_vec()),
        ("/bytes/100000", "application/octet-stream", data::lines(100_000)),
        ("/bytes/0", "application/octet-stream", Vec::new()),
        ("/files/hello.txt", "text/plain", b"Hello, file!".to_vec()),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = ask(&mut wire, method, target)?;
            answer.has_status(200)?;
            answer.has_header("content-length", &body.len().to_string())?;
            let found = answer.header("content-type").unwrap_or_default();
            ensure(found.starts_with(kind), || format!("content-type is {found:?}"))?;
            answer.has_body(if method == "GET" { &body } else { b"" })?;
        }
    }
    let answer = ask(&mut wire, "GET", "/stream?chunks=3&delay=0")?;
    answer.has_header("transfer-encoding", "chunked")?;
    answer.has_body(b"chunk 1\nchunk 2\nchunk 3\n")
}

fn errors(origin: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    for (method, target, status, allow) in [
        ("GET", "/nothing", 404, None),
        ("DELETE", "/hello", 405, Some("GET, HEAD, OPTIONS")),
        ("GET", "/echo", 405, Some("POST, PUT, OPTIONS")),
        ("GET", "/bytes/x", 400, None),
        ("HEAD", "/nothing", 404, None),
        ("GET", "/ws", 426, None),
    ] {
        let answer = ask(&mut wire, method, target)?;
        answer.has_status(status).map_err(|reason| format!("{method} {target}: {reason}"))?;
        same("allow", answer.header("allow").as_deref(), allow)?;
    }
    ask(&mut wire, "GET", "/hello")?.has_body(b"Hello, World!")
}

/// The head and the body of a large POST.
fn post(target: &str, is_chunked: bool) -> Result<(Vec<Vec<u8>>, Vec<u8>), String> {
    let mut body = Vec::new();
    Data::new(LARGE as u64).write_to(&mut body).map_err(|error| error.to_string())?;
    let framing =
        if is_chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {}", body.len()) };
    let mut pieces = vec![format!("POST {target} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n").into_bytes()];
    if is_chunked {
        for chunk in body.chunks(99_991) {
            pieces.push([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        }
        pieces.push(b"0\r\n\r\n".to_vec());
    } else {
        pieces.push(body.clone());
    }
    Ok((pieces, body))
}

fn large_posts(origin: &str, way: &str, is_chunked: bool) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let (pieces, body) = post(&format!("{way}/digest"), is_chunked)?;
    for _ in 0..2 {
        let sending = wire.send_beside(pieces.clone(), false)?;
        let answer = wire.answer("POST")?;
        answer.has_status(200)?;
        same("what came", String::from_utf8_lossy(&answer.body).into_owned(), format!("{LARGE} {}", sha1(&body)))?;
        let _ = sending.join();
    }
    ask(&mut wire, "GET", "/hello")?.has_body(b"Hello, World!")
}

fn large_answer(origin: &str, way: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    for length in [LARGE, LARGE + 1] {
        let answer = ask(&mut wire, "GET", &format!("{way}/bytes/{length}"))?;
        answer.has_header("content-length", &length.to_string())?;
        same("the hash", sha1(&answer.body), sha1(&data::lines(length)))?;
    }
    Ok(())
}

/// The server does not take in all of it. Its answer must get through all the same, and not be
/// lost in a connection that is reset (RFC 9112 section 9.6).
fn refused_body(origin: &str, way: &str) -> Result<(), String> {
    for _ in 0..3 {
        let mut wire = Wire::connect(origin)?;
        let (pieces, _) = post(&format!("{way}/nothing"), false)?;
        let sending = wire.send_beside(pieces, false)?;
        let answer = wire.answer("POST")?;
        answer.has_status(404)?;
        answer.has_body(b"Not Found")?;
        drop(wire);
        let _ = sending.join();
    }
    Ok(())
}

fn pipelined(origin: &str, way: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let requests = pipelines::requests(300, way);
    let sending = wire.send_beside(vec![pipelines::joined(&requests)], false)?;
    pipelines::answers(&mut wire, &requests)?;
    let _ = sending.join();
    Ok(())
}

fn few_connections(origin: &str, relay: &Relay) -> Result<(), String> {
    let requests = pipelines::requests(COUNTED, "/counted");
    let mut wire = Wire::connect(origin)?;
    for request in requests.chunks(1) {
        wire.send(pipelines::joined(request))?;
        pipelines::answers(&mut wire, request)?;
    }
    let count = relay.count();
    ensure((1..=MOST_CONNECTIONS).contains(&count), || format!("{count} connections for {COUNTED} requests"))
}

fn handshake(origin: &str) -> Result<(), String> {
    for _ in 0..3 {
        let mut wire = Wire::connect(origin)?;
        wire.send(web_socket::HANDSHAKE)?;
        web_socket::accepted(&wire.answer("GET")?)?;
        wire.send(web_socket::FRAMES)?;
        web_socket::echoed(&mut wire)?;
    }
    Ok(())
}

/// Nothing is read until others have had their answers.
fn reads_late(origin: &str) -> Result<(), String> {
    for way in ["", "/unbuffered"] {
        let mut late = Wire::connect(origin)?;
        late.send(format!("GET {way}/bytes/{LARGE} HTTP/1.1\r\nHost: a\r\n\r\n"))?;
        late.head()?.has_status(200)?;
        let mut other = Wire::connect(origin)?;
        for _ in 0..50 {
            ask(&mut other, "GET", &format!("{way}/hello"))?.has_body(b"Hello, World!")?;
        }
        same("the hash", sha1(&late.octets(LARGE)?), sha1(&data::lines(LARGE)))?;
    }
    Ok(())
}

fn sends_slowly(origin: &str) -> Result<(), String> {
    for way in ["", "/unbuffered"] {
        let (mut slow, mut other) = (Wire::connect(origin)?, Wire::connect(origin)?);
        let body = "slowly";
        let octets = format!("POST {way}/echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        for octet in octets.as_bytes().chunks(1) {
            slow.send(octet)?;
            ask(&mut other, "GET", &format!("{way}/hello"))?.has_body(b"Hello, World!")?;
        }
        slow.answer("POST")?.has_body(body.as_bytes())?;
    }
    Ok(())
}

/// The proxy drops its connections with theirs; the server serves on.
fn go_away(origin: &str) -> Result<(), String> {
    for way in ["", "/unbuffered"] {
        for _ in 0..10 {
            let mut wire = Wire::connect(origin)?;
            wire.send(format!("GET {way}/bytes/1073741824 HTTP/1.1\r\nHost: a\r\n\r\n"))?;
            wire.head()?.has_status(200)?;
            drop(wire);
            let mut wire = Wire::connect(origin)?;
            wire.send(format!("POST {way}/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nonly this"))?;
        }
        ask(&mut Wire::connect(origin)?, "GET", &format!("{way}/hello"))?.has_body(b"Hello, World!")?;
    }
    Ok(())
}
