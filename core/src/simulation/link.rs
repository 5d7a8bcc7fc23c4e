//! A link between two ends: a pure state machine, as the connections are.

use super::Conditions;
use super::direction::Direction;
use crate::Tick;

/// One of the two ends of a [`Link`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // a link has two
pub enum Side {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What came of [`Link::receive`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // whoever reads has to know them all
pub enum Received {
    /// Nothing is there now; more may come.
    Nothing,
    /// So many octets.
    Octets(usize),
    /// The other end has closed its sending side, and all it sent was received.
    End,
    /// The connection was reset.
    Reset,
}

/// The connection was reset: nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // there is nothing more to say
pub struct Reset;

/// A connection's way between its two ends: octets go in at one moment and come out at another.
///
/// It behaves as TCP does, as far as HTTP can tell: octets arrive in order, in pieces that have
/// nothing to do with how they were sent; a sender waits when too many are under way; either side
/// can be closed alone; and an end that is gone answers what still arrives with a reset, which may
/// destroy what it sent before (RFC 9112 section 9.6).
///
/// It does no I/O, reads no clock and draws nothing by itself: the time and the source of chance are
/// handed in.
///
/// ```
/// use core::time::Duration;
/// use sanderling::Tick;
/// use sanderling::simulation::{Conditions, Link, Received, Side};
///
/// let mut seed = 7_u64;
/// let mut chance = || { seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); seed >> 33 };
/// let mut conditions = Conditions::default();
/// conditions.latency = Duration::from_millis(5)..=Duration::from_millis(5);
/// conditions.piece = 2..=2;
/// let mut link = Link::new(conditions.clone(), conditions);
///
/// assert_eq!(link.send(Side::Client, b"abc", Tick::ZERO, &mut chance), Ok(3));
/// let mut room = [0; 8];
/// assert_eq!(link.receive(Side::Server, &mut room, Tick::ZERO), Received::Nothing);
/// let later = link.next_arrival(Tick::ZERO).unwrap();
/// assert_eq!(later, Tick::ZERO + Duration::from_millis(5));
/// assert_eq!(link.receive(Side::Server, &mut room, later), Received::Octets(2));
/// assert_eq!(link.receive(Side::Server, &mut room[2..], later), Received::Octets(1));
/// assert_eq!(room[..3], *b"abc");
/// ```
#[derive(Debug)]
pub struct Link {
    to_server: Direction,
    to_client: Direction,
    client_is_gone: bool,
    server_is_gone: bool,
}

impl Link {
    /// A connection that was just opened.
    #[must_use]
    pub fn new(to_server: Conditions, to_client: Conditions) -> Self {
        Self {
            to_server: Direction::new(to_server),
            to_client: Direction::new(to_client),
            client_is_gone: false,
            server_is_gone: false,
        }
    }

    // ---- what is so -------------------------------------------------------------------------

    /// The next moment after `now` at which something arrives at either end: octets, an end or a
    /// reset. What has arrived already and was not received does not count.
    #[must_use]
    pub fn next_arrival(&self, now: Tick) -> Option<Tick> {
        // What arrives where nobody is any more is of no account.
        let to_server = self.to_server.next_arrival(now).filter(|_| !self.server_is_gone);
        let to_client = self.to_client.next_arrival(now).filter(|_| !self.client_is_gone);
        to_server.into_iter().chain(to_client).min()
    }

    /// Whether [`Link::receive`] would give something other than [`Received::Nothing`].
    #[must_use]
    pub fn is_readable(&self, at: Side, now: Tick) -> bool {
        self.is_gone(at) || self.towards(at).is_readable(now)
    }

    /// Whether [`Link::send`] would take something or fail.
    #[must_use]
    pub fn is_writable(&self, at: Side, now: Tick) -> bool {
        self.is_reset(at, now) || self.towards(at.peer()).room() > 0
    }

    /// Whether this end knows that the connection was reset.
    #[must_use]
    pub fn is_reset(&self, at: Side, now: Tick) -> bool {
        self.is_gone(at) || self.towards(at).is_reset(now)
    }

    /// Whether nobody is at either end any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.client_is_gone && self.server_is_gone
    }

    // ---- what happens -----------------------------------------------------------------------

    /// Sends octets, and says how many of them there was room for. If that is none, try again when
    /// the other end has received some.
    ///
    /// # Errors
    ///
    /// [`Reset`] once that has arrived at this end, and after this end was closed.
    pub fn send(
        &mut self,
        from: Side,
        octets: &[u8],
        now: Tick,
        chance: &mut dyn FnMut() -> u64,
    ) -> Result<usize, Reset> {
        if self.is_reset(from, now) || self.towards(from.peer()).is_ended() {
            return Err(Reset);
        }
        let (len, is_reset) = self.towards_mut(from.peer()).send(octets, now, chance);
        if is_reset {
            self.reset(now, chance);
        } else if self.is_gone(from.peer()) {
            self.answer_with_reset(from.peer(), now, chance);
        }
        Ok(len)
    }

    /// Closes the sending side of an end: what it sent arrives, and then the end of the stream.
    pub fn send_end(&mut self, from: Side, now: Tick, chance: &mut dyn FnMut() -> u64) {
        self.towards_mut(from.peer()).send_end(now, chance);
    }

    /// Receives octets into `room`, which should not be empty: one piece, or as much of it as there is
    /// room for.
    pub fn receive(&mut self, at: Side, room: &mut [u8], now: Tick) -> Received {
        if self.is_gone(at) {
            return Received::Reset;
        }
        self.towards_mut(at).receive(room, now)
    }

    /// Closes an end for good, as a dropped socket is. Where something is unread at it, or still
    /// arrives, the other end gets a reset.
    pub fn close(&mut self, at: Side, now: Tick, chance: &mut dyn FnMut() -> u64) {
        if self.is_gone(at) {
            return;
        }
        *self.gone_mut(at) = true;
        if self.towards(at).first_arrival().is_none_or(|arrival| arrival > now) {
            self.send_end(at, now, chance);
        }
        self.answer_with_reset(at, now, chance);
    }

    /// Resets the connection from one end.
    pub fn abort(&mut self, at: Side, now: Tick, chance: &mut dyn FnMut() -> u64) {
        *self.gone_mut(at) = true;
        self.towards_mut(at.peer()).send_reset(now, chance);
    }

    /// Resets the connection from somewhere on the way; both ends hear of it.
    pub fn reset(&mut self, now: Tick, chance: &mut dyn FnMut() -> u64) {
        self.to_server.send_reset(now, chance);
        self.to_client.send_reset(now, chance);
    }

    // ---- the inner steps --------------------------------------------------------------------

    /// Nobody is at this end: the first octets that arrive there are answered with a reset.
    fn answer_with_reset(&mut self, gone: Side, now: Tick, chance: &mut dyn FnMut() -> u64) {
        if let Some(arrival) = self.towards(gone).first_arrival() {
            self.towards_mut(gone.peer()).send_reset(arrival.max(now), chance);
        }
    }

    fn is_gone(&self, side: Side) -> bool {
        match side {
            Side::Client => self.client_is_gone,
            Side::Server => self.server_is_gone,
        }
    }

    fn gone_mut(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Client => &mut self.client_is_gone,
            Side::Server => &mut self.server_is_gone,
        }
    }

