//! Properties over generated messages and over octets of no meaning. What the core makes of a
//! stream is written down by `sanderling_fuzz::transcript`, in the pieces that a test asks for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use core::str::from_utf8;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, Method, StatusCode, Version};
use sanderling::ws::{self, MessageKind, Utf8Validator};
use sanderling_fuzz::cuts::Cuts;
use sanderling_fuzz::transcript::{self, Answers, Ending, Item, Message};

type Lines = Vec<(String, Vec<u8>)>;

/// What fails goes into the corpus or the vectors by hand, where all runs see it.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

/// Sizes of reads; none stands for one read.
fn cuts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(vec![1]), vec(1_u8..=40, 0..8)]
}

/// Field lines that mean nothing to the protocol.
fn lines() -> impl Strategy<Value = Lines> {
    let value = prop_oneof![Just(Vec::new()), vec(select(&b"a ,;=\"\t\xff\x80:"[..]), 1..20)];
    let value = value.prop_map(|octets| octets.trim_ascii().to_owned());
    vec(("X-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,12}", value), 0..6)
}

/// Data, in pieces that are not empty.
fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 1..200), 0..5)
}

fn write_lines(octets: &mut Vec<u8>, lines: &Lines) {
    for (name, value) in lines {
        octets.extend_from_slice(name.as_bytes());
        octets.extend_from_slice(b":\t ");
        octets.extend_from_slice(value);
        octets.extend_from_slice(b" \r\n");
    }
    octets.extend_from_slice(b"\r\n");
}

// ---- requests -------------------------------------------------------------------------------

/// How a request says where its content ends.
#[derive(Clone, Debug)]
enum Content {
    None,
    Length(Vec<u8>),
    /// Chunks with the zeros before their sizes and their extensions, and the trailer section.
    Chunked(Vec<(Vec<u8>, usize, String)>, Lines),
}

fn content() -> impl Strategy<Value = Content> {
    let extension = "([ \t]?;[ \t]?[a-z]{1,5}([ \t]?=[ \t]?([a-z]{1,5}|\"[ ,;a\u{e9}]{0,5}(\\\\\")?\"))?){0,2}";
    let chunk = (vec(any::<u8>(), 1..50), 0..4_usize, extension);
    prop_oneof![
        Just(Content::None),
        vec(any::<u8>(), 0..300).prop_map(Content::Length),
        (vec(chunk, 0..5), lines()).prop_map(|(chunks, trailers)| Content::Chunked(chunks, trailers)),
    ]
}

