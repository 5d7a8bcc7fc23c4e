//! The responses to some requests, which are sent as early as may be.

use sanderling::Tick;
use sanderling::http::client::{Connection, Event};
use sanderling::http::{Deadlines, FieldLine, Limits, Method, RequestTarget, ResponseHead};

use super::{Ending, Message, lines};
use crate::cuts::Cuts;

/// Reads the responses to requests of these methods with a [`Connection`]; the stream ends after
/// that if `eof` says so.
///
/// # Panics
///
/// Where the connection says one thing and does another.
#[must_use]
pub fn client(
    methods: &[Method<'_>],
    octets: &[u8],
    eof: bool,
    cuts: Cuts<'_>,
    limits: Limits,
) -> (Vec<Message>, Ending) {
    let mut connection = Connection::new(limits, Deadlines::default());
    let mut methods = methods.iter();
    let mut messages: Vec<Message> = Vec::new();
    let mut octets = octets.to_owned();
    let mut used = 0;
    // Behind a request that may change the protocol none is sent.
    let offers = limits.in_flight <= 1;
    let mut asked = ask(&mut connection, &mut methods, offers);
    for arrived in cuts.arrivals(octets.len()) {
        loop {
            let (len, event) = match connection.receive(&mut octets[used..arrived], Tick::ZERO) {
                Ok(progress) => progress,
                Err(error) => {
                    assert!(!connection.can_reuse() && !connection.wants_read());
                    assert!(matches!(connection.receive(&mut octets, Tick::ZERO), Ok((0, Event::Closed))));
                    return (messages, Ending::failed(&error));
                }
            };
            used += len;
            match (event, messages.last_mut()) {
                (Event::NeedInput, _) => break,
                (Event::Interim(head), _) => {
                    messages.push(Message { head: write(&head), end: Some(used), ..Message::default() });
                }
                (Event::Response(head), _) => messages.push(Message { head: write(&head), ..Message::default() }),
                (Event::Data(data), Some(message)) => message.body.extend_from_slice(data),
                (Event::Trailers(trailers), Some(message)) => message.trailers = lines(trailers),
                (Event::End, Some(message)) => {
                    message.end = Some(used);
                    asked -= 1;
                    assert_eq!(connection.unanswered(), asked);
                    asked += ask(&mut connection, &mut methods, offers);
                }
                (Event::Tunnel, Some(_)) => return (messages, Ending::Tunnel),
                (Event::Closed, Some(_)) => {
                    assert!(asked > 0 && !connection.can_send() && !connection.wants_read());
                    return (messages, Ending::Closed);
                }
                (event, _) => panic!("{event:?} out of place"),
            }
        }
    }
    if !eof {
        return (messages, Ending::Open);
    }
    let ending = match connection.receive_eof() {
        Ok(Event::End) => {
            messages.last_mut().unwrap().end = Some(used);
            Ending::Closed
        }
        Ok(Event::Closed) => Ending::Closed,
        Ok(event) => panic!("{event:?} at the end of input"),
        Err(error) => Ending::failed(&error),
    };
    assert!(!connection.can_reuse() && !connection.wants_read());
    (messages, ending)
}

/// Sends what can be sent, and gives the number of requests.
fn ask<'m>(connection: &mut Connection, methods: &mut impl Iterator<Item = &'m Method<'m>>, offers: bool) -> usize {
    let before = connection.unanswered();
    while connection.can_send()
        && let Some(method) = methods.next()
    {
        let target = if *method == Method::CONNECT { "a:80" } else { "/" };
        let target = RequestTarget::parse(*method, target).unwrap();
        let fields =
            [FieldLine::new("Host", "a"), FieldLine::new("Connection", "upgrade"), FieldLine::new("Upgrade", "x")];
        let fields = if offers { &fields } else { &fields[..1] };
        let mut out = [0; 256];
        connection.send_request(*method, target, fields, None, Tick::ZERO, &mut out).unwrap();
        connection.finish(&fields[..0], &mut out).unwrap();
    }
    connection.unanswered() - before
}

fn write(head: &ResponseHead<'_>) -> Vec<u8> {
    let mut octets = format!("{} {} ", head.version(), head.status()).into_bytes();
    octets.extend_from_slice(head.reason());
    for line in head.fields() {
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(line.name().as_bytes());
        octets.extend_from_slice(b": ");
        octets.extend_from_slice(line.value());
    }
    octets
}
