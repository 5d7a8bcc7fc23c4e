//! What holds for many connections alike.

use alloc::sync::Arc;
use core::ptr;

use crate::ws::{Deadlines, Limits, MaskingKey, Role};

/// Which side this is, what the peer may send, how long it may take, and what both have agreed to speak.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) role: Role<fn() -> MaskingKey>,
    pub(super) limits: Limits,
    pub(super) deadlines: Deadlines,
    pub(super) subprotocol: Option<&'static str>,
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        let is_same_side = match (self.role, other.role) {
            (Role::Server, Role::Server) => true,
            (Role::Client(one), Role::Client(other)) => ptr::fn_addr_eq(one, other),
            (Role::Server, Role::Client(_)) | (Role::Client(_), Role::Server) => false,
        };
        is_same_side
            && (&self.limits, &self.deadlines, self.subprotocol) == (&other.limits, &other.deadlines, other.subprotocol)
    }
}

impl Rules {
    /// The connections that a thread opens mostly have the same, or one of a few, and share them.
    #[cfg(feature = "std")]
    pub(super) fn shared(self) -> Arc<Self> {
        use alloc::collections::VecDeque;
        use core::cell::RefCell;

        /// How many a thread keeps: as many as it has subprotocols, mostly.
        const KEPT: usize = 8;
        std::thread_local! {
            static LAST: RefCell<VecDeque<Arc<Rules>>> = const { RefCell::new(VecDeque::new()) };
        }
        let known = LAST.try_with(|last| last.borrow().iter().find(|last| ***last == self).cloned());
        if let Ok(Some(known)) = known {
            return known;
        }
        let rules = Arc::new(self);
        let _ = LAST.try_with(|last| {
            let mut last = last.borrow_mut();
            last.truncate(KEPT - 1);
            last.push_front(Arc::clone(&rules));
        });
        rules
    }

    #[cfg(not(feature = "std"))]
    pub(super) fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }
}
