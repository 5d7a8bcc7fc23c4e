//! One running server: an example, or one by others that says the same when it listens.

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

use super::process::{self, Job};
use super::report::{ensure, same};

const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    job: Job,
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    stdout: Receiver<String>,
    stderr: JoinHandle<Vec<u8>>,
}

impl Server {
    /// Starts one on a free port and waits until it says that it listens.
    pub(crate) fn start(executable: &Path, dir: &Path) -> Result<Server, String> {
        Self::run(process::command(executable).args(["--listen", "127.0.0.1:0", "--dir"]).arg(dir))
    }

    /// The same for any server that says so in the same words.
    pub(crate) fn run(command: &mut Command) -> Result<Server, String> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut job = Job::start(command)?;
        let stdout = process::lines(job.child.stdout.take());
        let stderr = process::read(job.child.stderr.take());
        let ready = stdout.recv_timeout(START);
        let line = ready.map_err(|error| format!("no line that says it is ready: {error}"))?;
        let origin = line
            .strip_prefix("listening on ")
            .and_then(|address| address.strip_suffix('/'))
            .filter(|origin| origin.starts_with("http://127.0.0.1:") && !origin.ends_with(":0"))
            .ok_or_else(|| format!("the line that says it is ready is {line:?}"))?
            .to_owned();
        Ok(Server { job, origin, stdout, stderr })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.job.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        process::signal(&self.job.child.id().to_string(), name);
    }

    /// Sends the signal and checks how the server ended.
    pub(crate) fn stop(self, signal: &str) -> Result<(), String> {
        self.signal(signal);
        self.ended()
    }

    /// Checks that the server, told to stop, does, and has nothing to complain of.
    pub(crate) fn ended(mut self) -> Result<(), String> {
        let status = self.job.wait(STOP);
        drop(self.job);
        let stderr = String::from_utf8_lossy(&self.stderr.join().unwrap_or_default()).into_owned();
        let status = status.map_err(|error| format!("{error}; on stderr: {stderr:?}"))?;
        ensure(status.code() == Some(0), || format!("{status}; on stderr: {stderr:?}"))?;
        ensure(!stderr.contains("panicked"), || format!("a panic on stderr: {stderr:?}"))?;
        let more: Vec<String> = self.stdout.iter().collect();
        same("what it printed after its one line", more, Vec::new())
    }

    /// How much memory it holds, in bytes, if this system tells.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.status("VmRSS:")
    }

    /// The most it ever held.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.job.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024)
    }
}
