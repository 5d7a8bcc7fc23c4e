//! Read buffers that wait for the next connection with something to read.
//!
//! One small stack per thread: no lock, and in steady state no allocation.

use alloc::vec::Vec;
use core::cell::RefCell;
use std::thread_local;

use super::input::Buffers;

/// How many buffers a thread keeps.
const KEPT: usize = 16;

thread_local! {
    static POOL: RefCell<Vec<Buffers>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn take() -> Option<Buffers> {
    POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten()
}

pub(super) fn give(buffers: Buffers) {
    // At the end of a thread the pool may be gone already; then the buffer goes too.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < KEPT {
            pool.push(buffers);
        }
    });
}
