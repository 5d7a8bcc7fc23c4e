//! One server under one load.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use sanderling_load::content::{HELLO, HELLO_PATH, body_at};
use sanderling_load::{exchange, websocket};

use crate::accounting::{processor_time, resident};
use crate::cases::Kind;
use crate::servers::{Running, Server, beside, load_command, source};
use crate::table::Sample;

/// How long the load lasts before anything is counted.
const WARM_UP: u64 = 1;
/// How long a server may take to come to rest.
const REST: Duration = Duration::from_millis(500);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// One round: looks at an answer, warms the server up, and counts.
pub(crate) fn load(server: &Server, kind: &Kind, seconds: u64) -> Outcome<Sample> {
    let running = server.start()?;
    let answer_len = check(&running, kind)?;
    run(&running, kind, answer_len, WARM_UP)?;
    let before = processor_time(running.pid())?;
    let said = run(&running, kind, answer_len, seconds)?;
    let used = processor_time(running.pid())? - before;
    Ok(Sample {
        per_second: said.number("requests")? / said.number("seconds")?,
        processor_micros: used.as_secs_f64() * 1e6 / said.number("requests")?,
        p50: said.number("p50")?,
        p99: said.number("p99")?,
    })
}

/// The octets that each of many idle connections costs.
pub(crate) fn idle(server: &Server, connections: usize, websocket: bool) -> Outcome<f64> {
    let running = server.start()?;
    // The first connection has the server take what all of them share.
    hold(&running, 1, websocket, || Ok(()))?;
    let before = resident(running.pid())?;
    let after = hold(&running, connections, websocket, || Ok(resident(running.pid())?))?;
    Ok((after as f64 - before as f64) / connections as f64)
}

/// Does something while connections are held.
fn hold<T>(running: &Running, connections: usize, websocket: bool, then: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let mut storm = load_command();
    storm.arg(beside("storm")?).arg("hold");
    storm.args(["--port", &running.port.to_string(), "--connections", &connections.to_string()]);
    storm.args(websocket.then_some("--websocket"));
    let mut storm = storm.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(storm.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    if line.trim() != format!("held={connections}") {
        storm.wait()?;
        return Err("not all connections could be held".into());
    }
    thread::sleep(REST);
    let done = then();
    drop(storm.stdin.take());
    storm.wait()?;
    thread::sleep(REST);
    done
}

/// Looks at what the server answers. The octets of one answer.
fn check(running: &Running, kind: &Kind) -> Outcome<usize> {
    match kind {
        Kind::Http { path, pipeline, .. } => {
            let mut stream = exchange::connect(running.port)?;
            Ok(exchange::check(&mut stream, path, body_at(path), *pipeline)?)
        }
        Kind::Echo { .. } => {
            websocket::check(&mut websocket::open(running.port)?)?;
            Ok(0)
        }
        Kind::Idle { .. } => {
            let mut stream = exchange::connect(running.port)?;
            Ok(exchange::check(&mut stream, HELLO_PATH, HELLO, 1)?)
        }
    }
}

fn run(running: &Running, kind: &Kind, answer_len: usize, seconds: u64) -> Outcome<Said> {
    match kind {
        Kind::Http { path, connections, pipeline } => {
            let mut wrk = load_command();
            wrk.arg("wrk").args(["--threads", "1", "--connections", &connections.to_string()]);
            wrk.args(["--duration", &seconds.to_string(), "--script"]).arg(source("measure/wrk.lua"));
            wrk.arg(format!("http://127.0.0.1:{}{path}", running.port)).args(["--", &pipeline.to_string()]);
            let said = said(&mut wrk)?;
            for fault in ["connect", "read", "write", "timeout", "status"] {
                if said.number(fault)? > 0.0 {
                    return Err(format!("wrk counts faults: {}", said.0).into());
                }
            }
            // Answers that were under way at the end are in the octets already.
            let surplus = said.number("bytes")? - said.number("requests")? * answer_len as f64;
            if !(0.0..=(connections * pipeline * answer_len) as f64).contains(&surplus) {
                return Err(format!("{answer_len} octets each do not make: {}", said.0).into());
            }
            Ok(said)
        }
        Kind::Echo { connections, flight, size } => {
            let mut storm = load_command();
            storm.arg(beside("storm")?).arg("echo");
            let numbers = [
                ("--port", usize::from(running.port)),
                ("--connections", *connections),
                ("--flight", *flight),
                ("--size", *size),
                ("--seconds", seconds as usize),
            ];
            for (name, number) in numbers {
                storm.arg(name).arg(number.to_string());
            }
            said(&mut storm)
        }
        Kind::Idle { .. } => Err("idle connections make no load".into()),
    }
}

/// A line of `name=number`.
struct Said(String);

impl Said {
    fn number(&self, name: &str) -> Outcome<f64> {
        let value = self.0.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        Ok(value.ok_or_else(|| format!("no {name} in {:?}", self.0))?.parse()?)
    }
}

/// The last line of what a command prints.
fn said(command: &mut Command) -> Outcome<Said> {
    let output = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the load failed: {text}").into());
    }
    Ok(Said(text.lines().last().unwrap_or_default().to_owned()))
}
