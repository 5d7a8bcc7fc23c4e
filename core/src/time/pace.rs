//! How a transfer that waits for the peer is bounded in time.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::Tick;

/// What a transfer must make on the average while it waits for the peer. Time that the application
/// takes is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a rate with a grace time is all it is
pub struct MinRate {
    /// Octets per second.
    pub octets_per_second: NonZeroU32,
    /// How long the peer may lag behind the rate.
    pub grace: Duration,
}

impl MinRate {
    fn time_for(self, octets: u64) -> Duration {
        let nanos = u128::from(octets) * 1_000_000_000 / u128::from(self.octets_per_second.get());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// One direction of a transfer. It may stand still for a while, and be no slower than a rate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace(Option<Wait>);

/// What is to be remembered of a transfer, unless nothing is waited for and nothing was too long.
#[derive(Clone, Copy, Debug, Default)]
struct Wait {
    /// Since when the peer is waited for.
    since: Option<Tick>,
    deadline: Option<Tick>,
    /// Waiting that no octets have made up for.
    lag: Duration,
}

impl Pace {
    /// When the peer has taken too long.
    pub(crate) fn deadline(&self) -> Option<Tick> {
        self.0.and_then(|wait| wait.deadline)
    }

    /// Whether nothing is waited for, nor was too long.
    #[inline]
    pub(crate) fn is_at_rest(&self) -> bool {
        self.0.is_none()
    }

    /// So many octets have moved, and whether more of them are now waited for.
    #[inline]
    pub(crate) fn update(
        &mut self,
        octets: u64,
        waits: bool,
        still: Option<Duration>,
        rate: Option<MinRate>,
        now: Tick,
    ) {
        if waits || !self.is_at_rest() {
            self.change(octets, waits, still, rate, now);
        }
    }

    #[inline(never)]
    fn change(&mut self, octets: u64, waits: bool, still: Option<Duration>, rate: Option<MinRate>, now: Tick) {
        let mut wait = self.0.unwrap_or_default();
        wait.update(octets, waits, still, rate, now);
        self.0 = (wait.since.is_some() || !wait.lag.is_zero()).then_some(wait);
    }
}

impl Wait {
    fn update(&mut self, octets: u64, waits: bool, still: Option<Duration>, rate: Option<MinRate>, now: Tick) {
        if octets > 0 || !waits {
            if let Some(rate) = rate {
                let waited = self.since.map_or(Duration::ZERO, |since| now.since(since));
                self.lag = self.lag.saturating_add(waited).min(rate.grace).saturating_sub(rate.time_for(octets));
            }
            self.since = None;
            self.deadline = None;
        }
        if waits && self.since.is_none() {
            self.since = Some(now);
            let patience = rate.map(|rate| rate.grace.saturating_sub(self.lag));
            let wait = match (still, patience) {
                (Some(still), Some(patience)) => Some(still.min(patience)),
                (still, patience) => still.or(patience),
            };
            self.deadline = wait.map(|wait| now + wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const RATE: Option<MinRate> = Some(MinRate { octets_per_second: NonZeroU32::new(100).unwrap(), grace: SECOND });

    fn at(millis: u64) -> Tick {
        Tick::ZERO + Duration::from_millis(millis)
    }

    #[test]
    fn standing_still_is_counted_from_the_last_octets() {
        let mut pace = Pace::default();
        pace.update(0, true, Some(SECOND), None, at(0));
        pace.update(0, true, Some(SECOND), None, at(500));
        assert_eq!(pace.deadline(), Some(at(1000)));
        pace.update(1, true, Some(SECOND), None, at(900));
        assert_eq!(pace.deadline(), Some(at(1900)));
        pace.update(1, false, Some(SECOND), None, at(1000));
        assert_eq!(pace.deadline(), None);
    }

    #[test]
    fn a_rate_that_is_kept_lasts_for_ever() {
        let mut pace = Pace::default();
        pace.update(0, true, None, RATE, at(0));
        for step in 1..1000 {
            assert!(pace.deadline() > Some(at(step * 500)), "late at {step}");
            pace.update(50, true, None, RATE, at(step * 500));
        }
    }

    #[test]
    fn a_slower_one_uses_up_the_grace() {
        let mut pace = Pace::default();
        pace.update(0, true, None, RATE, at(0));
        // Each half second brings a quarter of a second's worth.
        pace.update(25, true, None, RATE, at(500));
        assert_eq!(pace.deadline(), Some(at(1250)));
        pace.update(25, true, None, RATE, at(1000));
        assert_eq!(pace.deadline(), Some(at(1500)));
        pace.update(25, true, None, RATE, at(1500));
        assert_eq!(pace.deadline(), Some(at(1750)));
    }

    #[test]
    fn time_of_the_application_is_not_counted() {
        let mut pace = Pace::default();
        pace.update(0, true, None, RATE, at(0));
        pace.update(1, false, None, RATE, at(100));
        pace.update(0, true, None, RATE, at(60_000));
        assert_eq!(pace.deadline(), Some(at(60_910)));
    }

    #[test]
    fn octets_are_no_savings() {
        let mut pace = Pace::default();
        pace.update(1_000_000, true, None, RATE, at(0));
        assert_eq!(pace.deadline(), Some(at(1000)));
    }
}
