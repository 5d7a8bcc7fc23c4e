//! Bodies that are sent while the server has something to say.

use std::sync::{Mutex, mpsc};

use super::client::{Client, HELLO, TempFile};
use super::server::{Peer, Server};

for_each_client! {
    continue_comes
    continue_comes_never
    continue_after_other_interim_answers
    expectation_fails
    refused_in_place_of_continue
    error_before_the_body
    error_and_gone
    answer_before_the_body
    echo_of_a_file
    echo_of_standard_input
    echo_of_data
    what_tells_no_length_is_sent_to_its_end
    reset_within_the_body
    malformed_answer_within_the_body
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
/// More than lies in the sockets between two processes.
const LARGE: usize = 32 << 20;

fn large() -> Vec<u8> {
    (b'a'..=b'z').cycle().take(LARGE).collect()
}

/// Runs the client with each kind of body.
fn with_each_body(content: &[u8], mut check: impl FnMut(&[&str], &[u8])) {
    let file = TempFile::new(content);
    let at_file = format!("@{}", file.path());
    check(&["-T", file.path()], b"");
    check(&["-T", "-"], content);
    check(&["-X", "PUT", "-d", &at_file], b"");
}

fn args<'a>(some: &[&'a str], more: &[&'a str], url: &'a str) -> Vec<&'a str> {
    [some, more, &["--summary", url]].concat()
}

const EXPECT: [&str; 2] = ["-H", "Expect: 100-continue"];

/// Says something between head and body, then answers with the body's length.
fn between(interim: &'static str) -> Server {
    Server::start(move |peer| {
        while let Some(request) = peer.head() {
            peer.send(interim);
            assert_eq!(request.field("expect"), Some("100-continue"));
            assert_eq!(peer.body(&request), b"content");
            peer.send(ANSWER);
        }
    })
}

fn continues(client: &Client, interim: &'static str) {
    with_each_body(b"content", |body, input| {
        let server = between(interim);
        let url = server.url("/");
        let ran = client.run_with(args(body, &EXPECT, &url), input);
        assert_eq!(ran.printed(), format!("200 5 {HELLO}\n"));
        server.stop();
    });
}

fn continue_comes(client: &Client) {
    continues(client, "HTTP/1.1 100 Continue\r\n\r\n");
}

fn continue_after_other_interim_answers(client: &Client) {
    continues(
        client,
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    );
}

/// After a while it is sent all the same (RFC 9110 section 10.1.1).
fn continue_comes_never(client: &Client) {
    continues(client, "");
}

/// Gives a final answer to the head; no octet of the body may follow.
fn finally(client: &Client, status: u16) {
    with_each_body(b"content", |body, input| {
        let server = Server::start(move |peer| {
            peer.head();
            peer.send(format!("HTTP/1.1 {status} No\r\nContent-Length: 5\r\n\r\nhello"));
            assert_eq!(peer.rest(), 0);
        });
        let url = server.url("/");
        let ran = client.run_with([args(body, &EXPECT, &url), vec![url.as_str()]].concat(), input);
        assert_eq!(ran.printed(), format!("{status} 5 {HELLO}\n").repeat(2));
        // Whether the body is still to come is not clear on the first.
        assert_eq!(server.stop().0, 2);
    });
}

fn expectation_fails(client: &Client) {
    finally(client, 417);
}

fn refused_in_place_of_continue(client: &Client) {
    finally(client, 401);
}

const TOO_LARGE: &str = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

fn refusing(client: &Client, after: fn(&mut Peer)) {
    with_each_body(&large(), |body, input| {
        let server = Server::start(move |peer| {
            peer.head();
            peer.take(100_000);
            peer.send(TOO_LARGE);
            after(peer);
        });
        let url = server.url("/");
        let ran = client.run_with(args(body, &[], &url), input);
        assert_eq!(ran.printed(), format!("413 5 {HELLO}\n"), "{body:?}");
        server.request();
    });
}

