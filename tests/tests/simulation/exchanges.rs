//! Exchanges between a client and a server that both use the drivers.

use core::iter::repeat_with;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use sanderling::drive::{ClientConnection, Connect, Error, Exchange, Progress, Settings};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, NO_FIELDS, RequestTarget, StatusCode};
use sanderling::simulation::{Connector, Handle, Transport, World};

use crate::lines::{self, Line};
use crate::patience::within;
use crate::plan::{Answer, Body, Expected, Plan, Reads};
use crate::seeds::{Verdict, try_all};

/// What the server knows of one exchange.
#[derive(Clone, Debug, Default)]
struct Served {
    times: u32,
    /// What was read of the request's body, and whether to its end.
    body: Vec<u8>,
    is_read: bool,
    /// The whole answer was sent.
    is_answered: bool,
}

/// What the client knows of one.
#[derive(Debug)]
struct Seen {
    outcome: Result<(StatusCode, Vec<u8>), Error>,
    /// It went on a connection of which the exchange before said that it could be used again.
    is_reused: bool,
}

/// The same at both ends.
type Bounds = (Limits, Deadlines);

type Log = Arc<Mutex<Vec<Served>>>;

#[test]
fn both_ends_agree_on_calm_lines() {
    try_all("both_ends_agree_on_calm_lines", 2_500, |world, rng| {
        let line = (lines::calm(rng), lines::calm(rng));
        let plans = draw(rng);
        // Where there are none, whoever is not woken hangs for good.
        let deadlines = if rng.bool() { Deadlines::default() } else { no_deadlines() };
        let mut limits = Limits::default();
        limits.output = *rng.choice(&[1, 200, 65_536]).unwrap();
        let (served, seen) = run(world, &plans, line, (limits, deadlines))?;
        for (number, (plan, (served, seen))) in plans.iter().zip(served.iter().zip(&seen)).enumerate() {
            check(plan, served, seen).map_err(|what| format!("exchange {number}: {what}; {plan:?}"))?;
            check_calm(plan, served, seen).map_err(|what| format!("exchange {number}: {what}; {plan:?}"))?;
        }
        Ok(())
    });
}

#[test]
fn nothing_is_altered_on_rough_lines() {
    try_all("nothing_is_altered_on_rough_lines", 1_500, |world, rng| {
        let line = (lines::rough(rng), lines::rough(rng));
        let mut plans = draw(rng);
        for plan in &mut plans {
            plan.patience = (rng.u8(..5) == 0).then(|| Duration::from_millis(rng.u64(..500)));
        }
        let (served, seen) = run(world, &plans, line, (Limits::default(), Deadlines::default()))?;
        for (number, (plan, (served, seen))) in plans.iter().zip(served.iter().zip(&seen)).enumerate() {
            check(plan, served, seen).map_err(|what| format!("exchange {number}: {what}; {plan:?}"))?;
        }
        Ok(())
    });
}

fn draw(rng: &mut Rng) -> Vec<Plan> {
    // Whatever came before, a connection that is said to be of use has to be: there are always two.
    let count = rng.usize(2..=7);
    repeat_with(|| Plan::draw(rng)).take(count).collect()
}

fn no_deadlines() -> Deadlines {
    let mut none = Deadlines::default();
    (none.head, none.body, none.idle, none.proceed, none.write, none.drain) = (None, None, None, None, None, None);
    none
}

fn run(
    world: &mut World,
    plans: &[Plan],
    (to_server, to_client): Line,
    bounds: Bounds,
) -> Result<(Vec<Served>, Vec<Seen>), String> {
    let plans: Arc<[Plan]> = plans.into();
    let log: Log = Arc::new(Mutex::new(vec![Served::default(); plans.len()]));
    serve(world, &plans, &log, bounds);
    let client = client(world.connector().over(to_server, to_client), world.handle(), Arc::clone(&plans), bounds);
    let seen = world.run_until(client).map_err(|stalled| stalled.to_string())?;
    // The server's ends of the connections have to end, too.
    world.run().map_err(|stalled| stalled.to_string())?;
    let served = log.lock().unwrap().clone();
    Ok((served, seen))
}

// ---- the server -------------------------------------------------------------------------------

fn serve(world: &World, plans: &Arc<[Plan]>, log: &Log, (limits, deadlines): Bounds) {
    let (plans, log, handle) = (Arc::clone(plans), Arc::clone(log), world.handle());
    let handler = move |exchange: Exchange<Transport>| {
        let number: usize = exchange.request().target().path().trim_start_matches('/').parse().unwrap();
        let (plan, log, handle) = (plans[number].clone(), Arc::clone(&log), handle.clone());
        async move {
            let is_elsewhere = plan.handler.is_elsewhere;
            let work = {
                let handle = handle.clone();
                async move {
                    let note = |change: &dyn Fn(&mut Served)| change(&mut log.lock().unwrap()[number]);
                    handle_exchange(exchange, &plan, &handle, note).await
                }
            };
            if !is_elsewhere {
                return work.await;
            }
            // Its errors are answered as those of a handler that gives none back: by the exchange's end.
            handle.spawn("an exchange elsewhere", async move { drop(work.await) });
            Ok(())
        }
    };
    let mut settings = Settings::default();
    (settings.limits, settings.deadlines) = (limits, deadlines);
    world.serve("a.example", 80, settings, handler).unwrap();
}

