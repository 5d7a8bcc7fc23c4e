//! Bodies that are read in more than one way.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::Arc;

use sanderling::drive::Error;
use sanderling::http::{Deadlines, Limits, Method, RequestTarget, Rule, StatusCode};
use sanderling_tests::woken::Woken;

use super::line::{Line, Writing, wait};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";

/// All of it may be too much, and is still there.
#[test]
fn nothing_that_was_read_is_lost() {
    for reads_parts in [false, true] {
        let line = Line::new(&[Writing::Takes], &[(Duration::ZERO, ANSWER)]);
        let mut connection = line.connection(Limits::default(), Deadlines::default());
        connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None).unwrap();
        wait(connection.finish()).unwrap();
        wait(connection.final_head()).unwrap();
        for _ in 0..2 {
            assert!(matches!(wait(connection.read_to_end(4)), Err(Error::ContentTooLarge)));
        }
        if reads_parts {
            assert_eq!(wait(connection.read()).unwrap().unwrap(), "0123456789");
        } else {
            assert_eq!(wait(connection.read_to_end(10)).unwrap(), b"0123456789");
        }
        assert_eq!(wait(connection.read()).unwrap(), None);
    }
}

/// Nobody has asked for another transfer coding than chunked, and what is still in one is not the content.
#[test]
fn what_is_in_a_transfer_coding_is_not_taken_for_the_content() {
    for (coding, body) in [
        ("gzip, chunked", "2\r\n\x1f\x08\r\n0\r\n\r\n"),
        ("gzip", "\x1f\x08"),
        ("chunked, gzip", "a"),
        ("chunked, identity", "1\r\na\r\n0\r\n\r\n"),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n{body}");
        let line = Line::new(&[Writing::Takes], &[(Duration::ZERO, answer.leak().as_bytes())]);
        let mut connection = line.connection(Limits::default(), Deadlines::default());
        connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None).unwrap();
        wait(connection.finish()).unwrap();
        assert_eq!(wait(connection.final_head()).unwrap().status(), StatusCode::OK);
        let read = wait(connection.read());
        assert!(matches!(read, Err(Error::Http(error)) if error.rule() == Rule::UnknownTransferCoding), "{read:?}");
    }
}

/// It was once the name of none.
#[test]
fn identity_is_no_coding() {
    let chunks = "2\r\nab\r\n0\r\n\r\n";
    for (coding, body) in [("identity", "ab"), ("Identity,identity", "ab"), ("identity, chunked", chunks)] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n{body}");
        let line = Line::new(&[Writing::Takes], &[(Duration::ZERO, answer.leak().as_bytes())]);
        let mut connection = line.connection(Limits::default(), Deadlines::default());
        connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None).unwrap();
        wait(connection.finish()).unwrap();
        wait(connection.final_head()).unwrap();
        assert_eq!(wait(connection.read_to_end(2)).unwrap(), b"ab", "{coding}");
    }
}

/// A server that sends many small pieces does not have the client's thread for itself.
#[test]
fn pieces_that_come_together_are_read_in_several_turns() {
    let pieces = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &*b"1\r\na\r\n".repeat(150)].concat();
    let line = Line::new(&[Writing::Takes], &[(Duration::ZERO, pieces.leak())]);
    let mut connection = line.connection(Limits::default(), Deadlines::default());
    connection.start(Method::GET, RequestTarget::Origin("/"), &[("Host", "a")], None).unwrap();
    wait(connection.finish()).unwrap();
    wait(connection.final_head()).unwrap();
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(Arc::clone(&woken));
    for turn in [64, 64] {
        for _ in 0..turn {
            let read = pin!(connection.read()).poll(&mut Context::from_waker(&waker));
            assert!(matches!(read, Poll::Ready(Ok(Some(data))) if data == "a"));
        }
        let before = woken.count();
        assert!(pin!(connection.read()).poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(woken.count(), before + 1);
    }
}