    fn towards(&self, side: Side) -> &Direction {
        match side {
            Side::Client => &self.to_client,
            Side::Server => &self.to_server,
        }
    }

    fn towards_mut(&mut self, side: Side) -> &mut Direction {
        match side {
            Side::Client => &mut self.to_client,
            Side::Server => &mut self.to_server,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::time::Duration;

    use super::*;

    const SECOND: Tick = Tick::from_nanos(1_000_000_000);

    fn generator(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 32
        }
    }

    fn perfect() -> Link {
        Link::new(Conditions::default(), Conditions::default())
    }

    #[test]
    fn whatever_the_line_all_arrives_in_order() {
        let sent: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        for seed in 0..200 {
            let mut chance = generator(seed);
            let mut link = Link::new(Conditions::draw(&mut chance), Conditions::default());
            let (mut now, mut left, mut came) = (Tick::ZERO, sent.as_slice(), Vec::new());
            let mut room = [0; 64];
            let mut is_ended = false;
            while !is_ended {
                let len = link.send(Side::Client, left, now, &mut chance).unwrap_or(usize::MAX);
                left = left.get(len..).unwrap_or_default();
                if left.is_empty() {
                    link.send_end(Side::Client, now, &mut chance);
                    left = &[];
                }
                match link.receive(Side::Server, &mut room, now) {
                    Received::Octets(len) => came.extend_from_slice(room.get(..len).unwrap_or_default()),
                    Received::Nothing => now = link.next_arrival(now).unwrap_or_else(|| unreachable!("it hangs")),
                    Received::End => is_ended = true,
                    Received::Reset => unreachable!("nobody did that"),
                }
                if left.is_empty() && !is_ended {
                    // Nothing can be sent behind the end.
                    assert_eq!(link.send(Side::Client, b"x", now, &mut chance), Err(Reset));
                }
            }
            assert!(came == sent, "seed {seed}");
        }
    }

    #[test]
    fn bandwidth_and_latency_add_up() {
        let mut slow = Conditions { bandwidth: Some(1_000), piece: 100..=100, ..Conditions::default() };
        slow.latency = Duration::from_secs(1)..=Duration::from_secs(1);
        let mut link = Link::new(slow, Conditions::default());
        assert_eq!(link.send(Side::Client, &[7; 1_000], Tick::ZERO, &mut || 0), Ok(1_000));
        let mut now = Tick::ZERO;
        while let Some(next) = link.next_arrival(now) {
            now = next;
            assert_eq!(link.receive(Side::Server, &mut [0; 2_000], now), Received::Octets(100));
        }
        assert_eq!(now, SECOND + Duration::from_secs(1));
    }

    #[test]
    fn a_full_line_holds_the_sender() {
        let narrow = Conditions { buffer: 3, ..Conditions::default() };
        let mut link = Link::new(narrow, Conditions::default());
        let mut chance = || 0;
        assert_eq!(link.send(Side::Client, b"abcde", Tick::ZERO, &mut chance), Ok(3));
        assert_eq!(link.send(Side::Client, b"de", Tick::ZERO, &mut chance), Ok(0));
        assert!(!link.is_writable(Side::Client, Tick::ZERO));
        assert_eq!(link.receive(Side::Server, &mut [0; 1], Tick::ZERO), Received::Octets(1));
        assert_eq!(link.send(Side::Client, b"de", Tick::ZERO, &mut chance), Ok(1));
    }

    #[test]
    fn an_end_that_read_everything_leaves_politely() {
        let (mut link, mut chance) = (perfect(), || 0);
        assert_eq!(link.send(Side::Server, b"bye", Tick::ZERO, &mut chance), Ok(3));
        link.close(Side::Server, Tick::ZERO, &mut chance);
        let mut room = [0; 8];
        assert_eq!(link.receive(Side::Client, &mut room, Tick::ZERO), Received::Octets(3));
        assert_eq!(link.receive(Side::Client, &mut room, Tick::ZERO), Received::End);
        // Who sends to somebody who is gone hears of it.
        assert_eq!(link.send(Side::Client, b"still there?", Tick::ZERO, &mut chance), Ok(12));
        assert_eq!(link.send(Side::Client, b"?", Tick::ZERO, &mut chance), Err(Reset));
        assert!(!link.is_over());
        link.close(Side::Client, Tick::ZERO, &mut chance);
        assert!(link.is_over() && link.next_arrival(Tick::ZERO).is_none());
    }

    #[test]
    fn an_end_with_something_unread_leaves_a_reset() {
        // Chance decides whether that takes with it what was sent before.
        for (number, expected) in [(1, Received::Octets(3)), (0, Received::Reset)] {
            let (mut link, mut chance) = (perfect(), || number);
            assert_eq!(link.send(Side::Client, b"more", Tick::ZERO, &mut chance), Ok(4));
            assert_eq!(link.send(Side::Server, b"bye", Tick::ZERO, &mut chance), Ok(3));
            link.close(Side::Server, Tick::ZERO, &mut chance);
            assert_eq!(link.receive(Side::Client, &mut [0; 8], Tick::ZERO), expected);
            assert_eq!(link.receive(Side::Client, &mut [0; 8], Tick::ZERO), Received::Reset);
        }
    }
}
