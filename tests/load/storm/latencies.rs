//! How long each message was under way.

use std::time::Duration;

/// What takes longer counts as this long.
const LONGEST: usize = 1_000_000;

/// How many took each number of microseconds.
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn new() -> Self {
        Self(vec![0; LONGEST + 1])
    }

    pub(crate) fn add(&mut self, latency: Duration) {
        self.0[(latency.as_micros() as usize).min(LONGEST)] += 1;
    }

    /// The microseconds within which this part of all messages were back.
    pub(crate) fn percentile(&self, part: f64) -> usize {
        let count: u64 = self.0.iter().map(|count| u64::from(*count)).sum();
        let mut left = (count as f64 * part) as u64;
        let at = self.0.iter().position(|count| {
            let is_here = left < u64::from(*count);
            left = left.saturating_sub(u64::from(*count));
            is_here
        });
        at.unwrap_or(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST, Latencies};

    #[test]
    fn percentiles_are_of_all() {
        let mut latencies = Latencies::new();
        (1..=99).for_each(|micros| latencies.add(Duration::from_micros(micros)));
        latencies.add(Duration::from_secs(60));
        assert_eq!(latencies.percentile(0.0), 1);
        assert_eq!(latencies.percentile(0.5), 51);
        assert_eq!(latencies.percentile(0.99), LONGEST);
    }
}
