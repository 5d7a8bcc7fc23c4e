//! Several tasks share a client that keeps connections, while the server closes idle ones and is
//! shut down.

use core::time::Duration;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use sanderling::drive::{Client, ClientOptions, Error, Exchange, Phase, Settings};
use sanderling::http::{Method, StatusCode};
use sanderling::simulation::{Connector, Handle, Transport, World};

use crate::lines::{self, Line};
use crate::seeds::{Verdict, try_all};

/// One request, and how long its sender pauses before it.
#[derive(Clone, Debug)]
struct Plan {
    pause: Duration,
    is_get: bool,
    content: Vec<u8>,
    /// How long the handler takes.
    work: Duration,
}

/// What became of one request.
#[derive(Debug, Default)]
struct Fate {
    served: u32,
    outcome: Option<Result<Vec<u8>, Error>>,
}

type Log = Arc<Mutex<Vec<Fate>>>;

impl Plan {
    fn draw(rng: &mut Rng) -> Self {
        let len = rng.usize(..200);
        Self {
            // A connection is kept for sixty seconds, at either end.
            pause: Duration::from_millis(*rng.choice(&[0, 0, 10, 500, 59_900, 60_000, 60_050, 70_000]).unwrap()),
            is_get: rng.bool(),
            content: vec![rng.u8(..); len],
            work: Duration::from_millis(*rng.choice(&[0, 0, 0, 30, 2_000]).unwrap()),
        }
    }
}

#[test]
fn a_shared_client_is_served_until_shutdown() {
    try_all("a_shared_client_is_served_until_shutdown", 1_500, |world, rng| {
        let line = (lines::calm(rng), lines::calm(rng));
        let plans = draw(rng);
        let shutdown = (rng.u8(..3) == 0).then(|| Duration::from_millis(rng.u64(..3_000)));
        let fates = run(world, &plans, line, shutdown)?;
        each(&plans, &fates, |plan, fate| {
            check(plan, fate)?;
            match &fate.outcome {
                Some(Ok(_)) => Ok(()),
                _ if fate.served > 0 => Err("it was served, and not answered".to_owned()),
                _ if shutdown.is_some() => Ok(()),
                // The server may close just when it is sent, and it must not be sent twice.
                Some(Err(Error::Disconnected | Error::Io(_))) if !plan.is_get => Ok(()),
                _ => Err("it failed".to_owned()),
            }
        })
    });
}

#[test]
fn a_shared_client_loses_nothing_silently() {
    try_all("a_shared_client_loses_nothing_silently", 1_000, |world, rng| {
        let line = (lines::rough(rng), lines::rough(rng));
        let plans = draw(rng);
        let fates = run(world, &plans, line, Some(Duration::from_millis(rng.u64(..200_000))))?;
        each(&plans, &fates, check)
    });
}

fn draw(rng: &mut Rng) -> Vec<Vec<Plan>> {
    let tasks = rng.usize(1..4);
    (0..tasks).map(|_| (0..rng.usize(1..6)).map(|_| Plan::draw(rng)).collect()).collect()
}

fn run(
    world: &mut World,
    plans: &[Vec<Plan>],
    (to_server, to_client): Line,
    shutdown_after: Option<Duration>,
) -> Result<Vec<Fate>, String> {
    let log: Log = Arc::default();
    let mut settings = Settings::default();
    // No task has two at a time, but the server may hear late that one is over.
    settings.max_connections = plans.len();
    let shutdown = settings.shutdown.clone();
    serve(world, plans, &log, settings);
    let client = Client::with_connector(world.connector().over(to_server, to_client), ClientOptions::default());
    for (task, plans) in plans.iter().enumerate() {
        let first = log.lock().unwrap().len();
        log.lock().unwrap().extend(plans.iter().map(|_| Fate::default()));
        let requests = ask(client.clone(), world.handle(), first, plans.clone(), Arc::clone(&log));
        world.spawn(&format!("client {task}"), requests);
    }
    drop(client);
    if let Some(after) = shutdown_after {
        let (handle, shutdown) = (world.handle(), shutdown.clone());
        world.spawn("shutdown", async move {
            handle.sleep(after).await;
            handle.note("the server shuts down");
            shutdown.advance(Phase::Draining);
        });
    }
    world.run().map_err(|stalled| stalled.to_string())?;
    if shutdown.members() > 0 {
        return Err("somebody is still connected".to_owned());
    }
    Ok(core::mem::take(&mut *log.lock().unwrap()))
}

fn serve(world: &World, plans: &[Vec<Plan>], log: &Log, settings: Settings) {
    let plans: Vec<Plan> = plans.iter().flatten().cloned().collect();
    let (log, handle) = (Arc::clone(log), world.handle());
    let handler = move |mut exchange: Exchange<Transport>| {
        let number: usize = exchange.request().target().path()[1..].parse().unwrap();
        log.lock().unwrap()[number].served += 1;
        let (handle, plan) = (handle.clone(), plans[number].clone());
        async move {
            let body = exchange.read_to_end(1_000).await?;
            handle.sleep(plan.work).await;
            let answer = if plan.is_get { plan.content } else { body };
            exchange.respond(StatusCode::OK, &[("X-Number", number.to_string().as_str())], answer).await
        }
    };
    world.serve("a.example", 80, settings, handler).unwrap();
}

async fn ask(client: Client<Connector>, handle: Handle, first: usize, plans: Vec<Plan>, log: Log) {
    for (number, plan) in (first..).zip(plans) {
        handle.sleep(plan.pause).await;
        let outcome = exchange(&client, number, &plan).await;
        handle.note(&match &outcome {
            Ok(body) => format!("request {number} has {} octets", body.len()),
            Err(error) => format!("request {number} has {error:?}"),
        });
        log.lock().unwrap()[number].outcome = Some(outcome);
    }
}

async fn exchange(client: &Client<Connector>, number: usize, plan: &Plan) -> Result<Vec<u8>, Error> {
    let method = if plan.is_get { Method::GET } else { Method::POST };
    let mut request = client.request(method, &format!("http://a.example/{number}"));
    if !plan.is_get {
        request = request.body(plan.content.clone());
    }
    let mut response = request.send().await?;
    if response.head().status() != StatusCode::OK {
        // The line was too slow for a deadline.
        return Err(Error::TimedOut);
    }
    let asked_for = number.to_string();
    assert_eq!(response.head().field("x-number"), Some(asked_for.as_bytes()), "somebody else's answer");
    response.read_to_end(1_000).await
}

fn each(plans: &[Vec<Plan>], fates: &[Fate], check: impl Fn(&Plan, &Fate) -> Verdict) -> Verdict {
    for (number, (plan, fate)) in plans.iter().flatten().zip(fates).enumerate() {
        check(plan, fate).map_err(|what| format!("request {number}: {what}; {fate:?}"))?;
    }
    Ok(())
}

fn check(plan: &Plan, fate: &Fate) -> Verdict {
    match &fate.outcome {
        None => Err("nothing became of it".to_owned()),
        Some(Ok(body)) if *body != plan.content => Err("the wrong answer came".to_owned()),
        Some(Ok(_)) if fate.served == 0 => Err("an answer came that nobody gave".to_owned()),
        _ if fate.served > 1 && !plan.is_get => Err(format!("it was served {} times", fate.served)),
        Some(_) => Ok(()),
    }
}
