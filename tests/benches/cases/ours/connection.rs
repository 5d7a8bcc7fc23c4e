//! The second layer: connections on the caller's buffers. Copying the input in is what a read does.

use core::hint::black_box;

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, StatusCode};
use sanderling::semantics::HttpDate;
use sanderling::ws::{self, MessageKind};

use super::{ANSWER, BODY, Run, Task, UPLOAD, repeat};

const NOW: Tick = Tick::ZERO;

pub(super) fn cycle(task: &Task) -> Run {
    let (input, mut buffer, mut out) = (task.input, task.input.to_vec(), vec![0; 8192]);
    let mut connection = Connection::new(Limits::default(), Deadlines::default(), NOW);
    connection.set_date(Some(*HttpDate::from_unix(784_111_777).as_bytes()));
    repeat(ANSWER.len() * task.operations as usize, move || {
        buffer.copy_from_slice(black_box(input));
        let (mut at, mut sent) = (0, 0);
        loop {
            let (used, event) = connection.receive(&mut buffer[at..], NOW).unwrap();
            at += used;
            match event {
                Event::Request(head) => assert!(black_box(head.target()).path().len() > 1),
                Event::End => {
                    let length = BodyLength::Known(BODY.len() as u64);
                    let fields = [("Content-Type", "text/plain")];
                    sent += connection.respond(StatusCode::OK, &fields, length, &mut out[sent..]).unwrap();
                    sent += connection.send_data(BODY.as_bytes(), &mut out[sent..]).unwrap();
                    sent += connection.finish(sanderling::http::NO_FIELDS, &mut out[sent..]).unwrap();
                }
                Event::NeedInput => break,
                event => panic!("{event:?}"),
            }
        }
        connection.handle_written(black_box(&out[..sent]).len(), 0, NOW);
        sent
    })
}

pub(super) fn chunks(task: &Task) -> Run {
    let (input, mut buffer) = (task.input, task.input.to_vec());
    let mut connection = Connection::new(Limits::default(), Deadlines::default(), NOW);
    assert!(matches!(connection.receive(&mut UPLOAD.to_vec(), NOW), Ok((_, Event::Request(_)))));
    repeat(task.content(), move || {
        buffer.copy_from_slice(black_box(input));
        let (mut at, mut content) = (0, 0);
        loop {
            let (used, event) = connection.receive(&mut buffer[at..], NOW).unwrap();
            at += used;
            match event {
                Event::Data(data) => content += black_box(data).len(),
                Event::NeedInput => return content,
                event => panic!("{event:?}"),
            }
        }
    })
}

pub(super) fn receive(task: &Task) -> Run {
    let (input, mut buffer) = (task.input, task.input.to_vec());
    let mut connection = ws::Connection::server(ws::Limits::default(), ws::Deadlines::default());
    repeat(task.content(), move || {
        buffer.copy_from_slice(black_box(input));
        let (mut at, mut content) = (0, 0);
        loop {
            let (used, event) = connection.receive(&mut buffer[at..], NOW).unwrap();
            at += used;
            match event {
                ws::Event::Data { payload, .. } => content += black_box(payload).len(),
                ws::Event::NeedInput => return content,
                event => panic!("{event:?}"),
            }
        }
    })
}

pub(super) fn send(task: &Task) -> Run {
    let (payload, mut out) = (task.input, vec![0; task.input.len() + 14]);
    let mut connection = ws::Connection::server(ws::Limits::default(), ws::Deadlines::default());
    let header = connection.send_data(MessageKind::Binary, payload, true, &mut out).unwrap() - payload.len();
    repeat(payload.len() + header, move || {
        let sent = connection.send_data(MessageKind::Binary, black_box(payload), true, &mut out).unwrap();
        black_box(&out[..sent]).len()
    })
}
