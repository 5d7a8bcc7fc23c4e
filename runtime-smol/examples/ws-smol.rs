//! The example WebSocket client over smol, in the manner of websocat.

#[path = "../../core/examples/ws/mod.rs"]
mod ws;

use std::io;
use std::process::ExitCode;
use std::sync::mpsc;

use sanderling_smol::{Client, CloseCode, Closed, Error, Sender, WebSocket};
use smol::Unblock;
use smol::stream::StreamExt;
use ws::{Input, Options};

fn main() -> ExitCode {
    match Options::from_args() {
        Ok(options) => ws::end("ws-smol", smol::block_on(run(options))),
        Err(code) => code,
    }
}

async fn run(options: Options) -> Result<Option<Closed>, Error> {
    let request = Client::new().websocket(&options.url).options(options.websocket);
    let request = options.fields.iter().fold(request, |request, (name, value)| request.field(name, value));
    let socket = request.open().await?;
    if options.echo { echo(socket).await } else { talk(socket, Input::new(options.kind)).await }
}

async fn echo(mut socket: WebSocket) -> Result<Option<Closed>, Error> {
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(socket.closed())
}

/// Both directions at once, until the peer has closed.
async fn talk(socket: WebSocket, input: Input) -> Result<Option<Closed>, Error> {
    let (mut receiver, sender) = socket.split();
    let (faults, fault) = mpsc::channel();
    smol::spawn(send(sender, input, faults)).detach();
    while let Some(part) = receiver.recv_part().await? {
        ws::print(&part)?;
    }
    match fault.try_recv() {
        Ok(error) => Err(error.into()),
        Err(_) => Ok(receiver.closed()),
    }
}

/// Sends the messages and closes, unless there is nobody left to send to: why, the receiver says.
async fn send(sender: Sender, input: Input, faults: mpsc::Sender<io::Error>) {
    // Reads in a thread, one message ahead.
    let mut messages = Unblock::with_capacity(1, input);
    while let Some(message) = messages.next().await {
        match message {
            Ok(message) => {
                if sender.send(message).await.is_err() {
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
    let _ = sender.close(CloseCode::NORMAL, "").await;
}
