//! Messages in frames that no driver would make: fragments are cut anywhere in what is compressed, and
//! some are empty (RFC 7692 section 6.1).

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::ws::deflate::{DeflateContext, DeflateOptions, MessageDeflater, Part};
use sanderling::ws::{FrameHeader, MessageKind, Opcode};
use sanderling_fuzz::cuts::Cuts;

use crate::agreement::{cases, content, cuts, open, receive};

fn frame(opcode: Opcode, last: bool, rsv1: bool, is_client: bool, payload: &[u8], octets: &mut Vec<u8>) {
    let key = is_client.then_some([9, 8, 7, 6]);
    let mut header = FrameHeader::new(opcode, last, payload.len() as u64, key);
    header.rsv1 = rsv1;
    let (start, len) = header.write();
    octets.extend_from_slice(&start[..len]);
    let key = key.unwrap_or_default();
    octets.extend(payload.iter().zip(key.iter().cycle()).map(|(octet, key)| octet ^ key));
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_fragments_are_the_message(
        messages in vec((content(), any::<bool>(), cuts()), 1..5),
        from_client in any::<bool>(),
        takeover in any::<bool>(),
        (cuts, by_parts) in (cuts(), any::<bool>()),
    ) {
        let mut both = [Default::default(), Default::default()];
        for options in &mut both {
            let options: &mut sanderling::drive::WebSocketOptions = options;
            options.deflate = Some(DeflateOptions::default());
        }
        if !takeover {
            let deflate = both[1].deflate.as_mut().unwrap();
            (deflate.server_no_context_takeover, deflate.client_no_context_takeover) = (true, true);
        }
        let [_, mut receiver] = open(&both, from_client);
        let mut deflater =
            MessageDeflater::new(DeflateContext { takeover, window_bits: 15 }, &DeflateOptions::default());
        let mut octets = Vec::new();
        for ((kind, content), is_compressed, fragments) in &messages {
            let payload = if *is_compressed {
                let mut payload = Vec::new();
                deflater.deflate_into(content, Part::Last, &mut payload);
                payload
            } else {
                content.clone()
            };
            let first = if *kind == MessageKind::Text { Opcode::Text } else { Opcode::Binary };
            let mut used = 0;
            for (at, end) in Cuts::Sizes(fragments).arrivals(payload.len()).enumerate() {
                let opcode = if at == 0 { first } else { Opcode::Continuation };
                let is_first = *is_compressed && at == 0;
                frame(opcode, false, is_first, from_client, &payload[used..end], &mut octets);
                frame(Opcode::Ping, true, false, from_client, b"between", &mut octets);
                used = end;
            }
            frame(Opcode::Continuation, true, false, from_client, b"", &mut octets);
        }
        let expected: Vec<_> = messages.into_iter().map(|(content, ..)| content).collect();
        let received = receive(&mut receiver, &octets, &cuts, by_parts);
        prop_assert!(received == expected, "{} of {} messages", received.len(), expected.len());
    }
}
