//! The example WebSocket client over blocking threads, in the manner of websocat.

#[path = "../../core/examples/ws/mod.rs"]
mod ws;

use std::io;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use sanderling_std::{Client, CloseCode, Closed, Error, Sender, WebSocket};
use ws::{Input, Options};

fn main() -> ExitCode {
    match Options::from_args() {
        Ok(options) => ws::end("ws-std", run(options)),
        Err(code) => code,
    }
}

fn run(options: Options) -> Result<Option<Closed>, Error> {
    let request = Client::new().websocket(&options.url).options(options.websocket);
    let request = options.fields.iter().fold(request, |request, (name, value)| request.field(name, value));
    let socket = request.open()?;
    if options.echo { echo(socket) } else { talk(socket, Input::new(options.kind)) }
}

fn echo(mut socket: WebSocket) -> Result<Option<Closed>, Error> {
    while let Some(message) = socket.recv()? {
        socket.send(message)?;
    }
    Ok(socket.closed())
}

/// Both directions at once, until the peer has closed.
fn talk(socket: WebSocket, input: Input) -> Result<Option<Closed>, Error> {
    let (mut receiver, sender) = socket.split()?;
    let (faults, fault) = mpsc::channel();
    // It may still wait for standard input when all is over; the end of the process ends it.
    thread::spawn(move || send(&sender, input, &faults));
    while let Some(part) = receiver.recv_part()? {
        ws::print(&part)?;
    }
    match fault.try_recv() {
        Ok(error) => Err(error.into()),
        Err(_) => Ok(receiver.closed()),
    }
}

/// Sends the messages and closes, unless there is nobody left to send to: why, the receiver says.
fn send(sender: &Sender, input: Input, faults: &mpsc::Sender<io::Error>) {
    for message in input {
        match message {
            Ok(message) => {
                if sender.send(message).is_err() {
                    return;
                }
            }
            Err(error) => {
                // Before the close, after which it is looked for.
                let _ = faults.send(error);
                break;
            }
        }
    }
    let _ = sender.close(CloseCode::NORMAL, "");
}
