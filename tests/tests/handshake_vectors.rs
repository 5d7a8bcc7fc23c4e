//! Reads the offers in `vectors/websocket/handshake.vec`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sanderling::http::{Limits, RequestParser, StatusCode};
use sanderling::ws::handshake::{Offer, Refusal};
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

#[test]
fn every_offer_has_its_answer() {
    let mut mismatches = Mismatches::default();
    for record in read_folder("websocket").unwrap().iter().filter(|record| record.file() == "handshake.vec") {
        let expected = record.text("out").unwrap();
        let outcome = answer(record).into_bytes();
        mismatches.compare(record, &[expected], [("whole".into(), vec![outcome])].into_iter());
    }
    assert!(mismatches.is_empty(), "{mismatches}");
}

fn answer(record: &Record) -> String {
    let mut input = record.text("in").unwrap();
    let head = match RequestParser::new().parse(&mut input, &Limits::default()) {
        Err(error) => return format!("refuse {}", error.status()),
        Ok(None) => return "incomplete".into(),
        Ok(Some((_, head))) => head,
    };
    match Offer::read(&head) {
        Err(refusal) => format!("refuse {}", refusal.status()),
        Ok(None) => "not-websocket".into(),
        Ok(Some(offer)) => {
            let spoken: Vec<_> = record.value("protocols").unwrap_or_default().split(", ").collect();
            let chosen = offer.subprotocols().find(|name| spoken.contains(name));
            let chosen = chosen.map_or(String::new(), |name| format!(" subprotocol {name}"));
            format!("accept {}{chosen}", offer.accept().as_str())
        }
    }
}

#[test]
fn refusals_say_what_would_do() {
    let fields_of = |refusal: Refusal| -> Vec<_> {
        refusal.fields().iter().map(|line| format!("{}: {}", line.name(), line.value_str().unwrap())).collect()
    };
    assert_eq!(Refusal::Version.status(), StatusCode::UPGRADE_REQUIRED);
    assert_eq!(fields_of(Refusal::Version), ["Upgrade: websocket", "Connection: upgrade", "Sec-WebSocket-Version: 13"]);
    assert_eq!(Refusal::Method.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(fields_of(Refusal::Method), ["Allow: GET"]);
}
