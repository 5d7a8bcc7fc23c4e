//! WebSockets: messages both ways, pings, and every way to end.

use core::future::poll_fn;
use core::iter::repeat_with;
use core::pin::pin;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use sanderling::drive::{
    Client, ClientOptions, Closed, Error, Exchange, Message, Phase, Receiver, Sender, Settings, WebSocket,
    WebSocketOptions,
};
use sanderling::simulation::{Handle, Transport, World};
use sanderling::ws::CloseCode;

use crate::lines::{self, Line};
use crate::seeds::{Verdict, try_all};

/// What one end does.
#[derive(Clone, Debug)]
struct Plan {
    steps: Vec<Step>,
    end: End,
}

#[derive(Clone, Debug)]
enum Step {
    Send(Message),
    Ping(usize),
    Sleep(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Close(u16),
    /// It leaves that to the other end.
    Wait,
    /// It goes without a word.
    Vanish,
}

/// What one end knows afterwards.
#[derive(Debug, Default)]
struct Known {
    /// The messages whose sending ended well.
    sent: usize,
    received: Vec<Message>,
    /// How receiving ended; `None` if it vanished itself.
    outcome: Option<Result<Closed, Error>>,
}

impl Plan {
    fn draw(rng: &mut Rng) -> Self {
        let count = rng.usize(..8);
        let steps = repeat_with(|| Step::draw(rng)).take(count).collect();
        let end = match rng.u8(..10) {
            0..=5 => End::Close(rng.u16(3_000..3_005)),
            6..=8 => End::Wait,
            _ => End::Vanish,
        };
        Self { steps, end }
    }

