//! How most targets read their input.

use core::num::NonZeroU32;
use core::slice::Iter;
use core::time::Duration;

use sanderling::{MinRate, Tick, http};

/// A number n, then n octets that steer, then the octets that a peer sends. A captured stream with
/// a zero before it is thus an input that does the obvious.
pub(crate) struct Script<'a> {
    steering: Iter<'a, u8>,
    pub(crate) octets: &'a [u8],
}

impl<'a> Script<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        let (count, rest) = data.split_first().unwrap_or((&0, &[]));
        let (steering, octets) = rest.split_at(rest.len().min(usize::from(*count)));
        Self { steering: steering.iter(), octets }
    }

    /// The next octet that steers; `None` once they have run out.
    pub(crate) fn next(&mut self) -> Option<u8> {
        self.steering.next().copied()
    }

    /// The same, with the obvious choice after the last.
    pub(crate) fn octet(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// One of these, the first once the steering has run out.
    pub(crate) fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.octet()) % choices.len()]
    }

    /// What is left to steer.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.steering.as_slice()
    }

    /// The defaults, or limits so tight that small inputs reach them; with or without leniencies.
    pub(crate) fn http_limits(&mut self) -> http::Limits {
        let mut limits = http::Limits::default();
        let choice = self.octet();
        let is = |bit: u8| choice >> bit & 1 == 1;
        limits.leniency.bare_lf = is(1);
        limits.leniency.obs_fold = is(2);
        limits.leniency.blank_before_colon = is(3);
        limits.in_flight = (choice >> 4) + 1;
        if is(0) {
            limits.request_line = 40;
            limits.field_section = 120;
            limits.fields = 4;
            limits.leading_empty_lines = 1;
            limits.chunk_extensions = 8;
            limits.pipeline = self.octet();
            limits.unread_body = 16;
            limits.output = 100;
        }
        limits
    }

    /// The defaults, or others of all kinds.
    pub(crate) fn http_deadlines(&mut self) -> http::Deadlines {
        let mut deadlines = http::Deadlines::default();
        let choice = self.octet();
        let is = |bit: u8| choice >> bit & 1 == 1;
        if is(0) {
            // Of these, each octet takes a whole number of nanoseconds.
            let octets_per_second = [1, 10, 100, 1000][usize::from(choice >> 6)];
            let octets_per_second = NonZeroU32::new(octets_per_second).unwrap();
            deadlines.min_rate = Some(MinRate { octets_per_second, grace: Duration::from_secs(5) });
        }
        deadlines.handler = is(1).then_some(Duration::from_secs(3));
        if is(2) {
            (deadlines.head, deadlines.idle, deadlines.proceed) = (None, None, None);
        }
        if is(3) {
            (deadlines.body, deadlines.write) = (None, None);
        }
        if is(4) {
            deadlines.drain = None;
        }
        if is(5) {
            (deadlines.proceed, deadlines.idle) = (Some(Duration::from_secs(40)), Some(Duration::from_secs(1)));
        }
        deadlines
    }

    /// A moment from `now` on: that of the deadline, the last one before it, or any other.
    pub(crate) fn moment(&mut self, now: Tick, deadline: Option<Tick>) -> Tick {
        let deadline = deadline.unwrap_or(now);
        match self.octet() {
            0 => deadline.max(now),
            1 => Tick::from_nanos(deadline.as_nanos().saturating_sub(1)).max(now),
            tenths @ 2..100 => now + Duration::from_millis(100) * tenths.into(),
            seconds => now + Duration::from_secs(seconds.into()),
        }
    }
}
