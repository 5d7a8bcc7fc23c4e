//! What waits for the next connection that has something to do.
//!
//! An idle connection holds no buffers and no driver. They wait in small stacks, one of each kind per
//! thread: no lock, and in steady state no allocation. Drivers wait with their buffers. A thread keeps at most 16 of
//! each kind, whose read buffers have at most 258 KiB and their output queues 32 KiB: some 15 MiB, if so many
//! connections were busy on it at once with as much.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
use std::sync::{Mutex, TryLockError};
use std::thread_local;

use super::ServerDriver;
use super::input::Buffers;
use super::output::Queue;
#[cfg(feature = "ws")]
use super::{Burst, WebSocketDriver};

/// How many of a kind a thread keeps.
const KEPT: usize = 16;

type Stack<V> = RefCell<Vec<V>>;

/// A stack of each kind.
pub(super) struct Stacks {
    pub(super) inputs: Stack<Buffers>,
    pub(super) heads: Stack<Vec<u8>>,
    pub(super) outputs: Stack<Queue>,
    pub(super) servers: Stack<Box<ServerDriver>>,
    #[cfg(feature = "ws")]
    pub(super) websockets: Stack<Box<WebSocketDriver>>,
    #[cfg(feature = "ws")]
    pub(super) bursts: Stack<Box<Burst>>,
}

thread_local! {
    static STACKS: Stacks = const {
        Stacks {
            inputs: RefCell::new(Vec::new()),
            heads: RefCell::new(Vec::new()),
            outputs: RefCell::new(Vec::new()),
            servers: RefCell::new(Vec::new()),
            #[cfg(feature = "ws")]
            websockets: RefCell::new(Vec::new()),
            #[cfg(feature = "ws")]
            bursts: RefCell::new(Vec::new()),
        }
    };
}

/// Takes one of a kind, if there is any.
pub(super) fn take<V>(kind: impl FnOnce(&Stacks) -> &Stack<V>) -> Option<V> {
    STACKS.try_with(|stacks| kind(stacks).borrow_mut().pop()).ok().flatten()
}

/// Whether one of a kind waits already.
#[cfg(feature = "ws")]
pub(super) fn has<V>(kind: impl FnOnce(&Stacks) -> &Stack<V>) -> bool {
    STACKS.try_with(|stacks| !kind(stacks).borrow().is_empty()).unwrap_or_default()
}

/// Gives one back.
pub(super) fn give<V>(kind: impl FnOnce(&Stacks) -> &Stack<V>, item: V) {
    // At the end of a thread the stacks may be gone already; then the item goes too.
    let _ = STACKS.try_with(|stacks| {
        let mut stack = kind(stacks).borrow_mut();
        if stack.len() < KEPT {
            stack.push(item);
        }
    });
}

/// A stack of a type that no static can name, shared by the threads of a server.
#[derive(Debug)]
pub(super) struct Shelf<V> {
    items: Mutex<Vec<V>>,
}

impl<V> Shelf<V> {
    /// How many it keeps, for all threads.
    const KEPT: usize = 256;

    pub(super) const fn new() -> Self {
        Self { items: Mutex::new(Vec::new()) }
    }

    /// Takes one, if there is any and no other thread is at it just now: waiting costs more than an
    /// allocation.
    pub(super) fn take(&self) -> Option<V> {
        self.with(Vec::pop).flatten()
    }

    /// Gives one back.
    pub(super) fn give(&self, item: V) {
        self.with(|items| {
            if items.len() < Self::KEPT {
                items.push(item);
            }
        });
    }

    fn with<R>(&self, change: impl FnOnce(&mut Vec<V>) -> R) -> Option<R> {
        match self.items.try_lock() {
            Ok(mut items) => Some(change(&mut items)),
            Err(TryLockError::Poisoned(poisoned)) => Some(change(&mut poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
