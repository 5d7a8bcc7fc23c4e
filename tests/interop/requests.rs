//! Plain requests by curl: framing, connections, methods, HTTP/1.0.

use core::time::Duration;
use std::io::Read;
use std::process::Stdio;
use std::time::Instant;

use super::curl::{self, get, measure, send};
use super::process::{self, Job};
use super::report::{ensure, same};
use super::{Group, Server};

/// How much `/bytes/N` may make the server grow, whatever N is.
const MOST_GROWTH: u64 = 32 << 20;

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let url = |path: &str| format!("{}{path}", server.origin);
    let report = &mut *group.report;
    report.check("GET /hello", hello(&url("/hello")));
    report.check("GET /", page(&url("/")));
    report.check("GET /%68ello", hello(&url("/%68ello")));
    report.check("OPTIONS *", options(&url("/"), &["--request-target", "*"], "GET, HEAD, POST, PUT, OPTIONS"));
    report.check("OPTIONS /hello", options(&url("/hello"), &[], "GET, HEAD, OPTIONS"));
    // Nobody waits for what HEAD does not send.
    for path in ["/", "/hello", "/bytes/1073741824", "/stream?chunks=100000&delay=10000", "/files/hello.txt"] {
        report.check(&format!("HEAD {path}"), head(&url(path)));
    }
    report.check("one connection for many requests", keep_alive(&url("/bytes/[1-200]")));
    report.check("twenty connections at once", parallel(&url("/bytes/[1000-1199]")));
    report.check("Connection: close", close(&url("/hello")));
    report.check("HTTP/1.0", http_1_0(&url("/hello"), &url("/stream?chunks=3&delay=1")));
    report.check("Expect: 100-continue", expect_continue(&url("/echo")));
    match process::run(curl::command(5).arg("--version"), b"", Duration::from_secs(10)) {
        Ok(printed) if String::from_utf8_lossy(&printed.stdout).contains("HTTP2") => {
            report.check("an offer of HTTP/2 is passed over", offers_http_2(&url("/hello")));
        }
        _ => report.skip("an offer of HTTP/2 is passed over", "this curl has no HTTP/2"),
    }
    for size in [0, 1, 65_535, 65_536, 65_537, 10_000_000] {
        report.check(&format!("GET /bytes/{size}"), bytes(&url(&format!("/bytes/{size}")), size));
    }
    report.check("GET /bytes/1073741824 in little memory", gibibyte(server));
    report.check("GET /stream comes as it is made", stream(&url("/stream?chunks=5&delay=150")));
    report.check("GET /stream is chunked", chunked(&url("/stream?chunks=3&delay=1")));
    for path in ["/bytes/1073741825", "/bytes/x", "/bytes/-1", "/stream?chunks=x", "/stream?delay=-1"] {
        report.check(&format!("GET {path} is refused"), refused(&url(path), &[400, 404]));
    }
    report.check("GET /ws without an upgrade is refused", refused(&url("/ws"), &[400, 426]));
    for (method, path, allow) in [
        ("POST", "/", "GET, HEAD, OPTIONS"),
        ("DELETE", "/hello", "GET, HEAD, OPTIONS"),
        ("PUT", "/bytes/1", "GET, HEAD, OPTIONS"),
        ("POST", "/stream", "GET, HEAD, OPTIONS"),
        ("PUT", "/files/hello.txt", "GET, HEAD, OPTIONS"),
        ("GET", "/echo", "POST, PUT, OPTIONS"),
        ("DELETE", "/echo", "POST, PUT, OPTIONS"),
    ] {
        let name = format!("{method} {path} is not allowed");
        report.check(&name, not_allowed(method, &url(path), allow));
    }
    for (method, path) in [("GET", "/nothing"), ("POST", "/nothing"), ("GET", "/hello/"), ("GET", "/filest")] {
        report.check(&format!("{method} {path} is not found"), not_found(method, &url(path)));
    }
}

fn hello(url: &str) -> Result<(), String> {
    let answer = get(&[url])?;
    answer.has_status(200)?;
    same("the version", answer.version.as_str(), "HTTP/1.1")?;
    answer.has_header("content-length", "13")?;
    answer.lacks_header("transfer-encoding")?;
    let kind = answer.header("content-type").unwrap_or_default();
    ensure(kind.starts_with("text/plain"), || format!("content-type is {kind:?}"))?;
    answer.has_body(b"Hello, World!")
}

fn page(url: &str) -> Result<(), String> {
    let answer = get(&[url])?;
    answer.has_status(200)?;
    let kind = answer.header("content-type").unwrap_or_default();
    ensure(kind.starts_with("text/html"), || format!("content-type is {kind:?}"))?;
    answer.has_header("content-length", &answer.body.len().to_string())?;
    ensure(answer.body.starts_with(b"<!doctype html>"), || "it is not the page".into())
}

fn options(url: &str, target: &[&str], allow: &str) -> Result<(), String> {
    let answer = get(&[&["-X", "OPTIONS", url], target].concat())?;
    answer.has_status(204)?;
    answer.has_header("allow", allow)
}

/// The header fields are those of GET, and the connection is not off by a body.
fn head(url: &str) -> Result<(), String> {
    let answer = get(&["-I", url])?;
    answer.has_status(200)?;
    answer.has_body(b"")?;
    if let Some(size) = url.rsplit_once("/bytes/").map(|(_, size)| size) {
        answer.has_header("content-length", size)?;
    } else if !url.contains("/stream") {
        let got = get(&[url])?;
        let length = got.body.len().to_string();
        answer.has_header("content-length", &length)?;
        same("content-type", answer.header("content-type"), got.header("content-type"))?;
    }
    let connects = measure(&["-I", "-w", "%{num_connects} %{http_code}, "], &[url, url])?;
    same("connections and codes", connects.as_str(), "1 200, 0 200, ")
}