async fn handle_exchange(
    mut exchange: Exchange<Transport>,
    plan: &Plan,
    handle: &Handle,
    note: impl Fn(&dyn Fn(&mut Served)),
) -> Result<(), Error> {
    let handler = &plan.handler;
    note(&|served| served.times += 1);
    if handler.interim {
        exchange.interim(StatusCode::EARLY_HINTS, NO_FIELDS).await?;
    }
    handle.sleep(handler.pause).await;
    let reads = match handler.reads {
        Reads::Nothing | Reads::Late => 0,
        Reads::Once => 1,
        Reads::All => usize::MAX,
    };
    for _ in 0..reads {
        if read(&mut exchange, handler.is_restless.then_some(handle), &note).await?.is_none() {
            break;
        }
    }
    match &handler.answer {
        Answer::Nothing => return Ok(()),
        Answer::Whole(status, body) => exchange.respond(*status, NO_FIELDS, body.octets.clone()).await?,
        Answer::Pieces(status, body) => {
            exchange.start(*status, NO_FIELDS, length(body)).await?;
            // The client may see the end before it is said here, and go.
            let is_head_all = status.forbids_content() || plan.method == "HEAD";
            let mut pieces = body.pieces().peekable();
            loop {
                if is_head_all || (!body.is_chunked && pieces.peek().is_none()) {
                    note(&|served| served.is_answered = true);
                }
                let has_read = handler.reads == Reads::Late
                    && read(&mut exchange, handler.is_restless.then_some(handle), &note).await?.is_some();
                match pieces.next() {
                    Some(piece) => {
                        handle.sleep(handler.pauses).await;
                        exchange.write(piece).await?;
                    }
                    None if has_read => {}
                    None => break,
                }
            }
            exchange.finish().await?;
        }
        Answer::Echo => {
            exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown).await?;
            if plan.method == "HEAD" {
                note(&|served| served.is_answered = true);
            }
            while let Some(data) = read(&mut exchange, handler.is_restless.then_some(handle), &note).await? {
                exchange.write(data).await?;
            }
            exchange.finish().await?;
        }
        Answer::Part(body) => {
            // One octet more is announced than comes.
            let length =
                if body.is_chunked { BodyLength::Unknown } else { BodyLength::Known(body.octets.len() as u64 + 1) };
            exchange.start(StatusCode::OK, NO_FIELDS, length).await?;
            for piece in body.pieces() {
                exchange.write(piece).await?;
            }
            return Ok(());
        }
    }
    note(&|served| served.is_answered = true);
    Ok(())
}

async fn read(
    exchange: &mut Exchange<Transport>,
    restless: Option<&Handle>,
    note: &impl Fn(&dyn Fn(&mut Served)),
) -> Result<Option<Vec<u8>>, Error> {
    let data = loop {
        match restless {
            None => break exchange.read().await?,
            Some(handle) => {
                let patience = Duration::from_micros(handle.chance() % 20_000);
                if let Some(data) = within(handle, patience, exchange.read()).await {
                    break data?;
                }
            }
        }
    };
    note(&|served| match &data {
        Some(data) => served.body.extend_from_slice(data),
        None => served.is_read = true,
    });
    Ok(data.map(|data| data.to_vec()))
}

fn length(body: &Body) -> BodyLength {
    if body.is_chunked { BodyLength::Unknown } else { BodyLength::Known(body.octets.len() as u64) }
}

// ---- the client -------------------------------------------------------------------------------

async fn client(connector: Connector, handle: Handle, plans: Arc<[Plan]>, (limits, deadlines): Bounds) -> Vec<Seen> {
    let mut kept: Option<ClientConnection<Transport>> = None;
    let mut seen = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        let is_reused = kept.is_some();
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => {
                let transport = connector.connect("a.example", 80, None).await.unwrap();
                ClientConnection::new(transport, limits, deadlines)
            }
        };
        let outcome = match plan.patience {
            None => exchange(&mut connection, number, plan).await,
            Some(patience) => {
                let outcome = within(&handle, patience, exchange(&mut connection, number, plan)).await;
                outcome.unwrap_or(Err(Error::TimedOut))
            }
        };
        handle.note(&match &outcome {
            Ok((status, body)) => format!("the client has {status} with {} octets", body.len()),
            Err(error) => format!("the client has {error:?}"),
        });
        let was_left = plan.patience.is_some() && outcome.is_err();
        if connection.can_reuse() && !was_left {
            assert!(outcome.is_ok(), "a connection that failed is not to be used again");
            kept = Some(connection);
        }
        seen.push(Seen { outcome, is_reused });
        handle.sleep(Duration::from_millis(handle.chance() % 3)).await;
    }
    seen
}

