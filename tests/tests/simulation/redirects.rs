//! A redirect on a connection that ends with it: nobody waits for its content.

use core::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Client, ClientOptions};
use sanderling::http::Method;
use sanderling::simulation::World;

/// When the answer behind a redirect has come, of which this is the head, and the content keeps away for long.
fn followed(head: &'static [u8], content: usize) -> Duration {
    let mut world = World::new(|| 7);
    let mut listener = world.handle().bind("a.example", 80).unwrap();
    let handle = world.handle();
    world.handle().spawn_background("server", async move {
        let mut first = listener.accept().await;
        first.send(head).await.unwrap();
        let mut second = listener.accept().await;
        second.send(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        handle.sleep(Duration::from_secs(600)).await;
    });
    let mut options = ClientOptions::default();
    options.redirects = 1;
    let client = Client::with_connector(world.connector(), options);
    let handle = world.handle();
    let came = world.run_until(async move {
        let request = client.request(Method::PUT, "http://a.example/from").body(vec![b'a'; content]);
        let status = request.send().await.unwrap().head().status();
        (status.as_u16(), handle.now())
    });
    let (status, now) = came.unwrap_or_else(|stalled| panic!("{stalled}"));
    assert_eq!(status, 204);
    now.since(Tick::ZERO)
}

#[test]
fn content_before_the_end_of_the_connection_is_not_waited_for() {
    let closing = b"HTTP/1.1 307 Elsewhere\r\nLocation: /to\r\nConnection: close\r\nContent-Length: 5\r\n\r\n";
    let until_the_end = b"HTTP/1.1 308 Elsewhere\r\nLocation: /to\r\n\r\n";
    assert_eq!(followed(closing, 0), Duration::ZERO);
    assert_eq!(followed(until_the_end, 0), Duration::ZERO);
    // More than the line holds.
    assert_eq!(followed(until_the_end, 100_000), Duration::ZERO);
}