/// The URL stands for the sizes 1 to 200.
fn keep_alive(url: &str) -> Result<(), String> {
    let printed = measure(&["-w", "%{num_connects} %{http_code} %{size_download}\n"], &[url])?;
    let expected: String = (1..=200).map(|size| format!("{} 200 {size}\n", u8::from(size == 1))).collect();
    ensure(printed == expected, || format!("connections, codes and sizes are {printed:?}"))
}

/// The URL stands for 200 sizes.
fn parallel(url: &str) -> Result<(), String> {
    let args = ["-Z", "--parallel-max", "20", "-w", "%{http_code} %{size_download}\n"];
    let printed = measure(&args, &[url])?;
    let mut lines: Vec<&str> = printed.lines().collect();
    lines.sort_unstable();
    let expected: Vec<String> = (1000..1200).map(|size| format!("200 {size}")).collect();
    ensure(lines == expected, || format!("codes and sizes are {printed:?}"))
}

fn close(url: &str) -> Result<(), String> {
    let answer = get(&["-H", "Connection: close", url])?;
    answer.has_header("connection", "close")?;
    answer.has_body(b"Hello, World!")?;
    let args = ["-H", "Connection: close", "-w", "%{num_connects} "];
    same("connections", measure(&args, &[url, url])?.as_str(), "1 1 ")
}

fn http_1_0(hello: &str, stream: &str) -> Result<(), String> {
    let answer = get(&["--http1.0", hello])?;
    answer.has_status(200)?;
    answer.lacks_header("transfer-encoding")?;
    answer.has_body(b"Hello, World!")?;
    // Such a client knows no chunks: the end of the connection ends the body.
    let answer = get(&["--http1.0", stream])?;
    answer.has_status(200)?;
    answer.lacks_header("transfer-encoding")?;
    answer.has_body(b"chunk 1\nchunk 2\nchunk 3\n")
}

fn expect_continue(url: &str) -> Result<(), String> {
    let body = b"as told";
    // It would send the body untold after a second, were it not for the timeout.
    let args = ["-v", "-H", "Expect: 100-continue", "--expect100-timeout", "20", "--data-binary", "@-", url];
    let answer = send(&args, body)?;
    same("the interim answers", answer.interim.as_slice(), &[100])?;
    ensure(answer.stderr.contains("< HTTP/1.1 100"), || "curl saw no HTTP/1.1 100".into())?;
    answer.has_status(200)?;
    answer.has_body(body)
}

fn offers_http_2(url: &str) -> Result<(), String> {
    let answer = get(&["--http2", url])?;
    same("the version", answer.version.as_str(), "HTTP/1.1")?;
    answer.has_status(200)?;
    answer.has_body(b"Hello, World!")
}

fn bytes(url: &str, size: usize) -> Result<(), String> {
    let answer = get(&[url])?;
    answer.has_status(200)?;
    answer.has_header("content-length", &size.to_string())?;
    same("the body's length", answer.body.len(), size)
}

fn gibibyte(server: &Server) -> Result<(), String> {
    let before = server.memory();
    let url = format!("{}/bytes/1073741824", server.origin);
    let printed = measure(&["-w", "%{http_code} %{size_download}"], &[&url])?;
    same("code and size", printed.as_str(), "200 1073741824")?;
    let (Some(before), Some(peak)) = (before, server.peak_memory()) else {
        return Ok(());
    };
    let growth = peak.saturating_sub(before);
    ensure(growth < MOST_GROWTH, || format!("the server grew by {growth} bytes"))
}

/// Five chunks over 600 ms: the first is there long before the last.
fn stream(url: &str) -> Result<(), String> {
    let mut curl = curl::command(30);
    curl.args(["-N", url]).stdout(Stdio::piped());
    let mut job = Job::start(&mut curl)?;
    let mut stdout = job.child.stdout.take().ok_or("curl has no output")?;
    let mut piece = [0; 100];
    let count = stdout.read(&mut piece).map_err(|error| error.to_string())?;
    let first = Instant::now();
    let mut text = piece.get(..count).unwrap_or_default().to_vec();
    stdout.read_to_end(&mut text).map_err(|error| error.to_string())?;
    let after = first.elapsed();
    let text = String::from_utf8_lossy(&text);
    same("the body", text.as_ref(), "chunk 1\nchunk 2\nchunk 3\nchunk 4\nchunk 5\n")?;
    ensure(after > Duration::from_millis(250), || format!("the body was over {after:?} after its first chunk"))
}

fn chunked(url: &str) -> Result<(), String> {
    let answer = get(&["--raw", url])?;
    answer.has_header("transfer-encoding", "chunked")?;
    answer.lacks_header("content-length")?;
    let text = String::from_utf8_lossy(&answer.body);
    let chunk = |i| format!("8\r\nchunk {i}\n\r\n");
    let expected = format!("{}{}{}0\r\n\r\n", chunk(1), chunk(2), chunk(3));
    same("the body", text.as_ref(), expected.as_str())
}

fn refused(url: &str, codes: &[u16]) -> Result<(), String> {
    let status = get(&[url])?.status;
    ensure(codes.contains(&status), || format!("the status is {status}, not one of {codes:?}"))
}

fn not_allowed(method: &str, url: &str, allow: &str) -> Result<(), String> {
    let answer = get(&["-X", method, url])?;
    answer.has_status(405)?;
    answer.has_header("allow", allow)
}

fn not_found(method: &str, url: &str) -> Result<(), String> {
    get(&["-X", method, url])?.has_status(404)
}
