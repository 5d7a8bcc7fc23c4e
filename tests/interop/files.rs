//! Files by curl, and every way out of their directory.

use core::time::Duration;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use super::curl::{command, get};
use super::process;
use super::report::ensure;
use super::{Group, Server};

const SECRET: &str = "not for anyone";

/// 6 November 1994, the day in the HTTP specifications' examples.
const DAY: (Duration, &str) = (Duration::from_secs(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");

/// A directory to serve, with files beside it that must not be; gone when dropped.
pub(crate) struct Place(PathBuf);

impl Place {
    /// Another one for each number.
    pub(crate) fn new(number: usize) -> io::Result<Place> {
        let name = format!("interop-{}-{number}", std::process::id());
        let place = Place(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name));
        let root = place.root();
        fs::create_dir_all(root.join("sub"))?;
        fs::create_dir_all(root.join("index"))?;
        fs::create_dir_all(place.beside("root-too"))?;
        fs::write(place.beside("secret.txt"), SECRET)?;
        fs::write(place.beside("root-too/secret.txt"), SECRET)?;
        for (name, content) in FILES {
            fs::write(root.join(name), content)?;
            File::options().append(true).open(root.join(name))?.set_modified(SystemTime::UNIX_EPOCH + DAY.0)?;
        }
        fs::write(root.join("large.bin"), large_content())?;
        fs::write(root.join("audio.wav"), wave_header(SILENCE))?;
        File::options().append(true).open(root.join("audio.wav"))?.set_len(u64::from(44 + SILENCE))?;
        symlink("hello.txt", root.join("inside.txt"))?;
        symlink("../secret.txt", root.join("outside.txt"))?;
        symlink("..", root.join("up"))?;
        symlink("/", root.join("top"))?;
        let made = Command::new("mkfifo").arg(root.join("pipe")).status()?;
        if made.success() { Ok(place) } else { Err(io::Error::other("mkfifo failed")) }
    }

    /// What the servers serve.
    pub(crate) fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    /// A path that they do not.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays behind does so in the target directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const FILES: [(&str, &str); 11] = [
    ("hello.txt", "Hello, file!"),
    ("page.html", "<!doctype html>"),
    ("data.json", "{}"),
    ("empty.png", ""),
    ("sub/no-extension", "?"),
    ("with space.css", "a{}"),
    ("grüße.js", "0"),
    ("index/index.html", "<!doctype html><p>index"),
    ("audio.html", "<!doctype html><link rel=icon href='data:,'><audio src=audio.wav controls></audio>"),
    ("style.css", "a{}"),
    // What is in it only its clients care for.
    ("style.css.gz", "coded"),
];

/// Octets of sound in `audio.wav`, 400 seconds: more than any browser reads ahead, and a hole in the file.
const SILENCE: u32 = 400 * 176_400;

/// What a file of sound begins with, 44 octets: of two channels, 44,100 times 16 bits a second each.
fn wave_header(octets: u32) -> Vec<u8> {
    let format = [1_u16.to_le_bytes(), 2_u16.to_le_bytes()].concat();
    let rates = [44_100_u32.to_le_bytes(), 176_400_u32.to_le_bytes()].concat();
    let sizes = [4_u16.to_le_bytes(), 16_u16.to_le_bytes()].concat();
    [
        b"RIFF",
        &(36 + octets).to_le_bytes()[..],
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &format,
        &rates,
        &sizes,
        b"data",
        &octets.to_le_bytes(),
    ]
    .concat()
}

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let url = |path: &str| format!("{}/files/{path}", server.origin);
    let report = &mut *group.report;
    for (path, kind, content) in [
        ("hello.txt", "text/plain", "Hello, file!"),
        ("page.html?query", "text/html", "<!doctype html>"),
        ("data.json", "application/json", "{}"),
        ("empty.png", "image/png", ""),
        ("sub/no-extension", "application/octet-stream", "?"),
        ("with%20space.css", "text/css", "a{}"),
        ("gr%c3%bc%C3%9Fe.js", "text/javascript", "0"),
        ("%68ello.txt", "text/plain", "Hello, file!"),
        ("inside.txt", "text/plain", "Hello, file!"),
        ("index/", "text/html", "<!doctype html><p>index"),
    ] {
        report.check(&format!("GET {path}"), found(&url(path), kind, content));
    }
    report.check("a large file", large(&url("large.bin")));
    report.check("a part by -r", part(&url("hello.txt")));
    report.check("the rest by -C", rest(&url("large.bin"), group.site));
    report.check("no news by -z", no_news(&url("hello.txt")));
    report.check("no news by --etag-compare", no_news_by_tag(&url("hello.txt"), group.site));
    report.check("a redirect to a directory by -L", redirected(&url("index?query")));
    for path in ["none", "", "sub/", "hello.txt/", "hello.txt/x", "pipe"] {
        report
            .check(&format!("GET {path:?} is not found"), get(&[&url(path)]).and_then(|answer| answer.has_status(404)));
    }
    let secret = group.site.beside("secret.txt").to_string_lossy().into_owned();
    for path in [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "%2E./secret.txt",
        "..%2fsecret.txt",
        "..%2Fsecret.txt?a",
        "sub/../../secret.txt",
        "sub/%2e%2e/%2e%2e/secret.txt",
        "./../secret.txt",
        "../root-too/secret.txt",
        "../root/hello.txt",
        "%252e%252e/secret.txt",
        "..\\secret.txt",
        "..%5csecret.txt",
        "..%00/secret.txt",
        "hello.txt%00",
        "hello.txt%0a",
        "%",
        "%2",
        "%zz",
        "%c0%ae%c0%ae/secret.txt",
        "/etc/passwd",
        "%2Fetc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "../../../../../../../../../../etc/passwd",
        "outside.txt",
        "up/secret.txt",
        "up/root/../secret.txt",
        "top/etc/passwd",
        "top%2fetc%2fpasswd",
        &secret,
        &secret.replace('/', "%2f"),
    ] {
        // The last two name a directory that differs from machine to machine.
        let name = if path.contains("interop-") { "the whole path of a file outside" } else { path };
        report.check(&format!("GET {name} leads nowhere"), nowhere(&url(path)));
    }
}

