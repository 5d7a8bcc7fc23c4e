//! The third layer: drivers, which own the buffers. They are pumped as an adapter does it.

use core::hint::black_box;
use core::task::Poll;

use bytes::BufMut;
use sanderling::Tick;
use sanderling::drive::{Driver, Message, ServerDriver, WebSocketDriver, WebSocketOptions};
use sanderling::http::{Deadlines, Limits, StatusCode};

use super::{ANSWER, BODY, Run, Task, UPLOAD, repeat};

const NOW: Tick = Tick::ZERO;

pub(super) fn cycle(task: &Task) -> Run {
    let (input, operations) = (task.input, task.operations);
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    repeat(ANSWER.len() * operations as usize, move || {
        let (mut rest, mut answered, mut sent) = (black_box(input), 0, 0);
        while answered < operations {
            driver.set_unix_time(784_111_777);
            match driver.poll_request(NOW) {
                Poll::Ready(more) => {
                    assert!(more && black_box(driver.request().unwrap().target()).path().len() > 1);
                    driver.respond(StatusCode::OK, &[("Content-Type", "text/plain")], BODY).unwrap();
                    driver.end_exchange();
                    answered += 1;
                }
                Poll::Pending => read(&mut driver, &mut rest),
            }
        }
        sent += write(&mut driver);
        sent
    })
}

pub(super) fn chunks(task: &Task) -> Run {
    let (input, expected) = (task.input, task.content());
    let mut driver = ServerDriver::new(Limits::default(), Deadlines::default(), NOW);
    assert!(driver.poll_request(NOW).is_pending());
    read(&mut driver, &mut &*UPLOAD);
    assert_eq!(driver.poll_request(NOW), Poll::Ready(true));
    repeat(expected, move || {
        let (mut rest, mut content) = (black_box(input), 0);
        while content < expected {
            match driver.poll_data(NOW) {
                Poll::Ready(data) => content += black_box(data.unwrap().unwrap()).len(),
                Poll::Pending => read(&mut driver, &mut rest),
            }
        }
        content
    })
}

pub(super) fn receive(task: &Task) -> Run {
    let (input, expected) = (task.input, task.content());
    let mut driver = WebSocketDriver::server(&WebSocketOptions::default(), &[]);
    repeat(expected, move || {
        let (mut rest, mut content) = (black_box(input), 0);
        while content < expected {
            match driver.poll_message(NOW) {
                Poll::Ready(Ok(Some(Message::Binary(payload)))) => content += black_box(payload).len(),
                Poll::Ready(other) => panic!("{other:?}"),
                Poll::Pending => read(&mut driver, &mut rest),
            }
        }
        content
    })
}

pub(super) fn send(task: &Task) -> Run {
    let payload = task.input;
    let mut driver = WebSocketDriver::server(&WebSocketOptions::default(), &[]);
    driver.send_binary(payload).unwrap();
    repeat(write(&mut driver), move || {
        driver.send_binary(black_box(payload)).unwrap();
        write(&mut driver)
    })
}

/// Reads as much as the driver has room for, as over a socket of tokio's.
fn read(driver: &mut impl Driver, rest: &mut &[u8]) {
    let mut room = driver.spare();
    let (now, later) = rest.split_at(room.remaining_mut().min(rest.len()));
    room.put_slice(now);
    drop(room);
    driver.received(now.len());
    *rest = later;
}

/// Takes all output.
fn write(driver: &mut impl Driver) -> usize {
    let len = driver.output().map(|slice| black_box(slice).len()).sum();
    driver.written(len, NOW);
    len
}
