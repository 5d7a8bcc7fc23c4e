//! What every server answers with.

use std::sync::LazyLock;

/// Answered with [`HELLO`].
pub const HELLO_PATH: &str = "/hello";
/// Answered with [`LARGE`].
pub const LARGE_PATH: &str = "/large";
/// What lies below this is in the folder of the same name, where a server is started.
pub const FILES_PATH: &str = "/files/";
/// A file with [`SMALL_FILE`] in it.
pub const SMALL_FILE_PATH: &str = "/files/small.txt";
/// A file with [`LARGE_FILE`] in it.
pub const LARGE_FILE_PATH: &str = "/files/large.txt";
/// Where WebSockets are opened, which give every message back.
pub const WEBSOCKET_PATH: &str = "/ws";

/// 13 octets.
pub const HELLO: &str = "Hello, World!";

/// 6150 octets, of which a page is about to be made.
pub static LARGE: &str = match str::from_utf8(&[b'x'; 6150]) {
    Ok(text) => text,
    Err(_) => panic!("x is ASCII"),
};

/// 1 KiB.
pub static SMALL_FILE: LazyLock<String> = LazyLock::new(|| numbers(1024));
/// 1 MiB.
pub static LARGE_FILE: LazyLock<String> = LazyLock::new(|| numbers(1 << 20));

/// A text of so many octets that is nowhere the same.
fn numbers(len: usize) -> String {
    let mut text: String = (0..len / 8).map(|number| format!("{number:07}\n")).collect();
    text.truncate(len);
    text
}

/// The body at a path.
#[must_use]
pub fn body_at(path: &str) -> &'static str {
    match path {
        LARGE_PATH => LARGE,
        SMALL_FILE_PATH => &SMALL_FILE,
        LARGE_FILE_PATH => &LARGE_FILE,
        _ => HELLO,
    }
}
