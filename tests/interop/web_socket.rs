//! A WebSocket by hand, just enough to see that one is there.

use super::curl::Answer;
use super::report::ensure;
use super::wire::Wire;

/// The key is that of RFC 6455 section 1.3.
pub(crate) const HANDSHAKE: &[u8] = b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The masked text of RFC 6455 section 5.7, and a Close frame with 1000.
pub(crate) const FRAMES: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x88\x82\0\0\0\0\x03\xe8";

/// What the server makes of the key, and of the frames.
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
pub(crate) const ECHO: &[u8] = b"\x81\x05Hello\x88\x02\x03\xe8";

pub(crate) fn accepted(answer: &Answer) -> Result<(), String> {
    answer.has_status(101)?;
    answer.has_header("sec-websocket-accept", ACCEPT)
}

/// Both frames come back, and the connection ends.
pub(crate) fn echoed(wire: &mut Wire) -> Result<(), String> {
    let frames = wire.octets(ECHO.len())?;
    ensure(frames == ECHO, || format!("the frames are {}", frames.escape_ascii()))?;
    wire.ends()
}