/// The client stops sending when it sees the answer (RFC 9112 section 9.5).
fn error_before_the_body(client: &Client) {
    refusing(client, |peer| assert!(peer.rest() < LARGE - 100_000, "all of the body came"));
}

/// The same with a server that resets the connection. What it said before that is still there.
fn error_and_gone(client: &Client) {
    refusing(client, |_| {});
}

/// An answer that is no error before the body has come: both are well.
fn answer_before_the_body(client: &Client) {
    with_each_body(&large(), |body, input| {
        let server = Server::start(|peer| {
            peer.head();
            peer.send(ANSWER);
            peer.rest();
        });
        let url = server.url("/");
        let ran = client.run_with(args(body, &[], &url), input);
        assert_eq!(ran.printed(), format!("200 5 {HELLO}\n"), "{body:?}");
        server.request();
    });
}

/// Sends back what comes as it comes. The body is of letters.
fn echoing() -> Server {
    Server::start(|peer| {
        let request = peer.head().unwrap();
        let Some(length) = request.field("content-length") else {
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            let mut last = Vec::new();
            while !last.ends_with(b"\r\n0\r\n\r\n") {
                let some = peer.some();
                assert!(!some.is_empty() && peer.send(&some), "the client closed");
                last.extend_from_slice(&some);
                last.drain(..last.len().saturating_sub(7));
            }
            return;
        };
        peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"));
        let mut left: usize = length.parse().unwrap();
        while left > 0 {
            let some = peer.some();
            assert!(!some.is_empty() && peer.send(&some), "the client closed");
            left -= some.len();
        }
    })
}

fn echo_of_a_file(client: &Client) {
    let (server, file) = (echoing(), TempFile::new(&large()));
    assert!(client.run(["-T", file.path(), &server.url("/")]).octets() == large());
    server.request();
}

fn echo_of_standard_input(client: &Client) {
    let server = echoing();
    assert!(client.run_with(["-T", "-", &server.url("/")], &large()).octets() == large());
    server.request();
}

fn echo_of_data(client: &Client) {
    let (server, file) = (echoing(), TempFile::new(&large()));
    let ran = client.run(["-d", &format!("@{}", file.path()), &server.url("/")]);
    // The client is what is looked at, even where the server has something to say as well.
    assert!(ran.octets() == large());
    server.request();
}

/// Nor is there an end of a pipe but its own.
#[cfg(unix)]
fn what_tells_no_length_is_sent_to_its_end(client: &Client) {
    let server = Server::answering_once(ANSWER);
    client.run_with(["-T", "/dev/stdin", &server.url("/")], b"content").octets();
    assert_eq!(server.request().body, b"content");
    // What the system makes up as it is read calls itself a file.
    if std::path::Path::new("/proc/version").is_file() {
        let server = Server::answering_once(ANSWER);
        client.run(["-T", "/proc/version", &server.url("/")]).octets();
        assert_eq!(server.request().body, std::fs::read("/proc/version").unwrap());
    }
}

#[cfg(not(unix))]
fn what_tells_no_length_is_sent_to_its_end(_: &Client) {}

fn reset_within_the_body(client: &Client) {
    with_each_body(&large(), |body, input| {
        let server = Server::start(|peer| {
            peer.head();
            peer.take(100_000);
        });
        let url = server.url("/");
        client.run_with(args(body, &[], &url), input).failed();
        server.request();
    });
}

/// The server takes no more of the body, so that the client has nothing else to go by.
fn malformed_answer_within_the_body(client: &Client) {
    with_each_body(&large(), |body, input| {
        let (sender, over) = mpsc::channel::<()>();
        let over = Mutex::new(over);
        let server = Server::start(move |peer| {
            peer.head();
            peer.send("HTTP/1.1 OK\r\n\r\n");
            // Until the client is gone, and `sender` with it.
            let _ = over.lock().unwrap().recv();
        });
        let url = server.url("/");
        let ran = client.run_with(args(body, &[], &url), input);
        drop(sender);
        assert!(ran.failed().contains("status code"), "{body:?}");
        server.request();
    });
}
