//! Which connections are used, and what is sent again.

use super::client::{Client, EMPTY, HELLO};
use super::server::Server;

for_each_client! {
    one_for_several_urls
    one_for_answers_of_all_kinds
    one_for_each_origin
    closed_after_each_answer
    closed_without_a_word
    http_1_0
    stale_is_replaced
    stale_is_replaced_for_put
    stale_and_not_idempotent
    stale_after_half_an_answer
    new_and_dead
    octets_behind_the_answer
    content_where_none_may_be
    one_for_the_proxy
    tunnel_through_the_proxy
    next_after_one_that_fails
    until_close_is_not_kept
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn lines(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| format!("GET {path}")).collect()
}

fn one_for_several_urls(client: &Client) {
    let server = Server::answering(ANSWER);
    let ran = client.run(["--summary", &server.url("/1"), &server.url("/2"), &server.url("/3")]);
    assert_eq!(ran.printed(), format!("200 5 {HELLO}\n").repeat(3));
    assert_eq!(server.lines(), (1, lines(&["/1", "/2", "/3"])));
}

fn one_for_answers_of_all_kinds(client: &Client) {
    let server = Server::answering_with(|request| {
        let answer = match request.path() {
            "/length" => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "/none" => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "/chunked" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
            "/interim" => "HTTP/1.1 103 Hm\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "/204" => "HTTP/1.1 204 No Content\r\n\r\n",
            "/304" => "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
            "/404" => "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello",
            "/1.0" => "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
            path => panic!("{path}"),
        };
        answer.to_owned()
    });
    let paths = ["/length", "/none", "/chunked", "/interim", "/204", "/304", "/404", "/1.0", "/length"];
    let urls = paths.iter().map(|path| server.url(path));
    let printed = client.run(["--summary".to_owned()].into_iter().chain(urls)).printed();
    let expected =
        [("200", 5), ("200", 0), ("200", 5), ("200", 5), ("204", 0), ("304", 0), ("404", 5), ("200", 5), ("200", 5)]
            .map(|(status, length)| format!("{status} {length} {}\n", if length == 0 { EMPTY } else { HELLO }));
    assert_eq!(printed, expected.concat());
    assert_eq!(server.lines(), (1, lines(&paths)));
}

fn one_for_each_origin(client: &Client) {
    let (first, second) = (Server::answering(ANSWER), Server::answering(ANSWER));
    let urls = [first.url("/1"), second.url("/1"), first.url("/2"), second.url("/2")];
    assert_eq!(client.run(urls).printed(), "hello".repeat(4));
    assert_eq!(first.lines(), (1, lines(&["/1", "/2"])));
    assert_eq!(second.lines(), (1, lines(&["/1", "/2"])));
}

fn closed_after_each_answer(client: &Client) {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    let ran = client.run([server.url("/1"), server.url("/2"), server.url("/3")]);
    assert_eq!(ran.printed(), "hello".repeat(3));
    assert_eq!(server.lines(), (3, lines(&["/1", "/2", "/3"])));
}

/// The client may see it before it asks again or after that.
fn closed_without_a_word(client: &Client) {
    let server = Server::answering_once(ANSWER);
    let ran = client.run([server.url("/1"), server.url("/2"), server.url("/3")]);
    assert_eq!(ran.printed(), "hello".repeat(3));
    assert_eq!(server.lines(), (3, lines(&["/1", "/2", "/3"])));
}

