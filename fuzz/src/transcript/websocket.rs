//! The messages on a WebSocket, and what we say to them.

use sanderling::Tick;
use sanderling::ws::{Connection, Deadlines, Event, Limits, MaskingKey, MessageKind, Role, Rule};

use crate::cuts::Cuts;

/// What arrives on a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Item {
    /// A whole message, or what has come of it when the stream ends.
    Message(MessageKind, Vec<u8>, bool),
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A Close frame with its code and reason.
    Close(Option<(u16, String)>),
    /// The peer broke a rule.
    Failed(Rule),
}

/// What comes of a stream of frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct WebSocket {
    /// What arrived, in order.
    pub items: Vec<Item>,
    /// What we sent.
    pub replies: Vec<u8>,
}

/// Reads frames with a [`Connection`].
///
/// # Panics
///
/// Where the connection says one thing and does another.
#[must_use]
pub fn websocket(octets: &[u8], is_client: bool, cuts: Cuts<'_>, limits: Limits) -> WebSocket {
    let key: fn() -> MaskingKey = || [1, 2, 3, 4];
    let role = if is_client { Role::Client(key) } else { Role::Server };
    let mut connection = Connection::new(role, limits, Deadlines::default());
    let mut transcript = WebSocket::default();
    let mut octets = octets.to_owned();
    let mut used = 0;
    let mut message: Option<(MessageKind, Vec<u8>)> = None;
    for arrived in cuts.arrivals(octets.len()) {
        loop {
            let is_over = matches!(transcript.items.last(), Some(Item::Close(_) | Item::Failed(_)));
            match connection.receive(&mut octets[used..arrived], Tick::ZERO) {
                Ok((len, event)) => {
                    used += len;
                    assert!(!is_over || matches!(event, Event::Closed), "{event:?} after the end");
                    match event {
                        Event::NeedInput => break,
                        Event::Closed => {
                            assert!(is_over && used == arrived);
                            break;
                        }
                        Event::Data { kind, payload, last } => {
                            let (begun, text) = message.get_or_insert_with(|| (kind, Vec::new()));
                            assert_eq!(*begun, kind);
                            text.extend_from_slice(payload);
                            if last {
                                let text = core::mem::take(text);
                                transcript.items.push(Item::Message(kind, text, true));
                                message = None;
                            }
                        }
                        Event::Compressed { .. } => panic!("compression was not agreed on"),
                        Event::Ping(payload) => transcript.items.push(Item::Ping(payload.to_owned())),
                        Event::Pong(payload) => transcript.items.push(Item::Pong(payload.to_owned())),
                        Event::Close(close) => {
                            let close = close.map(|close| (close.code.as_u16(), close.reason.to_owned()));
                            transcript.items.push(Item::Close(close));
                        }
                    }
                }
                Err(error) => {
                    assert!(!is_over, "a second error");
                    transcript.items.push(Item::Failed(error.rule()));
                }
            }
            let mut out = [0; 262];
            let len = connection.transmit(&mut out).unwrap();
            transcript.replies.extend_from_slice(&out[..len]);
        }
    }
    let is_over = matches!(transcript.items.last(), Some(Item::Close(_) | Item::Failed(_)));
    assert_eq!(connection.is_closed(), is_over);
    if let Some((kind, text)) = message.filter(|(_, text)| !is_over && !text.is_empty()) {
        transcript.items.push(Item::Message(kind, text, false));
    }
    transcript
}
