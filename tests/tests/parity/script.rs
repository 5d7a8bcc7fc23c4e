//! Reads the conversations. The format is described beside them.

use core::fmt;
use std::fs;
use std::path::Path;

use sanderling_tests::escape;

/// One conversation on one connection.
pub(crate) struct Conversation {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// The configuration of the server.
    pub(crate) server: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

/// What the client does, one after another. It sends on while it receives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Shuts down the client's sending side.
    HalfClose,
    /// Waits until all was sent, before anything more is received.
    Sent,
    /// Exactly these octets come.
    Receive(Vec<u8>),
    /// A chunked body comes up to its last chunk, however it is cut into chunks.
    Chunked(Vec<u8>),
    /// A response with this status comes, with a Content-Length.
    Status(u16),
}

/// How the connection stands behind the last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Another request is answered.
    Open,
    /// Nothing more comes before a clean end.
    Closed,
    /// Nothing more comes before an end or a reset.
    Cut,
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.file, self.line, self.name)
    }
}

/// Reads all conversations, file by file.
pub(crate) fn read_all() -> Vec<Conversation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/conversations");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "conv"));
    paths.sort();
    let mut conversations = Vec::new();
    for path in paths {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        conversations.extend(parse(&file, &fs::read_to_string(&path).unwrap()));
    }
    conversations
}

fn parse(file: &str, text: &str) -> Vec<Conversation> {
    let mut conversations: Vec<Conversation> = Vec::new();
    let mut is_within = false;
    for (line, content) in (1..).zip(text.lines()) {
        let malformed = |what: &str| -> ! { panic!("{file}:{line}: {what}") };
        if content.is_empty() || content.starts_with('#') {
            is_within &= !content.is_empty();
            continue;
        }
        let (key, value) = content.split_once(':').unwrap_or((content, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        if is_within == (key == "name") {
            malformed("a conversation begins with its name");
        }
        if !is_within {
            is_within = true;
            conversations.push(Conversation {
                name: value.into(),
                file: file.into(),
                line,
                server: "default".into(),
                steps: Vec::new(),
                end: End::Open,
            });
            continue;
        }
        let conversation = conversations.last_mut().unwrap();
        let octets = || escape::text(value).unwrap_or_else(|what| malformed(&what));
        let step = match key {
            "rfc" => continue,
            "server" => {
                conversation.server = value.into();
                continue;
            }
            "end" => {
                conversation.end = match value {
                    "open" => End::Open,
                    "closed" => End::Closed,
                    "cut" => End::Cut,
                    _ => malformed("unknown end"),
                };
                continue;
            }
            "send" => Step::Send(octets()),
            "half-close" => Step::HalfClose,
            "sent" => Step::Sent,
            "receive" => Step::Receive(octets()),
            "chunked" => Step::Chunked(octets()),
            "status" => Step::Status(value.parse().unwrap_or_else(|_| malformed("no status"))),
            _ => malformed("unknown key"),
        };
        match (conversation.steps.last_mut(), step) {
            (Some(Step::Send(before)), Step::Send(octets)) | (Some(Step::Receive(before)), Step::Receive(octets)) => {
                before.extend(octets);
            }
            (_, step) => conversation.steps.push(step),
        }
    }
    conversations
}

#[test]
fn steps_and_their_lines() {
    let text = "# About.\nname: a: b\nsend: x\\r\nsend: y\nhalf-close\nreceive:\nend: cut\n\nname: c\nstatus: 400\n";
    let conversations = parse("f.conv", text);
    assert_eq!(conversations[0].to_string(), "f.conv:2 a: b");
    assert_eq!(conversations[0].steps, [Step::Send(b"x\ry".to_vec()), Step::HalfClose, Step::Receive(Vec::new())]);
    assert_eq!((conversations[0].end, conversations[1].end), (End::Cut, End::Open));
    assert_eq!(conversations[1].steps, [Step::Status(400)]);
}
