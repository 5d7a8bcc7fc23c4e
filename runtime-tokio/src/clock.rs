//! The clocks: tokio's own for deadlines, so that a paused runtime rules them too.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use sanderling::Tick;
use tokio::time::Instant;

/// The origin of all ticks, so that no connection has to keep one.
static ORIGIN: OnceLock<Instant> = OnceLock::new();

fn origin() -> Instant {
    *ORIGIN.get_or_init(Instant::now)
}

pub(crate) fn now() -> Tick {
    tick(Instant::now())
}

/// The moment on tokio's clock.
pub(crate) fn instant(tick: Tick) -> Instant {
    origin() + tick.since(Tick::ZERO)
}

/// The moment as a tick.
pub(crate) fn tick(instant: Instant) -> Tick {
    Tick::ZERO + instant.saturating_duration_since(origin())
}

pub(crate) fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
