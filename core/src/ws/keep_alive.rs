//! Whether the peer is still there (RFC 6455 section 5.5.2).

use super::Deadlines;
use crate::Tick;

/// Asks a peer that has been silent, and waits for any sign of life.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeepAlive {
    heard: Option<Tick>,
    asked: Option<Tick>,
    /// A ping is to be sent.
    owes_ping: bool,
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
        self.heard = Some(now);
        self.asked = None;
    }

    pub(super) fn has_begun(&self) -> bool {
        self.heard.is_some()
    }

    pub(super) fn owes_ping(&self) -> bool {
        self.owes_ping
    }

    pub(super) fn sent_ping(&mut self) {
        self.owes_ping = false;
    }

    pub(super) fn deadline(&self, deadlines: &Deadlines) -> Option<Tick> {
        match (self.asked, self.heard) {
            (Some(asked), _) => deadlines.pong.map(|wait| asked + wait),
            (None, Some(heard)) => deadlines.ping.map(|wait| heard + wait),
            (None, None) => None,
        }
    }

    pub(super) fn pass(&mut self, deadlines: &Deadlines, now: Tick) -> Due {
        if self.deadline(deadlines).is_none_or(|at| at > now) {
            return Due::Nothing;
        }
        if self.asked.is_some() {
            return Due::Dead;
        }
        self.asked = Some(now);
        self.owes_ping = true;
        Due::Ping
    }
}
