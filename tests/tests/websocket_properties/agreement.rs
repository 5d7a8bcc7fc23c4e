//! What is generated, and what comes of it.

use core::task::Poll;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sanderling::Tick;
use sanderling::drive::{Driver, Message, WebSocketDriver, WebSocketOptions};
use sanderling::ws::MessageKind;
use sanderling::ws::deflate::DeflateOptions;
use sanderling_fuzz::cuts::Cuts;
use sanderling_fuzz::opening;

/// A message's kind and content.
pub(crate) type Content = (MessageKind, Vec<u8>);

/// What fails goes into the corpus or the vectors by hand, where all runs see it.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

/// Messages short and long, which compress well or not.
pub(crate) fn content() -> impl Strategy<Value = Content> {
    let text = prop_oneof![
        any::<String>(),
        ("[a-zé€😀]{1,12}", 0..2000_usize).prop_map(|(word, times)| word.repeat(times)),
        Just(String::new()),
    ];
    let binary = prop_oneof![
        vec(any::<u8>(), 0..400),
        (any::<u8>(), 0..70_000_usize).prop_map(|(octet, len)| vec![octet; len]),
        (vec(any::<u8>(), 1..50), 0..100_usize).prop_map(|(octets, times)| octets.repeat(times)),
    ];
    prop_oneof![
        text.prop_map(|text| (MessageKind::Text, text.into_bytes())),
        binary.prop_map(|octets| (MessageKind::Binary, octets)),
    ]
}

/// Sizes of pieces; none stands for one piece.
pub(crate) fn cuts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(vec![]), Just(vec![1]), vec(any::<u8>(), 1..8)]
}

fn deflate() -> impl Strategy<Value = DeflateOptions> {
    (any::<bool>(), any::<bool>(), 8..=15_u8, 8..=15_u8, 1..=9_u8, select(vec![0, 1, 128, 1000])).prop_map(
        |(server_takeover, client_takeover, server_bits, client_bits, level, threshold)| {
            let mut options = DeflateOptions::default();
            options.server_no_context_takeover = !server_takeover;
            options.client_no_context_takeover = !client_takeover;
            options.server_max_window_bits = server_bits;
            options.client_max_window_bits = client_bits;
            options.level = level;
            options.threshold = threshold;
            options
        },
    )
}

/// Options of both sides, which may agree on compression.
pub(crate) fn options() -> impl Strategy<Value = [WebSocketOptions; 2]> {
    option::weighted(0.7, (deflate(), deflate())).prop_map(|agreed| {
        let [mut client, mut server] = [WebSocketOptions::default(), WebSocketOptions::default()];
        if let Some((of_client, of_server)) = agreed {
            (client.deflate, server.deflate) = (Some(of_client), Some(of_server));
        }
        [client, server]
    })
}

/// The side that sends, and the one that receives.
pub(crate) fn open(options: &[WebSocketOptions; 2], from_client: bool) -> [WebSocketDriver; 2] {
    let [client, server] = options;
    let (client, server) = opening::open(|| [0x37, 0xfa, 0x21, 0x3d], client, server);
    if from_client { [client, server] } else { [server, client] }
}

pub(crate) fn flush(driver: &mut WebSocketDriver) -> Vec<u8> {
    let mut octets = Vec::new();
    // A long message is compressed as it is written.
    while driver.output_len() > 0 {
        octets.extend(driver.output().flatten());
        driver.written(driver.output_len(), Tick::ZERO);
    }
    octets
}

/// What comes of octets that arrive in pieces.
pub(crate) fn receive(driver: &mut WebSocketDriver, octets: &[u8], cuts: &[u8], by_parts: bool) -> Vec<Content> {
    let (mut received, mut incoming, mut used) = (Vec::new(), Vec::new(), 0);
    let mut poll = |driver: &mut WebSocketDriver| {
        loop {
            if by_parts {
                let Poll::Ready(part) = driver.poll_part(Tick::ZERO) else { return };
                let part = part.unwrap().unwrap();
                incoming.extend_from_slice(&part.data);
                if part.last {
                    received.push((part.kind, core::mem::take(&mut incoming)));
                }
            } else {
                let Poll::Ready(message) = driver.poll_message(Tick::ZERO) else { return };
                received.push(match message.unwrap().unwrap() {
                    Message::Text(text) => (MessageKind::Text, text.as_bytes().to_owned()),
                    Message::Binary(octets) => (MessageKind::Binary, octets.to_vec()),
                });
            }
        }
    };
    for arrived in Cuts::Sizes(cuts).arrivals(octets.len()) {
        while used < arrived {
            poll(driver);
            assert!(driver.wants_read());
            let room = driver.room();
            let len = room.len().min(arrived - used);
            room[..len].copy_from_slice(&octets[used..used + len]);
            driver.received(len);
            used += len;
        }
    }
    poll(driver);
    assert!(incoming.is_empty(), "a message has not ended");
    received
}