async fn exchange(
    connection: &mut ClientConnection<Transport>,
    number: usize,
    plan: &Plan,
) -> Result<(StatusCode, Vec<u8>), Error> {
    let mut fields = vec![("Host", "a.example")];
    let has_content = plan.request.as_ref().is_some_and(|body| length(body) != BodyLength::Known(0));
    fields.extend((plan.expects_continue && has_content).then_some(("Expect", "100-continue")));
    fields.extend(plan.closes.then_some(("Connection", "close")));
    let method = Method::new(plan.method).unwrap();
    let target = format!("/{number}");
    connection.start(method, RequestTarget::Origin(&target), &fields, plan.request.as_ref().map(length))?;
    let mut response = Vec::new();
    if connection.proceed().await? {
        match &plan.request {
            Some(body) if plan.sends_first => {
                let mut is_wanted = true;
                for piece in body.pieces() {
                    is_wanted = is_wanted && connection.write(piece).await?;
                }
                if is_wanted {
                    connection.finish().await?;
                }
            }
            Some(body) => upload(connection, body, &mut response).await?,
            None => connection.end()?,
        }
    }
    let status = connection.final_head().await?.status();
    response.extend(connection.read_to_end(1 << 20).await?);
    Ok((status, response))
}

/// Sends a body, and takes what comes of the response meanwhile.
async fn upload(
    connection: &mut ClientConnection<Transport>,
    body: &Body,
    response: &mut Vec<u8>,
) -> Result<(), Error> {
    let mut pieces = body.pieces();
    loop {
        match connection.progress().await? {
            Progress::Room => match pieces.next() {
                Some(piece) => connection.queue(piece)?,
                None => return connection.end(),
            },
            Progress::Data(data) => response.extend_from_slice(&data),
            Progress::Unwanted => return Ok(()),
        }
    }
}

// ---- what has to hold -------------------------------------------------------------------------

/// What holds on any line.
fn check(plan: &Plan, served: &Served, seen: &Seen) -> Verdict {
    let sent = plan.request.as_ref().map_or(&[][..], |body| &body.octets);
    if served.times > 1 {
        return Err(format!("it was served {} times", served.times));
    }
    if !sent.starts_with(&served.body) {
        return Err("the server read something that was not sent".to_owned());
    }
    if served.is_read && served.body != sent {
        return Err(format!("the server took {} octets of {} for all", served.body.len(), sent.len()));
    }
    let Ok((status, body)) = &seen.outcome else { return Ok(()) };
    // The server may have found the client at fault, or too slow, before it answered as planned.
    let is_refusal = matches!(status.as_u16(), 400 | 408);
    match plan.expected() {
        Expected::CutShort if !is_refusal => Err("an answer cut short looks complete".to_owned()),
        Expected::Answer(expected, _) if *status != expected && !is_refusal => {
            Err(format!("{status} came, and not {expected}"))
        }
        Expected::Answer(_, expected) if *body != expected && !is_refusal => {
            Err(format!("{} octets came, and not the {} sent", body.len(), expected.len()))
        }
        // The server has no word from the handler for these.
        _ if is_refusal || matches!(plan.handler.answer, Answer::Nothing) => Ok(()),
        _ if !served.is_answered => Err("the client has an answer that was not given".to_owned()),
        _ => Ok(()),
    }
}

/// What holds if no deadline passes and nothing is reset.
fn check_calm(plan: &Plan, served: &Served, seen: &Seen) -> Verdict {
    if served.times != 1 {
        let kept = if seen.is_reused { "the connection said to be of use" } else { "a new connection" };
        return Err(format!("it did not come to the server on {kept}"));
    }
    match (plan.expected(), &seen.outcome) {
        (Expected::Answer(status, body), Ok(got)) if *got == (status, body.clone()) => {}
        (Expected::CutShort, Err(Error::TimedOut)) => return Err("the client was left waiting".to_owned()),
        (Expected::CutShort, Err(_)) => return Ok(()),
        (_, Err(error)) => return Err(format!("{error:?} came, and not an answer")),
        (_, Ok((status, body))) => return Err(format!("{status} with {} octets came", body.len())),
    }
    let is_answer_given = !matches!(plan.handler.answer, Answer::Nothing);
    if is_answer_given && !served.is_answered {
        return Err("the client has an answer that the server did not finish".to_owned());
    }
    Ok(())
}
