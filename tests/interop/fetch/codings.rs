//! Content that is encoded.

use super::client::Client;
use super::server::Server;

for_each_client! {
    encoded_content_is_decoded_if_asked
    corrupt_content_fails
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
