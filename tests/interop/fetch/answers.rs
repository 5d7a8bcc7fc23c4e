//! What becomes of answers, right and wrong.

use super::client::{Client, EMPTY, HELLO};
use super::server::Server;

for_each_client! {
    chunks_and_trailers
    until_close
    long_until_close
    octet_by_octet
    interim_answers
    head_with_length
    no_content
    errors_are_answers
    folded_fields
    another_coding
    cut_short
    malformed
    protocol_changed_unasked
    protocol_changed
    tunnel_opened
    tunnel_refused
    refused
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What `--summary` says of an answer after which the server closes.
#[track_caller]
fn summary(client: &Client, answer: &[u8]) -> String {
    let server = Server::answering_once(answer);
    let summary = client.summary(&server.url("/"));
    server.request();
    summary
}

fn chunks_and_trailers(client: &Client) {
    let answer = format!("{CHUNKED}3;a=\"b\\\"\"\r\nhel\r\n02\r\nlo\r\n0;z\r\nA: b\r\nc: d\r\n\r\n");
    assert_eq!(summary(client, answer.as_bytes()), format!("200 5 {HELLO}\n"));
}

fn until_close(client: &Client) {
    for head in
        ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"]
    {
        assert_eq!(summary(client, format!("{head}hello").as_bytes()), format!("200 5 {HELLO}\n"));
        assert_eq!(summary(client, head.as_bytes()), format!("200 0 {EMPTY}\n"));
    }
}

fn long_until_close(client: &Client) {
    let body = "0123456789abcde\n".repeat(1 << 19);
    let server = Server::answering_once(format!("HTTP/1.1 200 OK\r\n\r\n{body}"));
    assert!(client.run([server.url("/")]).octets() == body.as_bytes());
    server.request();
}

fn octet_by_octet(client: &Client) {
    let server = Server::start(|peer| {
        peer.request();
        let answer =
            "HTTP/1.1 103 Early Hints\r\nA: b\r\n c\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n";
        for octet in format!("{answer}5\r\nhello\r\n0\r\nA: b\r\n\r\n").as_bytes() {
            peer.send([*octet]);
        }
    });
    assert_eq!(client.summary(&server.url("/")), format!("200 5 {HELLO}\n"));
    server.request();
}

fn interim_answers(client: &Client) {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nContent-Length: 9\r\n\r\n\
                   HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n";
    let answer = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(summary(client, answer.as_bytes()), format!("200 5 {HELLO}\n"));
}

fn head_with_length(client: &Client) {
    for length in ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 99999999999"] {
        let server = Server::answering(format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n"));
        let ran = client.run(["-I", "--summary", &server.url("/1"), &server.url("/2")]);
        assert_eq!(ran.printed(), format!("200 0 {EMPTY}\n200 0 {EMPTY}\n"));
        assert_eq!(server.lines(), (1, vec!["HEAD /1".into(), "HEAD /2".into()]));
    }
}

fn no_content(client: &Client) {
    for status in ["204 No Content", "304 Not Modified"] {
        for length in ["A: b", "Content-Length: 5", "Content-Length: x", "Transfer-Encoding: chunked"] {
            let server = Server::answering(format!("HTTP/1.1 {status}\r\n{length}\r\n\r\n"));
            let ran = client.run(["--summary", &server.url("/"), &server.url("/")]);
            let line = format!("{} 0 {EMPTY}\n", &status[..3]);
            assert_eq!(ran.printed(), line.repeat(2));
            assert_eq!(server.stop().0, 1);
        }
    }
}

fn errors_are_answers(client: &Client) {
    for status in [400, 404, 500, 503, 600, 999] {
        let answer = format!("HTTP/1.1 {status} Oh\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(summary(client, answer.as_bytes()), format!("{status} 5 {HELLO}\n"));
    }
}

fn folded_fields(client: &Client) {
    let answer = "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length:\r\n 5\r\n\r\nhello";
    assert_eq!(summary(client, answer.as_bytes()), format!("200 5 {HELLO}\n"));
    let server = Server::answering_once(answer);
    let printed = client.run(["-i", &server.url("/")]).printed();
    assert!(printed.contains("\r\nA: b") && !printed.contains("\r\n "), "{printed:?}");
    server.request();
}

fn another_coding(client: &Client) {
    let answer = |coding| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\nhello");
    assert_eq!(summary(client, answer("identity").as_bytes()), format!("200 5 {HELLO}\n"));
    // What is still in a coding is not the content.
    let server = Server::answering_once(answer("gzip"));
    client.run(["--summary", &server.url("/")]).failed();
    server.request();
}

fn cut_short(client: &Client) {
    for answer in [
        "",
        "HTTP/1.1",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n",
    ] {
        let server = Server::answering_once(answer);
        let ran = client.run(["--summary", &server.url("/")]);
        assert!(!ran.failed().contains("panicked"), "{answer:?}");
        // Nothing is asked again: the connection was a new one.
        server.request();
    }
}

fn malformed(client: &Client) {
    for answer in [
        "hello",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
    ] {
        let server = Server::answering(answer);
        client.run(["--summary", &server.url("/")]).failed();
        server.request();
    }
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "b".repeat(1 << 20));
    let server = Server::answering(long);
    client.run(["--summary", &server.url("/")]).failed();
    server.request();
}

const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n";

fn protocol_changed_unasked(client: &Client) {
    let server = Server::answering(SWITCHED);
    client.run(["--summary", &server.url("/")]).failed();
    server.request();
}

fn protocol_changed(client: &Client) {
    let server = Server::answering(SWITCHED);
    let ran = client.run(["-H", "Connection: Upgrade", "-H", "Upgrade: a", "--summary", &server.url("/")]);
    assert_eq!(ran.printed(), format!("101 0 {EMPTY}\n"));
    server.request();
}

fn tunnel_opened(client: &Client) {
    for answer in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\n\r\n"] {
        let server = Server::answering(answer);
        let authority = server.authority();
        let ran = client.run(["-X", "CONNECT", "--summary", &server.url("/"), &server.url("/")]);
        assert_eq!(ran.printed(), format!("200 0 {EMPTY}\n").repeat(2));
        // What has become a tunnel is not asked again.
        assert_eq!(server.lines(), (2, vec![format!("CONNECT {authority}"); 2]));
    }
}

fn tunnel_refused(client: &Client) {
    let server = Server::answering("HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nhello");
    let ran = client.run(["-X", "CONNECT", "--summary", &server.url("/"), &server.url("/")]);
    assert_eq!(ran.printed(), format!("407 5 {HELLO}\n").repeat(2));
    assert_eq!(server.lines().0, 1);
}

fn refused(client: &Client) {
    let server = Server::answering("");
    let url = server.url("/");
    server.stop();
    client.run(["--summary", &url]).failed();
}
