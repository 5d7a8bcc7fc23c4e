//! One of the example clients, as it is run.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// However long a request may take, the client is ended after this.
const LIMIT: Duration = Duration::from_secs(60);

/// The SHA-1 of nothing, and of `hello`.
pub(crate) const EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
pub(crate) const HELLO: &str = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";

pub(crate) struct Client {
    executable: PathBuf,
}

impl Client {
    pub(crate) fn new(name: &str) -> Self {
        let this = std::env::current_exe().unwrap();
        // This is PROFILE/deps/fetch-HASH, and they are PROFILE/examples/fetch-NAME.
        let examples = this.parent().and_then(Path::parent).unwrap().join("examples");
        let executable = examples.join(name);
        assert!(
            executable.is_file(),
            "there is no {name} in {}: run `cargo build --workspace --examples` with this test's profile first",
            examples.display()
        );
        Self { executable }
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        self.run_with(args, b"")
    }

    /// Runs it to its end, with `input` on its standard input.
    pub(crate) fn run_with<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, input: &[u8]) -> Ran {
        let mut command = Command::new(&self.executable);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
        let (stdin, input) = (child.stdin.take(), input.to_vec());
        // It may end before it has read everything.
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let printed = stdout.recv_timeout(LIMIT);
        if printed.is_err() {
            let _ = child.kill();
        }
        let said = String::from_utf8(stderr.recv_timeout(LIMIT).unwrap()).unwrap();
        let status = child.wait().unwrap();
        let Ok(stdout) = printed else { panic!("not over after {LIMIT:?}; on stderr: {said:?}") };
        Ran { code: status.code(), stdout, stderr: said }
    }

    /// What it prints for one URL with `--summary`.
    pub(crate) fn summary(&self, url: &str) -> String {
        self.run(["--summary", url]).printed()
    }
}

fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut octets = Vec::new();
        pipe.unwrap().read_to_end(&mut octets).unwrap();
        sender.send(octets)
    });
    receiver
}

/// How it ended.
pub(crate) struct Ran {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl Ran {
    /// What it printed, having succeeded without a word of complaint.
    #[track_caller]
    pub(crate) fn octets(self) -> Vec<u8> {
        assert!(self.code == Some(0) && self.stderr.is_empty(), "{self}");
        self.stdout
    }

    /// The same as text.
    #[track_caller]
    pub(crate) fn printed(self) -> String {
        String::from_utf8(self.octets()).unwrap()
    }

    /// Whether it succeeded; if it did not, it gave its reason in one line.
    #[track_caller]
    pub(crate) fn succeeded(self) -> bool {
        let is_well = self.code == Some(0);
        assert!(!is_well || self.stderr.is_empty(), "{self}");
        if !is_well {
            self.failed();
        }
        is_well
    }

    /// It failed in the end, but printed something.
    #[track_caller]
    pub(crate) fn failed_after(self) -> String {
        let printed = String::from_utf8(self.stdout.clone()).unwrap();
        self.failed();
        printed
    }

    /// It failed, and gave its reason in one line.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        self.failed_for(1)
    }

    /// It failed for so many URLs, and gave a reason in one line for each.
    #[track_caller]
    pub(crate) fn failed_for(self, urls: usize) -> String {
        let has_reason = self.stderr.lines().all(|line| line.starts_with("fetch") && line.contains(": "));
        assert!(self.code.is_some_and(|code| code > 0), "{self}");
        assert!(has_reason && self.stderr.lines().count() == urls && self.stderr.ends_with('\n'), "{self}");
        self.stderr
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printed = &self.stdout[..self.stdout.len().min(300)];
        write!(
            f,
            "ended with {:?}, printed {:?}, said {:?}",
            self.code,
            printed.escape_ascii().to_string(),
            self.stderr
        )
    }
}

/// A file that is gone with this.
pub(crate) struct TempFile {
    path: PathBuf,
}

impl TempFile {
    pub(crate) fn new(content: &[u8]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("fetch-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, content).unwrap();
        Self { path }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
