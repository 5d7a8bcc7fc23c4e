//! Content that is encoded, and files that are gone on with.

use super::client::{Client, TempFile};
use super::server::Server;

for_each_client! {
    encoded_content_is_decoded_if_asked
    corrupt_content_fails
    missing_rest_is_appended
    what_changed_is_fetched_whole
    what_is_complete_is_left
    what_changed_is_not_mixed
    nothing_is_mixed_with_errors
    encoded_parts_are_not_appended_to_what_was_decoded
    a_summary_does_not_go_into_the_file
    from_nothing
}

/// "Hello" by gzip.
const HELLO: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xf3\x48\xcd\xc9\xc9\x07\0\x82\x89\xd1\xf7\x05\0\0\0";

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn encoded_content_is_decoded_if_asked(client: &Client) {
    let server = Server::answering_once(answer(HELLO));
    assert_eq!(client.run(["--compressed", &server.url("/")]).printed(), "Hello");
    let asked = server.request();
    let asked = asked.field("accept-encoding").unwrap();
    assert!(asked.starts_with("gzip, deflate"), "{asked}");

    let server = Server::answering_once(answer(HELLO));
    assert_eq!(client.run([server.url("/")]).octets(), HELLO);
    assert_eq!(server.request().field("accept-encoding"), None);
}

fn corrupt_content_fails(client: &Client) {
    for body in [&HELLO[..20], b"Hello"] {
        let server = Server::answering_once(answer(body));
        let url = server.url("/");
        client.run(["--compressed", &url]).failed_after();
        server.request();
    }
}

/// Goes on with a file of `before` octets; the file afterwards, and whether that went well.
fn go_on(client: &Client, before: &[u8], answer: &str) -> (Vec<u8>, bool) {
    go_on_with(client, &[], before, answer)
}

fn go_on_with(client: &Client, options: &[&str], before: &[u8], answer: &str) -> (Vec<u8>, bool) {
    let file = TempFile::new(before);
    let server = Server::answering_once(answer);
    let ran = client.run([options, &["-C", "-", "-o", file.path(), &server.url("/")]].concat());
    let request = server.request();
    let range = (!before.is_empty()).then(|| format!("bytes={}-", before.len()));
    assert_eq!(request.field("range"), range.as_deref());
    assert_eq!(request.field("if-unmodified-since").is_some(), range.is_some());
    let went_well = ran.succeeded();
    (file.content(), went_well)
}

fn missing_rest_is_appended(client: &Client) {
    let answer = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\nlo";
    assert_eq!(go_on(client, b"hel", answer), (b"hello".to_vec(), true));
}

fn what_changed_is_fetched_whole(client: &Client) {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(go_on(client, b"hel", answer), (b"hi".to_vec(), true));
}

fn what_is_complete_is_left(client: &Client) {
    let answer = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */3\r\nContent-Length: 4\r\n\r\nnone";
    assert_eq!(go_on(client, b"hel", answer), (b"hel".to_vec(), true));
}

fn what_changed_is_not_mixed(client: &Client) {
    let answer = "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 4\r\n\r\nnone";
    assert_eq!(go_on(client, b"hel", answer), (b"hel".to_vec(), false));
}

fn nothing_is_mixed_with_errors(client: &Client) {
    for answer in [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nllo",
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\nlo",
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */2\r\nContent-Length: 4\r\n\r\nnone",
    ] {
        assert_eq!(go_on(client, b"hel", answer), (b"hel".to_vec(), false), "{answer}");
    }
}

fn encoded_parts_are_not_appended_to_what_was_decoded(client: &Client) {
    let part = "HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\nContent-Range: bytes 3-4/5\r\n\
        Content-Length: 2\r\n\r\nlo";
    assert_eq!(go_on_with(client, &["--compressed"], b"hel", part), (b"hel".to_vec(), false));
    // What was fetched as it is may be gone on with as it is.
    assert_eq!(go_on(client, b"hel", part), (b"hello".to_vec(), true));
}

fn a_summary_does_not_go_into_the_file(client: &Client) {
    let part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\nlo";
    for option in ["--summary", "-i"] {
        let (file, server) = (TempFile::new(b"hel"), Server::answering_once(part));
        client.run([option, "-C", "-", "-o", file.path(), &server.url("/")]).failed();
        assert_eq!((file.content(), server.stop().0), (b"hel".to_vec(), 0), "{option}");
    }
}

fn from_nothing(client: &Client) {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(go_on(client, b"", answer), (b"hi".to_vec(), true));
    let ran = client.run(["-C", "-", "http://127.0.0.1:1/"]);
    assert!(ran.failed().contains("-o"));
}
