//! Redirects (RFC 9110 section 15.4).

use super::client::Client;
use super::server::{Request, Server};

for_each_client! {
    not_unless_asked
    relative_references
    methods
    credentials_within_the_origin
    credentials_for_another_origin
    over_a_new_connection
    nowhere_to_go
    where_it_does_not_go
    not_of_a_tunnel
    an_end
    an_end_is_a_failure
}

fn found(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 6\r\n\r\nmoved\n")
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Sends `/from` on to a place, and answers everything else.
fn leading(status: u16, location: &str) -> Server {
    let found = found(status, location);
    Server::answering_with(move |request| if request.path() == "/a/from" { found.clone() } else { ANSWER.to_owned() })
}

fn not_unless_asked(client: &Client) {
    let server = leading(302, "/to");
    assert_eq!(client.run([server.url("/a/from")]).printed(), "moved\n");
    assert_eq!(server.request().path(), "/a/from");
}

/// A tunnel goes where it was asked to (RFC 9110 section 9.3.6).
fn not_of_a_tunnel(client: &Client) {
    for status in [301, 303, 307] {
        let proxy = Server::answering(found(status, "http://b.example/"));
        let options = ["-L", "--summary", "-X", "CONNECT", "-x"];
        let url = proxy.url("");
        client.run(options.into_iter().chain([url.as_str(), "http://a.example/"])).printed();
        assert_eq!(proxy.lines(), (1, vec!["CONNECT a.example:80".to_owned()]), "{status}");
    }
}

fn relative_references(client: &Client) {
    for (location, path) in [
        ("/to?q", "/to?q"),
        ("to", "/a/to"),
        ("../to", "/to"),
        ("?q", "/a/from?q"),
        ("/to#fragment", "/to"),
        // No URIs, but they are meant to be one.
        ("/a b", "/a%20b"),
        ("/caf\u{e9}", "/caf%C3%A9"),
    ] {
        let server = leading(302, location);
        let ran = client.run(["-L", &server.url("/a/from")]);
        let (connections, requests) = server.stop();
        assert_eq!((connections, requests.last().unwrap().path()), (1, path), "{location}");
        assert_eq!(ran.printed(), "hello");
    }
}

fn methods(client: &Client) {
    let body = Some("body");
    for (status, method, sent, then, kept) in [
        (301, "POST", body, "GET", None),
        (302, "POST", body, "GET", None),
        (303, "POST", body, "GET", None),
        (307, "POST", body, "POST", body),
        (308, "POST", body, "POST", body),
        (301, "PUT", body, "PUT", body),
        (302, "DELETE", None, "DELETE", None),
        (303, "PUT", body, "GET", None),
        (303, "HEAD", None, "HEAD", None),
        (307, "HEAD", None, "HEAD", None),
    ] {
        let found = format!("HTTP/1.1 {status} Found\r\nLocation: to\r\nContent-Length: 0\r\n\r\n");
        let server = Server::answering_with(move |request: &Request| match request.path() {
            "/from" => found.clone(),
            _ => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        });
        let url = server.url("/from");
        // The method that is implied, so that it may change.
        let args = match (method, sent) {
            ("POST", Some(body)) => vec!["-L", "-d", body, &url],
            ("HEAD", _) => vec!["-L", "-I", &url],
            (method, Some(body)) => vec!["-L", "-X", method, "-d", body, &url],
            (method, None) => vec!["-L", "-X", method, &url],
        };
        client.run(args).octets();
        let (_, requests) = server.stop();
        let seen: Vec<_> = requests.iter().map(|request| (request.line.as_str(), request.body.as_slice())).collect();
        let first = (format!("{method} /from HTTP/1.1"), sent.unwrap_or_default().as_bytes());
        let second = (format!("{then} /to HTTP/1.1"), kept.unwrap_or_default().as_bytes());
        assert_eq!(seen, [(first.0.as_str(), first.1), (second.0.as_str(), second.1)], "{status} to {method}");
        let last = requests.last().unwrap();
        assert_eq!(last.field("content-type").is_some(), kept.is_some(), "{status} to {method}: {last:?}");
        assert!(then != "GET" || last.field("content-length").is_none(), "{status} to {method}: {last:?}");
    }
}

const CREDENTIALS: [&str; 8] =
    ["-H", "Authorization: Basic a", "-H", "COOKIE: b=c", "-H", "proxy-authorization: Basic d", "-H", "X-Other: e"];

fn has(request: &Request) -> [bool; 4] {
    ["authorization", "cookie", "proxy-authorization", "x-other"].map(|name| request.field(name).is_some())
}

fn credentials_within_the_origin(client: &Client) {
    let server = leading(302, "/to");
    let url = server.url("/a/from");
    assert_eq!(client.run(["-L"].into_iter().chain(CREDENTIALS).chain([url.as_str()])).printed(), "hello");
    let (connections, requests) = server.stop();
    assert_eq!((connections, requests.len()), (1, 2));
    assert!(requests.iter().all(|request| has(request) == [true; 4]), "{requests:?}");
}

/// Another port is another origin.
fn credentials_for_another_origin(client: &Client) {
    let other = Server::answering(ANSWER);
    let server = leading(307, &other.url("/to"));
    let url = server.url("/a/from");
    let args = ["-L", "-H", "Host: first.example"].into_iter().chain(CREDENTIALS).chain([url.as_str()]);
    assert_eq!(client.run(args).printed(), "hello");
    assert_eq!(has(&server.request()), [true; 4]);
    let authority = other.authority();
    let request = other.request();
    assert_eq!(has(&request), [false, false, false, true]);
    assert_eq!(request.field("host"), Some(authority.as_str()));
}

fn over_a_new_connection(client: &Client) {
    for first in [
        "HTTP/1.1 302 Found\r\nLocation: /to\r\nConnection: close\r\nContent-Length: 5\r\n\r\nmoved",
        "HTTP/1.1 302 Found\r\nLocation: /to\r\n\r\nmoved",
        "HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 50\r\n\r\nmoved",
    ] {
        let server = Server::start(move |peer| {
            peer.request();
            peer.send(if peer.number == 0 { first } else { ANSWER });
        });
        assert_eq!(client.run(["-L", &server.url("/from")]).printed(), "hello");
        assert_eq!(server.lines(), (2, vec!["GET /from".into(), "GET /to".into()]));
    }
}

fn nowhere_to_go(client: &Client) {
    for answer in [
        "HTTP/1.1 302 Found\r\nContent-Length: 6\r\n\r\nmoved\n",
        &found(300, "/to"),
        "HTTP/1.1 304 Not Modified\r\nLocation: /to\r\n\r\n",
    ] {
        let server = Server::answering(answer);
        client.run(["-L", &server.url("/from")]).octets();
        server.request();
    }
}

/// It was asked to follow, and cannot: that is not what was asked for.
fn where_it_does_not_go(client: &Client) {
    for location in ["https://a.example/", "http://a b/", "mailto:a"] {
        let server = Server::answering(found(302, location));
        let said = client.run(["-L", &server.url("/from")]).failed();
        assert!(said.contains(location), "{said}");
        server.request();
    }
    // What was read from standard input cannot be had again.
    let server = Server::answering(found(307, "/to"));
    client.run_with(["-L", "-T", "-", &server.url("/from")], b"content").failed();
    server.request();
}

fn endless(client: &Client) -> (super::client::Ran, usize) {
    let server = Server::answering(found(302, "/again"));
    let ran = client.run(["-L", &server.url("/again")]);
    let (connections, requests) = server.stop();
    assert_eq!(connections, 1);
    (ran, requests.len())
}

fn an_end(client: &Client) {
    let (_, requests) = endless(client);
    assert!((6..=51).contains(&requests), "{requests}");
}

/// curl ends with 47: what was asked for was not found.
fn an_end_is_a_failure(client: &Client) {
    endless(client).0.failed();
}
