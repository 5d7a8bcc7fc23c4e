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
