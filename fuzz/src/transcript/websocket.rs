//! The messages on a WebSocket, and what we say to them.

use sanderling::Tick;
use sanderling::ws::deflate::{DeflateContext, MessageInflater, Status};
use sanderling::ws::{Connection, Deadlines, Error, Event, Limits, MaskingKey, MessageKind, Role, Rule};

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
    compressed_websocket(octets, is_client, cuts, limits, None)
}

/// The same where compression may have been agreed on.
///
/// # Panics
///
/// As [`websocket`].
#[must_use]
pub fn compressed_websocket(
    octets: &[u8],
    is_client: bool,
    cuts: Cuts<'_>,
    limits: Limits,
    context: Option<DeflateContext>,
) -> WebSocket {
    let key: fn() -> MaskingKey = || [1, 2, 3, 4];
    let role = if is_client { Role::Client(key) } else { Role::Server };
    let mut connection = Connection::new(role, limits, Deadlines::default());
    let mut inflater = context.map(|context| MessageInflater::new(context, u64::MAX));
    if inflater.is_some() {
        connection.allow_compression();
    }
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
                        Event::Compressed { kind, payload, last } => {
                            let (begun, text) = message.get_or_insert_with(|| (kind, Vec::new()));
                            assert_eq!(*begun, kind);
                            let inflater = inflater.as_mut().expect("compression was not agreed on");
                            match inflate(&mut connection, inflater, payload, last, text) {
                                Ok(false) => {}
                                Ok(true) => {
                                    let text = core::mem::take(text);
                                    transcript.items.push(Item::Message(kind, text, true));
                                    message = None;
                                }
                                Err(error) => transcript.items.push(Item::Failed(error.rule())),
                            }
                        }
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

/// Inflates what has come of a message, octet by octet, and says whether the message is complete.
fn inflate(
    connection: &mut Connection,
    inflater: &mut MessageInflater,
    payload: &[u8],
    last: bool,
    text: &mut Vec<u8>,
) -> Result<bool, Error> {
    let mut rest = payload;
    loop {
        let mut octet = [0];
        let Ok(coded) = inflater.inflate(rest, last, &mut octet) else {
            return Err(connection.fail_inflating(Tick::ZERO));
        };
        rest = &rest[coded.read..];
        let is_end = coded.status == Status::End;
        connection.check_inflated(&octet[..coded.written], is_end, Tick::ZERO)?;
        text.extend_from_slice(&octet[..coded.written]);
        if coded.status != Status::NeedRoom {
            return Ok(is_end);
        }
    }
}
