//! Messages from driver to driver.

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::drive::Message;
use sanderling::ws::MessageKind;
use sanderling_fuzz::cuts::Cuts;

use crate::agreement::{cases, content, cuts, flush, open, options, receive};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_is_sent_is_received(
        messages in vec((content(), proptest::option::of(cuts())), 1..5),
        options in options(),
        from_client in any::<bool>(),
        (cuts, by_parts) in (cuts(), any::<bool>()),
    ) {
        let [mut sender, mut receiver] = open(&options, from_client);
        let mut octets = Vec::new();
        for ((kind, content), parts) in &messages {
            match (parts, kind) {
                (None, MessageKind::Text) => {
                    let text = core::str::from_utf8(content).unwrap();
                    sender.send(Message::Text(text.into())).unwrap();
                }
                (None, MessageKind::Binary) => sender.send_binary(content).unwrap(),
                (Some(parts), kind) => {
                    let mut used = 0;
                    for end in Cuts::Sizes(parts).arrivals(content.len()) {
                        sender.ping(b"between").unwrap();
                        sender.send_part(*kind, &content[used..end], end == content.len()).unwrap();
                        used = end;
                    }
                    prop_assert!(!sender.is_streaming());
                }
            }
            octets.extend(flush(&mut sender));
        }
        let expected: Vec<_> = messages.into_iter().map(|(content, _)| content).collect();
        let received = receive(&mut receiver, &octets, &cuts, by_parts);
        // Shown they would be too long.
        prop_assert!(received == expected, "{} of {} messages", received.len(), expected.len());
    }

    /// Each part can be read before the next one is sent.
    #[test]
    fn a_part_that_is_sent_can_be_read(
        (kind, content) in content(),
        parts in cuts(),
        options in options(),
        from_client in any::<bool>(),
    ) {
        let [mut sender, mut receiver] = open(&options, from_client);
        let (mut used, mut came) = (0, Vec::new());
        for end in Cuts::Sizes(&parts).arrivals(content.len()) {
            let last = end == content.len();
            sender.send_part(kind, &content[used..end], last).unwrap();
            let octets = flush(&mut sender);
            if !octets.is_empty() {
                came.extend(part_of(&mut receiver, &octets));
            }
            used = end;
            // Of a text, whole characters.
            let readable = match core::str::from_utf8(&content[..end]) {
                Err(error) if kind == MessageKind::Text => error.valid_up_to(),
                _ => end,
            };
            prop_assert!(came == content[..readable], "{} octets of {readable}", came.len());
        }
    }
}

/// What there is of a message once these octets have come.
fn part_of(receiver: &mut sanderling::drive::WebSocketDriver, mut octets: &[u8]) -> Vec<u8> {
    use sanderling::Tick;
    use sanderling::drive::Driver;

    let mut came = Vec::new();
    loop {
        while let core::task::Poll::Ready(part) = receiver.poll_part(Tick::ZERO) {
            came.extend_from_slice(&part.unwrap().unwrap().data);
        }
        if octets.is_empty() {
            return came;
        }
        let room = receiver.room();
        let len = room.len().min(octets.len());
        room[..len].copy_from_slice(&octets[..len]);
        receiver.received(len);
        octets = &octets[len..];
    }
}
