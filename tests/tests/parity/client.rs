//! Holds a conversation with a server.

use core::fmt;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use super::script::{Conversation, End, Step};

/// So long may one read or write take.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many octets of what is sent at once go one by one.
const SINGLE: usize = 300;

const PROBE: &[u8] = b"GET /probe HTTP/1.1\r\nHost: a\r\n\r\n";
const PROBE_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nprobe\n";

/// How what is sent is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sending {
    Whole,
    Octets,
}

impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "whole",
            Self::Octets => "octet by octet",
        })
    }
}

/// Holds the conversation; gives all that came, with chunked bodies decoded, and what was wrong.
pub(crate) fn converse(
    conversation: &Conversation,
    sending: Sending,
    server: SocketAddr,
) -> (Vec<u8>, Result<(), String>) {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let mut incoming = Incoming { stream: &stream, pending: Vec::new(), taken: Vec::new() };
    let (to_send, commands) = mpsc::channel();
    let result = thread::scope(|scope| {
        scope.spawn(|| send_all(&stream, sending, commands));
        let result = hold(conversation, &mut incoming, &to_send);
        drop(to_send);
        // Whatever is still being sent, nobody waits for it any more.
        let _ = stream.shutdown(Shutdown::Both);
        result
    });
    (incoming.taken, result)
}

enum Command {
    Send(Vec<u8>),
    HalfClose,
    Report(Sender<io::Result<()>>),
}

/// A server that has closed takes no more, which is no fault of its own unless a report is wanted.
fn send_all(mut stream: &TcpStream, sending: Sending, commands: Receiver<Command>) {
    let mut result = Ok(());
    for command in commands {
        match command {
            Command::Send(octets) if result.is_ok() => {
                let single = if matches!(sending, Sending::Octets) { octets.len().min(SINGLE) } else { 0 };
                let (front, rest) = octets.split_at(single);
                result = front.iter().try_for_each(|octet| stream.write_all(&[*octet]));
                result = result.and_then(|()| stream.write_all(rest));
            }
            Command::HalfClose if result.is_ok() => result = stream.shutdown(Shutdown::Write),
            Command::Send(_) | Command::HalfClose => {}
            Command::Report(to) => {
                let _ = to.send(core::mem::replace(&mut result, Ok(())));
            }
        }
    }
}

fn hold(conversation: &Conversation, incoming: &mut Incoming<'_>, to_send: &Sender<Command>) -> Result<(), String> {
    let send = |command| to_send.send(command).map_err(|_| "the sending thread is gone".to_owned());
    for (number, step) in (1..).zip(&conversation.steps) {
        match step {
            Step::Send(octets) => send(Command::Send(octets.clone())),
            Step::HalfClose => send(Command::HalfClose),
            Step::Sent => {
                let (report, reported) = mpsc::channel();
                send(Command::Report(report))?;
                reported.recv().map_err(|error| error.to_string())?.map_err(|error| format!("sending: {error}"))
            }
            Step::Receive(octets) => incoming.exactly(octets),
            Step::Chunked(octets) => incoming.chunked(octets),
            Step::Status(status) => incoming.response(*status),
        }
        .map_err(|what| format!("step {number}: {what}"))?;
    }
    match conversation.end {
        End::Open => {
            send(Command::Send(PROBE.to_vec()))?;
            incoming.exactly(PROBE_ANSWER)
        }
        End::Closed => incoming.end(false),
        End::Cut => incoming.end(true),
    }
    .map_err(|what| format!("end: {what}"))
}

/// What comes from the server.
struct Incoming<'a> {
    stream: &'a TcpStream,
    /// What was read and not yet taken.
    pending: Vec<u8>,
    taken: Vec<u8>,
}

impl Incoming<'_> {
    /// Reads once more; `false` at the end.
    fn more(&mut self) -> io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        let len = self.stream.read(&mut piece)?;
        self.pending.extend_from_slice(&piece[..len]);
        Ok(len > 0)
    }

    /// Waits for so many octets.
    fn fill(&mut self, len: usize) -> Result<(), String> {
        while self.pending.len() < len {
            match self.more() {
                Ok(true) => {}
                Ok(false) => return Err("then the end".into()),
                Err(error) => return Err(format!("then {error}")),
            }
        }
        Ok(())
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        self.pending.drain(..len).collect()
    }

    /// Takes all up to and with a mark.
    fn until(&mut self, mark: &[u8]) -> Result<Vec<u8>, String> {
        loop {
            if let Some(at) = self.pending.windows(mark.len()).position(|octets| octets == mark) {
                return Ok(self.take(at + mark.len()));
            }
            self.fill(self.pending.len() + 1)?;
        }
    }

    fn exactly(&mut self, octets: &[u8]) -> Result<(), String> {
        let filled = self.fill(octets.len());
        let same = self.pending.iter().zip(octets).take_while(|(came, wanted)| came == wanted).count();
        if same < octets.len() {
            let (wanted, came) = (show(&octets[same..]), show(&self.pending[same..]));
            let ended = filled.err().map_or(String::new(), |what| format!("\n    {what}"));
            return Err(format!("after {same} octets\n    wanted {wanted}\n    got    {came}{ended}"));
        }
        let taken = self.take(octets.len());
        self.taken.extend(taken);
        Ok(())
    }

    fn chunked(&mut self, octets: &[u8]) -> Result<(), String> {
        let mut content = Vec::new();
        loop {
            let line = self.until(b"\r\n")?;
            let digits = line.strip_suffix(b"\r\n").unwrap_or_default();
            let size = core::str::from_utf8(digits).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
            let Some(size) = size else { return Err(format!("no chunk size: {}", show(&line))) };
            if size == 0 {
                break;
            }
            self.fill(size + 2)?;
            content.extend(self.take(size));
            let end = self.take(2);
            if end != b"\r\n" {
                return Err(format!("no end of a chunk: {}", show(&end)));
            }
        }
        if content != octets {
            return Err(format!("wanted in chunks {}\n    got {}", show(octets), show(&content)));
        }
        self.taken.extend(content);
        Ok(())
    }

    fn response(&mut self, status: u16) -> Result<(), String> {
        let head = self.until(b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&head).into_owned();
        if !text.starts_with(&format!("HTTP/1.1 {status} ")) {
            return Err(format!("wanted status {status}, got {}", show(&head)));
        }
        let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
        let Some(length) = length else { return Err(format!("no Content-Length: {}", show(&head))) };
        self.fill(length)?;
        let content = self.take(length);
        self.taken.extend(head);
        self.taken.extend(content);
        Ok(())
    }

    fn end(&mut self, may_reset: bool) -> Result<(), String> {
        let ended = loop {
            match self.more() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) if may_reset && error.kind() == io::ErrorKind::ConnectionReset => break Ok(()),
                Err(error) => break Err(error.to_string()),
            }
        };
        if !self.pending.is_empty() {
            return Err(format!("too much came: {}", show(&self.pending)));
        }
        ended
    }
}

fn show(octets: &[u8]) -> String {
    /// An event is shown up to this length.
    const SHOWN: usize = 300;
    let mut text = octets.escape_ascii().to_string();
    if text.len() > SHOWN {
        text.truncate(SHOWN);
        text.push_str("...");
    }
    format!("\"{text}\"")
}