    fn messages(&self) -> impl Iterator<Item = &Message> {
        self.steps.iter().filter_map(|step| match step {
            Step::Send(message) => Some(message),
            Step::Ping(_) | Step::Sleep(_) => None,
        })
    }
}

impl Step {
    fn draw(rng: &mut Rng) -> Self {
        let most = *rng.choice(&[0, 1, 125, 126, 1_000]).unwrap();
        // Now and then one that needs the longest form of a length.
        let len = if rng.u8(..) == 0 { 66_000 } else { rng.usize(..=most) };
        match rng.u8(..8) {
            0..=1 => Self::Send(Message::Text(
                repeat_with(|| rng.char(..)).take(len / 4).collect::<String>().as_str().into(),
            )),
            2..=4 => Self::Send(Message::Binary(vec![rng.u8(..); len].into())),
            5..=6 => Self::Ping(len.min(125)),
            _ => Self::Sleep(Duration::from_millis(rng.u64(..200))),
        }
    }
}

#[test]
fn sockets_agree_on_calm_lines() {
    try_all("sockets_agree_on_calm_lines", 1_500, |world, rng| {
        let lines = (lines::calm(rng), lines::calm(rng));
        let mut plans = [Plan::draw(rng), Plan::draw(rng)];
        // Somebody has to end it.
        if plans.iter().all(|plan| plan.end == End::Wait) {
            plans[rng.usize(..2)].end = End::Close(3_000);
        }
        let known = run(world, &plans, lines, rng.bool(), None)?;
        check(&plans, &known, false)?;
        check_calm(&plans, &known, false)
    });
}

#[test]
fn sockets_end_on_rough_lines() {
    try_all("sockets_end_on_rough_lines", 1_000, |world, rng| {
        let lines = (lines::rough(rng), lines::rough(rng));
        let mut plans = [Plan::draw(rng), Plan::draw(rng)];
        plans[rng.usize(..2)].end = End::Close(3_000);
        check(&plans, &run(world, &plans, lines, true, None)?, false)
    });
}

#[test]
fn a_shutdown_closes_sockets() {
    try_all("a_shutdown_closes_sockets", 700, |world, rng| {
        let lines = (lines::calm(rng), lines::calm(rng));
        let mut plans = [Plan::draw(rng), Plan::draw(rng)];
        for plan in &mut plans {
            plan.end = if rng.u8(..4) == 0 { plan.end } else { End::Wait };
        }
        let shutdown = Some(Duration::from_millis(rng.u64(..2_000)));
        let known = run(world, &plans, lines, rng.bool(), shutdown)?;
        check(&plans, &known, true)?;
        match &known {
            // It came too late to be let in.
            [client, _] if matches!(client.outcome, Some(Err(Error::Io(_) | Error::Disconnected))) => Ok(()),
            known => check_calm(&plans, known, true),
        }
    });
}

/// The client is the first, and the server the second.
fn run(
    world: &mut World,
    plans: &[Plan; 2],
    (to_server, to_client): Line,
    has_deadlines: bool,
    shutdown_after: Option<Duration>,
) -> Result<[Known; 2], String> {
    let mut options = WebSocketOptions::default();
    if !has_deadlines {
        // Whoever is not woken now hangs for good.
        (options.deadlines.write, options.deadlines.close, options.deadlines.drain) = (None, None, None);
    }
    let client_options = options.clone();
    let [client_plan, server_plan] = plans.clone();
    let client_known = Arc::new(Mutex::new(Known::default()));
    let server_known = Arc::new(Mutex::new(Known::default()));

    let (handle, known) = (world.handle(), Arc::clone(&server_known));
    let handler = move |exchange: Exchange<Transport>| {
        let (handle, plan, known) = (handle.clone(), server_plan.clone(), Arc::clone(&known));
        let options = options.clone();
        async move {
            live("server", exchange.websocket_with(&options, &[])?, &handle, plan, known);
            Ok::<_, Error>(())
        }
    };
    let settings = Settings::default();
    if let Some(after) = shutdown_after {
        let (handle, shutdown) = (world.handle(), settings.shutdown.clone());
        world.spawn("shutdown", async move {
            handle.sleep(after).await;
            shutdown.advance(Phase::Draining);
        });
    }
    world.serve("a.example", 80, settings, handler).unwrap();

    let (handle, known) = (world.handle(), Arc::clone(&client_known));
    let connector = world.connector().over(to_server, to_client);
    world.spawn("opening handshake", async move {
        let client = Client::with_connector(connector, ClientOptions::default());
        match client.websocket("ws://a.example/").options(client_options).open().await {
            Ok(socket) => live("client", socket, &handle, client_plan, known),
            Err(error) => known.lock().unwrap().outcome = Some(Err(error)),
        }
    });
    world.run().map_err(|stalled| stalled.to_string())?;
    Ok([client_known, server_known].map(|known| core::mem::take(&mut *known.lock().unwrap())))
}

/// One end of a WebSocket: two tasks, one of which sends and one of which receives.
fn live(name: &str, socket: WebSocket<Transport>, handle: &Handle, plan: Plan, known: Arc<Mutex<Known>>) {
    let (receiver, sender) = socket.split();
    let vanishes = plan.end == End::Vanish;
    let sending = send(sender, handle.clone(), plan, Arc::clone(&known));
    let receiving = receive(receiver, Arc::clone(&known));
    let handle = handle.clone();
    if vanishes {
        // Both halves go at once, when all is sent.
        handle.spawn(name, async move {
            let (mut receiving, mut sending) = (pin!(receiving), pin!(sending));
            let mut is_receiving = true;
            poll_fn(|context| {
                is_receiving = is_receiving && receiving.as_mut().poll(context).is_pending();
                sending.as_mut().poll(context)
            })
            .await;
            known.lock().unwrap().outcome = None;
        });
    } else {
        handle.spawn(&format!("{name} sending"), sending);
        handle.spawn(&format!("{name} receiving"), receiving);
    }
}

async fn send(sender: Sender<Transport>, handle: Handle, plan: Plan, known: Arc<Mutex<Known>>) {
    for step in plan.steps {
        let result = match step {
            Step::Sleep(duration) => {
                handle.sleep(duration).await;
                Ok(())
            }
            Step::Ping(len) => sender.ping(&[b'p'; 125][..len]).await,
            Step::Send(message) => {
                let result = sender.send(message).await;
                known.lock().unwrap().sent += usize::from(result.is_ok());
                result
            }
        };
        if result.is_err() {
            return;
        }
    }
    if let End::Close(code) = plan.end {
        // If it fails, the receiving half knows why.
        let _ = sender.close(CloseCode::new(code).unwrap(), "done").await;
    }
}

async fn receive(mut receiver: Receiver<Transport>, known: Arc<Mutex<Known>>) {
    let outcome = loop {
        match receiver.recv().await {
            Ok(Some(message)) => known.lock().unwrap().received.push(message),
            Ok(None) => break Ok(receiver.closed().expect("a clean end has seen a Close frame")),
            Err(error) => break Err(error),
        }
    };
    known.lock().unwrap().outcome = Some(outcome);
}

// ---- what has to hold -------------------------------------------------------------------------

fn check(plans: &[Plan; 2], known: &[Known; 2], shuts_down: bool) -> Verdict {
    for (at, name) in [(0, "client"), (1, "server")] {
        let (here, there) = (&known[at], &plans[1 - at]);
        if !there.messages().take(here.received.len()).eq(&here.received) {
            return Err(format!("the {name} received what was not sent"));
        }
        if let Some(Ok(closed)) = &here.outcome {
            let codes = plans.iter().filter_map(|plan| match plan.end {
                End::Close(code) => CloseCode::new(code),
                End::Wait | End::Vanish => None,
            });
            let goes_away = shuts_down.then_some(CloseCode::GOING_AWAY);
            if !codes.chain(goes_away).map(Some).any(|code| code == closed.code) {
                return Err(format!("the {name} was told {closed:?}, which nobody said"));
            }
            // A server that shuts down throws away what still comes.
            if here.received.len() < known[1 - at].sent && !(shuts_down && name == "server") {
                return Err(format!("the {name} ended cleanly without all that was sent"));
            }
        }
    }
    Ok(())
}

fn check_calm(plans: &[Plan; 2], known: &[Known; 2], shuts_down: bool) -> Verdict {
    let is_clean = |known: &Known| matches!(known.outcome, Some(Ok(_)));
    if plans.iter().any(|plan| plan.end == End::Vanish) {
        // Whether the closing handshake was faster is for the line to say. Where only one of them
        // closes, the other cannot have ended it cleanly before it was gone.
        return Ok(());
    }
    if !known.iter().all(is_clean) {
        return Err(format!("it did not end cleanly: {:?}, {:?}", known[0].outcome, known[1].outcome));
    }
    // Where one of them closes, its code is the only one. A server that is shut down closes, too.
    let code = |known: &Known| known.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok()?.code);
    let one_closes = plans.iter().any(|plan| plan.end == End::Wait) && !shuts_down;
    if one_closes && code(&known[0]) != code(&known[1]) {
        return Err("the ends were told different codes".to_owned());
    }
    Ok(())
}
