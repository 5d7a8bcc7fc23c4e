//! The third layer as a handler sees it: exchanges, served over a transport in memory.

use core::cell::Cell;
use core::future::poll_fn;
use core::hint::black_box;
use core::mem;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::rc::Rc;

use sanderling::Tick;
use sanderling::drive::{Driver, Exchange, Message, Service, Settings, Transport};
use sanderling::http::StatusCode;

use super::{ANSWER, BODY, CLOSE, HANDSHAKE, Run, Task, UPLOAD};

pub(super) fn cycle(task: &Task) -> Run {
    let task = task.clone();
    Box::new(move |rounds| {
        let sent = serve(b"", task.input, rounds, b"", |exchange| async move {
            assert!(black_box(exchange.request().target()).path().len() > 1);
            exchange.respond(StatusCode::OK, &[("Content-Type", "text/plain")], BODY).await.unwrap();
        });
        assert_eq!(sent, ANSWER.len() as u64 * task.operations * rounds);
    })
}

pub(super) fn chunks(task: &Task) -> Run {
    let task = task.clone();
    Box::new(move |rounds| {
        let content = Cell::new(0);
        serve(UPLOAD, task.input, rounds, b"0\r\n\r\n", |mut exchange| {
            let content = &content;
            async move {
                while let Some(data) = exchange.read().await.unwrap() {
                    content.set(content.get() + black_box(data).len() as u64);
                }
            }
        });
        assert_eq!(content.get(), task.content() as u64 * rounds);
    })
}

pub(super) fn echo(task: &Task) -> Run {
    let task = task.clone();
    Box::new(move |rounds| {
        let content = Cell::new(0);
        serve(HANDSHAKE, task.input, rounds, CLOSE, |exchange| {
            let content = &content;
            async move {
                let mut socket = exchange.websocket().unwrap();
                // What the handler sends before it has waited once leaves at once.
                let mut has_waited = false;
                poll_fn(|_| if mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
                while let Some(message) = socket.recv().await.unwrap() {
                    if let Message::Binary(payload) = &message {
                        content.set(content.get() + black_box(payload).len() as u64);
                    }
                    socket.send(message).await.unwrap();
                }
            }
        });
        assert_eq!(content.get(), task.content() as u64 * rounds);
    })
}

/// Serves one connection to its end, and says how many octets it sent.
fn serve<F: Future>(
    opening: &'static [u8],
    round: &'static [u8],
    rounds: u64,
    closing: &'static [u8],
    handler: impl Fn(Exchange<Memory>) -> F,
) -> u64 {
    let sent = Rc::new(Cell::new(0));
    let transport = Memory { rest: opening, round, rounds, closing, sent: sent.clone() };
    let service = Service::new(Settings::default(), handler);
    let mut serve = pin!(Service::serve(&service, transport, service.settings().shutdown.join()));
    while serve.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
    sent.get()
}

/// Input that is always there, and output that always leaves.
struct Memory {
    /// What is left of the read that is under way.
    rest: &'static [u8],
    round: &'static [u8],
    rounds: u64,
    closing: &'static [u8],
    sent: Rc<Cell<u64>>,
}

impl Transport for Memory {
    type Sleep = core::future::Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let len = driver.output().map(|slice| black_box(slice).len()).sum();
        if len > 0 {
            driver.written(len, Tick::ZERO);
            self.sent.set(self.sent.get() + len as u64);
        }
        if driver.wants_shutdown() {
            driver.write_closed(Tick::ZERO);
        }
        if driver.wants_read() {
            if self.rest.is_empty() && self.rounds > 0 {
                (self.rest, self.rounds) = (self.round, self.rounds - 1);
            } else if self.rest.is_empty() {
                self.rest = core::mem::take(&mut self.closing);
            }
            let room = driver.room();
            let (now, later) = self.rest.split_at(room.len().min(self.rest.len()));
            room[..now.len()].copy_from_slice(now);
            driver.received(now.len());
            self.rest = later;
        }
        Poll::Ready(Ok(()))
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn is_readable(&mut self) -> bool {
        true
    }

    fn now(&self) -> Tick {
        Tick::ZERO
    }

    fn sleep(&self, _: Duration) -> Self::Sleep {
        core::future::pending()
    }

    fn unix_time(&self) -> u64 {
        784_111_777
    }
}
