//! What every server answers with.

/// Answered with [`HELLO`].
pub const HELLO_PATH: &str = "/hello";
/// Answered with [`LARGE`].
pub const LARGE_PATH: &str = "/large";
/// Where WebSockets are opened, which give every message back.
pub const WEBSOCKET_PATH: &str = "/ws";

/// 13 octets.
pub const HELLO: &str = "Hello, World!";

/// 6150 octets, of which a page is about to be made.
pub static LARGE: &str = match str::from_utf8(&[b'x'; 6150]) {
    Ok(text) => text,
    Err(_) => panic!("x is ASCII"),
};

/// The body at a path.
#[must_use]
pub fn body_at(path: &str) -> &'static str {
    if path == LARGE_PATH { LARGE } else { HELLO }
}
