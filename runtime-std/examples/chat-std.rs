//! The example chat over blocking threads. Start it and open the page that it names in several browsers.

#[path = "../../core/examples/chat/mod.rs"]
mod chat;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;

use chat::{Room, Seat};
use sanderling_std::{CloseCode, Error, Exchange, Message, Receiver, Sender, Server, StatusCode, Text};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// One for each member, and some for those that look at the page.
const THREADS: usize = chat::MEMBERS + 64;

fn main() -> ExitCode {
    let address = match chat::address() {
        Ok(address) => address,
        Err(code) => return code,
    };
    match run(address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat-std: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: SocketAddr) -> std::io::Result<()> {
    let server = Server::bind(address)?.threads(THREADS);
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let handle = server.handle();
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            handle.shut_down();
        }
    });
    println!("listening on http://{}/", server.local_addr()?);
    let room = Arc::new(Room::default());
    server.serve(move |exchange| answer(exchange, &room))
}

fn answer(exchange: Exchange, room: &Arc<Room>) -> Result<(), Error> {
    let request = exchange.request();
    let target = request.target();
    match (target.path(), chat::name(target.query().unwrap_or_default())) {
        ("/", _) => exchange.respond(StatusCode::OK, &[("Content-Type", "text/html; charset=utf-8")], chat::PAGE),
        ("/ws", Some(name)) => converse(exchange, room, &name),
        ("/ws", None) => plain(exchange, StatusCode::BAD_REQUEST),
        _ => plain(exchange, StatusCode::NOT_FOUND),
    }
}

fn plain(exchange: Exchange, status: StatusCode) -> Result<(), Error> {
    exchange.respond(status, &[("Content-Type", "text/plain")], status.reason())
}

fn converse(exchange: Exchange, room: &Arc<Room>, name: &str) -> Result<(), Error> {
    let mut socket = exchange.websocket_with(&chat::websocket_options(), &[])?;
    let (queue, lines) = mpsc::sync_channel(chat::QUEUE);
    let Some(seat) = room.enter(name, move |line| queue.try_send(line).is_ok()) else {
        return socket.close(CloseCode::TRY_AGAIN_LATER, "the room is full");
    };
    let (receiver, sender) = socket.split()?;
    thread::scope(|scope| {
        scope.spawn(|| tell(&sender, lines));
        listen(receiver, &sender, seat)
    })
}

/// Says what the member sends, until it leaves.
fn listen(mut receiver: Receiver, sender: &Sender, seat: Seat) -> Result<(), Error> {
    while let Some(message) = receiver.recv()? {
        match message {
            Message::Text(text) => seat.say(&text),
            Message::Binary(_) => sender.close(CloseCode::UNSUPPORTED, "only text is said here")?,
        }
        // Those that listen to one who says much at once are to have their turn.
        thread::yield_now();
    }
    Ok(())
}

/// Sends the lines to the member. They end when it has left, and then closing changes nothing; or when it
/// was too slow.
fn tell(sender: &Sender, lines: mpsc::Receiver<Text>) {
    for line in lines {
        if sender.send_text(line).is_err() {
            // The receiver is told why.
            return;
        }
    }
    let _ = sender.close(CloseCode::TRY_AGAIN_LATER, "too slow for this room");
}
