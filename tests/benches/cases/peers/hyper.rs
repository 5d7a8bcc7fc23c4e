//! hyper: its connection of a server, polled by hand.

use core::cell::Cell;
use core::convert::Infallible;
use core::hint::black_box;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::io::{self, IoSlice};

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};

use super::line::Line;
use super::{ANSWER, BODY, Run, Task, UPLOAD};

pub(super) fn cycle(task: &Task) -> Run {
    let task = task.clone();
    Box::new(move |rounds| {
        let (line, sent) = Line::new(b"", task.input, rounds, b"");
        let service = service_fn(|request: Request<Incoming>| async move {
            assert!(black_box(request.uri()).path().len() > 1);
            let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            Ok::<_, Infallible>(response)
        });
        let expected = ANSWER.len() as u64 * task.operations * rounds;
        let connection = Builder::new().pipeline_flush(true).serve_connection(line, service);
        poll_until(connection, || sent.get() >= expected);
        assert_eq!(sent.get(), expected);
    })
}

pub(super) fn chunks(task: &Task) -> Run {
    let task = task.clone();
    Box::new(move |rounds| {
        let (line, sent) = Line::new(UPLOAD, task.input, rounds, b"0\r\n\r\n");
        let content = Cell::new(0);
        let service = service_fn(|mut request: Request<Incoming>| {
            let content = &content;
            async move {
                while let Some(frame) = request.body_mut().frame().await {
                    content.set(content.get() + black_box(frame.unwrap().into_data().unwrap()).len() as u64);
                }
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }
        });
        poll_until(Builder::new().serve_connection(line, service), || sent.get() > 0);
        assert_eq!(content.get(), task.content() as u64 * rounds);
    })
}

fn poll_until<F: Future<Output = hyper::Result<()>>>(connection: F, is_done: impl Fn() -> bool) {
    let mut connection = pin!(connection);
    while !is_done() {
        assert!(connection.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}

/// The line does not end, because hyper takes that for a client that is gone while it is being answered.
impl Read for Line {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, mut room: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let octets = self.arrive(room.remaining());
        room.put_slice(octets);
        if octets.is_empty() { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

impl Write for Line {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.leave(&[IoSlice::new(octets)])))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.leave(slices)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
