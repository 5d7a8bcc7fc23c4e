//! Bodies there and back by curl, small ones and ones larger than any buffer.

use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::curl::{self, Answer, send};
use super::data::Data;
use super::process::{self, Job};
use super::report::{ensure, same};
use super::{Group, Server};

/// How long one long body may take, with a server built without optimisation
/// on a machine that has other things to do.
const LONG: u64 = 300;

/// How much the longest body may make the server grow.
const MOST_GROWTH: u64 = 32 << 20;

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let url = format!("{}/echo", server.origin);
    let file = group.site.beside("upload.bin");
    let report = &mut *group.report;
    for method in ["POST", "PUT"] {
        report.check(&format!("{method} with a length"), short(method, &url));
        report.check(&format!("{method} in chunks"), chunked(method, &url));
    }
    report.check("an empty body", empty(&url));
    report.check("the answer starts before the request ends", early(&url, &[]));

    let length = match length() {
        Ok(length) => length,
        Err(error) => return report.check("SANDERLING_INTEROP_ECHO_BYTES", Err(error)),
    };
    let before = server.memory();
    for (name, file) in [("in chunks", None), ("with a length", Some(&file))] {
        let started = Instant::now();
        report.check(&format!("{length} bytes {name}"), long(&url, length, file, group.site.beside("head.txt")));
        report.note(&format!("took {:.1} s", started.elapsed().as_secs_f64()));
    }
    // The peak is the server's over its whole life, so it is read once, here.
    let name = "its memory stays flat";
    match (before, server.peak_memory()) {
        (Some(before), Some(peak)) => {
            let growth = peak.saturating_sub(before);
            report.note(&format!("grew by {} KiB from {} KiB", growth / 1024, before / 1024));
            report.check(name, ensure(growth < MOST_GROWTH, || format!("grew by {growth} bytes")));
        }
        _ => report.skip(name, "this system does not tell how much it holds"),
    }
}

/// How long the longest bodies are.
fn length() -> Result<u64, String> {
    match std::env::var("SANDERLING_INTEROP_ECHO_BYTES") {
        Ok(value) => value.parse().map_err(|_| format!("{value:?} is no number of bytes")),
        Err(_) => Ok(1_000_000_000),
    }
}

fn short(method: &str, url: &str) -> Result<(), String> {
    let kind = "application/x-sanderling; a=\"b c\"";
    let header = format!("Content-Type: {kind}");
    let body = [b"\0\r\n\r\n\xff".as_slice(), &[7; 5000]].concat();
    let answer = send(&["-X", method, "-H", &header, "--data-binary", "@-", url], &body)?;
    answer.has_status(200)?;
    answer.has_header("content-type", kind)?;
    answer.has_header("content-length", &body.len().to_string())?;
    answer.lacks_header("transfer-encoding")?;
    answer.has_body(&body)
}

fn chunked(method: &str, url: &str) -> Result<(), String> {
    let body = [b'x'; 200_000];
    let answer = send(&["-X", method, "-T", "-", url], &body)?;
    answer.has_status(200)?;
    answer.has_header("transfer-encoding", "chunked")?;
    answer.lacks_header("content-length")?;
    answer.has_body(&body)
}

fn empty(url: &str) -> Result<(), String> {
    let answer = send(&["-d", "", url], b"")?;
    answer.has_status(200)?;
    answer.has_header("content-length", "0")?;
    answer.has_body(b"")
}

/// Sends half of a body, and the rest only when the first half came back.
/// `more` is what else curl is told.
pub(crate) fn early(url: &str, more: &[&str]) -> Result<(), String> {
    // With a time limit curl waits for its input, whatever it is told.
    let mut curl = curl::command(0);
    // "." reads standard input without waiting for it, unlike "-".
    curl.args(["-N", "-T", ".", url]).args(more).stdin(Stdio::piped()).stdout(Stdio::piped());
    // This form shows its progress whatever it is told.
    let mut job = Job::start(curl.stderr(Stdio::null()))?;
    let mut stdin = job.child.stdin.take().ok_or("curl has no input")?;
    let mut stdout = job.child.stdout.take().ok_or("curl has no output")?;
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 100];
        while let Ok(count @ 1..) = stdout.read(&mut buffer) {
            if sender.send(buffer.get(..count).unwrap_or_default().to_vec()).is_err() {
                break;
            }
        }
    });
    let mut came = Vec::new();
    for half in ["the first half, ", "and the second"] {
        let wrote = stdin.write_all(half.as_bytes()).and_then(|()| stdin.flush());
        wrote.map_err(|error| format!("curl takes no more input: {error}"))?;
        let mut due = half.as_bytes();
        while !due.is_empty() {
            let piece = pieces.recv_timeout(Duration::from_secs(15));
            let piece = piece.map_err(|_| format!("{half:?} did not come back before the end"))?;
            due = due
                .strip_prefix(piece.as_slice())
                .ok_or_else(|| format!("{:?} came back for {half:?}", String::from_utf8_lossy(&piece)))?;
            came.extend(piece);
        }
    }
    drop(stdin);
    let status = job.wait(Duration::from_secs(15))?;
    ensure(status.success(), || format!("curl: {status}"))?;
    same("what came after the end", pieces.iter().flatten().count(), 0)
}

/// Without a file the body is made while it is sent, and so has no length.
fn long(url: &str, length: u64, file: Option<&PathBuf>, head: PathBuf) -> Result<(), String> {
    let mut curl = curl::command(LONG);
    curl.args(["-N", "-X", "POST", "-H", "Content-Type: application/octet-stream"]);
    curl.arg("-D").arg(&head);
    match file {
        Some(file) => {
            write_once(file, length).map_err(|error| format!("writing a file: {error}"))?;
            curl.arg("-T").arg(file);
        }
        None => {
            curl.args(["-T", "-"]).stdin(Stdio::piped());
        }
    }
    round_trip(curl.arg(url), length)?;
    let head = fs::read(&head).map_err(|error| format!("the header curl wrote: {error}"))?;
    let answer = Answer::parse(&head, String::new())?;
    answer.has_status(200)?;
    match file {
        Some(_) => answer.has_header("content-length", &length.to_string()),
        None => answer.has_header("transfer-encoding", "chunked"),
    }
}

/// The file is the same for each server.
fn write_once(file: &Path, length: u64) -> std::io::Result<()> {
    if fs::metadata(file).is_ok_and(|metadata| metadata.len() == length) {
        return Ok(());
    }
    Data::new(length).write_to(&mut BufWriter::new(File::create(file)?))
}

fn round_trip(curl: &mut Command, length: u64) -> Result<(), String> {
    let mut job = Job::start(curl.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stderr = process::read(job.child.stderr.take());
    let stdin = job.child.stdin.take();
    // A failure to write shows in what comes back.
    let writer = thread::spawn(move || stdin.map(|mut stdin| Data::new(length).write_to(&mut stdin)));
    let mut stdout = job.child.stdout.take().ok_or("curl has no output")?;
    let compared = Data::new(length).compare(&mut stdout);
    drop(stdout);
    let status = job.wait(Duration::from_secs(LONG));
    drop(job);
    let _ = writer.join();
    let stderr = stderr.join().unwrap_or_default();
    let stderr = String::from_utf8_lossy(&stderr);
    compared.map_err(|error| format!("{error}; curl said {stderr:?}"))?;
    let status = status?;
    ensure(status.success(), || format!("curl: {status}: {stderr}"))
}
