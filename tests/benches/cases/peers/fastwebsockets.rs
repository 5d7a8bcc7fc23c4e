//! fastwebsockets, over tokio's traits.

use core::hint::black_box;

use fastwebsockets::{Frame, Payload, Role, WebSocket};

use super::line::Line;
use super::{Run, Task, complete, repeat};

pub(super) fn receive(task: &Task) -> Run {
    let expected = task.content();
    let mut socket = WebSocket::after_handshake(Line::endless(task.input).0, Role::Server);
    repeat(expected, move || {
        let mut content = 0;
        while content < expected {
            content += black_box(complete(socket.read_frame()).unwrap().payload).len();
        }
        content
    })
}

pub(super) fn send(task: &Task) -> Run {
    let payload = task.input;
    let (line, sent) = Line::endless(b"");
    let mut socket = WebSocket::after_handshake(line, Role::Server);
    complete(socket.write_frame(Frame::binary(Payload::Borrowed(payload)))).unwrap();
    repeat(sent.take() as usize, move || {
        complete(socket.write_frame(Frame::binary(Payload::Borrowed(black_box(payload))))).unwrap();
        sent.take() as usize
    })
}
