//! Between two messages: what is remembered, so that the rest can serve another connection meanwhile.

use super::{Connection, Reading, Role};
use crate::ws::keep_alive::Silence;
use crate::ws::{Deadlines, Limits, MaskingKey};

impl<K: FnMut() -> MaskingKey> Connection<K> {
    /// What is to be remembered if no message is under way and nothing is owed; the connection can then be
    /// used for another one.
    pub(crate) fn rest(&self) -> Option<Silence> {
        let may_rest = matches!(self.reading, Reading::Header)
            && self.left == 0
            && self.incoming.is_none()
            && self.outgoing.is_none()
            && self.inflating.is_none()
            && !self.wants_transmit()
            && !self.is_closing()
            && self.writing.is_at_rest();
        may_rest.then(|| self.keep_alive.into())
    }

    /// Takes the place of a connection that was at rest; this one must be, too.
    pub(crate) fn resume(
        &mut self,
        role: Role<K>,
        limits: Limits,
        deadlines: Deadlines,
        allows_compression: bool,
        silence: Silence,
    ) {
        self.role = role;
        self.limits = limits;
        self.deadlines = deadlines;
        self.allows_compression = allows_compression;
        self.keep_alive = silence.into();
    }
}
