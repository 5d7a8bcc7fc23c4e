//! The world itself: its clock, what it says of a hang, and that a seed goes the same way again.

use core::future::{pending, poll_fn};
use core::task::{Poll, Waker};
use core::time::Duration;
use std::io::ErrorKind;

use fastrand::Rng;
use sanderling::Tick;
use sanderling::drive::{Client, ClientOptions, Connect, Error, Exchange, Settings};
use sanderling::http::{NO_FIELDS, StatusCode};
use sanderling::simulation::{Conditions, Stall, Transport, World};

fn world(seed: u64) -> World {
    let mut rng = Rng::with_seed(seed);
    World::new(move || rng.u64(..))
}

async fn answer(exchange: Exchange<Transport>) -> Result<(), Error> {
    exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await
}

#[test]
fn time_passes_only_when_all_wait() {
    let mut world = world(0);
    let handle = world.handle();
    world.spawn("later", {
        let handle = handle.clone();
        async move { handle.sleep(Duration::from_secs(3 * 3_600)).await }
    });
    let when = world.run_until(async {
        handle.sleep(Duration::from_secs(5)).await;
        handle.sleep(Duration::ZERO).await;
        handle.now()
    });
    assert_eq!(when, Ok(Tick::ZERO + Duration::from_secs(5)));
    world.run().unwrap();
    assert_eq!(world.now(), Tick::ZERO + Duration::from_secs(3 * 3_600));
}

#[test]
fn a_hang_says_who_waits() {
    let mut world = world(0);
    world.spawn("the one that hangs", pending());
    world.spawn("another", async {});
    world.spawn_background("one that may", pending());
    let stalled = world.run().unwrap_err();
    assert_eq!((stalled.stall, stalled.waiting), (Stall::Hang, vec!["the one that hangs".to_owned()]));
}

/// What the future before has waited for does not wake the next one, which would hide that it is never woken.
#[test]
fn a_main_future_is_not_woken_for_another() {
    let mut world = world(0);
    let mut kept = None;
    let first = poll_fn(|context| {
        kept = Some(context.waker().clone());
        Poll::Ready(())
    });
    world.run_until(first).unwrap();
    world.spawn("what the first has waited for", async move { kept.into_iter().for_each(Waker::wake) });
    let mut polls = 0;
    let second = poll_fn(|_| {
        polls += 1;
        if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
    });
    assert_eq!(world.run_until(second).unwrap_err().stall, Stall::Hang);
}

#[test]
fn what_turns_for_ever_is_stopped() {
    let mut world = world(0).limit_steps(1_000);
    let turning = poll_fn(|context| {
        context.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    assert_eq!(world.run_until(turning).unwrap_err().stall, Stall::Steps);
}

#[test]
fn what_takes_too_long_is_stopped() {
    let mut world = world(0).limit_time(Duration::from_secs(60));
    let handle = world.handle();
    let stalled = world.run_until(async { handle.sleep(Duration::from_secs(61)).await }).unwrap_err();
    assert_eq!((stalled.stall, stalled.at), (Stall::Time, Tick::ZERO));
}

#[test]
fn connections_are_refused_where_nobody_listens() {
    let mut world = world(0);
    world.serve("a.example", 80, Settings::default(), answer).unwrap();
    let again = world.serve("a.example", 80, Settings::default(), answer);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AddrInUse);
    let connector = world.connector();
    let refused =
        world.run_until(async { connector.connect("a.example", 81, None).await.err().map(|error| error.kind()) });
    assert_eq!(refused, Ok(Some(ErrorKind::ConnectionRefused)));
}

/// A conversation on a line drawn from a seed.
fn conversation(seed: u64) -> String {
    let mut world = world(seed);
    world.serve("a.example", 80, Settings::default(), answer).unwrap();
    let mut chance = || world.chance();
    let line = (Conditions::draw(&mut chance), Conditions::draw(&mut chance));
    let client = Client::with_connector(world.connector().over(line.0, line.1), ClientOptions::default());
    for task in 0..3 {
        let client = client.clone();
        world.spawn(&format!("client {task}"), async move {
            // Whatever came of it is in the transcript.
            if let Ok(mut response) = client.get("http://a.example/").send().await {
                let _ = response.read_to_end(100).await;
            }
        });
    }
    drop(client);
    world.run().unwrap();
    world.transcript().to_string()
}

#[test]
fn a_seed_goes_the_same_way_again() {
    let conversations: Vec<String> = (0..50).map(conversation).collect();
    assert!(conversations.iter().zip(0..).all(|(before, seed)| *before == conversation(seed)));
    let differ = conversations.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(differ > 40, "{differ} of 50 seeds differ from the one before");
    assert!(conversations[0].contains("client sends 35 in"), "{}", conversations[0]);
}

#[test]
fn a_handler_that_panics_costs_its_exchange_only() {
    let mut world = world(0);
    let handler = |exchange: Exchange<Transport>| async move {
        assert_ne!(exchange.request().target().path(), "/panic", "as it should");
        answer(exchange).await
    };
    world.serve("a.example", 80, Settings::default(), handler).unwrap();
    let client = Client::with_connector(world.connector(), ClientOptions::default());
    for (target, status) in [("/panic", StatusCode::INTERNAL_SERVER_ERROR), ("/", StatusCode::OK)] {
        let request = client.get(&format!("http://a.example{target}"));
        let response = world.run_until(async { request.send().await.map(|response| response.head().status()) });
        assert_eq!(response.unwrap().unwrap(), status);
    }
}
