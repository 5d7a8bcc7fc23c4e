//! A client that asks for files, one after another on one connection.

use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::servers::Server;

pub(crate) struct Client(BufReader<TcpStream>);

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
}

/// An answer as it came, all of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn of(server: &Server) -> Self {
        Self::at(server.address)
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, &[])
    }

    pub(crate) fn get_with(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("GET", target, fields)
    }

    /// Sends a request and reads the answer; a body to HEAD, or one with 304, would be taken for the next
    /// answer's head.
    pub(crate) fn ask(&mut self, method: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(method, target, fields);
        let head = self.head();
        let is_empty = method == "HEAD" || matches!(head.status, 204 | 304);
        let mut body = vec![0; if is_empty { 0 } else { head.length() }];
        self.0.read_exact(&mut body).unwrap();
        Answer { head, body }
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, fields: &[(&str, &str)]) {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n");
        fields.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
        request.push_str("\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
    }

    pub(crate) fn head(&mut self) -> Head {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let status = line.strip_prefix("HTTP/1.1 ").expect("a status line").get(..3).unwrap().parse().unwrap();
        let mut fields = Vec::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        Head { status, fields }
    }

    /// Reads until nothing more comes, however that ends.
    pub(crate) fn rest(&mut self) -> usize {
        let (mut octets, mut len) = (vec![0; 1 << 16], 0);
        loop {
            match self.0.read(&mut octets) {
                Ok(0) => return len,
                Ok(read) => len += read,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the connection stays open"),
                Err(_) => return len,
            }
        }
    }

    /// Reads so much.
    pub(crate) fn take(&mut self, len: usize) -> Vec<u8> {
        let mut octets = vec![0; len];
        self.0.read_exact(&mut octets).unwrap();
        octets
    }
}

impl Head {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.as_str())
    }

    /// The value of a field that is there.
    pub(crate) fn has(&self, name: &str) -> &str {
        self.field(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(crate) fn length(&self) -> usize {
        self.has("content-length").parse().unwrap()
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status and body at once.
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status(), String::from_utf8_lossy(&self.body).as_ref()), (status, body), "{:?}", self.head);
    }
}
