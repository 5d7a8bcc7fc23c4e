//! Differences between what was to come and what came, collected to be shown together.

use core::fmt;

use crate::vector::Record;

/// The differences of a whole run.
#[derive(Debug, Default)]
pub struct Mismatches {
    shown: Vec<String>,
    records: usize,
}

/// An event is shown up to this length.
const SHOWN: usize = 160;

impl Mismatches {
    /// Compares what came of a record with what was to come, and says whether they are the same.
    pub fn compare(&mut self, record: &Record, fed: &str, expected: &[Vec<u8>], got: &[Vec<u8>]) -> bool {
        if expected == got {
            return true;
        }
        let name = format!("{record}\n  fed {fed}");
        self.shown.push(format!("{name}\n  expected {}\n  got      {}", show(expected), show(got)));
        self.records += 1;
        false
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

impl fmt::Display for Mismatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records differ\n\n{}\n", self.records, self.shown.join("\n\n"))
    }
}

fn show(events: &[Vec<u8>]) -> String {
    let shown = events.iter().map(|event| {
        let mut text = event.escape_ascii().to_string();
        if text.len() > SHOWN {
            text.truncate(SHOWN);
            text.push_str("...");
        }
        text
    });
    shown.collect::<Vec<_>>().join(" | ")
}
