//! The clocks.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sanderling::Tick;

/// The origin of all ticks, so that no connection has to keep one.
static ORIGIN: OnceLock<Instant> = OnceLock::new();

fn origin() -> Instant {
    *ORIGIN.get_or_init(Instant::now)
}

pub(crate) fn now() -> Tick {
    Tick::ZERO + origin().elapsed()
}

/// The moment on the system's clock.
pub(crate) fn instant(tick: Tick) -> Instant {
    origin() + tick.since(Tick::ZERO)
}

pub(crate) fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
