//! tokio-websockets, over tokio's traits.

use core::hint::black_box;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_websockets::{Message, ServerBuilder};

use super::line::Line;
use super::{Run, Task, complete, repeat};

pub(super) fn receive(task: &Task) -> Run {
    let expected = task.content();
    let mut socket = ServerBuilder::new().serve(Line::endless(task.input).0);
    repeat(expected, move || {
        let mut content = 0;
        while content < expected {
            content += black_box(complete(socket.next()).unwrap().unwrap().into_payload()).len();
        }
        content
    })
}

pub(super) fn send(task: &Task) -> Run {
    let payload = Bytes::from_static(task.input);
    let (line, sent) = Line::endless(b"");
    let mut socket = ServerBuilder::new().serve(line);
    complete(socket.send(Message::binary(payload.clone()))).unwrap();
    repeat(sent.take() as usize, move || {
        complete(socket.send(Message::binary(black_box(&payload).clone()))).unwrap();
        sent.take() as usize
    })
}
