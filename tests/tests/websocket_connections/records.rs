//! Drivers make the same of the records in `vectors/websocket` as the connections below them.

use core::task::Poll;

use sanderling::drive::{Error, Message, WebSocketOptions};
use sanderling::ws::MessageKind;
use sanderling::ws::deflate::DeflateOptions;
use sanderling_tests::escape;
use sanderling_tests::feeding::Feeding;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

use crate::side::Side;

#[test]
fn every_record_by_messages() {
    run(|side, _| match side.driver.poll_message(side.now) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(None)) => Poll::Ready(Ok(None)),
        Poll::Ready(Ok(Some(Message::Text(text)))) => {
            Poll::Ready(Ok(Some((MessageKind::Text, text.to_string().into()))))
        }
        Poll::Ready(Ok(Some(Message::Binary(octets)))) => Poll::Ready(Ok(Some((MessageKind::Binary, octets.into())))),
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
    });
}

#[test]
fn every_record_by_parts() {
    run(|side, message| {
        loop {
            match side.driver.poll_part(side.now) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(Some(part))) => {
                    assert!(part.last || !part.data.is_empty());
                    message.extend_from_slice(&part.data);
                    if part.last {
                        return Poll::Ready(Ok(Some((part.kind, core::mem::take(message)))));
                    }
                }
                Poll::Ready(end) => return Poll::Ready(end.map(|_| None)),
            }
        }
    });
}

type Polled = Poll<Result<Option<(MessageKind, Vec<u8>)>, Error>>;

fn run(poll: impl Fn(&mut Side, &mut Vec<u8>) -> Polled) {
    let mut mismatches = Mismatches::default();
    let records = read_folder("websocket").unwrap();
    let mut count = 0;
    for record in records.iter().filter(|record| record.value("role").is_some()) {
        count += 1;
        let input = record.hex("in").unwrap();
        let mut expected: Vec<_> = record.values("out").filter_map(|line| expect(line, record.has_eof())).collect();
        // Of the output, only what was taken before the peer's end counts.
        expected.push([b"sent ".to_vec(), record.hex("reply").unwrap()].concat());
        let feedings = Feeding::all(input.len());
        let outcomes = feedings
            .filter(|feeding| input.len() < 500 || !matches!(feeding, Feeding::Cut(at) if at % 16 > 0))
            .map(|feeding| (feeding.to_string(), outcome(record, &input, feeding, &poll)));
        mismatches.compare(record, &expected, outcomes);
    }
    assert!(count > 500 && mismatches.is_empty(), "{count} records, {mismatches}");
}

/// What of a record's events a driver tells.
fn expect(line: &str, has_eof: bool) -> Option<Vec<u8>> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "text" | "binary" if rest.starts_with('{') => {
            Some([word.as_bytes(), b" ", &escape::hex(rest).unwrap()].concat())
        }
        "text" | "binary" => Some([word.as_bytes(), b" ", &escape::text(rest).unwrap()].concat()),
        "close" | "error" => Some(escape::text(line).unwrap()),
        "abnormal" => Some(b"abnormal".to_vec()),
        "partial-text" | "partial-binary" | "incomplete" | "ping" | "pong" => None,
        _ => panic!("{line} {has_eof}"),
    }
}

fn options(record: &Record) -> (WebSocketOptions, bool) {
    let mut options = WebSocketOptions::default();
    let mut deflate = None::<DeflateOptions>;
    for (name, number) in record.limits().unwrap() {
        match name {
            "message-size" => options.limits.message_size = number,
            "frame-size" => options.limits.frame_size = number,
            "fragments" => options.limits.fragments = number.try_into().unwrap(),
            // Of the peer's messages; of ours none is compressed.
            "window-bits" => {
                let agreed = deflate.get_or_insert_default();
                agreed.client_max_window_bits = number.try_into().unwrap();
                agreed.server_max_window_bits = number.try_into().unwrap();
            }
            "takeover" => {
                let agreed = deflate.get_or_insert_default();
                agreed.client_no_context_takeover = number == 0;
                agreed.server_no_context_takeover = number == 0;
            }
            _ => panic!("{record}: unknown limit {name}"),
        }
    }
    options.deflate = deflate;
    let is_compressed = deflate.is_some();
    (options, is_compressed)
}

fn outcome(
    record: &Record,
    input: &[u8],
    feeding: Feeding,
    poll: &impl Fn(&mut Side, &mut Vec<u8>) -> Polled,
) -> Vec<Vec<u8>> {
    let is_client = record.value("role") == Some("client");
    let (options, is_compressed) = options(record);
    let mut side = match (is_compressed, is_client) {
        (true, _) => Side::compressed(is_client, &options),
        (false, true) => Side::client(&options),
        (false, false) => Side::server(&options),
    };
    let (mut events, mut sent, mut fed) = (Vec::new(), b"sent ".to_vec(), 0);
    let mut message = Vec::new();
    let mut read = |side: &mut Side, events: &mut Vec<Vec<u8>>| {
        loop {
            let polled = poll(side, &mut message);
            sent.extend(side.flush());
            match polled {
                Poll::Pending => return false,
                Poll::Ready(Ok(Some((kind, octets)))) => {
                    let word = if kind == MessageKind::Text { "text " } else { "binary " };
                    events.push([word.as_bytes(), &octets].concat());
                }
                Poll::Ready(Ok(None)) => {
                    let closed = side.driver.closed().unwrap();
                    let close = match closed.code {
                        None => "close none".into(),
                        Some(code) if closed.reason.is_empty() => format!("close {code}"),
                        Some(code) => format!("close {code} {}", closed.reason),
                    };
                    events.push(close.into_bytes());
                    return true;
                }
                Poll::Ready(Err(Error::WebSocket(error))) => {
                    events.push(format!("error {}", error.close_code()).into_bytes());
                    return true;
                }
                Poll::Ready(Err(Error::Disconnected)) => {
                    events.push(b"abnormal".to_vec());
                    return true;
                }
                Poll::Ready(Err(error)) => panic!("{error}"),
            }
        }
    };
    for arrived in feeding.arrivals(input.len()) {
        assert!(!read(&mut side, &mut events), "it is over before its end");
        side.feed(&input[fed..arrived]);
        fed = arrived;
    }
    let is_over = read(&mut side, &mut events);
    assert!(!is_over);
    let ends = record.values("out").any(|line| line.starts_with("close") || line.starts_with("error"));
    if ends || record.has_eof() {
        side.end();
        assert!(read(&mut side, &mut events), "it does not end");
    }
    events.push(sent);
    events
}
