//! How long output may wait to be taken, reckoned from all that has happened.

use core::time::Duration;

use sanderling::http::Deadlines;
use sanderling::{MinRate, Tick};

/// Says when [`Deadlines::write`] or [`Deadlines::min_rate`] ends a connection. Whoever asks must not
/// have let such a moment pass before.
#[derive(Debug)]
pub(crate) struct Patience {
    still: Option<Duration>,
    rate: Option<MinRate>,
    /// How long was waited each time, and how many octets were taken then.
    waits: Vec<(Duration, u64)>,
    since: Option<Tick>,
}

impl Patience {
    pub(crate) fn new(deadlines: &Deadlines) -> Self {
        Self { still: deadlines.write, rate: deadlines.min_rate, waits: Vec::new(), since: None }
    }

    /// Nothing waits, and nothing is remembered.
    pub(crate) fn forget(&mut self) {
        (self.waits, self.since) = (Vec::new(), None);
    }

    pub(crate) fn written(&mut self, written: usize, waiting: usize, now: Tick) {
        if written > 0 || waiting == 0 {
            let waited = self.since.take().map_or(Duration::ZERO, |since| now.since(since));
            self.waits.push((waited, written as u64));
        }
        if waiting > 0 {
            self.since.get_or_insert(now);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Tick> {
        let since = self.since?;
        let patience = self.rate.map(|rate| {
            // The longest lag over any stretch of time that lasts until now.
            let (mut lag, mut longest) = (0, 0);
            for (waited, octets) in self.waits.iter().rev() {
                let earned = u128::from(*octets) * 1_000_000_000 / u128::from(rate.octets_per_second.get());
                lag += waited.as_nanos() as i128 - earned as i128;
                longest = lag.max(longest);
            }
            rate.grace - Duration::from_nanos(longest as u64)
        });
        let wait = self.still.into_iter().chain(patience).min()?;
        Some(since + wait)
    }
}
