//! The command line of the example servers.

use core::net::{Ipv4Addr, SocketAddr};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};
use sanderling::drive::Files;
use sanderling::semantics::{CacheDirective, DeltaSeconds};

use super::command_line;

/// What the command line said, or the defaults where it said nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The directory below `/files/`.
    pub dir: PathBuf,
    /// Whether directories there are listed.
    pub listing: bool,
    /// How many seconds its files stay fresh in caches.
    pub cache: Option<u64>,
    /// The file there that stands for pages that are none.
    pub spa: Option<String>,
}

impl Options {
    /// The options of this process, or its exit code if there is nothing to do.
    pub(crate) fn from_args() -> Result<Options, ExitCode> {
        command_line::read(parse, help)
    }

    /// The files to be served below `/files/`.
    pub(crate) fn files(&self) -> io::Result<Files> {
        let mut files = Files::new(&self.dir)?.at("/files/").listing(self.listing).precompressed(true);
        if let Some(seconds) = self.cache {
            files = files.cache_control(&[CacheDirective::MaxAge(DeltaSeconds::new(seconds))]);
        }
        if let Some(file) = &self.spa {
            files = files.fallback(file);
        }
        Ok(files)
    }
}

fn help(name: &str) -> String {
    format!(
        "Usage: {name} [--listen ADDRESS] [--dir DIR] [--listing] [--cache SECONDS] [--spa FILE]

Serves a page to try HTTP/1.1 and WebSocket on, and the files below DIR.

Options:
  --listen ADDRESS  address and port to listen on, port 0 for a free one
                    [default: 127.0.0.1:8080]
  --dir DIR         directory below /files/ [default: .]
  --listing         show what is in its directories
  --cache SECONDS   say that its files stay fresh for so long
  --spa FILE        send this file of it for pages that are not there
  -h, --help        print this
"
    )
}

/// `None` is a call for help.
fn parse(parser: &mut Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
        dir: PathBuf::from("."),
        listing: false,
        cache: None,
        spa: None,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("listen") => options.listen = address(&parser.value()?)?,
            Arg::Long("dir") => options.dir = parser.value()?.into(),
            Arg::Long("listing") => options.listing = true,
            Arg::Long("cache") => options.cache = Some(parser.value()?.parse()?),
            Arg::Long("spa") => options.spa = Some(parser.value()?.string()?),
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Some(options))
}

/// The parser's own message for a bad address does not say what a good one is.
fn address(value: &OsString) -> Result<SocketAddr, lexopt::Error> {
    value.parse().map_err(|_| {
        let value = value.to_string_lossy();
        format!("--listen takes an address and a port such as 127.0.0.1:8080, not '{value}'").into()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Options, parse};
    use lexopt::Parser;

    fn read(args: &[&str]) -> Result<Option<Options>, String> {
        parse(&mut Parser::from_args(args)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_have_defaults_and_can_be_set() {
        let found = read(&[]).unwrap().unwrap();
        assert_eq!(found.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(found.dir.to_str(), Some("."));
        assert_eq!((found.listing, found.cache, found.spa), (false, None, None));
        let found = read(&["--listen=[::1]:0", "--dir", "/srv"]).unwrap().unwrap();
        assert_eq!(found.listen.to_string(), "[::1]:0");
        assert_eq!(found.dir.to_str(), Some("/srv"));
        let found = read(&["--cache", "60", "--spa=a.html", "--listing"]).unwrap().unwrap();
        assert_eq!((found.listing, found.cache, found.spa.as_deref()), (true, Some(60), Some("a.html")));
        assert!(found.files().is_ok());
        assert_eq!(read(&["--dir", "x", "-h"]), Ok(None));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(read(&["--listen", "8080"]).unwrap_err().contains("'8080'"));
        for args in [&["--dir"][..], &["--lisen", "x"], &["--cache", "x"], &["--spa"], &["stray"]] {
            assert!(read(args).is_err(), "{args:?}");
        }
    }
}
