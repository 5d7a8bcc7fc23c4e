//! The example WebSocket client over smol, in the manner of websocat.

#[path = "../../core/examples/ws/mod.rs"]
mod ws;

use std::io;
use std::pin::pin;
use std::process::ExitCode;

use sanderling_smol::{Client, CloseCode, Closed, Error, Sender, WebSocket};
use smol::Unblock;
use smol::future;
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
    let mut receive = pin!(async {
        while let Some(part) = receiver.recv_part().await? {
            ws::print(&part)?;
        }
        Ok(receiver.closed())
    });
    let mut sent = None;
    let send = async {
        sent = Some(send(&sender, input).await);
        future::pending().await
    };
    let closed = future::or(&mut receive, send).await;
    sent.transpose()?;
    closed
}

/// Sends the messages and closes, unless there is nobody left to send to: why, the receiver says.
async fn send(sender: &Sender, input: Input) -> io::Result<()> {
    // Reads in a thread, one message ahead.
    let mut messages = Unblock::with_capacity(1, input);
    let mut read = Ok(());
    while let Some(message) = messages.next().await {
        match message {
            Ok(message) => {
                if sender.send(message).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) => {
                read = Err(error);
                break;
            }
        }
    }
    let _ = sender.close(CloseCode::NORMAL, "").await;
    read
}
