//! Child processes that can neither hang the run nor outlive it.

use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// The process groups that run, for the watchdog to end.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn groups() -> MutexGuard<'static, Vec<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends this process and all that it started when the time is over.
pub(crate) fn end_all_after(limit: Duration) {
    thread::spawn(move || {
        thread::sleep(limit);
        println!("FAILED the whole run: not over after {limit:?}");
        // Held to the end, so that nothing starts and the run cannot pass after all.
        let groups = groups();
        for group in groups.iter() {
            signal(&format!("-{group}"), "TERM");
        }
        // Chromium's driver takes a moment to end Chromium.
        thread::sleep(Duration::from_secs(3));
        for group in groups.iter() {
            signal(&format!("-{group}"), "KILL");
        }
        std::process::exit(1);
    });
}

/// Sends a signal to a process, or to a group if `target` is negative.
pub(crate) fn signal(target: &str, name: &str) {
    let mut kill = Command::new("kill");
    kill.args([&format!("-{name}"), "--", target]);
    // It fails for a process that is gone already, which is as well.
    let _ = kill.stderr(Stdio::null()).status();
}

/// Where a program is. An ordinary user's path may lack the places of servers.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = ["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from);
    let mut programs = std::env::split_paths(&path).chain(places).map(|place| place.join(program));
    programs.find(|program| program.is_file())
}

/// A command in a process group of its own that goes through no proxy.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.process_group(0).stdin(Stdio::null());
    for proxy in ["http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"] {
        command.env_remove(proxy).env_remove(proxy.to_uppercase());
    }
    command
}

/// A running child, which ends when this is dropped.
pub(crate) struct Job {
    pub child: Child,
    ended: bool,
}

impl Job {
    pub(crate) fn start(command: &mut Command) -> Result<Job, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|error| format!("running {name}: {error}"))?;
        groups().push(child.id());
        Ok(Job { child, ended: false })
    }

    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus, String> {
        let end = Instant::now() + limit;
        loop {
            let status = self.child.try_wait().map_err(|error| format!("waiting: {error}"))?;
            if let Some(status) = status {
                self.ended = true;
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(format!("still running after {limit:?}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let id = self.child.id();
        let group = format!("-{id}");
        if !self.ended {
            // A script may have to end processes that left its group.
            signal(&group, "TERM");
            let _ = self.wait(Duration::from_secs(5));
        }
        // Whatever the child started and left behind.
        signal(&group, "KILL");
        let _ = self.child.wait();
        groups().retain(|other| *other != id);
    }
}

/// What a command that ended printed.
pub(crate) struct Printed {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command, input: &[u8], limit: Duration) -> Result<Printed, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut job = Job::start(command)?;
    let stdout = read(job.child.stdout.take());
    let stderr = read(job.child.stderr.take());
    let (stdin, input) = (job.child.stdin.take(), input.to_vec());
    thread::spawn(move || {
        // A command may end before it has read everything.
        let _ = stdin.map(|mut stdin| stdin.write_all(&input));
    });
    let waited = job.wait(limit);
    // So that what the readers wait for is closed, even after a timeout.
    drop(job);
    let stdout = stdout.join().unwrap_or_default();
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap_or_default()).into_owned();
    match waited {
        Ok(status) => Ok(Printed { status, stdout, stderr }),
        Err(error) => Err(format!("{error}; it printed {stderr:?}")),
    }
}

/// Reads a pipe to its end beside whatever else goes on.
pub(crate) fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is what there is to show.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// The lines of a pipe as they come.
pub(crate) fn lines(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = pipe.into_iter().flat_map(|pipe| BufReader::new(pipe).lines());
        for line in lines.map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
