//! The command line of the chat servers, and how their WebSockets are opened.

use core::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use lexopt::prelude::*;
use sanderling::drive::WebSocketOptions;
use sanderling::ws::handshake::is_same_origin;

use super::command_line;

const HELP: &str = "\
[ADDRESS]

Serves a page on which all who open it can talk to each other. ADDRESS is an address and a port, 0 for
a free one [default: 127.0.0.1:8080]";

/// Octets of one message.
const LONGEST: u64 = 4 * 1024;

/// The address of this process's command line, or its exit code if there is nothing to do.
pub(crate) fn address() -> Result<SocketAddr, ExitCode> {
    command_line::read(parse, |name| format!("usage: {name} {HELP}\n"))
}

fn parse(parser: &mut lexopt::Parser) -> Result<Option<SocketAddr>, lexopt::Error> {
    let mut address = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Value(value) if address.is_none() => address = Some(value.parse()?),
            arg => return Err(arg.unexpected()),
        }
    }
    Ok(Some(address.unwrap_or((Ipv4Addr::LOCALHOST, 8080).into())))
}

/// Other sites' pages stay outside (RFC 6455 section 10.2). Nothing is compressed: the messages are
/// short, and a compressor for each member would be most of the memory that the server takes.
pub(crate) fn websocket_options() -> WebSocketOptions {
    let mut options = WebSocketOptions::default();
    options.limits.message_size = LONGEST;
    options.limits.frame_size = LONGEST;
    options.accepts = Some(is_same_origin);
    options
}

#[cfg(test)]
mod tests {
    use super::parse;
    use lexopt::Parser;

    #[test]
    fn the_address_has_a_default_and_can_be_set() {
        let read = |args: &[&str]| parse(&mut Parser::from_args(args)).map_err(|_| ());
        assert_eq!(read(&[]), Ok(Some(([127, 0, 0, 1], 8080).into())));
        assert_eq!(read(&["127.0.0.1:0"]), Ok(Some(([127, 0, 0, 1], 0).into())));
        assert_eq!(read(&["--help"]), Ok(None));
        assert!(read(&["8080"]).is_err() && read(&["[::1]:1", "[::1]:2"]).is_err() && read(&["--port"]).is_err());
    }
}
