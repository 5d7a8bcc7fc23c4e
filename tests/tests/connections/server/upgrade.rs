//! Where the connection changes hands (RFC 9110 sections 7.8, 9.3.6 and 15.2.2), and where not.

use sanderling::http::BodyLength::Known;
use sanderling::http::SendError;

use super::served::{CONNECT, GET, NO_CONTENT, Served, UPGRADE};

const OUT_OF_TURN: Result<String, SendError> = Err(SendError::OutOfTurn);
const WITH_BODY: &str = "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: b\r\nContent-Length: 5\r\n\r\n";

#[test]
fn an_offer_is_taken() {
    let mut served = Served::new();
    served.connection.set_date(Some(*b"Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(served.receive(&format!("{UPGRADE}{GET}")), "GET /, end, paused");
    let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: b\r\nDate: Sun, 06 Nov 1994 \
                  08:49:37 GMT\r\n\r\n";
    assert_eq!(served.upgrade().unwrap(), answer);
    assert!(served.connection.is_tunnel() && !served.connection.can_respond());
    assert_eq!(served.receive(""), "tunnel");
    assert_eq!(served.left(), GET.len(), "what follows is the new protocol's");
    assert_eq!(served.upgrade(), OUT_OF_TURN);
    assert_eq!(served.respond(200, &[], Known(0)), OUT_OF_TURN);
    assert_eq!(served.interim(103, &[]), OUT_OF_TURN);
    assert_eq!(served.send("a"), OUT_OF_TURN);
    assert_eq!(served.finish(&[]), OUT_OF_TURN);
}

#[test]
fn an_offer_is_turned_down() {
    let mut served = Served::new();
    assert_eq!(served.receive(&format!("{UPGRADE}{GET}")), "GET /, end, paused");
    assert_eq!(served.step(""), "paused");
    assert!(!served.connection.wants_read());
    assert_eq!(served.answer(), NO_CONTENT);
    assert!(served.connection.wants_read() && served.connection.is_idle());
    assert_eq!(served.receive(""), "GET /, end, needs input");
    assert_eq!(served.upgrade(), OUT_OF_TURN, "the offer was another request's");
}

#[test]
fn an_offer_is_turned_down_before_it_is_complete() {
    let mut served = Served::new();
    assert_eq!(served.receive(WITH_BODY), "POST /, needs input");
    assert_eq!(served.answer(), NO_CONTENT);
    assert_eq!(served.receive(&format!("abcde{GET}")), "data abcde, end, GET /, end, needs input");
}

/// RFC 9110 section 7.8: 100 comes before 101.
#[test]
fn a_client_that_expects_100_gets_it_first() {
    let both = WITH_BODY.replace("Content-Length", "Expect: 100-continue\r\nContent-Length");
    let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n";
    let mut served = Served::new();
    served.receive(&format!("{both}abcde"));
    assert_eq!(served.upgrade().unwrap(), format!("HTTP/1.1 100 Continue\r\n\r\n{switching}"));

    let mut served = Served::new();
    served.receive(&both);
    served.interim(100, &[]).unwrap();
    served.receive("abcde");
    assert_eq!(served.upgrade().unwrap(), switching, "it had one already");
}

#[test]
fn the_new_protocol_is_named() {
    let mut served = Served::new();
    served.receive(UPGRADE);
    let unnamed = served.connection.upgrade(&[("Sec-WebSocket-Accept", "b")], &mut [0; 512]);
    assert_eq!(unnamed, Err(SendError::Upgrade));
    assert!(served.upgrade().is_ok());
}

#[test]
fn only_what_was_offered_and_is_complete() {
    let mut served = Served::new();
    assert_eq!(served.upgrade(), OUT_OF_TURN, "nothing was asked");

    served.receive(GET);
    assert_eq!(served.upgrade(), OUT_OF_TURN, "nothing was offered");

    let mut served = Served::new();
    served.receive(CONNECT);
    assert_eq!(served.upgrade(), OUT_OF_TURN, "a tunnel is no upgrade");

    let mut served = Served::new();
    served.receive(WITH_BODY);
    assert_eq!(served.upgrade(), OUT_OF_TURN, "the body has not come");
    assert_eq!(served.receive("abcde"), "data abcde, end, paused");
    assert!(served.upgrade().is_ok());

    let mut served = Served::new();
    served.receive(&format!("{GET}{UPGRADE}"));
    assert_eq!(served.upgrade(), OUT_OF_TURN, "another is to be answered before");
    served.answer();
    assert!(served.upgrade().is_ok());
}

#[test]
fn a_refusal_leaves_all_as_it_was() {
    let mut served = Served::new();
    served.receive(UPGRADE);
    let len = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n".len();
    let short = served.connection.upgrade(&[("Upgrade", "b")], &mut vec![0; len - 1]);
    assert_eq!(short, Err(SendError::TooSmall { required: len }));
    let framed = served.connection.upgrade(&[("Content-Length", "0")], &mut [0; 512]);
    assert_eq!(framed, Err(SendError::FramingField));
    assert!(!served.connection.is_tunnel() && served.connection.can_respond());
    assert_eq!(served.connection.upgrade(&[("Upgrade", "b")], &mut vec![0; len]), Ok(len));
}

#[test]
fn a_tunnel_opens_with_the_answer() {
    let mut served = Served::new();
    assert_eq!(served.receive(&format!("{CONNECT}\0\0")), "CONNECT a:80, end, paused");
    assert_eq!(served.respond(200, &[], Known(0)).unwrap(), "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(served.receive(""), "tunnel");
    assert_eq!(served.left(), 2);
    assert!(!served.connection.is_write_closed() && served.connection.deadline().is_none());
}

#[test]
fn what_comes_behind_a_tunnel_that_is_refused_is_no_request() {
    let mut served = Served::new();
    served.receive(&format!("{CONNECT}{GET}"));
    let refusal = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(served.respond(403, &[], Known(0)).unwrap(), refusal);
    served.finish(&[]).unwrap();
    assert!(served.connection.is_write_closed());
    assert_eq!(served.receive(""), "closed");
}

#[test]
fn a_2xx_to_another_method_opens_none() {
    let mut served = Served::new();
    served.receive(GET);
    served.respond(200, &[], Known(0)).unwrap();
    assert!(!served.connection.is_tunnel());
}

#[test]
fn an_offer_behind_the_last_answer_is_none() {
    let mut served = Served::new();
    served.receive(UPGRADE);
    served.connection.close();
    served.answer();
    assert_eq!(served.receive(GET), "closed");
}
