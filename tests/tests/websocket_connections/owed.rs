//! What a connection owes its peer: pongs in the order of the pings, as far as they fit (RFC 6455
//! section 5.5.3), then a ping of its own, then a Close frame.

use sanderling::Tick;
use sanderling::drive::{Driver, WebSocketOptions};
use sanderling::ws::{Connection, Deadlines, Event, Limits, Role, SendError};
use sanderling_fuzz::transcript::Item;

use crate::side::{Side, frame, read, zero_key};

type Any = Connection<fn() -> sanderling::ws::MaskingKey>;

fn connections() -> [Any; 2] {
    [
        Connection::new(Role::Server, Limits::default(), Deadlines::default()),
        Connection::new(Role::Client(zero_key), Limits::default(), Deadlines::default()),
    ]
}

/// Pings come, and nothing is sent meanwhile.
fn ping<'p>(connection: &mut Any, payloads: impl IntoIterator<Item = &'p [u8]>) {
    for payload in payloads {
        let mut input = frame(connection.is_client(), 0x89, payload);
        let len = input.len();
        let (used, event) = connection.receive(&mut input, Tick::ZERO).unwrap();
        assert_eq!(used, len);
        assert!(matches!(event, Event::Ping(_)), "{event:?}");
    }
}

fn owed(connection: &mut Any) -> Vec<Item> {
    let mut out = vec![0; 4096];
    let len = connection.transmit(&mut out).unwrap();
    assert!(!connection.wants_transmit());
    read(&out[..len], !connection.is_client())
}

fn pongs<'p>(payloads: impl IntoIterator<Item = &'p [u8]>) -> Vec<Item> {
    payloads.into_iter().map(|payload| Item::Pong(payload.to_owned())).collect()
}

#[test]
fn a_burst_is_answered_in_order_each_with_its_payload() {
    for mut connection in connections() {
        let payloads = [&b"one"[..], b"", b"two", b"\0", b"one", &[0xff; 100], b""];
        ping(&mut connection, payloads);
        assert_eq!(owed(&mut connection), pongs(payloads));
        assert_eq!(owed(&mut connection), []);
    }
}

#[test]
fn pongs_wait_in_254_octets() {
    for mut connection in connections() {
        // Each takes an octet for its length.
        let ones: Vec<[u8; 1]> = (0..127).map(|at| [at]).collect();
        ping(&mut connection, ones.iter().map(<[u8; 1]>::as_slice));
        assert_eq!(owed(&mut connection), pongs(ones.iter().map(<[u8; 1]>::as_slice)));
        let empty = vec![&b""[..]; 254];
        ping(&mut connection, empty.clone());
        assert_eq!(owed(&mut connection), pongs(empty));
        let longest = [&[1; 125][..], &[2; 125]];
        ping(&mut connection, longest);
        assert_eq!(owed(&mut connection), pongs([longest[0], longest[1]]));
    }
}

#[test]
fn one_that_does_not_fit_stands_for_all_that_wait() {
    for mut connection in connections() {
        let ones: Vec<[u8; 1]> = (0..127).map(|at| [at]).collect();
        ping(&mut connection, ones.iter().map(<[u8; 1]>::as_slice));
        ping(&mut connection, [&b""[..]]);
        assert_eq!(owed(&mut connection), pongs([&b""[..]]));
        ping(&mut connection, [&[1; 125][..], &[2; 125], &[3; 2], &[4; 1], &[5; 125]]);
        assert_eq!(owed(&mut connection), pongs([&[3; 2][..], &[4; 1], &[5; 125]]));
        for _ in 0..1000 {
            ping(&mut connection, [&[6; 125][..]]);
        }
        ping(&mut connection, [&[7; 125][..]]);
        let answers = owed(&mut connection);
        assert_eq!(answers.last(), Some(&Item::Pong(vec![7; 125])));
        assert!(answers.len() <= 2);
    }
}

