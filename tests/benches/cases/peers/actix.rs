//! actix-http: its service for HTTP/1, on a thread of tokio's as it needs for its clock.

use core::cell::Cell;
use core::convert::Infallible;
use core::hint::black_box;
use std::rc::Rc;

use actix_http::{HttpService, Request, Response, StatusCode};
use actix_service::{Service, ServiceFactory, fn_service};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use super::line::Line;
use super::{ANSWER, BODY, Run, Task, UPLOAD};

pub(super) fn cycle(task: &Task) -> Run {
    let (task, runtime) = (task.clone(), runtime());
    Box::new(move |rounds| {
        let (line, sent) = Line::new(b"", task.input, rounds, b"");
        LocalSet::new().block_on(&runtime, async {
            let service = fn_service(|request: Request| async move {
                assert!(black_box(request.path()).len() > 1);
                let response = Response::build(StatusCode::OK).insert_header(("content-type", "text/plain")).body(BODY);
                Ok::<_, Infallible>(response)
            });
            let handler = HttpService::build().h1(service).new_service(()).await.unwrap();
            handler.call((line, None)).await.unwrap();
        });
        assert_eq!(sent.get(), ANSWER.len() as u64 * task.operations * rounds);
    })
}

pub(super) fn chunks(task: &Task) -> Run {
    let (task, runtime) = (task.clone(), runtime());
    Box::new(move |rounds| {
        let (line, _) = Line::new(UPLOAD, task.input, rounds, b"0\r\n\r\n");
        let content = Rc::new(Cell::new(0));
        let count = Rc::clone(&content);
        LocalSet::new().block_on(&runtime, async {
            let service = fn_service(move |mut request: Request| {
                let content = Rc::clone(&count);
                async move {
                    let mut payload = request.take_payload();
                    while let Some(data) = payload.next().await {
                        content.set(content.get() + black_box(data.unwrap()).len() as u64);
                    }
                    Ok::<_, Infallible>(Response::ok())
                }
            });
            let handler = HttpService::build().h1(service).new_service(()).await.unwrap();
            handler.call((line, None)).await.unwrap();
        });
        assert_eq!(content.get(), task.content() as u64 * rounds);
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}
