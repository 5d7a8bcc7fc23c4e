//! Requests that do not wait for the answers to those before them (RFC 9112 section 9.3.2).

use super::report::{ensure, same};
use super::wire::Wire;
use super::{Group, Server, data, web_socket};

/// One request and what has to come back.
pub(crate) struct Asked {
    pub octets: Vec<u8>,
    pub method: &'static str,
    pub status: u16,
    pub body: Vec<u8>,
}

const COUNT: usize = 1000;
const CLOSES: &str = "GET /bytes/77 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let origin = &server.origin;
    let report = &mut *group.report;
    report.check("1000 requests in one write", whole(origin));
    for seed in 1..=3 {
        report.check(&format!("1000 requests in random cuts, seed {seed}"), random_cuts(origin, seed));
    }
    for (name, bad, status) in [
        ("a request line that is none", "what is this?\r\n\r\n", 400),
        ("a field line that is none", "GET /hello HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        ("no Host", "GET /hello HTTP/1.1\r\n\r\n", 400),
        ("two lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
        ("an unknown coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip, chunked\r\n\r\n", 501),
        ("another version", "GET /hello HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ] {
        report.check(&format!("{name} in the middle"), bad_in_the_middle(origin, bad, status));
    }
    // The older version closes unless told otherwise.
    for (name, last) in [("Connection: close", CLOSES), ("HTTP/1.0", "GET /bytes/77 HTTP/1.0\r\n\r\n")] {
        report.check(&format!("nothing behind {name}"), nothing_behind(origin, last));
    }
    report.check("one half closed within a request", half_a_request(origin));
    report.check("a WebSocket behind requests", web_socket_behind(origin));
}

/// Requests of all kinds, each a little different from the one before of its kind, for the
/// server's resources below `root`.
pub(crate) fn requests(count: usize, root: &str) -> Vec<Asked> {
    (0..count).map(|number| request(number, root)).collect()
}

fn request(number: usize, root: &str) -> Asked {
    // What a body must not be taken for.
    let body = format!("GET /{number} HTTP/1.1\r\nHost: smuggled\r\n\r\n").repeat(number % 40);
    let (method, status, target, fields, sent, answer): (_, _, _, String, String, Vec<u8>) = match number % 9 {
        0 => ("GET", 200, "/hello".into(), String::new(), String::new(), b"Hello, World!".into()),
        1 => ("HEAD", 200, "/hello".into(), String::new(), String::new(), Vec::new()),
        2 => ("GET", 200, format!("/bytes/{}", number * 3), String::new(), String::new(), data::lines(number * 3)),
        3 => ("POST", 200, "/echo".into(), length(&body), body.clone(), body.into()),
        4 => ("PUT", 200, "/echo".into(), CHUNKED.into(), in_chunks(&body), body.into()),
        5 => ("GET", 404, format!("/nothing/{number}"), String::new(), String::new(), b"Not Found".into()),
        6 => ("DELETE", 405, "/hello".into(), length(&body), body, b"Method Not Allowed\n".into()),
        7 => ("POST", 404, "/nothing".into(), CHUNKED.into(), in_chunks(&body), b"Not Found".into()),
        _ => {
            ("GET", 200, "/stream?chunks=2&delay=0".into(), String::new(), String::new(), b"chunk 1\nchunk 2\n".into())
        }
    };
    let octets = format!("{method} {root}{target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{sent}").into();
    Asked { octets, method, status, body: answer }
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

fn length(body: &str) -> String {
    format!("Content-Length: {}\r\n", body.len())
}

/// Two chunks, an extension and a trailer, so that there is something to pass over.
fn in_chunks(body: &str) -> String {
    let (first, second) = body.split_at(body.len() / 3);
    let mut chunks = String::new();
    for chunk in [first, second].iter().filter(|chunk| !chunk.is_empty()) {
        chunks += &format!("{:x};a=\"b;\"\r\n{chunk}\r\n", chunk.len());
    }
    chunks + "0\r\nCheck: sum\r\n\r\n"
}

pub(crate) fn joined(requests: &[Asked]) -> Vec<u8> {
    requests.iter().flat_map(|request| request.octets.iter().copied()).collect()
}

/// Checks that the answers to these are what comes next, in this order.
pub(crate) fn answers(wire: &mut Wire, requests: &[Asked]) -> Result<(), String> {
    for (number, asked) in requests.iter().enumerate() {
        let mut check = || {
            let answer = wire.answer(asked.method)?;
            answer.has_status(asked.status)?;
            let connection = answer.header("connection");
            ensure(connection.as_deref().is_none_or(|option| option == "keep-alive"), || {
                format!("connection is {connection:?}")
            })?;
            answer.has_body(&asked.body)
        };
        check().map_err(|reason| format!("answer {number}, to {}: {reason}", asked.method))?;
    }
    Ok(())
}

fn whole(origin: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let requests = requests(COUNT, "");
    let sending = wire.send_beside(vec![joined(&requests)], true)?;
    answers(&mut wire, &requests)?;
    let _ = sending.join();
    wire.ends()
}

fn random_cuts(origin: &str, seed: u64) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let requests = requests(COUNT, "");
    let octets = joined(&requests);
    let (mut rest, mut pieces, mut random) = (octets.as_slice(), Vec::new(), data::Random::new(seed));
    while !rest.is_empty() {
        // Short ones and long ones.
        let most = 1 << (random.next() % 13);
        let (piece, after) = rest.split_at((random.next() as usize % most + 1).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = after;
    }
    let sending = wire.send_beside(pieces, false)?;
    answers(&mut wire, &requests)?;
    let _ = sending.join();
    // The connection is as good as new.
    wire.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")?;
    wire.answer("GET")?.has_body(b"Hello, World!")?;
    wire.half_close()?;
    wire.ends()
}

/// The requests before it are answered, and those behind it, which the server must take in
/// before it closes or its last answer could be lost (RFC 9112 section 9.6), are not.
fn bad_in_the_middle(origin: &str, bad: &str, status: u16) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let requests = requests(COUNT, "");
    let (before, behind) = requests.split_at(COUNT / 2);
    let sending = wire.send_beside(vec![[joined(before), bad.into(), joined(behind)].concat()], true)?;
    answers(&mut wire, before)?;
    let answer = wire.answer("GET")?;
    answer.has_status(status)?;
    answer.has_header("connection", "close")?;
    wire.ends()?;
    let _ = sending.join();
    Ok(())
}

fn nothing_behind(origin: &str, last: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let requests = requests(100, "");
    let (before, behind) = requests.split_at(50);
    wire.send([joined(before), last.into(), joined(behind)].concat())?;
    answers(&mut wire, before)?;
    let answer = wire.answer("GET")?;
    answer.has_status(200)?;
    answer.has_header("connection", "close")?;
    answer.has_body(&data::lines(77))?;
    wire.ends()
}

/// What was asked whole is answered; the half may be refused or passed over.
fn half_a_request(origin: &str) -> Result<(), String> {
    for half in ["GET /hel", "GET /hello HTTP/1.1\r\nHost: a\r\n", "\r\n"] {
        let mut wire = Wire::connect(origin)?;
        let requests = requests(20, "");
        wire.send([joined(&requests), half.into()].concat())?;
        wire.half_close()?;
        answers(&mut wire, &requests)?;
        if let Ok(answer) = wire.head() {
            same("the answer to half a request", answer.status, 400)?;
            answer.has_header("connection", "close")?;
            let length = answer.header("content-length").and_then(|length| length.parse().ok());
            wire.octets(length.unwrap_or(0))?;
        }
        wire.ends()?;
    }
    Ok(())
}

/// The handshake and the first frame come in the same write as the requests before them.
fn web_socket_behind(origin: &str) -> Result<(), String> {
    let mut wire = Wire::connect(origin)?;
    let requests = requests(20, "");
    wire.send([&joined(&requests), web_socket::HANDSHAKE, web_socket::FRAMES].concat())?;
    answers(&mut wire, &requests)?;
    web_socket::accepted(&wire.answer("GET")?)?;
    web_socket::echoed(&mut wire)
}
