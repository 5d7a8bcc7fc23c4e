//! Reads the opening handshakes of `vectors/websocket`: `handshake.vec`, `answer.vec`, `origin.vec`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sanderling::http::{Limits, RequestHead, RequestParser, ResponseHead, ResponseParser, StatusCode};
use sanderling::ws::deflate::DeflateOptions;
use sanderling::ws::handshake::{Key, Mismatch, Offer, Proposal, Refusal, is_same_origin};
use sanderling_tests::feeding::Feeding;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

/// Compares what comes of each record of a file, however its head arrives.
fn run(file: &str, count: usize, outcome: impl Fn(&Record, &mut [u8], Feeding) -> String) {
    let mut mismatches = Mismatches::default();
    let records = read_folder("websocket").unwrap();
    let records: Vec<_> = records.iter().filter(|record| record.file() == file).collect();
    assert!(records.len() >= count, "{} records", records.len());
    for record in records {
        let (expected, input) = (record.text("out").unwrap(), record.text("in").unwrap());
        let outcomes = Feeding::all(input.len())
            .map(|feeding| (feeding.to_string(), vec![outcome(record, &mut input.clone(), feeding).into_bytes()]));
        mismatches.compare(record, &[expected], outcomes);
    }
    assert!(mismatches.is_empty(), "{mismatches}");
}

/// Reads a request as it arrives, and says what `read` says of it.
fn request(input: &mut [u8], feeding: Feeding, read: impl FnOnce(&RequestHead<'_>) -> String) -> String {
    let (mut parser, len) = (RequestParser::new(), input.len());
    for arrived in feeding.arrivals(len) {
        match parser.parse(&mut input[..arrived], &Limits::default()) {
            Err(error) => return format!("refuse {}", error.status()),
            Ok(None) => {}
            Ok(Some((_, head))) => return read(&head),
        }
    }
    "incomplete".into()
}

/// The same for a response.
fn response(input: &mut [u8], feeding: Feeding, read: impl FnOnce(&ResponseHead<'_>) -> String) -> String {
    let (mut parser, len) = (ResponseParser::new(), input.len());
    for arrived in feeding.arrivals(len) {
        match parser.parse(&mut input[..arrived], &Limits::default()) {
            Err(error) => return format!("malformed: {error}"),
            Ok(None) => {}
            Ok(Some((_, head))) => return read(&head),
        }
    }
    "incomplete".into()
}

fn protocols(record: &Record) -> Vec<&str> {
    record.value("protocols").map(|names| names.split(", ").collect()).unwrap_or_default()
}

#[test]
fn every_offer_has_its_answer() {
    run("handshake.vec", 145, |record, input, feeding| {
        request(input, feeding, |head| match Offer::read(head) {
            Err(refusal) => format!("refuse {}", refusal.status()),
            Ok(None) => "not-websocket".into(),
            Ok(Some(offer)) => {
                let spoken = protocols(record);
                let chosen = offer.subprotocols().find(|name| spoken.contains(name));
                let chosen = chosen.map_or(String::new(), |name| format!(" subprotocol {name}"));
                format!("accept {}{chosen}", offer.accept().as_str())
            }
        })
    });
}

#[test]
fn every_answer_is_an_agreement_or_none() {
    run("answer.vec", 70, |record, input, feeding| {
        let mut proposal = Proposal::new(Key::new(*b"the sample nonce"));
        let subprotocols = protocols(record);
        proposal.subprotocols = &subprotocols;
        if let Some(offer) = record.value("request") {
            let options = DeflateOptions::default();
            assert_eq!(options.offer().as_str(), offer, "{record}");
            proposal.deflate = Some(options);
        }
        response(input, feeding, |head| match proposal.read(head) {
            Ok(agreement) => {
                let subprotocol = agreement.subprotocol.map_or(String::new(), |name| format!(" subprotocol {name}"));
                let deflate = agreement.deflate.map_or(String::new(), |agreed| {
                    format!(" deflate {} {}", agreed.server.window_bits, agreed.client.window_bits)
                });
                format!("agree{subprotocol}{deflate}")
            }
            Err(mismatch) => format!("fail {}", word(mismatch)),
        })
    });
}

fn word(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Status => "status",
        Mismatch::Version => "version",
        Mismatch::Upgrade => "upgrade",
        Mismatch::Connection => "connection",
        Mismatch::Accept => "accept",
        Mismatch::Subprotocol => "subprotocol",
        Mismatch::Extension => "extension",
        mismatch => panic!("{mismatch}"),
    }
}

#[test]
fn every_origin_is_of_the_host_or_not() {
    run("origin.vec", 25, |_, input, feeding| {
        request(input, feeding, |head| if is_same_origin(head) { "same" } else { "other" }.into())
    });
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
    assert_eq!(Refusal::Malformed.status(), StatusCode::BAD_REQUEST);
    assert_eq!(fields_of(Refusal::Malformed), [""; 0]);
    assert_eq!(Refusal::Forbidden.status(), StatusCode::FORBIDDEN);
    assert_eq!(fields_of(Refusal::Forbidden), [""; 0]);
}

/// What an application sees of the extensions that a client offers.
#[test]
fn offered_extensions_are_listed_in_their_order() {
    let fields = Key::new([7; 16]).fields().map(|line| format!("{}: {}\r\n", line.name(), line.value_str().unwrap()));
    let mut head = format!(
        "GET / HTTP/1.1\r\nHost: a\r\n{}Sec-WebSocket-Extensions: x-one, permessage-deflate; server_max_window_bits=16\r\n\
         Sec-WebSocket-Extensions: , x-two;a;b = 1 ;c=\"q\\s\" ,, permessage-deflate; server_max_window_bits=\"12\"\r\n\r\n",
        fields.concat()
    )
    .into_bytes();
    let (_, request) = RequestParser::new().parse(&mut head, &Limits::default()).unwrap().unwrap();
    let offer = Offer::read(&request).unwrap().unwrap();
    let listed: Vec<_> = offer
        .extensions()
        .map(|extension| {
            let parameters = extension.parameters().map(|parameter| {
                let value = parameter.value().map(|value| String::from_utf8(value.collect()).unwrap());
                format!(";{}{}", parameter.name(), value.map_or(String::new(), |value| format!("={value}")))
            });
            format!("{}{}", extension.name(), parameters.collect::<String>())
        })
        .collect();
    let expected = [
        "x-one",
        "permessage-deflate;server_max_window_bits=16",
        "x-two;a;b=1;c=qs",
        "permessage-deflate;server_max_window_bits=12",
    ];
    assert_eq!(listed, expected);
    let acceptance = offer.deflate(&DeflateOptions::default()).unwrap();
    assert_eq!(acceptance.response().as_str(), "permessage-deflate; server_max_window_bits=12");
    let mut strict = DeflateOptions::default();
    strict.client_max_window_bits = 10;
    assert!(offer.deflate(&strict).is_none(), "the client cannot be told");
}
