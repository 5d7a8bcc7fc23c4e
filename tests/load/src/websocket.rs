//! A WebSocket's client side, written by hand (RFC 6455 sections 4.1 and 5.2).

use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::content::WEBSOCKET_PATH;
use crate::exchange::{connect, invalid, read_head};

/// The sample key of RFC 6455 section 1.3, so that a server's answer can be a fixed one.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What answers it.
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Every message is masked with this key: servers do not care, and it costs the client no chance.
pub const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Opens a WebSocket.
///
/// # Errors
///
/// Those of the system, and [`io::ErrorKind::InvalidData`] for a handshake that failed.
pub fn open(port: u16) -> io::Result<TcpStream> {
    let mut stream = connect(port)?;
    let request = format!(
        "GET {WEBSOCKET_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut input = Vec::new();
    let len = read_head(&mut stream, &mut input)?;
    let head = String::from_utf8_lossy(&input);
    if len == input.len() && head.starts_with("HTTP/1.1 101 ") && head.contains(ACCEPT) {
        return Ok(stream);
    }
    Err(invalid(format!("no WebSocket: {head:?}")))
}

/// The head of a binary frame with a payload of `len` octets.
#[must_use]
pub fn frame_head(len: usize, is_masked: bool) -> Vec<u8> {
    let mask_bit = u8::from(is_masked) << 7;
    let mut head = vec![0x82];
    match len {
        0..126 => head.push(mask_bit | len as u8),
        126..65_536 => {
            head.push(mask_bit | 126);
            head.extend((len as u16).to_be_bytes());
        }
        _ => {
            head.push(mask_bit | 127);
            head.extend((len as u64).to_be_bytes());
        }
    }
    if is_masked {
        head.extend(MASK);
    }
    head
}

/// Masks a payload, or unmasks it.
pub fn mask(payload: &mut [u8]) {
    payload.iter_mut().zip(MASK.iter().cycle()).for_each(|(octet, key)| *octet ^= key);
}

/// Sends one message and checks that it comes back.
///
/// # Errors
///
/// Those of the system, and [`io::ErrorKind::InvalidData`] for another message.
pub fn check(stream: &mut TcpStream) -> io::Result<()> {
    let payload = *b"sixteen octets!!";
    let mut masked = payload;
    mask(&mut masked);
    stream.write_all(&[frame_head(payload.len(), true), masked.to_vec()].concat())?;
    let expected = [frame_head(payload.len(), false), payload.to_vec()].concat();
    let mut echo = vec![0; expected.len()];
    stream.read_exact(&mut echo)?;
    if echo == expected { Ok(()) } else { Err(invalid(format!("the echo is {echo:?}"))) }
}
