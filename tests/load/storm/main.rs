//! The load that `wrk` does not make: echoes of WebSocket messages, and connections that are held.
//!
//! ```text
//! storm echo --port P --connections M --flight N --size S --seconds T
//! storm hold --port P --connections M [--websocket]
//! ```

mod echo;
mod hold;
mod latencies;

use std::error::Error;
use std::process::ExitCode;

use lexopt::{Arg, ValueExt};

/// What the command line says.
#[derive(Default)]
struct Options {
    port: u16,
    connections: usize,
    /// Messages under way on each connection.
    flight: usize,
    /// Octets in each message.
    size: usize,
    seconds: u64,
    websocket: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("storm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut parser = lexopt::Parser::from_env();
    let mut options = Options::default();
    let mut task = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(name) if task.is_none() => task = Some(name.string()?),
            Arg::Long("port") => options.port = parser.value()?.parse()?,
            Arg::Long("connections") => options.connections = parser.value()?.parse()?,
            Arg::Long("flight") => options.flight = parser.value()?.parse()?,
            Arg::Long("size") => options.size = parser.value()?.parse()?,
            Arg::Long("seconds") => options.seconds = parser.value()?.parse()?,
            Arg::Long("websocket") => options.websocket = true,
            argument => return Err(argument.unexpected().into()),
        }
    }
    match task.as_deref() {
        Some("echo") => echo::run(&options)?,
        Some("hold") => hold::run(&options)?,
        _ => return Err("storm (echo | hold) --port PORT --connections COUNT …".into()),
    }
    Ok(())
}
