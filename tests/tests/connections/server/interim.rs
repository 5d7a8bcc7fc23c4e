//! Interim responses (RFC 9110 section 15.2).

use sanderling::http::BodyLength::Known;
use sanderling::http::{FieldLine, SendError};

use super::served::{GET, NO_CONTENT, Served};

#[test]
fn as_many_as_the_application_likes_before_the_final_one() {
    let mut served = Served::new();
    served.receive(GET);
    let link = [FieldLine::new("Link", "</a>")];
    assert_eq!(served.interim(103, &link).unwrap(), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    assert_eq!(served.interim(199, &[]).unwrap(), "HTTP/1.1 199 \r\n\r\n");
    assert_eq!(served.answer(), NO_CONTENT);
}

#[test]
fn no_final_status_and_no_101() {
    let mut served = Served::new();
    served.receive(GET);
    for status in [101, 200, 204, 304, 404, 999] {
        assert_eq!(served.interim(status, &[]), Err(SendError::Status), "{status}");
    }
    for field in [FieldLine::new("Content-Length", "0"), FieldLine::new("Transfer-Encoding", "chunked")] {
        assert_eq!(served.interim(103, &[field]), Err(SendError::FramingField));
    }
    assert_eq!(served.interim(103, &[FieldLine::new("A", "\r")]), Err(SendError::FieldValue));
    assert_eq!(served.answer(), NO_CONTENT);
}

/// RFC 9112 section 9.6: what was said is done.
#[test]
fn one_that_says_close_makes_the_answer_the_last() {
    let mut served = Served::new();
    served.receive(&format!("{GET}{GET}"));
    served.interim(103, &[FieldLine::new("Connection", "close")]).unwrap();
    let last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(served.respond(200, &[], Known(0)).unwrap(), last);
    served.finish(&[]).unwrap();
    assert!(served.connection.is_write_closed());
    assert_eq!(served.receive(""), "closed");
}

#[test]
fn only_where_an_answer_is_due() {
    let mut served = Served::new();
    let out_of_turn = Err(SendError::OutOfTurn);
    assert_eq!(served.interim(103, &[]), out_of_turn);
    served.receive(GET);
    served.respond(200, &[], Known(0)).unwrap();
    assert_eq!(served.interim(103, &[]), out_of_turn);
    served.finish(&[]).unwrap();
    assert_eq!(served.interim(103, &[]), out_of_turn);
}

#[test]
fn a_client_of_the_older_version_is_sent_none() {
    let mut served = Served::new();
    served.receive("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(served.interim(103, &[FieldLine::new("A", "b")]).unwrap(), "");
    assert_eq!(served.interim(200, &[]), Err(SendError::Status));
    assert!(served.connection.can_respond());
}
