//! web-socket, over tokio's traits. It reads by small pieces, so that it is given a buffer, as its examples do.

use core::hint::black_box;

use tokio::io::BufReader;
use web_socket::{Event, WebSocket};

use super::line::Line;
use super::{Run, Task, complete, repeat};

pub(super) fn receive(task: &Task) -> Run {
    let expected = task.content();
    let mut socket = WebSocket::server(BufReader::new(Line::endless(task.input).0));
    repeat(expected, move || {
        let mut content = 0;
        while content < expected {
            match complete(socket.recv()).unwrap() {
                Event::Data { data, .. } => content += black_box(data).len(),
                event => panic!("{event:?}"),
            }
        }
        content
    })
}

pub(super) fn send(task: &Task) -> Run {
    let payload = task.input;
    let (line, sent) = Line::endless(b"");
    let mut socket = WebSocket::server(line);
    complete(socket.send(payload)).unwrap();
    repeat(sent.take() as usize, move || {
        complete(socket.send(black_box(payload))).unwrap();
        sent.take() as usize
    })
}
