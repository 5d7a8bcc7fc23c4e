//! Whether the peer is still there (RFC 6455 section 5.5.2).

use super::Deadlines;
use crate::Tick;

/// Asks a peer that has been silent, and waits for any sign of life.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeepAlive {
    peer: Peer,
    /// Since when.
    since: Tick,
    ping: Ping,
}

/// Where the last ping is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ping {
    /// Gone, as far as is known, or never made.
    #[default]
    Left,
    /// It is to be sent.
    Owed,
    /// Made just now, behind who knows how much.
    Made,
    /// It leaves with the last of so many octets, at the latest.
    Waits(u64),
}

/// What is known of the peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Peer {
    /// Nothing has come, and the connection has not begun.
    #[default]
    New,
    Heard,
    Asked,
}

/// All that has to be remembered of it while no ping is to be sent, in few octets: the moment but for three
/// nanoseconds, and what is known of the peer in the place of these.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence(u64);

#[cfg(feature = "std")]
impl From<KeepAlive> for Silence {
    fn from(keep_alive: KeepAlive) -> Self {
        let peer = match keep_alive.peer {
            Peer::New => 0,
            Peer::Heard => 1,
            Peer::Asked => 2,
        };
        Self(keep_alive.since.as_nanos() & !3 | peer)
    }
}

#[cfg(feature = "std")]
impl From<Silence> for KeepAlive {
    fn from(Silence(silence): Silence) -> Self {
        let peer = match silence & 3 {
            0 => Peer::New,
            1 => Peer::Heard,
            _ => Peer::Asked,
        };
        Self { peer, since: Tick::from_nanos(silence & !3), ping: Ping::Left }
    }
}

/// What a moment that has come means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    /// The peer has not answered in time.
    Dead,
}

impl KeepAlive {
    /// Something has come, or the connection has begun.
    pub(super) fn hear(&mut self, now: Tick) {
        self.peer = Peer::Heard;
        self.since = now;
    }

    pub(super) fn has_begun(&self) -> bool {
        self.peer != Peer::New
    }

    pub(super) fn owes_ping(&self) -> bool {
        matches!(self.ping, Ping::Owed)
    }

    pub(super) fn sent_ping(&mut self) {
        self.ping = Ping::Made;
    }

    /// Whether a ping is on its way out.
    #[inline]
    pub(super) fn is_asking(&self) -> bool {
        self.peer == Peer::Asked && !matches!(self.ping, Ping::Left)
    }

    /// So many octets were written and so many still wait. A peer cannot answer a ping that has not left: as long
    /// as it takes what is before that, it is given the whole wait again.
    pub(super) fn written(&mut self, written: u64, waiting: u64, now: Tick) {
        if self.is_asking() {
            self.since = now;
            self.ping = match self.ping {
                Ping::Owed => Ping::Owed,
                Ping::Waits(before) if waiting > 0 && before > written => Ping::Waits(before - written),
                Ping::Made if waiting > 0 => Ping::Waits(waiting),
                Ping::Left | Ping::Made | Ping::Waits(_) => Ping::Left,
            };
        }
    }

    pub(super) fn deadline(&self, deadlines: &Deadlines) -> Option<Tick> {
        let wait = match self.peer {
            Peer::New => None,
            Peer::Heard => deadlines.ping,
            Peer::Asked => deadlines.pong,
        };
        wait.map(|wait| self.since + wait)
    }

    pub(super) fn pass(&mut self, deadlines: &Deadlines, now: Tick) -> Due {
        if self.deadline(deadlines).is_none_or(|at| at > now) {
            return Due::Nothing;
        }
        if self.peer == Peer::Asked {
            return Due::Dead;
        }
        self.peer = Peer::Asked;
        self.since = now;
        self.ping = Ping::Owed;
        Due::Ping
    }
}
