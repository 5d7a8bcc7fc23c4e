//! The requests on a connection, all of which are turned down.

use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, NO_FIELDS, StatusCode};

use super::{Ending, Message, lines};
use crate::cuts::Cuts;

/// When the requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Answers {
    /// Each before the next is read.
    Soon,
    /// When nothing more is read before.
    Late,
}

/// Reads requests with a [`Connection`].
///
/// # Panics
///
/// Where the connection says one thing and does another.
#[must_use]
pub fn server(octets: &[u8], cuts: Cuts<'_>, answers: Answers, limits: Limits) -> (Vec<Message>, Ending) {
    let mut octets = octets.to_owned();
    let mut connection = Connection::new(limits, Deadlines::default(), Tick::ZERO);
    let mut messages: Vec<Message> = Vec::new();
    let mut used = 0;
    for arrived in cuts.arrivals(octets.len()) {
        loop {
            let (len, event) = match connection.receive(&mut octets[used..arrived], Tick::ZERO) {
                Ok(progress) => progress,
                Err(error) => {
                    answer_all(&mut connection);
                    assert!(connection.is_write_closed(), "an error was answered and the connection goes on");
                    assert!(matches!(connection.receive(&mut octets, Tick::ZERO), Ok((0, Event::Closed))));
                    return (messages, Ending::failed(&error));
                }
            };
            used += len;
            match (event, messages.last_mut()) {
                (Event::NeedInput, _) => break,
                (Event::Request(head), _) => {
                    messages.push(Message { head: head.as_bytes().to_owned(), ..Message::default() });
                }
                (Event::Data(data), Some(message)) => message.body.extend_from_slice(data),
                (Event::Trailers(trailers), Some(message)) => message.trailers = lines(trailers),
                (Event::End, Some(message)) => {
                    message.end = Some(used);
                    if answers == Answers::Soon {
                        answer_all(&mut connection);
                    }
                }
                (Event::Paused, _) => {
                    assert!(connection.can_respond(), "paused for nothing");
                    answer_all(&mut connection);
                }
                (Event::Closed, _) => {
                    answer_all(&mut connection);
                    assert!(connection.is_write_closed(), "closed before the last answer");
                    return (messages, Ending::Closed);
                }
                (event, _) => panic!("{event:?} out of place"),
            }
        }
    }
    (messages, Ending::Open)
}

fn answer_all(connection: &mut Connection) {
    let mut out = [0; 256];
    while connection.can_respond() {
        connection.respond(StatusCode::NOT_FOUND, NO_FIELDS, BodyLength::Known(0), &mut out).unwrap();
        connection.finish(NO_FIELDS, &mut out).unwrap();
    }
}
