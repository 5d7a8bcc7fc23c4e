//! Bodies that are read in more than one way.

use core::time::Duration;

use sanderling::drive::Error;
use sanderling::http::{Deadlines, Limits, Method, RequestTarget};

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
