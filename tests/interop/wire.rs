//! A connection on which a check says what it likes, and reads the answers as RFC 9112
//! section 6.3 frames them.

use core::time::Duration;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::{self, JoinHandle};

use super::curl::Answer;
use super::report::{ensure, same};

/// However long the server may take over something.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Wire(BufReader<TcpStream>);

fn because(what: &str) -> impl Fn(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

impl Wire {
    /// `http://ADDRESS` or an address alone.
    pub(crate) fn connect(origin: &str) -> Result<Wire, String> {
        let connect = || {
            let stream = TcpStream::connect(origin.trim_start_matches("http://"))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            Ok(Wire(BufReader::new(stream)))
        };
        connect().map_err(because("connecting"))
    }

    pub(crate) fn send(&mut self, octets: impl AsRef<[u8]>) -> Result<(), String> {
        self.0.get_mut().write_all(octets.as_ref()).map_err(because("sending"))
    }

    /// Says that no more follows.
    pub(crate) fn half_close(&mut self) -> Result<(), String> {
        self.0.get_mut().shutdown(Shutdown::Write).map_err(because("closing one half"))
    }

    /// Sends on another thread what more than fills the sockets, and says that no more follows
    /// if told to.
    pub(crate) fn send_beside(&self, pieces: Vec<Vec<u8>>, closes: bool) -> Result<JoinHandle<()>, String> {
        let mut writer = self.0.get_ref().try_clone().map_err(because("a second handle"))?;
        Ok(thread::spawn(move || {
            // A server that has closed shows in what is read.
            let sent = pieces.iter().all(|piece| writer.write_all(piece).is_ok());
            if sent && closes {
                let _ = writer.shutdown(Shutdown::Write);
            }
        }))
    }

    /// The next answer, with the codes of the 1xx before it.
    pub(crate) fn answer(&mut self, method: &str) -> Result<Answer, String> {
        let mut answer = self.head()?;
        answer.body = self.body(method, &answer)?;
        Ok(answer)
    }

    /// The next answer without its body, which is there to be read.
    pub(crate) fn head(&mut self) -> Result<Answer, String> {
        let mut head = Vec::new();
        loop {
            let start = head.len();
            loop {
                let line = self.line()?;
                head.extend(line.as_bytes());
                if line == "\r\n" {
                    break;
                }
            }
            let section = head.get(start..).unwrap_or_default();
            // 101 is final here: what follows is another protocol.
            if !section.starts_with(b"HTTP/1.1 1") || section.starts_with(b"HTTP/1.1 101 ") {
                break;
            }
        }
        if head.starts_with(b"HTTP/1.1 101 ") {
            // Read by the rules for an interim answer it would be passed over.
            head.splice(9..12, *b"200");
            let mut answer = Answer::parse(&head, String::new())?;
            answer.status = 101;
            return Ok(answer);
        }
        Answer::parse(&head, String::new())
    }

    fn body(&mut self, method: &str, answer: &Answer) -> Result<Vec<u8>, String> {
        if method == "HEAD" || matches!(answer.status, 101 | 204 | 304) {
            return Ok(Vec::new());
        }
        if answer.header("transfer-encoding").is_some() {
            answer.has_header("transfer-encoding", "chunked")?;
            answer.lacks_header("content-length")?;
            return self.chunks();
        }
        match answer.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(|_| format!("a length {length:?}"))?;
                self.octets(length)
            }
            None => self.rest(),
        }
    }

    fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let size = self.line()?;
            let size = usize::from_str_radix(size.trim_end(), 16).map_err(|_| format!("a chunk size {size:?}"))?;
            if size == 0 {
                return same("the line behind the last chunk", self.line()?.as_str(), "\r\n").map(|()| body);
            }
            body.extend(self.octets(size)?);
            same("the line behind a chunk", self.line()?.as_str(), "\r\n")?;
        }
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).map_err(because("reading a line"))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        ensure(line.ends_with("\r\n"), || format!("the connection ends within a line, behind {line:?}"))?;
        Ok(line)
    }

    /// The next so many octets.
    pub(crate) fn octets(&mut self, count: usize) -> Result<Vec<u8>, String> {
        let mut octets = vec![0; count];
        self.0.read_exact(&mut octets).map_err(because("reading a body"))?;
        Ok(octets)
    }

    fn rest(&mut self) -> Result<Vec<u8>, String> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).map_err(because("reading to the end"))?;
        Ok(rest)
    }

    /// Waits for more, and says whether the connection has ended in its place.
    pub(crate) fn has_ended(&mut self) -> Result<bool, String> {
        self.0.fill_buf().map(<[u8]>::is_empty).map_err(because("waiting"))
    }

    /// Checks that the server closes, and says nothing more before it does.
    pub(crate) fn ends(&mut self) -> Result<(), String> {
        let rest = self.rest()?;
        let start = rest.get(..rest.len().min(100)).unwrap_or_default();
        ensure(rest.is_empty(), || format!("{} octets more, which begin {}", rest.len(), start.escape_ascii()))
    }
}
