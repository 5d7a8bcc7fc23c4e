//! Bodies that the server does not take, and the answer that says why.

use core::time::Duration;
use std::io::ErrorKind;

use sanderling::drive::{ClientConnection, Error};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, RequestTarget};

use super::line::{Line, Writing, wait};

const REFUSAL: &[u8] = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
const PART: [u8; 1000] = [b'a'; 1000];

fn uploading(line: Line, length: BodyLength, deadlines: Deadlines) -> ClientConnection<Line> {
    let mut connection = line.connection(Limits::default(), deadlines);
    connection.start(Method::PUT, RequestTarget::Origin("/"), &[("Host", "a")], Some(length)).unwrap();
    connection
}

/// The server has closed with octets unread: the write fails, and the answer is there all the same.
#[test]
fn an_answer_is_not_lost_with_the_last_write() {
    // Which write fails; the third is that of the last chunk.
    for (length, most) in [(BodyLength::Known(2000), 2), (BodyLength::Unknown, 3)] {
        for writes in 1..=most {
            let mut writing = vec![Writing::Takes; writes - 1];
            writing.push(Writing::Fails);
            let line = Line::new(&writing, &[(Duration::ZERO, REFUSAL)]).withheld();
            let mut connection = uploading(line, length, Deadlines::default());
            for write in 1..=2 {
                let is_wanted = wait(connection.write(&PART));
                assert_eq!(is_wanted.unwrap(), write < writes, "{length:?}, write {write} of {writes}");
            }
            if writes > 1 {
                wait(connection.finish()).unwrap();
            }
            assert_eq!(wait(connection.final_head()).unwrap().status().as_u16(), 413);
            assert_eq!(wait(connection.read_to_end(9)).unwrap(), b"no");
            assert!(!connection.can_reuse());
        }
    }
}

#[test]
fn without_an_answer_the_failure_is_what_is_said() {
    let line = Line::new(&[Writing::Takes, Writing::Fails], &[]).withheld();
    let mut connection = uploading(line, BodyLength::Unknown, Deadlines::default());
    assert!(wait(connection.write(&PART)).unwrap());
    let failed = wait(connection.write(&PART));
    assert!(matches!(&failed, Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionReset), "{failed:?}");
}

/// A request whose body is queued while its answer comes, to its end.
fn queued(line: Line, deadlines: Deadlines) -> (u16, Vec<u8>, usize) {
    let mut connection = uploading(line, BodyLength::Known(1000), deadlines);
    connection.queue(&PART).unwrap();
    connection.end().unwrap();
    let status = wait(connection.final_head()).unwrap().status().as_u16();
    let body = wait(connection.read_to_end(9)).unwrap();
    assert!(!connection.can_reuse());
    (status, body, connection.into_parts().0.written())
}

/// RFC 9112 section 9.5: the rest is not sent, also where the end of the connection is the end of the answer.
#[test]
fn what_is_refused_is_not_sent_to_the_end() {
    for refusal in [REFUSAL, b"HTTP/1.1 413 Too Large\r\n\r\nno"] {
        let line = Line::new(&[Writing::Blocks, Writing::Takes], &[(Duration::ZERO, refusal)]);
        assert_eq!(queued(line, Deadlines::default()), (413, b"no".to_vec(), 0));
    }
}

/// What the server leaves unread does not cut its answer short, as long as that goes on.
#[test]
fn an_answer_has_all_its_time_while_the_body_waits() {
    let mut deadlines = Deadlines::default();
    deadlines.write = Some(Duration::from_secs(5));
    deadlines.body = Some(Duration::from_secs(5));
    let at = Duration::from_secs;
    for head in ["200 OK", "413 Too Large"] {
        let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n").leak();
        let coming: [(_, &[u8]); 4] =
            [(at(1), head.as_bytes()), (at(4), b"2\r\nno\r\n"), (at(8), b"2\r\npe\r\n"), (at(12), b"0\r\n\r\n")];
        let (_, body, written) = queued(Line::new(&[Writing::Blocks], &coming), deadlines);
        assert_eq!((body, written), (b"nope".to_vec(), 0));
    }
    // One that stands still is late.
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let line = Line::new(&[Writing::Blocks], &[(at(1), head), (at(20), b"no")]);
    let mut connection = uploading(line, BodyLength::Known(1000), deadlines);
    connection.queue(&PART).unwrap();
    connection.end().unwrap();
    assert!(wait(connection.final_head()).is_ok());
    assert!(matches!(wait(connection.read_to_end(9)), Err(Error::TimedOut)));
}
