//! Differences between what was to come and what came, collected to be shown together.

use core::fmt;

use crate::vector::Record;

/// The differences of a whole run.
#[derive(Debug, Default)]
pub struct Mismatches {
    shown: Vec<String>,
}

/// An event is shown up to this length.
const SHOWN: usize = 160;

impl Mismatches {
    /// Compares what came of a record, fed in several ways, with what was to come. What went wrong
    /// in the same manner before is not listed again.
    pub fn compare(
        &mut self,
        record: &Record,
        expected: &[Vec<u8>],
        outcomes: impl Iterator<Item = (String, Vec<Vec<u8>>)>,
    ) {
        let mut seen = Vec::new();
        for (fed, got) in outcomes {
            if got != expected && !seen.contains(&got) {
                let (wanted, came) = (show(expected), show(&got));
                self.shown.push(format!("{record} ({fed})\n  expected {wanted}\n  got      {came}"));
                seen.push(got);
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

impl fmt::Display for Mismatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} outcomes differ\n\n{}\n", self.shown.len(), self.shown.join("\n\n"))
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
