//! What others wrote, each used as its documentation shows and recommends for speed.

mod actix;
mod fastwebsockets;
mod floor;
mod httparse;
mod hyper;
mod line;
mod text;
mod tokio_websockets;
mod tungstenite;
mod web_socket;

use core::pin::pin;
use core::task::{Context, Poll, Waker};

use super::ours::{ANSWER, BODY, UPLOAD};
use super::{Group, Kind, Run, Subject, Task, repeat};

fn peer(name: &'static str, prepare: fn(&Task) -> Run) -> Subject {
    Subject { name, kind: Kind::Peer, prepare }
}

fn floor(name: &'static str, prepare: fn(&Task) -> Run) -> Subject {
    Subject { name, kind: Kind::Floor, prepare }
}

pub(super) fn subjects(group: Group) -> Vec<Subject> {
    const HTTPARSE: &str = "httparse";
    const UNINIT: &str = "httparse, uninit";
    match group {
        Group::RequestHead => vec![peer(HTTPARSE, httparse::request_head), peer(UNINIT, httparse::request_head_uninit)],
        Group::RequestFields => vec![peer(UNINIT, httparse::request_fields)],
        Group::ResponseHead => {
            vec![peer(HTTPARSE, httparse::response_head), peer(UNINIT, httparse::response_head_uninit)]
        }
        Group::Cycle => vec![
            peer("hyper", hyper::cycle),
            peer("actix-http", actix::cycle),
            floor("httparse and fixed octets", httparse::cycle),
        ],
        Group::Chunk => vec![peer("hyper", hyper::chunks), peer("actix-http", actix::chunks)],
        Group::Receive => vec![
            peer("tungstenite", tungstenite::receive),
            peer("fastwebsockets", fastwebsockets::receive),
            peer("tokio-websockets", tokio_websockets::receive),
            peer("web-socket", web_socket::receive),
            floor("copy and XOR", floor::receive),
        ],
        Group::Send => vec![
            peer("tungstenite", tungstenite::send),
            peer("fastwebsockets", fastwebsockets::send),
            peer("tokio-websockets", tokio_websockets::send),
            peer("web-socket", web_socket::send),
        ],
        Group::Echo => Vec::new(),
        Group::Utf8 => vec![peer("std", text::std), peer("simdutf8", text::simd)],
    }
}

/// Polls a future until it is ready. Nothing here has to be waited for.
fn complete<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
