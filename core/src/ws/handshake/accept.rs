//! What proves that a server has understood the handshake (RFC 6455 section 4.2.2).

use core::fmt;
use core::str::from_utf8;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::FieldLine;

/// What the accept value is made of besides the key (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A value for Sec-WebSocket-Accept: 28 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Accept([u8; 28]);

impl Accept {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut sha1 = sha1_smol::Sha1::new();
        sha1.update(key);
        sha1.update(GUID);
        let mut accept = [0; 28];
        // Twenty octets always make 28 characters.
        let _ = STANDARD.encode_slice(sha1.digest().bytes(), &mut accept);
        Self(accept)
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        from_utf8(&self.0).unwrap_or_default()
    }

    /// The fields of the answer that accepts the offer, for
    /// [`upgrade`](crate::http::server::Connection::upgrade).
    #[must_use]
    pub fn fields(&self) -> [FieldLine<'_>; 2] {
        [FieldLine::new("Upgrade", "websocket"), FieldLine::new("Sec-WebSocket-Accept", self.as_str())]
    }
}

impl fmt::Debug for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