prop_compose! {
    /// The octets of a request, and what should be made of them.
    fn request()(
        method in select(&["GET", "HEAD", "POST", "DELETE", "OPTIONS", "X-Y"][..]),
        target in prop_oneof!["/[!$-;=?-~]{0,30}", Just("http://a.example:80/b?c".to_owned())],
        lines in lines(),
        content in content(),
    ) -> (Vec<u8>, Message) {
        let mut octets = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n").into_bytes();
        match &content {
            Content::None => {}
            Content::Length(data) => octets.extend(format!("content-length: {}\r\n", data.len()).into_bytes()),
            Content::Chunked(..) => octets.extend_from_slice(b"transfer-encoding: Chunked\r\n"),
        }
        write_lines(&mut octets, &lines);
        let mut message = Message { head: octets.clone(), ..Message::default() };
        match content {
            Content::None => {}
            Content::Length(data) => {
                octets.extend_from_slice(&data);
                message.body = data;
            }
            Content::Chunked(chunks, trailers) => {
                for (data, zeros, extension) in chunks {
                    let size = data.len();
                    octets.extend(format!("{}{size:X}{extension}\r\n", "0".repeat(zeros)).into_bytes());
                    octets.extend_from_slice(&data);
                    octets.extend_from_slice(b"\r\n");
                    message.body.extend(data);
                }
                octets.extend_from_slice(b"000\r\n");
                write_lines(&mut octets, &trailers);
                message.trailers = trailers;
            }
        }
        message.end = Some(octets.len());
        (octets, message)
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn requests_are_read_as_they_were_written(
        requests in vec(request(), 0..6),
        cuts in cuts(),
        answers in select(&[Answers::Soon, Answers::Late][..]),
    ) {
        let mut octets = Vec::new();
        let mut expected = Vec::new();
        for (request, message) in requests {
            let alone = transcript::server(&request, Cuts::Whole, Answers::Soon, Limits::default());
            prop_assert_eq!(alone, (vec![message.clone()], Ending::Open));
            let end = message.end.map(|end| octets.len() + end);
            octets.extend(request);
            expected.push(Message { end, ..message });
        }
        let together = transcript::server(&octets, Cuts::Sizes(&cuts), answers, Limits::default());
        prop_assert_eq!(together, (expected, Ending::Open));
    }
}

// ---- responses ------------------------------------------------------------------------------

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn responses_are_read_as_they_were_given(
        method in select(&[Method::GET, Method::HEAD, Method::POST][..]),
        version in select(&[Version::Http11, Version::Http10][..]),
        code in prop_oneof![200_u16..=999, select(&[204, 205, 304][..])],
        (lines, pieces, trailers) in (lines(), pieces(), lines()),
        (is_known, has_hints) in any::<(bool, bool)>(),
        cuts in cuts(),
    ) {
        let mut connection = Connection::new(Limits::default(), Deadlines::default(), Tick::ZERO);
        let mut request = format!("{method} / {version}\r\nHost: a\r\n\r\n").into_bytes();
        let begun = connection.receive(&mut request, Tick::ZERO).unwrap();
        prop_assert!(matches!(begun, (_, Event::Request(_))));

        let status = StatusCode::new(code).unwrap();
        let (mut octets, mut room) = (Vec::new(), [0; 4096]);
        let hints = if has_hints { connection.interim(StatusCode::EARLY_HINTS, &lines, &mut room).unwrap() } else { 0 };
        octets.extend_from_slice(&room[..hints]);
        let length = pieces.iter().map(Vec::len).sum::<usize>() as u64;
        let length = if is_known { BodyLength::Known(length) } else { BodyLength::Unknown };
        let len = connection.respond(status, &lines, length, &mut room).unwrap();
        octets.extend_from_slice(&room[..len]);
        for piece in &pieces {
            let len = connection.send_data(piece, &mut room).unwrap();
            octets.extend_from_slice(&room[..len]);
        }
        let has_content = method != Method::HEAD && !status.forbids_content() && code != 205;
        let is_chunked = has_content && !is_known && version == Version::Http11;
        let trailers = if is_chunked { trailers } else { Lines::new() };
        let len = connection.finish(&trailers, &mut room).unwrap();
        octets.extend_from_slice(&room[..len]);

        let (messages, ending) =
            transcript::client(&[method], &octets, true, Cuts::Sizes(&cuts), Limits::default());
        prop_assert_eq!(ending, Ending::Closed);
        prop_assert_eq!(messages.len(), 1 + usize::from(hints > 0));
        let message = messages.last().unwrap();
        let mut head = format!("HTTP/1.1 {status} {}", status.reason()).into_bytes();
        for (name, value) in &lines {
            head.extend([b"\r\n", name.as_bytes(), b": ", value].concat());
        }
        prop_assert!(message.head.starts_with(&head));
        prop_assert_eq!(&message.body, &if has_content { pieces.concat() } else { Vec::new() });
        prop_assert_eq!(&message.trailers, &trailers);
        prop_assert_eq!(message.end, Some(octets.len()));
    }
}

// ---- WebSocket ------------------------------------------------------------------------------

fn message() -> impl Strategy<Value = (MessageKind, Vec<u8>)> {
    prop_oneof![
        any::<String>().prop_map(|text| (MessageKind::Text, text.into_bytes())),
        vec(any::<u8>(), 0..400).prop_map(|octets| (MessageKind::Binary, octets)),
    ]
}

