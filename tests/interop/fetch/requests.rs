//! What is sent for which options.

use super::client::{Client, EMPTY, HELLO, TempFile};
use super::server::Server;

for_each_client! {
    method_target_and_fields
    targets
    host_that_is_given
    data
    data_of_a_file
    data_with_a_type
    no_data
    file
    standard_input
    nothing_on_standard_input
    head_before_body
    head_alone
    output_file
    summary_line
    help
    malformed_command_lines
    what_may_not_be_sent
    urls_that_are_none
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nb: 1\r\nA:  2 \r\nContent-Length: 5\r\n\r\nhello";

fn fields(request: &super::server::Request) -> Vec<(&str, &str)> {
    request.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn method_target_and_fields(client: &Client) {
    let server = Server::answering(ANSWER);
    let ran =
        client.run(["-X", "PROPFIND", "-H", "b: 2", "-H", "A:1", "-H", "x-CaSe: \t V v", &server.url("/a%20b?c=d")]);
    assert_eq!(ran.printed(), "hello");
    let authority = server.authority();
    let request = server.request();
    assert_eq!(request.line, "PROPFIND /a%20b?c=d HTTP/1.1");
    assert_eq!(fields(&request), [("Host", authority.as_str()), ("b", "2"), ("A", "1"), ("x-CaSe", "V v")]);
}

fn targets(client: &Client) {
    for (path, target) in [("", "/"), ("/", "/"), ("/a#b", "/a"), ("?q=/", "/?q=/"), ("/a/../b", "/a/../b")] {
        let server = Server::answering(ANSWER);
        let ran = client.run([server.url(path)]);
        // A path with dots may be sent as it is or without them.
        let sent = server.request();
        assert!(sent.path() == target || (path == "/a/../b" && sent.path() == "/b"), "{path}: {sent:?}");
        assert_eq!(ran.printed(), "hello");
    }
    let server = Server::answering(ANSWER);
    assert_eq!(client.run(["-X", "OPTIONS", &server.url("/*")]).printed(), "hello");
    assert_eq!(server.request().line, "OPTIONS * HTTP/1.1");
}

fn host_that_is_given(client: &Client) {
    let server = Server::answering(ANSWER);
    client.run(["-H", "a: 1", "-H", "HOST: b.example", "-H", "c: 3", &server.url("/")]).printed();
    assert_eq!(fields(&server.request()), [("a", "1"), ("HOST", "b.example"), ("c", "3")]);
}

fn data(client: &Client) {
    for (args, method) in [(&["-d", "a=b&c"][..], "POST"), (&["-X", "PUT", "-d", "a=b&c"], "PUT")] {
        let server = Server::answering(ANSWER);
        let url = server.url("/");
        assert_eq!(client.run(args.iter().copied().chain([url.as_str()])).printed(), "hello");
        let request = server.request();
        assert_eq!(request.line, format!("{method} / HTTP/1.1"));
        assert_eq!(request.field("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!((request.field("content-length"), request.body.as_slice()), (Some("5"), &b"a=b&c"[..]));
    }
}

fn data_of_a_file(client: &Client) {
    let (server, file) = (Server::answering(ANSWER), TempFile::new(b"\0 any \xff octets"));
    client.run(["-d", &format!("@{}", file.path()), &server.url("/")]).printed();
    let request = server.request();
    assert_eq!((request.line.as_str(), request.body), ("POST / HTTP/1.1", file.content()));
}

fn data_with_a_type(client: &Client) {
    let server = Server::answering(ANSWER);
    client.run(["-d", "{}", "-H", "content-TYPE: application/json", &server.url("/")]).printed();
    let request = server.request();
    let types = request.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    assert_eq!(types.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["application/json"]);
}

/// Where a body is to be expected, its length is told although it is none (RFC 9110 section 8.6).
fn no_data(client: &Client) {
    let cases =
        [(&["-d", ""][..], Some("0")), (&["-X", "POST"], Some("0")), (&["-X", "DELETE"], None), (&["-X", "GET"], None)];
    for (args, length) in cases {
        let server = Server::answering(ANSWER);
        let url = server.url("/");
        client.run(args.iter().copied().chain([url.as_str()])).printed();
        let request = server.request();
        assert_eq!((request.field("content-length"), request.field("transfer-encoding")), (length, None), "{args:?}");
    }
}

fn file(client: &Client) {
    for (content, args) in [(vec![b'x'; 300_000], &[][..]), (Vec::new(), &[]), (b"hello".to_vec(), &["-X", "POST"])] {
        let (server, file) = (Server::answering(ANSWER), TempFile::new(&content));
        let url = server.url("/up");
        let ran = client.run(args.iter().copied().chain(["-T", file.path(), &url]));
        assert_eq!(ran.printed(), "hello");
        let request = server.request();
        assert_eq!(request.line, format!("{} /up HTTP/1.1", args.get(1).unwrap_or(&"PUT")));
        assert_eq!(request.field("content-length"), Some(content.len().to_string().as_str()));
        assert!(request.body == content);
    }
}

fn standard_input(client: &Client) {
    let (server, content) = (Server::answering(ANSWER), vec![b'y'; 300_000]);
    assert_eq!(client.run_with(["-T", "-", &server.url("/up")], &content).printed(), "hello");
    let request = server.request();
    assert_eq!(request.line, "PUT /up HTTP/1.1");
    assert_eq!((request.field("transfer-encoding"), request.field("content-length")), (Some("chunked"), None));
    assert!(request.body == content);
}

fn nothing_on_standard_input(client: &Client) {
    let server = Server::answering(ANSWER);
    assert_eq!(client.run(["-T", "-", &server.url("/up")]).printed(), "hello");
    assert!(server.request().body.is_empty());
}

fn head_before_body(client: &Client) {
    let server = Server::answering(ANSWER);
    assert_eq!(client.run(["-i", &server.url("/")]).printed(), ANSWER);
    assert_eq!(server.request().line, "GET / HTTP/1.1");
}

fn head_alone(client: &Client) {
    let head = ANSWER.strip_suffix("hello").unwrap();
    let server = Server::answering(head);
    assert_eq!(client.run(["-I", &server.url("/")]).printed(), head);
    assert_eq!(server.request().line, "HEAD / HTTP/1.1");
}

fn output_file(client: &Client) {
    let (server, file) = (Server::answering(ANSWER), TempFile::new(b"what was there before"));
    assert_eq!(client.run(["-o", file.path(), &server.url("/")]).printed(), "");
    assert_eq!(file.content(), b"hello");
    server.request();
}

fn summary_line(client: &Client) {
    let server = Server::answering(ANSWER);
    assert_eq!(client.summary(&server.url("/")), format!("200 5 {HELLO}\n"));
    assert_eq!(client.run(["--summary", "-i", &server.url("/")]).printed(), format!("200 5 {HELLO}\n"));
    server.stop();
    let server = Server::answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.summary(&server.url("/")), format!("404 0 {EMPTY}\n"));
}

fn help(client: &Client) {
    assert!(client.run(["--help"]).printed().starts_with("usage:"));
}

fn malformed_command_lines(client: &Client) {
    for args in [&[][..], &["--nonsense"], &["-H"], &["-H", "no colon", "http://127.0.0.1/"], &["-X"], &["-o"]] {
        client.run(args).failed();
    }
    client.run(["-d", "@/nowhere/at/all", "http://127.0.0.1/"]).failed();
}

/// None of these may reach a server.
fn what_may_not_be_sent(client: &Client) {
    for args in [
        &["-H", "A: b\r\nC: d"][..],
        &["-H", "A: b\nC: d"],
        &["-H", "A b: c"],
        &["-H", ": c"],
        &["-H", "Content-Length: 1"],
        &["-H", "Transfer-Encoding: chunked"],
        &["-X", "GE T"],
        &["-X", "GET / HTTP/1.1\r\nA: b\r\n\r\nGET"],
        &["-X", ""],
        &["-T", "/nowhere/at/all"],
        &["-o", "/nowhere/at/all"],
    ] {
        let server = Server::answering(ANSWER);
        let url = server.url("/");
        client.run(args.iter().copied().chain([url.as_str()])).failed();
        let (_, requests) = server.stop();
        assert!(requests.is_empty(), "{args:?}: {requests:?}");
    }
}

fn urls_that_are_none(client: &Client) {
    for url in ["http://", "http:///a", "http://a b/", "https://127.0.0.1/", "ftp://a/", "http://127.0.0.1:99999/"] {
        client.run([url]).failed();
    }
    let server = Server::answering(ANSWER);
    client.run([server.url("/a b")]).failed();
    client.run([server.url("/\r\nA: b")]).failed();
    assert_eq!(server.lines(), (0, Vec::new()));
}
