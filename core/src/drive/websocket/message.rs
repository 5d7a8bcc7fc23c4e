//! Messages as an application has them.

use core::fmt;
use core::ops::Deref;
use core::str::from_utf8;

use bytes::Bytes;

use crate::drive::Payload;
use crate::ws::{CloseCode, MessageKind};

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // RFC 6455 has two kinds
pub enum Message {
    /// Text.
    Text(Text),
    /// Octets.
    Binary(Bytes),
}

impl Message {
    /// Octets that were checked if they are text.
    pub(super) fn new(kind: MessageKind, payload: Bytes) -> Self {
        match kind {
            MessageKind::Text => Self::Text(Text(payload)),
            MessageKind::Binary => Self::Binary(payload),
        }
    }
}

/// Text that was received: octets known to be UTF-8, cheap to clone and to send on.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(pub(super) Bytes);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Checked when it was received, so that this never comes to the default.
        from_utf8(&self.0).unwrap_or_default()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl Payload for Text {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Payload for &Text {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn into_bytes(self) -> Bytes {
        self.0.clone()
    }
}

/// How the peer closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// The code of its Close frame, if it had one.
    pub code: Option<CloseCode>,
    /// The reason, often empty.
    pub reason: Text,
}

/// A part of a message, handed out before the rest of it has come. Parts are as they arrive; they
/// say nothing of how the peer has cut its message into frames.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessagePart {
    /// What the message is made of. A part of a text is text, too: no character is cut.
    pub kind: MessageKind,
    /// The octets; empty only if it is the last part.
    pub data: Bytes,
    /// The message ends here.
    pub last: bool,
}

/// A message that has come whole is its first and last part.
impl From<Message> for MessagePart {
    fn from(message: Message) -> Self {
        let (kind, data) = match message {
            Message::Text(Text(data)) => (MessageKind::Text, data),
            Message::Binary(data) => (MessageKind::Binary, data),
        };
        Self { kind, data, last: true }
    }
}

/// Marks payloads that are UTF-8 by their type.
pub trait AsUtf8 {}
impl AsUtf8 for &str {}
impl AsUtf8 for &alloc::string::String {}
impl AsUtf8 for alloc::string::String {}
impl AsUtf8 for Text {}
impl AsUtf8 for &Text {}
