//! Which connections a client keeps, whatever its user has read of the responses.

use sanderling::drive::{Client, ClientOptions};
use sanderling::http::{BodyLength, Method};
use sanderling::simulation::{Transport, World};

/// Reads the head of a request, and what has come with it, and says what that was.
async fn request(transport: &mut Transport) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|octets| octets == b"\r\n\r\n") {
        let mut room = [0; 512];
        let len = transport.receive(&mut room).await.unwrap();
        assert!(len > 0, "the client closes");
        head.extend_from_slice(&room[..len]);
    }
    String::from_utf8(head).unwrap()
}

/// Asks three times a server that takes one connection, and reads so many pieces of each response.
fn asks_again(method: Method<'static>, answer: &'static str, pieces: usize) {
    let mut world = World::new(|| 7);
    let mut listener = world.handle().bind("a.example", 80).unwrap();
    world.handle().spawn_background("server", async move {
        let mut transport = listener.accept().await;
        loop {
            request(&mut transport).await;
            transport.send(answer.as_bytes()).await.unwrap();
        }
    });
    let client = Client::with_connector(world.connector(), ClientOptions::default());
    let asked = world.run_until(async move {
        for _ in 0..3 {
            let mut response = client.request(method, "http://a.example/").send().await.unwrap();
            for _ in 0..pieces {
                assert!(response.read().await.unwrap().is_some());
            }
        }
    });
    asked.unwrap_or_else(|stalled| panic!("{method} {answer:?}: {stalled}"));
}

#[test]
fn a_connection_is_kept_though_nobody_has_asked_for_the_end() {
    asks_again(Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0);
    asks_again(Method::HEAD, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0);
    asks_again(Method::GET, "HTTP/1.1 204 No Content\r\n\r\n", 0);
    asks_again(Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0);
    asks_again(Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1);
    asks_again(Method::GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 1);
}

/// RFC 9112 section 6.1: a server of HTTP/1.0 knows no chunks.
#[test]
fn a_body_of_unknown_length_takes_no_connection_to_an_old_server() {
    let mut world = World::new(|| 7);
    let mut listener = world.handle().bind("a.example", 80).unwrap();
    let answer = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    world.handle().spawn_background("server", async move {
        let mut first = listener.accept().await;
        for _ in 0..2 {
            request(&mut first).await;
            first.send(answer).await.unwrap();
        }
        let mut second = listener.accept().await;
        assert!(request(&mut second).await.contains("\r\nTransfer-Encoding: chunked\r\n"));
        second.send(answer).await.unwrap();
    });
    let client = Client::with_connector(world.connector(), ClientOptions::default());
    let asked = world.run_until(async move {
        client.get("http://a.example/").send().await.unwrap();
        for length in [BodyLength::Known(0), BodyLength::Unknown] {
            let upload = client.request(Method::PUT, "http://a.example/").upload(length).await.unwrap();
            assert_eq!(upload.finish().await.unwrap().head().status().as_u16(), 200);
        }
    });
    asked.unwrap_or_else(|stalled| panic!("{stalled}"));
}

#[test]
fn a_redirect_to_get_leaves_what_describes_the_body_behind() {
    let mut world = World::new(|| 7);
    let mut listener = world.handle().bind("a.example", 80).unwrap();
    let asked = world.run_until({
        let client = Client::with_connector(world.connector(), {
            let mut options = ClientOptions::default();
            options.redirects = 1;
            options
        });
        world.handle().spawn_background("client", async move {
            let request = client.request(Method::PUT, "http://a.example/").body("abc");
            let of_the_body = ["Content-Type", "content-range", "CONTENT-DISPOSITION", "Digest", "Last-Modified"];
            let request = of_the_body.iter().fold(request, |request, name| request.field(name, "x"));
            let _ = request.field("X-Content", "stays").send().await;
        });
        async move {
            let mut transport = listener.accept().await;
            assert!(request(&mut transport).await.ends_with("abc"));
            let answer = b"HTTP/1.1 303 See Other\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n";
            transport.send(answer).await.unwrap();
            request(&mut transport).await
        }
    });
    let asked = asked.unwrap_or_else(|stalled| panic!("{stalled}"));
    assert_eq!(asked, "GET /to HTTP/1.1\r\nHost: a.example\r\nX-Content: stays\r\n\r\n");
}

#[test]
fn the_head_of_an_upload_is_that_of_the_final_response() {
    let mut world = World::new(|| 7);
    let mut listener = world.handle().bind("a.example", 80).unwrap();
    world.handle().spawn_background("server", async move {
        let mut transport = listener.accept().await;
        request(&mut transport).await;
        transport.send(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
        transport.receive(&mut [0; 3]).await.unwrap();
        transport.send(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    });
    let client = Client::with_connector(world.connector(), ClientOptions::default());
    let asked = world.run_until(async move {
        let request = client.request(Method::PUT, "http://a.example/").field("Expect", "100-continue");
        let mut upload = request.upload(BodyLength::Known(3)).await.unwrap();
        assert!(upload.head().is_none());
        assert!(upload.write("abc").await.unwrap());
        assert_eq!(upload.finish().await.unwrap().head().status().as_u16(), 204);
    });
    asked.unwrap_or_else(|stalled| panic!("{stalled}"));
}
