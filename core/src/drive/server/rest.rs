//! Between two exchanges: buffers are given up, or the whole driver, which can serve another connection meanwhile.

use alloc::vec::Vec;
use core::mem;

use super::ServerDriver;
use crate::drive::Driver;
#[cfg(feature = "std")]
use crate::drive::{Settings, pool};
#[cfg(feature = "std")]
use crate::http::server::Idle;

/// The longest buffer for heads that is kept for another time.
const KEPT_HEAD: usize = 16 * 1024;

impl ServerDriver {
    /// Gives up the buffers that nothing is in.
    pub(in crate::drive) fn release(&mut self) {
        if self.is_idle() {
            self.forget_head();
            self.output.rest();
        }
        self.input.rest();
    }

    /// A head of the past is not to be kept for ever.
    fn forget_head(&mut self) {
        self.layout = None;
        self.trailers = Vec::new();
        let head = mem::take(&mut self.head);
        if (1..=KEPT_HEAD).contains(&head.capacity()) {
            #[cfg(feature = "std")]
            pool::give(|stacks| &stacks.heads, head);
            #[cfg(not(feature = "std"))]
            {
                self.head = head;
            }
        }
    }

    /// What is to be remembered of a connection on which nothing is in flight; `None` if something is.
    /// The driver can then serve another connection.
    #[cfg(feature = "std")]
    pub(in crate::drive) fn rest(&mut self) -> Option<Idle> {
        if !self.is_idle() || !self.output.is_empty() || self.eof {
            return None;
        }
        let idle = self.connection.rest()?;
        // Its buffers go with it to the next connection.
        self.input.renew();
        self.output.renew();
        self.layout = None;
        self.trailers = Vec::new();
        if self.head.capacity() > KEPT_HEAD {
            self.head = Vec::new();
        }
        Some(idle)
    }

    /// Goes on with a connection that was at rest. The driver must be at rest, too. It `rests` again before it waits
    /// for long.
    #[cfg(feature = "std")]
    pub(in crate::drive) fn resume(&mut self, idle: &Idle, settings: &Settings, rests: bool) {
        let Settings { limits, deadlines, date, .. } = *settings;
        self.connection.resume(idle, limits, deadlines);
        self.limits = limits;
        self.handler_wait = deadlines.handler;
        // It rested because it waits for a request.
        self.hungry = true;
        self.rests = rests;
        self.patience.renew();
        #[cfg(feature = "deflate")]
        self.set_compression(settings.compression);
        if !date {
            self.connection.set_date(None);
            self.unix_seconds = None;
        }
    }
}
