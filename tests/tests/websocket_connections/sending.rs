//! What a driver sends, whole and part by part, and what it refuses.

use sanderling::drive::{Driver, Error, WebSocketOptions};
use sanderling::ws::MessageKind::{self, Binary, Text};
use sanderling::ws::{CloseCode, SendError};
use sanderling_fuzz::transcript::Item;

use crate::side::{Side, frame, read, text_item};

fn sides() -> [(bool, Side); 2] {
    let options = WebSocketOptions::default();
    [(false, Side::server(&options)), (true, Side::client(&options))]
}

fn compressed_sides() -> [(bool, Side); 2] {
    let options = WebSocketOptions::default();
    [(false, Side::compressed(false, &options)), (true, Side::compressed(true, &options))]
}

/// The error of a refusal, or that there is none.
fn refusal(result: Result<(), Error>) -> Option<SendError> {
    match result {
        Ok(()) => None,
        Err(Error::SendFrame(error)) => Some(error),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn parts_are_frames_of_one_message() {
    for (is_client, mut side) in sides() {
        assert!(!side.driver.is_streaming());
        side.driver.send_part(Text, "", false).unwrap();
        assert!(side.driver.is_streaming());
        assert_eq!(side.driver.output_len(), 0, "an empty part that is not the last is no frame");
        side.driver.send_part(Text, "Hel", false).unwrap();
        side.driver.send_part(Text, "", false).unwrap();
        side.driver.send_part(Text, "lo", false).unwrap();
        side.driver.send_part(Text, "", true).unwrap();
        assert!(!side.driver.is_streaming());
        let expected =
            [frame(is_client, 0x01, b"Hel"), frame(is_client, 0x00, b"lo"), frame(is_client, 0x80, b"")].concat();
        // Our client masks, with zeros.
        let sent = side.flush();
        assert_eq!(read(&sent, !is_client), [text_item("Hello")]);
        if !is_client {
            assert_eq!(sent, [&[0x01, 3][..], b"Hel", &[0x00, 2], b"lo", &[0x80, 0]].concat());
        } else {
            assert_eq!(sent.len(), expected.len() + 3 * 4);
        }
    }
}

#[test]
fn a_message_of_one_part_is_one_frame() {
    let [(_, mut side), _] = sides();
    side.driver.send_part(Binary, "", true).unwrap();
    side.driver.send_part(Text, "a", true).unwrap();
    assert_eq!(side.flush(), [0x82, 0, 0x81, 1, b'a']);
}

#[test]
fn parts_of_another_kind_are_refused() {
    for (is_client, mut side) in sides().into_iter().chain(compressed_sides()) {
        side.driver.send_part(Text, "te", false).unwrap();
        let waiting = side.driver.output_len();
        assert_eq!(refusal(side.driver.send_part(Binary, "x", false)), Some(SendError::Fragmentation));
        assert_eq!(refusal(side.driver.send_part(Binary, "x", true)), Some(SendError::Fragmentation));
        assert_eq!(side.driver.output_len(), waiting);
        side.driver.send_part(Text, "xt", true).unwrap();
        let sent = side.flush();
        if !side.driver.is_compressed() {
            assert_eq!(read(&sent, !is_client), [text_item("text")]);
        }
    }
}

#[test]
fn whole_messages_wait_for_the_end_of_one_in_parts() {
    for (_, mut side) in sides().into_iter().chain(compressed_sides()) {
        for kind in [Text, Binary] {
            side.driver.send_part(kind, "a", false).unwrap();
            assert_eq!(refusal(side.driver.send_text("b")), Some(SendError::Fragmentation));
            assert_eq!(refusal(side.driver.send_binary(b"b")), Some(SendError::Fragmentation));
            assert_eq!(refusal(side.driver.send_text("b".repeat(1000))), Some(SendError::Fragmentation));
            side.driver.ping(b"between").unwrap();
            side.driver.send_part(kind, "", true).unwrap();
            side.driver.send_text("b").unwrap();
        }
    }
}

#[test]
fn text_is_checked_across_parts() {
    for (is_client, mut side) in sides() {
        for part in [&b"gr\xc3"[..], b"\xbc", b"n \xf0", b"\x9f\x98", b"\x80"] {
            side.driver.send_part(Text, part, false).unwrap();
        }
        let waiting = side.driver.output_len();
        assert_eq!(refusal(side.driver.send_part(Text, b"\xff", false)), Some(SendError::Utf8));
        assert_eq!(refusal(side.driver.send_part(Text, b"\xc3", true)), Some(SendError::Utf8), "half a character");
        side.driver.send_part(Text, b"\xe2\x82", false).unwrap();
        assert_eq!(refusal(side.driver.send_part(Text, b"", true)), Some(SendError::Utf8));
        assert_eq!(refusal(side.driver.send_part(Text, b"(", false)), Some(SendError::Utf8));
        side.driver.send_part(Text, b"\xac", true).unwrap();
        assert!(side.driver.output_len() > waiting);
        assert_eq!(read(&side.flush(), !is_client), [text_item("grün 😀€")]);
        // The next begins anew, and binary is anything.
        assert_eq!(refusal(side.driver.send_part(Text, b"\x80", false)), Some(SendError::Utf8));
        assert!(!side.driver.is_streaming());
        side.driver.send_part(Binary, b"\xff\x80", false).unwrap();
        side.driver.send_part(Binary, b"\xc3", true).unwrap();
        let message = Item::Message(Binary, b"\xff\x80\xc3".to_vec(), true);
        assert_eq!(read(&side.flush(), !is_client), [message]);
    }
}

#[test]
fn nothing_is_sent_behind_a_close() {
    for (_, mut side) in sides().into_iter().chain(compressed_sides()) {
        side.driver.send_part(Text, "begun", false).unwrap();
        side.driver.close(CloseCode::NORMAL, "", side.now).unwrap();
        side.flush();
        assert_eq!(refusal(side.driver.send_part(Text, "x", false)), Some(SendError::Closed));
        assert_eq!(refusal(side.driver.send_part(Text, "", true)), Some(SendError::Closed));
        assert_eq!(refusal(side.driver.ping(b"")), Some(SendError::Closed));
        assert_eq!(side.driver.output_len(), 0);
    }
    for (to_client, mut side) in sides().into_iter().chain(compressed_sides()) {
        side.feed(&frame(to_client, 0x88, b""));
        side.assert_waits();
        side.flush();
        let long = "x".repeat(1000);
        for text in ["", "x", &long] {
            assert_eq!(refusal(side.driver.send_text(text)), Some(SendError::Closed));
            assert_eq!(refusal(side.driver.send_binary(text.as_bytes())), Some(SendError::Closed));
        }
        assert_eq!(side.driver.output_len(), 0);
    }
}

#[test]
fn no_message_is_begun_behind_a_close() {
    for (_, mut side) in compressed_sides().into_iter().chain(sides()) {
        side.driver.close(CloseCode::NORMAL, "", side.now).unwrap();
        assert_eq!(refusal(side.driver.send_part(Text, "", false)), Some(SendError::Closed));
        assert!(!side.driver.is_streaming());
    }
}

#[test]
fn an_empty_part_has_a_kind() {
    for (_, mut side) in compressed_sides().into_iter().chain(sides()) {
        side.driver.send_part(Text, "", false).unwrap();
        assert_eq!(refusal(side.driver.send_part(Binary, b"\xff", true)), Some(SendError::Fragmentation));
    }
}

#[test]
fn a_close_ends_what_was_being_sent() {
    for (_, mut side) in sides() {
        side.driver.send_part(Text, "begun", false).unwrap();
        side.driver.close(CloseCode::NORMAL, "", side.now).unwrap();
        assert!(!side.driver.is_streaming());
        assert_eq!(refusal(side.driver.send_text("x")), Some(SendError::Closed));
    }
}

#[test]
fn only_messages_from_the_threshold_on_are_compressed() {
    for (_, mut side) in compressed_sides() {
        side.driver.send_text("a".repeat(127)).unwrap();
        assert_eq!(side.flush()[0], 0x81);
        side.driver.send_text("a".repeat(128)).unwrap();
        assert_eq!(side.flush()[0], 0xc1);
        side.driver.send_binary(vec![b'a'; 128]).unwrap();
        assert_eq!(side.flush()[0], 0xc2);
    }
}

#[test]
fn rsv1_is_on_the_first_frame_alone() {
    for (_, mut side) in compressed_sides() {
        let mut firsts = Vec::new();
        for (part, last) in [("", false), ("one", false), ("", false), ("two", false), ("", true)] {
            side.driver.send_part(MessageKind::Text, part, last).unwrap();
            firsts.extend(side.flush().first().copied());
        }
        assert_eq!(firsts, [0x41, 0x00, 0x80]);
        side.driver.send_part(MessageKind::Binary, "", true).unwrap();
        assert_eq!(side.flush()[0], 0xc2);
    }
}