#[test]
fn what_has_room_leaves_and_the_rest_waits() {
    for mut connection in connections() {
        let (header, is_client) = (if connection.is_client() { 6 } else { 2 }, connection.is_client());
        ping(&mut connection, [&[1; 10][..], &[2; 20], &[3; 5]]);
        connection.close(None, Tick::ZERO).unwrap();
        let required = header + 10;
        assert_eq!(connection.transmit(&mut vec![0; required - 1]), Err(SendError::TooSmall { required }));
        let mut out = vec![0; required + header + 19];
        assert_eq!(connection.transmit(&mut out), Ok(required));
        let mut octets = out[..required].to_owned();
        let mut out = vec![0; header + 20];
        assert_eq!(connection.transmit(&mut out), Ok(out.len()));
        octets.extend_from_slice(&out);
        let mut out = [0; 131];
        let len = connection.transmit(&mut out).unwrap();
        octets.extend_from_slice(&out[..len]);
        let mut expected = pongs([&[1; 10][..], &[2; 20], &[3; 5]]);
        expected.push(Item::Close(None));
        assert_eq!(read(&octets, !is_client), expected);
        assert_eq!(connection.transmit(&mut []), Ok(0));
    }
}

#[test]
fn a_hundred_and_thirty_one_octets_always_do() {
    let [_, mut client] = connections();
    ping(&mut client, [&[1; 125][..]]);
    assert_eq!(client.transmit(&mut [0; 130]), Err(SendError::TooSmall { required: 131 }));
    assert_eq!(client.transmit(&mut [0; 131]), Ok(131));
}

#[test]
fn pongs_a_ping_and_a_close_in_this_order() {
    for mut connection in connections() {
        connection.receive(&mut [], Tick::ZERO).unwrap();
        let later = connection.deadline().unwrap();
        assert!(!connection.handle_timeout(later));
        ping(&mut connection, [&b"1"[..], b"2"]);
        connection.close(None, Tick::ZERO).unwrap();
        let mut expected = pongs([&b"1"[..], b"2"]);
        expected.extend([Item::Ping(Vec::new()), Item::Close(None)]);
        assert_eq!(owed(&mut connection), expected);
    }
}

#[test]
fn nothing_is_owed_behind_a_close() {
    for mut connection in connections() {
        connection.close(None, Tick::ZERO).unwrap();
        assert_eq!(owed(&mut connection), [Item::Close(None)]);
        ping(&mut connection, [&b"late"[..]]);
        assert!(!connection.wants_transmit());
        assert_eq!(owed(&mut connection), []);
    }
    for mut connection in connections() {
        ping(&mut connection, [&b"lost"[..]]);
        connection.receive_eof();
        assert!(!connection.wants_transmit() && connection.is_closed());
        assert_eq!(owed(&mut connection), []);
    }
}

/// A peer that only asks and takes no answer costs no more than the high-water mark and what a
/// connection holds.
#[test]
fn pings_without_end_cost_a_bounded_amount_of_memory() {
    let mut options = WebSocketOptions::default();
    options.limits.output = 1000;
    for to_client in [false, true] {
        let mut side = if to_client { Side::client(&options) } else { Side::server(&options) };
        for at in 0..=255_u8 {
            side.feed(&frame(to_client, 0x89, &[at; 125]));
            side.assert_waits();
            assert!(side.driver.output_len() < 1000 + 2 * 131);
        }
        let mut answers = Vec::new();
        while side.driver.output_len() > 0 {
            answers.extend(side.flush());
        }
        let answers = read(&answers, !to_client);
        assert_eq!(answers.first(), Some(&Item::Pong(vec![0; 125])));
        assert_eq!(answers.last(), Some(&Item::Pong(vec![255; 125])), "the latest is answered");
        assert!(answers.iter().is_sorted_by_key(|item| match item {
            Item::Pong(payload) => payload[0],
            item => panic!("{item:?}"),
        }));
    }
}
