//! Close codes and the payload of a Close frame (RFC 6455 sections 5.5.1 and 7.4).

use core::fmt;
use core::str::from_utf8;

use super::error::Rule;

/// A close code, as a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// An endpoint goes away: a server shuts down, a page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// A rule of the protocol was broken.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that the endpoint does not take.
    pub const UNSUPPORTED: Self = Self(1003);
    /// A text message that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A policy of the endpoint was violated.
    pub const POLICY: Self = Self(1008);
    /// A message too big to be processed.
    pub const TOO_BIG: Self = Self(1009);
    /// The server did not negotiate an extension that the client needs.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// Something unexpected kept the endpoint from going on.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The service restarts (registered with IANA).
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The service is overloaded (registered with IANA).
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// A gateway had no answer (registered with IANA).
    pub const BAD_GATEWAY: Self = Self(1014);

    /// A code that may stand in a Close frame: 1000 to 1003, 1007 to 1014 and 3000 to 4999;
    /// `None` for any other (RFC 6455 section 7.4).
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The code and reason of a Close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close<'a> {
    /// The code.
    pub code: CloseCode,
    /// The reason, 123 octets at most; for people who read logs.
    pub reason: &'a str,
}

impl<'a> Close<'a> {
    /// Reads the payload of a Close frame; an empty one says nothing.
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Option<Self>, Rule> {
        match payload {
            [] => Ok(None),
            [_] => Err(Rule::CloseFrame),
            [high, low, reason @ ..] => {
                let code = CloseCode::new(u16::from_be_bytes([*high, *low])).ok_or(Rule::CloseFrame)?;
                let reason = from_utf8(reason).map_err(|_| Rule::Utf8)?;
                Ok(Some(Self { code, reason }))
            }
        }
    }
}
