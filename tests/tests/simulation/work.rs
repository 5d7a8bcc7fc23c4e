//! Work grows with the octets, and not with their square: counted, not timed.

use core::time::Duration;

use sanderling::drive::{Client, ClientOptions, Error, Exchange, Settings};
use sanderling::http::{Method, StatusCode};
use sanderling::simulation::{Conditions, Transport, World};

/// Everything arrives octet by octet.
fn octets() -> Conditions {
    let mut line = Conditions::default();
    line.piece = 1..=1;
    line.latency = Duration::from_millis(1)..=Duration::from_millis(1);
    // Each octet is sent at a moment of its own, too.
    line.bandwidth = Some(1_000_000);
    line
}

/// How many steps an exchange takes whose request and answer have so many octets of field, or of
/// content.
fn steps(fields: usize, content: usize) -> u64 {
    let mut seed = 0_u64;
    let mut world = World::new(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed >> 33
    })
    .without_transcript();
    let handler = move |mut exchange: Exchange<Transport>| async move {
        let body = exchange.read_to_end(1 << 20).await?;
        let value = "v".repeat(fields);
        exchange.respond(StatusCode::OK, &[("X-Long", value.as_str())], body).await
    };
    world.serve("a.example", 80, Settings::default(), handler).unwrap();
    let client = Client::with_connector(world.connector().over(octets(), octets()), ClientOptions::default());
    let exchange = async {
        let request = client.request(Method::POST, "http://a.example/").field("X-Long", "v".repeat(fields));
        let mut response = request.body(vec![b'c'; content]).send().await?;
        response.read_to_end(1 << 20).await
    };
    let body: Result<Vec<u8>, Error> = world.run_until(exchange).unwrap();
    assert_eq!(body.unwrap().len(), content);
    world.steps()
}

#[test]
fn twice_the_octets_take_twice_the_steps() {
    for (small, large) in [((2_000, 0), (4_000, 0)), ((0, 4_000), (0, 8_000))] {
        let base = steps(0, 0);
        let (small, large) = (steps(small.0, small.1) - base, steps(large.0, large.1) - base);
        assert!(large <= small * 2 + small / 10, "{small} steps, and {large} for twice the octets");
    }
}
