//! The part of the example servers that no runtime changes: their options,
//! which resource a request means, and the bytes they make up. Nothing here touches a socket. Each adapter's example includes
//! it by path, so that the servers behave alike.

#[path = "../command_line/mod.rs"]
mod command_line;
mod events;
mod options;
mod route;

pub(crate) use events::{first_wave, wave_text};
pub(crate) use options::Options;
pub(crate) use route::{Route, route};

use sanderling::drive::WebSocketOptions;
use sanderling::ws::deflate::DeflateOptions;

/// The page at `/`, on which a person tries the other routes.
pub(crate) const PAGE: &str = include_str!("page.html");

/// The body of `/hello`.
pub(crate) const HELLO: &str = "Hello, World!";

/// One line of the body of `/bytes/N`.
const LINE: &[u8; 64] = b"The sanderling runs ahead of each wave and follows it back out.\n";

/// The most that [`pattern`] gives at once.
const PIECE: usize = 64 * 1024;

/// One line more than a piece, so that a full piece can start anywhere in a line.
static LINES: [[u8; LINE.len()]; PIECE / LINE.len() + 1] = [*LINE; PIECE / LINE.len() + 1];

/// The bytes of the `/bytes/N` body from `offset` on: `len` of them, but at
/// most 64 KiB, so a caller asks again from where it stopped.
pub(crate) fn pattern(offset: u64, len: usize) -> &'static [u8] {
    // The remainder is below 64, so the cast loses nothing.
    let start = (offset % LINE.len() as u64) as usize;
    LINES.as_flattened().get(start..start + len.min(PIECE)).unwrap_or_default()
}

/// How the WebSockets at `/ws` are opened: compressed, if the client offers it. They send back whole
/// messages, which have a limit, and not parts: a client may send all of a message before it reads any.
pub(crate) fn websocket_options() -> WebSocketOptions {
    let mut options = WebSocketOptions::default();
    options.deflate = Some(DeflateOptions::default());
    options
}

/// What `/stream` sends as its chunk number `i`, counted from 1.
pub(crate) fn chunk_text(i: u64) -> String {
    format!("chunk {i}\n")
}

#[cfg(test)]
mod tests {
    use super::{LINE, chunk_text, pattern};

    #[test]
    fn the_pattern_does_not_depend_on_how_it_is_cut() {
        let whole: Vec<u8> = LINE.iter().copied().cycle().take(200_000).collect();
        for step in [1, 63, 1000, 65_536, 1_000_000] {
            let mut made = Vec::new();
            while made.len() < whole.len() {
                let want = step.min(whole.len() - made.len());
                let piece = pattern(made.len() as u64, want);
                assert_eq!(piece.len(), want.min(65_536));
                made.extend_from_slice(piece);
            }
            assert_eq!(made, whole);
        }
        assert!(pattern(5, 0).is_empty());
    }

    #[test]
    fn chunks_count_from_one() {
        assert_eq!(chunk_text(1), "chunk 1\n");
    }
}
