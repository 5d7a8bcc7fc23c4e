//! The tasks and their inputs. The heads lie in `data`, with plain line ends for whoever edits them.

/// So many requests arrive in one read.
const PIPELINED: usize = 16;
/// So many chunks do, of so many octets each.
const CHUNKS: usize = 64;
const CHUNK: usize = 64;
/// Frames up to this length arrive several in one read.
const SMALL: usize = 1024;

/// What is alike in how it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// The head of a request: its octets are checked and its parts found.
    RequestHead,
    /// The same, and each name and value is looked at.
    RequestFields,
    /// The head of a response.
    ResponseHead,
    /// A request is read and answered.
    Cycle,
    /// A chunk of a body is read.
    Chunk,
    /// A message of a WebSocket is read and unmasked.
    Receive,
    /// A message of a WebSocket is framed.
    Send,
    /// A message of a WebSocket is read and sent back.
    Echo,
    /// Text is found to be UTF-8.
    Utf8,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) group: Group,
    pub(crate) name: &'static str,
    /// What arrives in one round, or is sent.
    pub(crate) input: &'static [u8],
    /// How many operations a round is.
    pub(crate) operations: u64,
}

impl Group {
    pub(crate) const ALL: [Self; 9] = [
        Self::RequestHead,
        Self::RequestFields,
        Self::ResponseHead,
        Self::Cycle,
        Self::Chunk,
        Self::Receive,
        Self::Send,
        Self::Echo,
        Self::Utf8,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::RequestHead => "request head",
            Self::RequestFields => "request head and its fields",
            Self::ResponseHead => "response head",
            Self::Cycle => "request and answer",
            Self::Chunk => "chunk of a body",
            Self::Receive => "message received",
            Self::Send => "message sent",
            Self::Echo => "message echoed",
            Self::Utf8 => "UTF-8",
        }
    }

    pub(crate) fn tasks(self) -> Vec<Task> {
        let task = |name, input: Vec<u8>, operations: usize| Task {
            group: self,
            name,
            input: input.leak(),
            operations: operations as u64,
        };
        let minimal = || crlf(include_str!("../data/minimal.txt"));
        let browser = || crlf(include_str!("../data/browser.txt"));
        match self {
            Self::RequestHead => vec![
                task("40 B, 1 field", minimal(), 1),
                task("397 B, 10 fields", crlf(include_str!("../data/ten_fields.txt")), 1),
                task("691 B, 9 fields", browser(), 1),
                task("2 KB, 19 fields", crlf(include_str!("../data/browser_with_cookies.txt")), 1),
                task("2.9 KB, 64 fields", crlf(include_str!("../data/sixty_four_fields.txt")), 1),
            ],
            Self::RequestFields => vec![task("691 B, 9 fields", browser(), 1)],
            Self::ResponseHead => vec![task("307 B, 10 fields", crlf(include_str!("../data/response.txt")), 1)],
            Self::Cycle => vec![
                task("40 B", minimal().repeat(PIPELINED), PIPELINED),
                task("691 B", browser().repeat(PIPELINED), PIPELINED),
            ],
            Self::Chunk => {
                let chunk = [format!("{CHUNK:x}\r\n").as_bytes(), &[b'x'; CHUNK], b"\r\n"].concat();
                vec![task("64 B", chunk.repeat(CHUNKS), CHUNKS)]
            }
            Self::Receive => vec![
                task("16 B", frame(16).repeat(16), 16),
                task("1 KiB", frame(SMALL).repeat(16), 16),
                task("64 KiB", frame(64 << 10), 1),
                task("1 MiB", frame(1 << 20), 1),
            ],
            Self::Send => vec![task("16 B", vec![b'x'; 16], 1), task("1 KiB", vec![b'x'; SMALL], 1)],
            Self::Echo => vec![task("16 B", frame(16).repeat(16), 16), task("1 KiB", frame(SMALL).repeat(16), 16)],
            Self::Utf8 => {
                let short = "über 世界 ≈";
                vec![
                    task("16 B of mixed scripts", short.into(), 1),
                    task("64 B of mixed scripts", short.repeat(4).into(), 1),
                    task("1 KiB of mixed scripts", include_bytes!("../data/mixed_scripts.txt").to_vec(), 1),
                    task("1 KiB of ASCII", vec![b'x'; 1024], 1),
                ]
            }
        }
    }
}

impl Task {
    /// The names and values of a head, read in the plainest way.
    pub(crate) fn fields(&self) -> Vec<(&'static [u8], &'static [u8])> {
        let text = core::str::from_utf8(self.input).unwrap();
        let lines = text.split("\r\n").skip(1).take_while(|line| !line.is_empty());
        lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect()
    }

    /// How many octets of content a round brings: of all chunks, or of all messages.
    pub(crate) fn content(&self) -> usize {
        let operations = self.operations as usize;
        match self.group {
            Group::Chunk => operations * CHUNK,
            Group::Receive | Group::Echo => {
                let frame = self.input.len() / operations;
                operations * (frame - header(frame).len())
            }
            _ => self.input.len(),
        }
    }
}

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A masked frame with a binary message of this length.
fn frame(len: usize) -> Vec<u8> {
    let mut frame = header(len);
    frame.extend((0..len).map(|at| b'x' ^ KEY[at % 4]));
    frame
}

/// RFC 6455 section 5.2. For the length of a whole frame it has as many octets as for that of its payload.
fn header(len: usize) -> Vec<u8> {
    let mut header = vec![0x82];
    match len {
        ..126 => header.push(0x80 | len as u8),
        126..65_536 => {
            header.push(0x80 | 126);
            header.extend((len as u16).to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend((len as u64).to_be_bytes());
        }
    }
    header.extend(KEY);
    header
}
