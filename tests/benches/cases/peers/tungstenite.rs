//! tungstenite, over `std::io`.

use core::hint::black_box;

use tungstenite::protocol::Role;
use tungstenite::{Bytes, Message, WebSocket};

use super::line::Line;
use super::{Run, Task, repeat};

pub(super) fn receive(task: &Task) -> Run {
    let expected = task.content();
    let mut socket = WebSocket::from_raw_socket(Line::endless(task.input).0, Role::Server, None);
    repeat(expected, move || {
        let mut content = 0;
        while content < expected {
            content += black_box(socket.read().unwrap().into_data()).len();
        }
        content
    })
}

pub(super) fn send(task: &Task) -> Run {
    let payload = Bytes::from_static(task.input);
    let (line, sent) = Line::endless(b"");
    let mut socket = WebSocket::from_raw_socket(line, Role::Server, None);
    socket.send(Message::Binary(payload.clone())).unwrap();
    repeat(sent.take() as usize, move || {
        socket.send(Message::Binary(black_box(&payload).clone())).unwrap();
        sent.take() as usize
    })
}
