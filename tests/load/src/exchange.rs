//! One request and its answer, written and read by hand: what is measured is first looked at.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

/// A connection that leaves no trace in the system's tables when it is dropped.
///
/// # Errors
///
/// Those of the system.
pub fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO))?;
    Ok(stream)
}

/// The request that is sent to all servers.
#[must_use]
pub fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Sends `count` requests in one segment, and checks each answer's status and body. The octets of one
/// answer.
///
/// # Errors
///
/// Those of the system, and [`io::ErrorKind::InvalidData`] for an answer that is not the one expected.
pub fn check(stream: &mut TcpStream, path: &str, body: &str, count: usize) -> io::Result<usize> {
    stream.write_all(request(path).repeat(count).as_bytes())?;
    let mut input = Vec::new();
    let mut len = 0;
    for _ in 0..count {
        let head = read_head(stream, &mut input)?;
        len = head + body.len();
        fill(stream, &mut input, len)?;
        let text = String::from_utf8_lossy(&input[..head]).to_ascii_lowercase();
        let is_expected = text.starts_with("http/1.1 200 ")
            && text.contains(&format!("\r\ncontent-length: {}\r\n", body.len()))
            && &input[head..len] == body.as_bytes();
        if !is_expected {
            return Err(invalid(format!("an answer begins with {text:?}")));
        }
        input.drain(..len);
    }
    if input.is_empty() { Ok(len) } else { Err(invalid("more came than was asked for".into())) }
}

/// The length of the next head, its empty line included.
pub(crate) fn read_head(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        if let Some(at) = input.windows(4).position(|end| end == b"\r\n\r\n") {
            return Ok(at + 4);
        }
        let len = input.len();
        fill(stream, input, len + 1)?;
    }
}

/// Reads until there are so many octets.
pub(crate) fn fill(stream: &mut TcpStream, input: &mut Vec<u8>, len: usize) -> io::Result<()> {
    let mut piece = [0; 4096];
    while input.len() < len {
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => input.extend_from_slice(&piece[..read]),
        }
    }
    Ok(())
}

pub(crate) fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
