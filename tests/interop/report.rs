//! One line for each check, and a summary.

use std::process::ExitCode;

/// Where a reason, which may quote a whole answer, is cut off.
const MOST_REASON: usize = 600;

#[derive(Default)]
pub(crate) struct Report {
    /// What the names of checks are put behind.
    pub place: String,
    passed: u32,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Report {
    pub(crate) fn check(&mut self, name: &str, result: Result<(), String>) {
        let name = self.full(name);
        match result {
            Ok(()) => {
                self.passed += 1;
                println!("ok {name}");
            }
            Err(reason) => {
                let mut reason = reason.trim_end().to_owned();
                if let Some((end, _)) = reason.char_indices().nth(MOST_REASON) {
                    reason.replace_range(end.., " ...");
                }
                let line = format!("{name}: {reason}");
                println!("FAILED {line}");
                self.failed.push(line);
            }
        }
    }

    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        let line = format!("{}: {reason}", self.full(name));
        println!("skipped {line}");
        self.skipped.push(line);
    }

    /// Says something that is worth reading but is no check.
    pub(crate) fn note(&self, text: &str) {
        println!("   {}", self.full(text));
    }

    /// Counts what another report has counted.
    pub(crate) fn add(&mut self, other: Report) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
    }

    fn full(&self, name: &str) -> String {
        format!("{} {name}", self.place).trim_start().to_owned()
    }

    pub(crate) fn finish(self) -> ExitCode {
        for (what, lines) in [("skipped", &self.skipped), ("FAILED", &self.failed)] {
            if !lines.is_empty() {
                println!("\n{what}:");
            }
            for line in lines {
                println!("   {line}");
            }
        }
        println!("\n{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped.len());
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A check that two values are the same.
pub(crate) fn same<T: PartialEq + core::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, not {expected:?}"))
}

/// A check that holds, or `reason` says why it does not.
pub(crate) fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason()) }
}
