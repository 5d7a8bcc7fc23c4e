//! The example chat over tokio. Start it and open the page that it names in several browsers.

#[path = "../../core/examples/chat/mod.rs"]
mod chat;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use chat::{Room, Seat};
use sanderling_tokio::{CloseCode, Error, Exchange, Message, Receiver, Sender, Server, StatusCode, Text};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> ExitCode {
    let address = match chat::address() {
        Ok(address) => address,
        Err(code) => return code,
    };
    match run(address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat-tokio: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(address: SocketAddr) -> std::io::Result<()> {
    let server = Server::bind(address).await?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let handle = server.handle();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        handle.shut_down();
    });
    println!("listening on http://{}/", server.local_addr()?);
    let room = Arc::new(Room::default());
    server.serve(move |exchange| answer(exchange, Arc::clone(&room))).await
}

async fn answer(exchange: Exchange, room: Arc<Room>) -> Result<(), Error> {
    let request = exchange.request();
    let target = request.target();
    match (target.path(), chat::name(target.query().unwrap_or_default())) {
        ("/", _) => exchange.respond(StatusCode::OK, &[("Content-Type", "text/html; charset=utf-8")], chat::PAGE).await,
        ("/ws", Some(name)) => converse(exchange, &room, &name).await,
        ("/ws", None) => plain(exchange, StatusCode::BAD_REQUEST).await,
        _ => plain(exchange, StatusCode::NOT_FOUND).await,
    }
}

async fn plain(exchange: Exchange, status: StatusCode) -> Result<(), Error> {
    exchange.respond(status, &[("Content-Type", "text/plain")], status.reason()).await
}

async fn converse(exchange: Exchange, room: &Arc<Room>, name: &str) -> Result<(), Error> {
    let mut socket = exchange.websocket_with(&chat::websocket_options(), &[])?;
    let (queue, lines) = mpsc::channel(chat::QUEUE);
    let Some(seat) = room.enter(name, move |line| queue.try_send(line).is_ok()) else {
        return socket.close(CloseCode::TRY_AGAIN_LATER, "the room is full").await;
    };
    let (receiver, sender) = socket.split();
    let told = tokio::spawn(tell(sender.clone(), lines));
    let listened = listen(receiver, &sender, seat).await;
    // It fails only if it has panicked, which was said then.
    let _ = told.await;
    listened
}

/// Says what the member sends, until it leaves.
async fn listen(mut receiver: Receiver, sender: &Sender, seat: Seat) -> Result<(), Error> {
    while let Some(message) = receiver.recv().await? {
        match message {
            Message::Text(text) => seat.say(&text),
            Message::Binary(_) => sender.close(CloseCode::UNSUPPORTED, "only text is said here").await?,
        }
        // Those that listen to one who says much at once are to have their turn.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Sends the lines to the member. They end when it has left, and then closing changes nothing; or when it
/// was too slow.
async fn tell(sender: Sender, mut lines: mpsc::Receiver<Text>) {
    while let Some(line) = lines.recv().await {
        if sender.send_text(line).await.is_err() {
            // The receiver is told why.
            return;
        }
    }
    let _ = sender.close(CloseCode::TRY_AGAIN_LATER, "too slow for this room").await;
}
