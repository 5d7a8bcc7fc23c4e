//! Starts one server after another, loads it, and prints what it used.

mod accounting;
mod cases;
mod load;
mod servers;
mod table;

use std::error::Error;
use std::process::ExitCode;

use lexopt::{Arg, ValueExt};

use cases::{CASES, Case, Kind};
use servers::{SERVERS, Server};
use table::{IdleRow, LoadRow};

/// How much is measured.
struct Options {
    cases: Vec<&'static Case>,
    servers: Vec<&'static Server>,
    rounds: usize,
    seconds: u64,
}

const USAGE: &str = "tests/load/run [CASE…] [--servers A,B,C] [--rounds N] [--seconds S]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = options()? else { return Ok(()) };
    for case in &options.cases {
        let servers = present(&options, case);
        println!("\n### {}: {}\n", case.name, case.what);
        match &case.kind {
            Kind::Idle { connections, websocket } => {
                let mut rows = Vec::new();
                for server in servers {
                    match load::idle(server, *connections, *websocket) {
                        Ok(octets) => rows.push(IdleRow { server: server.name, octets }),
                        Err(error) => eprintln!("{} {}: {error}", case.name, server.name),
                    }
                }
                table::print_idle(&rows);
            }
            kind => table::print_load(&rounds(case, kind, &servers, &options), case.beside, case.mebibytes()),
        }
    }
    Ok(())
}

/// All rounds of a case, the servers in turn. One that fails is left out from then on, and named.
fn rounds(case: &Case, kind: &Kind, servers: &[&'static Server], options: &Options) -> Vec<LoadRow> {
    let mut rows: Vec<_> = servers.iter().map(|server| LoadRow::new(server.name)).collect();
    for round in 1..=options.rounds {
        for server in servers {
            let Some(row) = rows.iter_mut().find(|row| row.server == server.name) else { continue };
            eprintln!("{} {} {round}/{}", case.name, server.name, options.rounds);
            match load::load(server, kind, options.seconds) {
                Ok(sample) => row.samples.push(sample),
                Err(error) => {
                    eprintln!("{} {}: {error}", case.name, server.name);
                    rows.retain(|row| row.server != server.name);
                }
            }
        }
    }
    rows
}

/// The servers of a case that are installed; the others are named.
fn present(options: &Options, case: &Case) -> Vec<&'static Server> {
    let (present, absent): (Vec<&Server>, Vec<_>) =
        options.servers.iter().filter(|server| case.suits(server)).partition(|server| server.is_present());
    for server in absent {
        eprintln!("skipped {}: it is not installed (tests/load/install)", server.name);
    }
    present
}

fn options() -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options { cases: Vec::new(), servers: SERVERS.iter().collect(), rounds: 5, seconds: 4 };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(name) => options.cases.push(named(&CASES, &name.string()?, |case| case.name)?),
            Arg::Long("servers") => {
                let names = parser.value()?.string()?;
                options.servers = names
                    .split(',')
                    .map(|name| named(&SERVERS, name, |server| server.name))
                    .collect::<Result<_, _>>()?;
            }
            Arg::Long("rounds") => options.rounds = parser.value()?.parse()?,
            Arg::Long("seconds") => options.seconds = parser.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => {
                println!("{USAGE}\n");
                CASES.iter().for_each(|case| println!("{:16} {}", case.name, case.what));
                return Ok(None);
            }
            argument => return Err(argument.unexpected().into()),
        }
    }
    if options.cases.is_empty() {
        options.cases = CASES.iter().collect();
    }
    Ok(Some(options))
}

fn named<T>(all: &'static [T], name: &str, name_of: impl Fn(&T) -> &'static str) -> Result<&'static T, String> {
    let names: Vec<_> = all.iter().map(&name_of).collect();
    all.iter().find(|one| name_of(one) == name).ok_or_else(|| format!("{name} is none of {}", names.join(", ")))
}