fn found(url: &str, kind: &str, content: &str) -> Result<(), String> {
    for args in [vec![url], vec!["-I", url]] {
        let answer = get(&args)?;
        answer.has_status(200)?;
        let found = answer.header("content-type").unwrap_or_default();
        ensure(found.starts_with(kind), || format!("content-type is {found:?}, not {kind}"))?;
        answer.has_header("content-length", &content.len().to_string())?;
        answer.has_header("last-modified", DAY.1)?;
        answer.has_body(if args.len() == 1 { content.as_bytes() } else { b"" })?;
    }
    Ok(())
}

/// The 3,000,000 octets of `large.bin`, which are nowhere the same.
pub(crate) fn large_content() -> Vec<u8> {
    (0..375_000).flat_map(|number| format!("{number:07}\n").into_bytes()).collect()
}

fn large(url: &str) -> Result<(), String> {
    let answer = get(&[url])?;
    answer.has_header("content-length", "3000000")?;
    answer.has_body(&large_content())
}

fn part(url: &str) -> Result<(), String> {
    for (range, body) in [("0-4", "Hello"), ("7-", "file!"), ("-1", "!")] {
        let answer = get(&["-r", range, url])?;
        answer.has_status(206)?;
        answer.has_body(body.as_bytes())?;
    }
    let answer = get(&["-r", "0-0,11-11", url])?;
    answer.has_status(206)?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let has = |part: &str| ensure(body.contains(part), || format!("no {part:?} in {body:?}"));
    has("Content-Range: bytes 0-0/12\r\n\r\nH\r\n--")?;
    has("Content-Range: bytes 11-11/12\r\n\r\n!\r\n--")
}

/// A download that was cut off goes on where it was.
fn rest(url: &str, site: &Place) -> Result<(), String> {
    let path = site.beside("download");
    let because = |error: io::Error| error.to_string();
    for begun in [0, 1, 1_000_000] {
        let there: Vec<u8> = large_content().into_iter().take(begun).collect();
        fs::write(&path, there).map_err(because)?;
        let mut curl = command(30);
        curl.args(["-C", "-", url, "-o"]).arg(&path);
        let printed = process::run(&mut curl, b"", Duration::from_secs(40))?;
        ensure(printed.status.success(), || printed.stderr.clone())?;
        let whole = fs::read(&path).map_err(because)?;
        ensure(whole == large_content(), || format!("{} octets in the end", whole.len()))?;
    }
    Ok(())
}

fn no_news(url: &str) -> Result<(), String> {
    for (since, status) in [(DAY.1, 304), ("Sat, 05 Nov 1994 08:49:37 GMT", 200)] {
        get(&["-z", since, url])?.has_status(status)?;
    }
    Ok(())
}

fn no_news_by_tag(url: &str, site: &Place) -> Result<(), String> {
    let path = site.beside("etag");
    let path = path.to_string_lossy().into_owned();
    get(&["--etag-save", &path, url])?.has_status(200)?;
    get(&["--etag-compare", &path, url])?.has_status(304)?;
    fs::write(&path, "\"another\"").map_err(|error| error.to_string())?;
    get(&["--etag-compare", &path, url])?.has_status(200)
}

/// curl prints the head of the redirect first.
fn redirected(url: &str) -> Result<(), String> {
    let answer = get(&["-L", url])?;
    answer.has_status(301)?;
    let rest = String::from_utf8_lossy(&answer.body).into_owned();
    ensure(rest.starts_with("HTTP/1.1 200") && rest.ends_with("<p>index"), || format!("it leads to {rest:?}"))
}

/// The answer may be any that refuses.
fn nowhere(url: &str) -> Result<(), String> {
    let answer = get(&[url])?;
    ensure((400..500).contains(&answer.status), || format!("the status is {}", answer.status))?;
    let body = String::from_utf8_lossy(&answer.body);
    ensure(!body.contains(SECRET) && !body.contains("root:"), || "it gave the file away".into())
}
