//! Where the connection changes hands (RFC 9110 sections 7.8, 9.3.6 and 15.2.2), and where not.

use sanderling::http::BodyLength::Known;

use super::asked::{Asked, CONTINUE, NO_CONTENT, OK, SWITCHING};

#[test]
fn a_101_is_taken_where_an_upgrade_was_offered() {
    let rows: [(&[(&str, &str)], bool); 7] = [
        (&[("Connection", "upgrade"), ("Upgrade", "b")], true),
        (&[("uPGRADE", "b"), ("cONNECTION", "x, UPGRADE")], true),
        (&[("Connection", "x"), ("Connection", "upgrade"), ("Upgrade", "b")], true),
        (&[("Connection", "upgrade")], false),
        (&[("Upgrade", "b")], false),
        (&[("Connection", "upgrade"), ("Upgrades", "b")], false),
        (&[("Connections", "upgrade"), ("Upgrade", "b")], false),
    ];
    for (fields, is_offer) in rows {
        let mut asked = Asked::new();
        asked.ask("GET /", fields, None).unwrap();
        asked.finish(&[]).unwrap();
        let events = asked.receive(&format!("{SWITCHING}\0\0"));
        if is_offer {
            assert_eq!(events, "101, tunnel", "{fields:?}");
            assert_eq!((asked.left(), asked.connection.unanswered()), (2, 0), "{fields:?}");
            assert!(!asked.connection.can_send() && asked.connection.is_answered(), "{fields:?}");
            assert_eq!(asked.receive_eof(), "tunnel", "{fields:?}");
        } else {
            assert_eq!(events, format!("UnexpectedResponse at {}", SWITCHING.len()), "{fields:?}");
            assert!(!asked.connection.is_answered(), "{fields:?}");
        }
    }
}

#[test]
fn a_101_may_come_behind_100() {
    let mut asked = Asked::new();
    let fields = [("Connection", "upgrade"), ("Upgrade", "b"), ("Expect", "100-continue")];
    asked.ask("POST /", &fields, Some(Known(3))).unwrap();
    assert_eq!(asked.receive(CONTINUE), "interim 100, needs input");
    asked.send("abc").unwrap();
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(SWITCHING), "101, tunnel");
}

#[test]
fn a_101_instead_of_100_ends_the_waiting() {
    let mut asked = Asked::new();
    let fields = [("Connection", "upgrade"), ("Upgrade", "b"), ("Expect", "100-continue")];
    asked.ask("POST /", &fields, Some(Known(3))).unwrap();
    assert_eq!(asked.receive(SWITCHING), "101, tunnel");
    assert!(!asked.connection.awaits_continue());
    assert_eq!(asked.connection.deadline(), None);
}

#[test]
fn the_offer_is_the_requests_own() {
    let mut asked = Asked::with_in_flight(2);
    asked.get();
    asked.ask("GET /", &[("Connection", "upgrade"), ("Upgrade", "b")], None).unwrap();
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive(NO_CONTENT), "204, end, needs input");
    assert_eq!(asked.receive(SWITCHING), "101, tunnel");

    let mut asked = Asked::with_in_flight(2);
    asked.get();
    asked.ask("GET /", &[("Connection", "upgrade"), ("Upgrade", "b")], None).unwrap();
    asked.finish(&[]).unwrap();
    assert!(asked.receive(SWITCHING).starts_with("UnexpectedResponse"), "the first offered nothing");
}

#[test]
fn a_2xx_to_connect_opens_a_tunnel() {
    for status in ["200", "204", "299"] {
        let mut asked = Asked::new();
        asked.ask("CONNECT a:80", &[], None).unwrap();
        asked.finish(&[]).unwrap();
        // What frames a body means nothing there.
        let head = format!("HTTP/1.1 {status} \r\nContent-Length: 3\r\n\r\nabc");
        assert_eq!(asked.receive(&head), format!("{status}, tunnel"));
        assert_eq!((asked.left(), asked.connection.unanswered()), (3, 0));
        assert!(!asked.connection.can_send() && !asked.connection.can_reuse());
        assert_eq!(asked.connection.deadline(), None);
    }
}

#[test]
fn any_other_answer_to_connect_is_one() {
    let mut asked = Asked::new();
    asked.ask("CONNECT a:80", &[], None).unwrap();
    asked.finish(&[]).unwrap();
    assert_eq!(asked.receive("HTTP/1.1 407 \r\nContent-Length: 3\r\n\r\nabc"), "407, data abc, end, needs input");
    assert!(asked.connection.can_reuse());
    asked.get();
    assert_eq!(asked.receive(OK), "200, data abc, end, needs input");
}
