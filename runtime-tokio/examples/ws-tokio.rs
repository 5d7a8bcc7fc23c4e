//! The example WebSocket client over tokio, in the manner of websocat.

#[path = "../../core/examples/ws/mod.rs"]
mod ws;

use std::io;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use sanderling_tokio::{Client, CloseCode, Closed, Error, Message, Sender, WebSocket};
use tokio::sync::mpsc::Receiver;
use ws::{Input, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Options::from_args() {
        Ok(options) => ws::end("ws-tokio", run(options).await),
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
    tokio::spawn(send(sender, lines(input), faults));
    while let Some(part) = receiver.recv_part().await? {
        ws::print(&part)?;
    }
    match fault.try_recv() {
        Ok(error) => Err(error.into()),
        Err(_) => Ok(receiver.closed()),
    }
}

/// Sends the messages and closes, unless there is nobody left to send to: why, the receiver says.
async fn send(sender: Sender, mut messages: Receiver<io::Result<Message>>, faults: mpsc::Sender<io::Error>) {
    while let Some(message) = messages.recv().await {
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

/// A thread may wait for standard input, and for room for what it has read.
fn lines(input: Input) -> Receiver<io::Result<Message>> {
    let (lines, messages) = tokio::sync::mpsc::channel(1);
    thread::spawn(move || {
        for message in input {
            if lines.blocking_send(message).is_err() {
                break;
            }
        }
    });
    messages
}
