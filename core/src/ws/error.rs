//! What a peer did wrong, and what the local application did wrong.

use core::fmt;

use super::CloseCode;

/// The rule that a peer's frames broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A reserved bit is set that no extension gave a meaning (RFC 6455 section 5.2).
    ReservedBits,
    /// A reserved opcode (RFC 6455 section 5.2).
    Opcode,
    /// A payload length that is not in the shortest form, or has its top bit set (RFC 6455 section 5.2).
    PayloadLength,
    /// A client's frame without a mask, or a server's with one (RFC 6455 section 5.1).
    Masking,
    /// A control frame that is fragmented or longer than 125 octets (RFC 6455 section 5.5).
    ControlFrame,
    /// A continuation without a message, or a new message within another (RFC 6455 section 5.4).
    Fragmentation,
    /// A Close frame with one octet, or with a code that may not be sent (RFC 6455 section 7.4).
    CloseFrame,
    /// Text that is not UTF-8 (RFC 6455 section 8.1).
    Utf8,
    /// A frame or message passes [`Limits::frame_size`](super::Limits::frame_size) or
    /// [`Limits::message_size`](super::Limits::message_size) (RFC 6455 section 10.4).
    TooBig,
    /// A compressed message that is not DEFLATE (RFC 7692 section 7.2.2).
    Compression,
    /// A message passes [`Limits::fragments`](super::Limits::fragments) (RFC 6455 section 10.4).
    TooManyFragments,
}

/// A rule that a peer broke. The connection owes the matching Close frame, then it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    rule: Rule,
}

impl Error {
    pub(crate) const fn new(rule: Rule) -> Self {
        Self { rule }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The code of the Close frame that answers it: the one place where a rule becomes a code.
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        match self.rule {
            Rule::ReservedBits
            | Rule::Opcode
            | Rule::PayloadLength
            | Rule::Masking
            | Rule::ControlFrame
            | Rule::Fragmentation
            | Rule::CloseFrame => CloseCode::PROTOCOL_ERROR,
            Rule::Utf8 | Rule::Compression => CloseCode::INVALID_PAYLOAD,
            Rule::TooBig => CloseCode::TOO_BIG,
            Rule::TooManyFragments => CloseCode::POLICY,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.rule {
            Rule::ReservedBits => "reserved bit set",
            Rule::Opcode => "reserved opcode",
            Rule::PayloadLength => "payload length not in its shortest form",
            Rule::Masking => "masking does not fit the role",
            Rule::ControlFrame => "control frame fragmented or too long",
            Rule::Fragmentation => "fragment out of order",
            Rule::CloseFrame => "malformed Close frame",
            Rule::Utf8 => "text is not UTF-8",
            Rule::TooBig => "message too big",
            Rule::Compression => "malformed compressed message",
            Rule::TooManyFragments => "message in too many fragments",
        })
    }
}

impl core::error::Error for Error {}

/// Why something was not sent. The connection's state is as before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// The buffer holds fewer than `required` octets.
    TooSmall {
        /// How many octets would do.
        required: usize,
    },
    /// More than 125 octets in a control frame, or 123 in a close reason (RFC 6455 section 5.5).
    ControlFrame,
    /// A fragment of the other kind than the message that it would continue (RFC 6455 section 5.4).
    Fragmentation,
    /// Text that is not UTF-8 (RFC 6455 section 8.1).
    Utf8,
    /// A Close frame was sent: nothing may follow (RFC 6455 section 5.5.1).
    Closed,
}

#[cfg(feature = "alloc")]
impl SendError {
    /// How many octets the buffer needs, if that is all.
    pub(crate) const fn required(&self) -> Option<usize> {
        match *self {
            Self::TooSmall { required } => Some(required),
            _ => None,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { required } => write!(f, "the buffer needs room for {required} octets"),
            Self::ControlFrame => f.write_str("control frame too long"),
            Self::Fragmentation => f.write_str("another message has not ended"),
            Self::Utf8 => f.write_str("text is not UTF-8"),
            Self::Closed => f.write_str("the connection is closing"),
        }
    }
}

impl core::error::Error for SendError {}
