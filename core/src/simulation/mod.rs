//! Testing with virtual time (feature `simulation`).
//!
//! A [`World`] joins servers and clients through links that delay, cut and lose what they carry, and
//! keeps a clock that jumps to the next moment at which something happens. A handler that answers
//! after an hour, a client that sends an octet a second, a time-out of thirty seconds: all of it
//! takes no real time, and goes the same way whenever it is run again.
//!
//! # A handler under a bad link
//!
//! The drivers of [`drive`](crate::drive) run here unchanged, so a handler that is generic over its
//! transport can be tested as it is. Nothing draws a number but through the closure that the world is
//! made with: hand it a generator with a seed, and print the seed when a test fails.
//!
//! ```
//! use core::time::Duration;
//! use sanderling::drive::{Client, ClientOptions, Error, Exchange, Settings, Transport};
//! use sanderling::http::{Method, NO_FIELDS, StatusCode};
//! use sanderling::simulation::{Conditions, World};
//!
//! // What is to be tested: generic, as it would be for any runtime.
//! async fn echo<T: Transport>(mut exchange: Exchange<T>) -> Result<(), Error> {
//!     let body = exchange.read_to_end(1 << 20).await?;
//!     exchange.respond(StatusCode::OK, NO_FIELDS, body).await
//! }
//!
//! # fn generator(seed: u64) -> impl FnMut() -> u64 + Send {
//! #     let mut state = seed;
//! #     move || { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407); state >> 32 }
//! # }
//! for seed in 0..20 {
//!     let mut world = World::new(generator(seed));
//!     world.serve("a.example", 80, Settings::default(), echo)?;
//!
//!     let mut poor = Conditions::default();
//!     poor.latency = Duration::from_millis(20)..=Duration::from_millis(400);
//!     poor.piece = 1..=3;
//!     let connector = world.connector().over(poor.clone(), poor);
//!     let client = Client::with_connector(connector, ClientOptions::default());
//!
//!     let echoed = world.run_until(async {
//!         let request = client.request(Method::POST, "http://a.example/").body("hello");
//!         request.send().await?.read_to_end(100).await
//!     })?;
//!     assert_eq!(echoed.unwrap(), b"hello", "seed {seed}\n{}", world.transcript());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Time-outs, and a peer that misbehaves
//!
//! A [`Transport`] can also be read and written by itself. Here a client sends half of a head and
//! falls silent; thirty seconds later, which nobody has to wait for, it is told so:
//!
//! ```
//! use core::time::Duration;
//! use sanderling::drive::{Connect, Error, Exchange, Settings};
//! use sanderling::http::{NO_FIELDS, StatusCode};
//! use sanderling::simulation::{Transport, World};
//! use sanderling::Tick;
//!
//! let mut world = World::new(|| 0);
//! world.serve("a.example", 80, Settings::default(), |exchange: Exchange<Transport>| {
//!     exchange.respond(StatusCode::OK, NO_FIELDS, "Hi")
//! })?;
//!
//! let (connector, handle) = (world.connector(), world.handle());
//! world.run_until(async move {
//!     let mut transport = connector.connect("a.example", 80, None).await?;
//!     transport.send(b"GET / HTTP/1.1\r\nHost: a.exa").await?;
//!     let mut answer = [0; 12];
//!     transport.receive(&mut answer).await?;
//!     assert_eq!(answer, *b"HTTP/1.1 408");
//!     assert_eq!(handle.now(), Tick::ZERO + Duration::from_secs(30));
//!     Ok::<_, std::io::Error>(())
//! })??;
//! // The server's end is waited for, too: nothing may hang.
//! world.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a seed fails
//!
//! [`World::run`] and [`World::run_until`] give [`Stalled`] with the names of the tasks that wait if
//! nothing can happen any more, or if the limits of time or steps are reached: a hang and an endless
//! loop both end the test. A [`Transcript`] has all that the ends of each connection sent and
//! received, and when:
//!
//! ```text
//!      0.000000  a.example:80#0 client is connected
//!      0.000000  a.example:80#0 client sends 27: GET / HTTP/1.1\r\nHost: a.exa
//!      0.000000  a.example:80#0 server receives 27: GET / HTTP/1.1\r\nHost: a.exa
//!     30.000000  a.example:80#0 server lets a deadline pass
//! ```
//!
//! A panic in a handler costs only its exchange, as it would in a server, and the client gets 500. So
//! what a test has to assert belongs outside of handlers.
//!
//! # A bare link
//!
//! A [`Link`] is a state machine as the connections are: octets in, octets out, time as a number. It
//! needs no world, no driver and no task. Here it joins two connections of [`http`](crate::http):
//!
//! ```
//! use core::time::Duration;
//! use sanderling::Tick;
//! use sanderling::http::{client, server};
//! use sanderling::http::{BodyLength, Deadlines, Limits, Method, NO_FIELDS, RequestTarget, StatusCode};
//! use sanderling::simulation::{Conditions, Link, Received, Side};
//!
//! let mut chance = || 4; // any source of numbers will do
//! let mut conditions = Conditions::default();
//! conditions.latency = Duration::from_millis(50)..=Duration::from_millis(50);
//! conditions.piece = 1..=7;
//! let mut link = Link::new(conditions.clone(), conditions);
//!
//! let mut now = Tick::ZERO;
//! let mut client = client::Connection::new(Limits::default(), Deadlines::default());
//! let mut server = server::Connection::new(Limits::default(), Deadlines::default(), now);
//! let (mut output, mut room) = ([0; 512], [0; 512]);
//! let (mut request, mut response) = (Vec::new(), Vec::new());
//!
//! let target = RequestTarget::Origin("/");
//! let mut len = client.send_request(Method::GET, target, &[("Host", "a")], None, now, &mut output)?;
//! len += client.finish(NO_FIELDS, &mut output[len..])?;
//! link.send(Side::Client, &output[..len], now, &mut chance).unwrap();
//! let mut status = None;
//! while status.is_none() {
//!     now = link.next_arrival(now).ok_or("nothing is under way")?;
//!     while let Received::Octets(len) = link.receive(Side::Server, &mut room, now) {
//!         request.extend_from_slice(&room[..len]);
//!         if let (_, server::Event::Request(_)) = server.receive(&mut request, now)? {
//!             let mut len = server.respond(StatusCode::NO_CONTENT, NO_FIELDS, BodyLength::Known(0), &mut output)?;
//!             len += server.finish(NO_FIELDS, &mut output[len..])?;
//!             link.send(Side::Server, &output[..len], now, &mut chance).unwrap();
//!         }
//!     }
//!     while let Received::Octets(len) = link.receive(Side::Client, &mut room, now) {
//!         response.extend_from_slice(&room[..len]);
//!         if let (_, client::Event::Response(head)) = client.receive(&mut response, now)? {
//!             status = Some(head.status());
//!         }
//!     }
//! }
//! assert_eq!(status, Some(StatusCode::NO_CONTENT));
//! // There and back again.
//! assert_eq!(now, Tick::ZERO + Duration::from_millis(100));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conditions;
mod direction;
mod handle;
mod link;
mod network;
mod server;
mod state;
mod transcript;
mod transport;
mod world;

pub use conditions::Conditions;
pub use handle::{Handle, Sleep};
pub use link::{Link, Received, Reset, Side};
pub use network::{Connector, Listener};
pub use server::serve_connection;
pub use transcript::Transcript;
pub use transport::Transport;
pub use world::{Stall, Stalled, World};
