//! Between two requests: what is remembered, so that the rest can serve another connection meanwhile.

use super::{Connection, Reading, Wait, first_deadline};
use crate::Tick;
use crate::http::{Deadlines, Limits};

/// What is to be remembered of a connection between two requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    used: u64,
    requests: u64,
    read_deadline: Option<(Wait, Tick)>,
}

impl Idle {
    /// For a connection that was just accepted.
    pub(crate) fn accepted(deadlines: &Deadlines, now: Tick) -> Self {
        Self { used: 0, requests: 0, read_deadline: first_deadline(deadlines, now) }
    }
}

impl Connection {
    /// What is to be remembered if nothing is being read, answered or owed; the connection can then be
    /// used for another one.
    pub(crate) fn rest(&self) -> Option<Idle> {
        let Self { used, requests, read_deadline, .. } = *self;
        // Empty lines before the next head are still to be counted.
        let is_new = matches!(&self.reading, Reading::Head(parser) if parser.is_new());
        let may_rest = is_new && self.is_idle() && !self.last && !self.going_away && self.output.is_at_rest();
        may_rest.then_some(Idle { used, requests, read_deadline })
    }

    /// Takes the place of a connection that was at rest; this one must be, too.
    pub(crate) fn resume(&mut self, idle: &Idle, limits: Limits, deadlines: Deadlines) {
        let Idle { used, requests, read_deadline } = *idle;
        self.limits = limits;
        self.deadlines = deadlines;
        self.used = used;
        self.requests = requests;
        self.read_deadline = read_deadline;
    }
}
