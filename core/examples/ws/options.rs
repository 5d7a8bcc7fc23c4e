//! The command line, in the manner of websocat.

use std::process::ExitCode;

use lexopt::prelude::*;
use sanderling::drive::WebSocketOptions;
use sanderling::ws::MessageKind;
use sanderling::ws::deflate::DeflateOptions;

use super::command_line;

/// What the command line said, or the defaults where it said nothing.
pub(crate) struct Options {
    pub url: String,
    /// Field lines of the opening handshake.
    pub fields: Vec<(String, String)>,
    pub websocket: WebSocketOptions,
    /// What the lines of standard input become.
    pub kind: MessageKind,
    /// Every message goes back; standard input is left alone.
    pub echo: bool,
}

impl Options {
    /// The options of this process, or its exit code if there is nothing to do.
    pub(crate) fn from_args() -> Result<Self, ExitCode> {
        command_line::read(parse, help)
    }
}

fn help(name: &str) -> String {
    format!(
        "Usage: {name} [options] URL

Sends the lines of standard input as messages, and prints the messages that come.
The end of the input closes the WebSocket.

Options:
  --binary                 send binary messages, not text
  --deflate                offer permessage-deflate
  --header 'NAME: VALUE'   a field of the opening handshake, as often as needed
  --subprotocol NAME       a subprotocol, the one preferred first
  --max-size OCTETS        the largest message to take [default: 67108864]
  --echo                   send each message back, and print none
  -h, --help               print this

Exit codes:
  0  closed with 1000, 1001 or no code
  1  refused, lost, or a rule of the protocol was broken
  2  a mistake on the command line
  3  the peer closed with any other code
"
    )
}

/// `None` is a call for help.
fn parse(parser: &mut lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let (mut url, mut fields, mut subprotocols) = (None, Vec::new(), Vec::new());
    let mut websocket = WebSocketOptions::default();
    let (mut kind, mut echo) = (MessageKind::Text, false);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("binary") => kind = MessageKind::Binary,
            Long("deflate") => websocket.deflate = Some(DeflateOptions::default()),
            Long("header") => fields.push(field(&parser.value()?.string()?)?),
            Long("subprotocol") => subprotocols.push(&*parser.value()?.string()?.leak()),
            Long("max-size") => {
                let size = parser.value()?.parse()?;
                websocket.limits.message_size = size;
                websocket.limits.frame_size = size;
            }
            Long("echo") => echo = true,
            Short('h') | Long("help") => return Ok(None),
            Value(value) if url.is_none() => url = Some(value.string()?),
            arg => return Err(arg.unexpected()),
        }
    }
    // They live as long as the process, as those of most applications do.
    websocket.subprotocols = subprotocols.leak();
    let url = url.ok_or("no URL given")?;
    Ok(Some(Options { url, fields, websocket, kind, echo }))
}

fn field(line: &str) -> Result<(String, String), lexopt::Error> {
    let (name, value) = line.split_once(':').ok_or("a field has a colon behind its name")?;
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Options, parse};
    use lexopt::Parser;
    use sanderling::ws::MessageKind;

    fn read(args: &[&str]) -> Result<Option<Options>, String> {
        parse(&mut Parser::from_args(args)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_have_defaults_and_can_be_set() {
        let found = read(&["ws://a/"]).unwrap().unwrap();
        assert_eq!((found.url.as_str(), found.kind, found.echo), ("ws://a/", MessageKind::Text, false));
        assert!(found.websocket.deflate.is_none());
        assert_eq!(found.websocket.limits.message_size, 64 << 20);
        let args = ["--binary", "--deflate", "--header=A:  b:c ", "--max-size", "9", "--echo"];
        let names = ["--subprotocol=one", "--subprotocol", "two", "ws://b/"];
        let found = read(&[&args[..], &names].concat()).unwrap().unwrap();
        assert_eq!((found.kind, found.echo), (MessageKind::Binary, true));
        assert_eq!(found.fields, [("A".to_owned(), "b:c".to_owned())]);
        assert_eq!(found.websocket.subprotocols, ["one", "two"]);
        assert!(found.websocket.deflate.is_some());
        let limits = found.websocket.limits;
        assert_eq!((limits.message_size, limits.frame_size), (9, 9));
        assert!(read(&["ws://a/", "-h"]).unwrap().is_none());
    }

    #[test]
    fn mistakes_are_named() {
        for args in [&[][..], &["ws://a/", "ws://b/"], &["--header", "x", "ws://a/"], &["--max-size=x", "ws://a/"]] {
            assert!(read(args).is_err(), "{args:?}");
        }
    }
}
