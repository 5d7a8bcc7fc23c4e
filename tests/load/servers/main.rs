//! The servers under test that are written in Rust: `serve NAME PORT`.

mod actix;
mod axum;
mod core;
mod event_loop;
mod fastwebsockets;
mod files;
mod floor;
mod floor_frames;
mod hyper;
mod may;
mod smol;
mod std;
mod tokio;
mod tokio_floor;
mod tokio_shards;
mod tokio_threads;
mod tokio_websockets;
mod tungstenite;

use ::std::env;
use ::std::error::Error;
use ::std::net::{Ipv4Addr, SocketAddr};
use ::std::process::ExitCode;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Serve = fn(SocketAddr) -> Outcome;

/// Each serves until it is killed.
const SERVERS: [(&str, Serve); 15] = [
    ("floor", floor::serve),
    ("core", core::serve),
    ("tokio-floor", tokio_floor::serve),
    ("tokio", tokio::serve),
    ("tokio-shards", tokio_shards::serve),
    ("tokio-threads", tokio_threads::serve),
    ("smol", smol::serve),
    ("std", std::serve),
    ("hyper", hyper::serve),
    ("axum", axum::serve),
    ("actix", actix::serve),
    ("may", may::serve),
    ("tungstenite", tungstenite::serve),
    ("fastwebsockets", fastwebsockets::serve),
    ("tokio-websockets", tokio_websockets::serve),
];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [name, port] = &arguments[..] else { return usage() };
    let Some((_, serve)) = SERVERS.iter().find(|(known, _)| known == name) else { return usage() };
    let Ok(port) = port.parse() else { return usage() };
    match serve((Ipv4Addr::LOCALHOST, port).into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serve {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    let names = SERVERS.map(|(name, _)| name).join(" | ");
    eprintln!("serve ({names}) PORT");
    ExitCode::FAILURE
}
