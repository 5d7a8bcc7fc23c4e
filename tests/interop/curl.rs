//! curl, and what it got.

use core::time::Duration;
use std::process::Command;

use super::process;
use super::report::same;

/// An answer as curl wrote it out.
pub(crate) struct Answer {
    pub version: String,
    pub status: u16,
    /// The codes of the 1xx answers before it.
    pub interim: Vec<u16>,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub stderr: String,
}

/// curl without anyone's settings, silent but for errors, ended after `seconds`
/// unless they are 0.
pub(crate) fn command(seconds: u64) -> Command {
    let mut command = process::command("curl");
    // -q must come first to keep it from reading a file of settings.
    command.args(["-q", "-sS", "--noproxy", "*", "--path-as-is"]);
    command.args(["--max-time", &seconds.to_string()]);
    command
}

/// Runs curl with these arguments and reads the one answer it gets.
pub(crate) fn get(args: &[&str]) -> Result<Answer, String> {
    send(args, b"")
}

/// The same with something on its standard input.
pub(crate) fn send(args: &[&str], input: &[u8]) -> Result<Answer, String> {
    let mut curl = command(30);
    curl.arg("-i").args(args);
    let printed = process::run(&mut curl, input, Duration::from_secs(40))?;
    if !printed.status.success() {
        return Err(format!("curl: {}: {}", printed.status, printed.stderr));
    }
    Answer::parse(&printed.stdout, printed.stderr)
}

/// Runs curl for what `-w` prints, all else thrown away.
pub(crate) fn measure(args: &[&str], urls: &[&str]) -> Result<String, String> {
    let mut curl = command(60);
    curl.args(args);
    for url in urls {
        curl.args(["-o", "/dev/null", url]);
    }
    let printed = process::run(&mut curl, b"", Duration::from_secs(70))?;
    if !printed.status.success() {
        return Err(format!("curl: {}: {}", printed.status, printed.stderr));
    }
    Ok(String::from_utf8_lossy(&printed.stdout).into_owned())
}

impl Answer {
    /// Reads the header sections, of which there is one for each 1xx, and the body.
    pub(crate) fn parse(mut bytes: &[u8], stderr: String) -> Result<Answer, String> {
        let mut interim = Vec::new();
        loop {
            let end = bytes
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .ok_or_else(|| format!("no header section in {:?}", String::from_utf8_lossy(bytes)))?;
            let (head, rest) = bytes.split_at(end + 4);
            bytes = rest;
            let head = String::from_utf8_lossy(head);
            let mut lines = head.trim_end().split("\r\n");
            let first = lines.next().unwrap_or_default();
            let mut parts = first.split(' ');
            let version = parts.next().unwrap_or_default().to_owned();
            let status = parts.next().and_then(|code| code.parse().ok());
            let status = status.ok_or_else(|| format!("a status line {first:?}"))?;
            if (100..200).contains(&status) {
                interim.push(status);
                continue;
            }
            let headers = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let body = bytes.to_vec();
            return Ok(Answer { version, status, interim, headers, body, stderr });
        }
    }

    /// A header's value, its fields joined where there are several.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|header| header.0 == name);
        let values: Vec<&str> = values.map(|header| header.1.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn has_status(&self, expected: u16) -> Result<(), String> {
        same("the status", self.status, expected)
    }

    pub(crate) fn has_header(&self, name: &str, expected: &str) -> Result<(), String> {
        same(name, self.header(name).as_deref(), Some(expected))
    }

    pub(crate) fn lacks_header(&self, name: &str) -> Result<(), String> {
        same(name, self.header(name).as_deref(), None)
    }

    pub(crate) fn has_body(&self, expected: &[u8]) -> Result<(), String> {
        let show = |bytes: &[u8]| {
            let start = String::from_utf8_lossy(bytes.get(..100).unwrap_or(bytes)).into_owned();
            (bytes.len(), start)
        };
        if self.body == expected {
            return Ok(());
        }
        Err(format!("the body is {:?}, not {:?}", show(&self.body), show(expected)))
    }
}
