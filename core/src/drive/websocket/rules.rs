//! What holds for many connections alike.

use alloc::sync::Arc;

use crate::ws::{Deadlines, Limits};

/// What the peer may send, and how long it may take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) limits: Limits,
    pub(super) deadlines: Deadlines,
}

impl Rules {
    /// The connections that a thread opens mostly have the same, and share them.
    #[cfg(feature = "std")]
    pub(super) fn shared(limits: Limits, deadlines: Deadlines) -> Arc<Self> {
        use core::cell::RefCell;

        std::thread_local! {
            static LAST: RefCell<Option<Arc<Rules>>> = const { RefCell::new(None) };
        }
        let rules = Self { limits, deadlines };
        let known = |last: &RefCell<Option<Arc<Self>>>| last.borrow().as_ref().filter(|last| ***last == rules).cloned();
        if let Ok(Some(known)) = LAST.try_with(known) {
            return known;
        }
        let rules = Arc::new(rules);
        let _ = LAST.try_with(|last| last.replace(Some(Arc::clone(&rules))));
        rules
    }

    #[cfg(not(feature = "std"))]
    pub(super) fn shared(limits: Limits, deadlines: Deadlines) -> Arc<Self> {
        Arc::new(Self { limits, deadlines })
    }
}
