//! The clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sanderling::Tick;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now() }
    }

    pub(crate) fn now(self) -> Tick {
        Tick::ZERO + self.origin.elapsed()
    }

    pub(crate) fn unix_time() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
    }
}