fn http_1_0(client: &Client) {
    let server = Server::answering("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.run([server.url("/1"), server.url("/2")]).printed(), "hellohello");
    assert_eq!(server.lines().0, 2);
}

/// Answers one request; what follows on the same connection is read and dropped with it.
fn forgetful() -> Server {
    Server::start(|peer| {
        if peer.request().is_some() {
            peer.send(ANSWER);
        }
        if peer.number > 0 {
            while peer.request().is_some() {
                peer.send(ANSWER);
            }
        } else {
            peer.request();
        }
    })
}

fn stale_is_replaced(client: &Client) {
    let server = forgetful();
    assert_eq!(client.run([server.url("/1"), server.url("/2"), server.url("/3")]).printed(), "hello".repeat(3));
    assert_eq!(server.lines(), (2, lines(&["/1", "/2", "/2", "/3"])));
}

fn stale_is_replaced_for_put(client: &Client) {
    let server = forgetful();
    let ran = client.run(["-X", "PUT", "-d", "body", &server.url("/1"), &server.url("/2")]);
    assert_eq!(ran.printed(), "hello".repeat(2));
    let (connections, requests) = server.stop();
    assert_eq!((connections, requests.len()), (2, 3));
    assert!(requests.iter().all(|request| request.body == b"body"), "{requests:?}");
}

fn stale_and_not_idempotent(client: &Client) {
    for method in ["POST", "PATCH", "FROBNICATE"] {
        let server = forgetful();
        client.run(["-X", method, "-d", "body", &server.url("/1"), &server.url("/2")]).failed();
        assert_eq!(server.lines(), (1, vec![format!("{method} /1"), format!("{method} /2")]));
    }
}

fn stale_after_half_an_answer(client: &Client) {
    let server = Server::start(|peer| {
        if peer.request().is_some() {
            peer.send(ANSWER);
        }
        if peer.request().is_some() {
            peer.send("HTTP/1.1 2");
        }
    });
    client.run([server.url("/1"), server.url("/2")]).failed();
    assert_eq!(server.lines(), (1, lines(&["/1", "/2"])));
}

fn new_and_dead(client: &Client) {
    let server = Server::start(|peer| {
        peer.request();
    });
    client.run([server.url("/1"), server.url("/2")]).failed_for(2);
    let (connections, requests) = server.lines();
    assert!(connections == requests.len() && !requests[1..].contains(&"GET /1".to_owned()), "{requests:?}");
}

/// They may be anything, an answer to the next request for one (RFC 9112 section 11.1).
fn octets_behind_the_answer(client: &Client) {
    for behind in
        ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "\r\n", "!", "HTTP/1.1 408 Request Timeout\r\n\r\n"]
    {
        for answer in [ANSWER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"] {
            let server = Server::start(move |peer| {
                if peer.request().is_some() {
                    peer.send([answer, behind].concat());
                }
                peer.request();
            });
            assert_eq!(client.run([server.url("/1"), server.url("/2")]).printed(), "hellohello");
            assert_eq!(server.lines(), (2, lines(&["/1", "/2"])), "{behind:?}");
        }
    }
}

fn content_where_none_may_be(client: &Client) {
    for args in [&["-I"][..], &["-X", "GET"]] {
        let server = Server::answering(if args == ["-I"] {
            ANSWER
        } else {
            "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"
        });
        let urls = [server.url("/1"), server.url("/2")];
        let ran =
            client.run(["--summary"].into_iter().chain(args.iter().copied()).chain(urls.iter().map(String::as_str)));
        assert_eq!(ran.printed().matches(EMPTY).count(), 2);
        assert_eq!(server.lines().0, 2);
    }
}

fn until_close_is_not_kept(client: &Client) {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nhello");
    assert_eq!(client.run([server.url("/1"), server.url("/2")]).printed(), "hellohello");
    assert_eq!(server.lines(), (2, lines(&["/1", "/2"])));
}

/// All origins are asked for on one connection, each request with its whole target.
fn one_for_the_proxy(client: &Client) {
    let proxy = Server::answering(ANSWER);
    let urls = ["http://a.example/1", "http://b.example:8080/2?q", "http://a.example"];
    let ran = client.run(["--summary", "-x", &proxy.url("")].into_iter().chain(urls));
    assert_eq!(ran.printed(), format!("200 5 {HELLO}\n").repeat(3));
    let (connections, requests) = proxy.stop();
    assert_eq!(connections, 1);
    let targets: Vec<_> = requests.iter().map(|request| (request.path(), request.field("host").unwrap())).collect();
    let expected = [
        ("http://a.example/1", "a.example"),
        ("http://b.example:8080/2?q", "b.example:8080"),
        ("http://a.example/", "a.example"),
    ];
    assert_eq!(targets, expected);
}

/// The tunnel is asked for by host and port, named or not.
fn tunnel_through_the_proxy(client: &Client) {
    let proxy = Server::answering("HTTP/1.1 200 OK\r\n\r\n");
    let ran = client.run(["--summary", "-X", "CONNECT", "-x", &proxy.url(""), "http://a.example/"]);
    assert_eq!(ran.printed(), format!("200 0 {EMPTY}\n"));
    assert_eq!(proxy.request().line, "CONNECT a.example:80 HTTP/1.1");
}

fn next_after_one_that_fails(client: &Client) {
    let (broken, server) = (Server::answering("HTTP/1.1 2OO OK\r\n\r\n"), Server::answering(ANSWER));
    let ran = client.run(["--summary", &broken.url("/1"), &server.url("/2")]);
    assert_eq!(ran.failed_after(), format!("200 5 {HELLO}\n"));
    assert_eq!(server.lines(), (1, lines(&["/2"])));
}
