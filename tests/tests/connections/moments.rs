//! Moments in virtual time, and deadlines of which no two are alike.

use core::num::NonZeroU32;
use core::time::Duration;

use sanderling::http::Deadlines;
use sanderling::{MinRate, Tick};

/// Every connection begins here: not at the origin, so that a sum of times is not one of them.
pub(crate) const START: u64 = 100;

pub(crate) fn at(seconds: u64) -> Tick {
    Tick::ZERO + Duration::from_secs(seconds)
}

/// The last moment at which a deadline is still to come.
pub(crate) fn just_before(deadline: Tick) -> Tick {
    Tick::from_nanos(deadline.as_nanos() - 1)
}

pub(crate) fn deadlines() -> Deadlines {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let mut deadlines = Deadlines::default();
    deadlines.head = seconds(10);
    deadlines.body = seconds(20);
    deadlines.idle = seconds(30);
    deadlines.write = seconds(40);
    deadlines.drain = seconds(50);
    deadlines.proceed = seconds(3);
    deadlines
}

pub(crate) fn no_deadlines() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.head = None;
    deadlines.body = None;
    deadlines.idle = None;
    deadlines.write = None;
    deadlines.drain = None;
    deadlines.proceed = None;
    deadlines
}

/// Two octets a second, with four seconds to lag behind.
pub(crate) fn min_rate() -> Option<MinRate> {
    Some(MinRate { octets_per_second: NonZeroU32::new(2).unwrap(), grace: Duration::from_secs(4) })
}
