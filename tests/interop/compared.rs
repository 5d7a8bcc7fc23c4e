//! The same octets for an example server and for hyper's: both must make the same of them.

use super::hyper_origin::HyperOrigin;
use super::report::same;
use super::wire::Wire;
use super::{Group, Server};

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

macro_rules! chunked {
    () => {
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    };
}

/// A name, a method, and a request that goes between two others for `/hello`: the second shows
/// whether the connection is kept.
const CONVERSATIONS: [(&str, &str, &str); 22] = [
    ("an empty line before a request", "GET", "\r\nGET /bytes/3 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("the whole URI", "GET", "GET http://a/bytes/3 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("HEAD", "HEAD", "HEAD /bytes/3 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a method in small letters", "get", "get /nothing HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("an unknown method", "BREW", "BREW /nothing HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("blanks around a value", "GET", "GET /bytes/3 HTTP/1.1\r\nHost: \t a \t\r\n\r\n"),
    ("a close option among others", "GET", "GET /bytes/3 HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n"),
    ("HTTP/1.0", "GET", "GET /bytes/3 HTTP/1.0\r\n\r\n"),
    ("HTTP/1.0 with keep-alive", "GET", "GET /bytes/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    ("a length", "POST", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    ("a length of nothing", "POST", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
    ("no length", "POST", "POST /echo HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("chunks", "POST", concat!(chunked!(), "3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n")),
    ("chunks of capital sizes", "POST", concat!(chunked!(), "A\r\n0123456789\r\n000\r\n\r\n")),
    ("chunk extensions", "POST", concat!(chunked!(), "3;a;b=c\r\nabc\r\n0;d\r\n\r\n")),
    ("trailers", "POST", concat!(chunked!(), "3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n")),
    ("a body nobody reads", "POST", "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    ("a field without a name", "GET", "GET /hello HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
    ("a blank before a colon", "GET", "GET /hello HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n"),
    ("a folded line", "GET", "GET /hello HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n"),
    (
        "lengths that differ",
        "POST",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    ),
    ("a length that is none", "POST", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3x\r\n\r\nabc"),
];

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let report = &mut *group.report;
    let hyper = match HyperOrigin::start() {
        Ok(hyper) => hyper,
        Err(error) => return report.check("starting hyper", Err(error.to_string())),
    };
    for (name, method, octets) in CONVERSATIONS {
        let conversation = |origin| conversation(origin, method, octets);
        let alike = conversation(&server.origin)
            .and_then(|ours| conversation(&hyper.url).and_then(|theirs| same("what came of it", ours, theirs)));
        report.check(name, alike);
    }
}

/// The statuses, and the bodies where all is well, until the connection ends.
fn conversation(origin: &str, method: &str, octets: &str) -> Result<Vec<String>, String> {
    let mut wire = Wire::connect(origin)?;
    wire.send([HELLO, octets, HELLO].concat())?;
    wire.half_close()?;
    let mut answers = Vec::new();
    for method in ["GET", method, "GET"] {
        if wire.has_ended()? {
            break;
        }
        let answer = wire.answer(method)?;
        let body =
            if answer.status == 200 { String::from_utf8_lossy(&answer.body).into_owned() } else { String::new() };
        answers.push(format!("{} {body}", answer.status));
    }
    wire.ends()?;
    Ok(answers)
}
