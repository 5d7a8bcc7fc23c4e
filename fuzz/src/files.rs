//! Paths of requests against a directory with links of all kinds, and files beside it that nobody may have.

use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use sanderling_std::{Exchange, Files, Plain, Settings, serve_connection};

const SECRET: &str = "nobody may have this";

/// What is in the directory: files, each with its own name in it, and links.
const FILES: [&str; 9] = ["a", "a.gz", "a b", "%41", "\u{e4}", "sub/a", "sub/index.html", ".hidden/a", ".well-known/a"];
const LINKS: [(&str, &str); 11] = [
    ("inside", "a"),
    ("down", "sub"),
    ("sub/up", "../a"),
    ("sub/over", ".."),
    ("out", "../secret"),
    ("above", ".."),
    ("top", "/"),
    ("sub/far", "../../secret"),
    ("down-and-out", "sub/far"),
    ("loop", "loop"),
    ("dangling", "none"),
];

/// Made once for all inputs, and again wherever it was left half made.
static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let place = std::env::temp_dir().join(format!("sanderling-fuzz-files-{}", std::process::id()));
    let _ = fs::remove_dir_all(&place);
    let root = place.join("root");
    for file in FILES {
        fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        fs::write(root.join(file), file).unwrap();
    }
    for (link, target) in LINKS {
        symlink(target, root.join(link)).unwrap();
    }
    fs::write(place.join("secret"), SECRET).unwrap();
    fs::create_dir(place.join("root-too")).unwrap();
    fs::write(place.join("root-too/a"), SECRET).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("pipe")).status().unwrap().success());
    root.canonicalize().unwrap()
});

/// The first octet chooses how the directory is served, the first line is a path, and what stands behind it
/// field lines. Nothing that lies outside is ever sent. A file that a reader of paths written otherwise
/// finds inside is sent whole, and one that it does not find is not.
///
/// # Panics
///
/// Where that is not so.
pub fn files(data: &[u8]) {
    let Some((choice, octets)) = data.split_first() else { return };
    let has = |bit: u8| choice & bit != 0;
    let (path, fields) = octets.split_at(octets.iter().position(|octet| *octet == b'\n').unwrap_or(octets.len()));
    let files = Files::new(&*ROOT).unwrap().hidden(has(1)).listing(has(2)).precompressed(has(4)).index("");
    let request = [b"GET /", path, b" HTTP/1.1\r\nHost: a\r\nConnection: close", fields, b"\r\n\r\n"].concat();
    let answer = answer(&files, &request);

    assert!(!contains(&answer, SECRET.as_bytes()) && !contains(&answer, b"root:"), "{}", answer.escape_ascii());
    // Fields may ask for a part, or for nothing, a query is no part of a path, and some octets are none of a
    // target.
    if !fields.is_empty() || path.iter().any(|octet| !octet.is_ascii_graphic() || b"?#\"<>".contains(octet)) {
        return;
    }
    let is_sent = answer.starts_with(b"HTTP/1.1 200 ") && !contains(&answer, b"Content-Security-Policy");
    match find(path, has(1)) {
        Some(file) => {
            assert!(is_sent, "{} is not sent: {}", file.display(), answer.escape_ascii());
            assert!(answer.ends_with(&[b"\r\n\r\n", &*fs::read(file).unwrap()].concat()));
        }
        None => assert!(!is_sent, "{}", answer.escape_ascii()),
    }
}

/// The file under a path: no link on the way may lead out, not even if another leads in again.
fn find(path: &[u8], has_hidden: bool) -> Option<PathBuf> {
    let text = decoded(path)?;
    let mut at = ROOT.clone();
    for (place, name) in text.split('/').enumerate() {
        let is_hidden = name.starts_with('.') && !has_hidden && (place > 0 || name != ".well-known");
        if matches!(name, "" | "." | "..") || is_hidden {
            return None;
        }
        at = at.join(name);
        if !at.canonicalize().ok()?.starts_with(&*ROOT) {
            return None;
        }
    }
    fs::metadata(&at).is_ok_and(|metadata| metadata.is_file()).then_some(at)
}

/// Without escapes; `None` if one is malformed, or hides a slash.
fn decoded(path: &[u8]) -> Option<String> {
    let path = std::str::from_utf8(path).ok()?;
    let mut parts = path.split('%');
    let mut octets = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let octet = u8::from_str_radix(digits, 16).ok().filter(|octet| is_hex && !matches!(octet, 0 | b'/'))?;
        octets.push(octet);
        octets.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(octets).ok()
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

/// What a server says to these octets, and to no more.
fn answer(files: &Files, request: &[u8]) -> Vec<u8> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let memory = Plain(Memory { request: Cursor::new(request.to_vec()), said: Arc::clone(&said) });
    serve_connection(memory, &Settings::default(), &|exchange: Exchange<_>| exchange.respond_from(files));
    std::mem::take(&mut *said.lock().unwrap())
}

struct Memory {
    request: Cursor<Vec<u8>>,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Read for Memory {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.request.read(room)
    }
}

impl Write for Memory {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.said.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
