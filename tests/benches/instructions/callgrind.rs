//! Counts by callgrind: this program runs again inside, and what it does there is dumped each time that
//! [`measured`] returns. A case runs twice for a while to warm up and once three times as long; what is the same in both, such
//! as opening a connection, is not in the difference.

use core::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::{env, fs, io};

use crate::cases::Case;

/// Says to the program that it runs inside.
pub(crate) const INSIDE: &str = "--inside";
/// The lengths of the runs, in those of [`rounds`].
const RUNS: [u64; 3] = [1, 1, 3];
/// Copies that the processor does by one instruction would be counted as one for each octet.
const TUNABLES: &str = "glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000";

/// The version of valgrind, if it is there.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("valgrind").arg("--version").output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().into())
}

/// Runs the cases where they are counted.
pub(crate) fn run_inside(cases: &mut [Case]) {
    for case in cases {
        let rounds = rounds(case);
        for length in RUNS {
            measured(case, length * rounds);
        }
    }
}

#[inline(never)]
fn measured(case: &mut Case, rounds: u64) {
    case.run(black_box(rounds));
    // So that it returns only now.
    black_box(());
}

/// So many that it does not take long.
fn rounds(case: &Case) -> u64 {
    (65_536 / case.task.input.len() as u64).clamp(16, 64)
}

/// The instructions of one operation of each case. `only` is what the cases were chosen by.
pub(crate) fn count(cases: &[Case], only: &str) -> io::Result<Vec<f64>> {
    let folder = Folder(env::temp_dir().join(format!("sanderling-instructions-{}", process::id())));
    fs::create_dir_all(&folder.0)?;
    let out = folder.0.join("out");
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--dump-after=instructions::callgrind::measured*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe()?)
        .args([INSIDE, "--only", only])
        .env("GLIBC_TUNABLES", TUNABLES)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{status}")));
    }
    let mut dump = 0;
    cases
        .iter()
        .map(|case| {
            let [_, once, thrice] = RUNS.map(|_| {
                dump += 1;
                total(&out.with_extension(dump.to_string()))
            });
            Ok((thrice? - once?) / (2 * rounds(case) * case.task.operations) as f64)
        })
        .collect()
}

/// All instructions of a dump.
fn total(dump: &Path) -> io::Result<f64> {
    let text = fs::read_to_string(dump)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or_else(|| io::Error::other(format!("no totals in {}", dump.display())))
}

/// A folder that does not outlive its use.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