/// What is in no text, with an octet behind it or none.
const NO_TEXT: [&[u8]; 7] =
    [b"\xff", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82a", b"\xf0\x9f\x98"];

/// The frames in which either role sends a message, with a ping behind each but the last.
fn send(is_client: bool, kind: MessageKind, message: &[u8], fragments: &[u8], pings: bool) -> Vec<u8> {
    let mut key = 0_u8;
    let keys = move || {
        key = key.wrapping_add(77);
        [key, 1, key.rotate_left(3), !key]
    };
    let (limits, deadlines) = (ws::Limits::default(), ws::Deadlines::default());
    let role = if is_client { ws::Role::Client(keys) } else { ws::Role::Server };
    let mut connection = ws::Connection::new(role, limits, deadlines);
    let (mut octets, mut room) = (Vec::new(), vec![0; message.len() + 14]);
    let mut sent = 0;
    for arrived in Cuts::Sizes(fragments).arrivals(message.len()) {
        let last = arrived == message.len();
        let len = connection.send_data(kind, &message[sent..arrived], last, &mut room).unwrap();
        octets.extend_from_slice(&room[..len]);
        sent = arrived;
        if pings && !last {
            let len = connection.send_ping(&[], &mut room).unwrap();
            octets.extend_from_slice(&room[..len]);
        }
    }
    octets
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn messages_arrive_as_they_were_sent(
        messages in vec((message(), cuts(), any::<bool>()), 0..4),
        is_client in any::<bool>(),
        cuts in cuts(),
    ) {
        let octets: Vec<u8> = messages
            .iter()
            .flat_map(|((kind, message), fragments, pings)| send(is_client, *kind, message, fragments, *pings))
            .collect();
        let received = transcript::websocket(&octets, !is_client, Cuts::Sizes(&cuts), ws::Limits::default());
        let received: Vec<_> = received.items.into_iter().filter(|item| *item != Item::Ping(Vec::new())).collect();
        let sent: Vec<_> =
            messages.into_iter().map(|((kind, message), ..)| Item::Message(kind, message, true)).collect();
        prop_assert_eq!(received, sent);
    }

    #[test]
    fn text_that_is_none_fails_the_connection(
        (before, bad, after) in (any::<String>(), select(&NO_TEXT[..]), "[a-z]{0,5}"),
        fragments in cuts(),
        cuts in cuts(),
    ) {
        let text = [before.as_bytes(), bad, after.as_bytes()].concat();
        let octets = send(true, MessageKind::Text, &text, &fragments, false);
        let received = transcript::websocket(&octets, false, Cuts::Sizes(&cuts), ws::Limits::default());
        prop_assert_eq!(received.items, [Item::Failed(ws::Rule::Utf8)]);
        prop_assert_eq!(received.replies, [0x88, 2, 0x03, 0xef], "no Close frame with 1007");
    }

    #[test]
    fn utf8_is_what_the_standard_library_says(
        parts in vec(prop_oneof![
            any::<char>().prop_map(|char| char.to_string().into_bytes()),
            vec(select(&b"a\x80\xbf\xc3\xe0\xed\xf0\xf4\xff"[..]), 1..3),
        ], 0..8),
        cuts in cuts(),
    ) {
        let octets = parts.concat();
        let mut validator = Utf8Validator::new();
        let mut checked = 0;
        for arrived in Cuts::Sizes(&cuts).arrivals(octets.len()) {
            let result = validator.check(&octets[checked..arrived]);
            checked = arrived;
            let expected = from_utf8(&octets[..arrived]);
            prop_assert_eq!(result.is_err(), expected.is_err_and(|error| error.error_len().is_some()));
            if result.is_err() {
                return Ok(());
            }
            prop_assert_eq!(validator.is_complete(), expected.is_ok());
        }
    }
}

// ---- octets of no meaning -------------------------------------------------------------------

/// Octets and shreds of protocol, the first of which steer.
fn shreds() -> impl Strategy<Value = Vec<u8>> {
    const SHREDS: [&[u8]; 24] = [
        b"GET / HTTP/1.1\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\n",
        b"CONNECT a:80 HTTP/1.1\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 \r\n\r\n",
        b"HTTP/1.1 101 \r\n",
        b"HTTP/1.0",
        b"Host: a\r\n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: upgrade, close\r\n",
        b"Upgrade: websocket\r\n",
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        b"Expect: 100-continue\r\n",
        b"X-A: b\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"abc",
        b"\x81\x03abc",
        b"\x81\x83\0\0\0\0abc",
        b"\x89\x80\0\0\0\0",
        b"\x88\x82\0\0\0\0\x03\xe8",
    ];
    let steering = vec(any::<u8>(), 0..40).prop_map(|steering| [&[steering.len() as u8], steering.as_slice()].concat());
    let octets = prop_oneof![3 => select(&SHREDS[..]).prop_map(<[u8]>::to_owned), 1 => vec(any::<u8>(), 0..4)];
    (option::weighted(0.9, steering), vec(octets, 0..12))
        .prop_map(|(steering, octets)| [steering.unwrap_or_default(), octets.concat()].concat())
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn no_octets_confuse_a_server_connection(octets in shreds()) {
        sanderling_fuzz::server_connection(&octets);
    }

    #[test]
    fn no_octets_confuse_a_client_connection(octets in shreds()) {
        sanderling_fuzz::client_connection(&octets);
    }

    #[test]
    fn no_octets_confuse_a_websocket_connection(octets in shreds()) {
        sanderling_fuzz::websocket_connection(&octets);
    }

    #[test]
    fn no_octets_confuse_a_driver(octets in shreds()) {
        sanderling_fuzz::driver(&octets);
    }

    #[test]
    fn no_cut_makes_a_difference(octets in shreds()) {
        sanderling_fuzz::split_against_whole(&octets);
    }
}
