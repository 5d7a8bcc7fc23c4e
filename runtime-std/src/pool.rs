//! The threads that serve connections, and what happens when there are too few.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::connection::{Guest, unwant};

/// What happens to a new connection when every thread is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums)] // it waits or it does not
pub enum Overflow {
    /// It waits for a thread. So that this does not take for ever, an idle keep-alive connection
    /// is closed.
    #[default]
    Wait,
    /// It is closed at once, unless an idle keep-alive connection can make room for it.
    Refuse,
}

/// A bounded number of threads before a queue.
pub(crate) struct Pool {
    state: Mutex<State>,
    /// Something was put into the queue, or the pool was closed.
    arrived: Condvar,
    /// Something was taken out of the queue.
    taken: Condvar,
    threads: usize,
    overflow: Overflow,
    /// How many idle connections are still to leave, where those that become idle can see it.
    wanted: Arc<AtomicUsize>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<TcpStream>,
    /// The connections that are being served, the oldest first.
    guests: Vec<Arc<Guest<TcpStream>>>,
    /// Threads that were started.
    started: usize,
    /// Those of them that wait for a connection, or are about to.
    waiting: usize,
    is_closed: bool,
}

impl Pool {
    pub(crate) fn new(threads: usize, overflow: Overflow) -> Arc<Self> {
        let threads = threads.max(1);
        Arc::new(Self {
            state: Mutex::default(),
            arrived: Condvar::new(),
            taken: Condvar::new(),
            threads,
            overflow,
            wanted: Arc::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a connection to a thread, to the queue, or up. Waits while the queue is as long as
    /// there are threads: then accepting pauses, and the system's own queue holds the rest.
    pub(crate) fn submit<F>(self: &Arc<Self>, stream: TcpStream, is_over: impl Fn() -> bool, serve: F)
    where
        F: Fn(TcpStream, &Pool) + Send + Sync + Clone + 'static,
    {
        let mut state = self.lock();
        if state.waiting <= state.queue.len() && state.started < self.threads {
            let (pool, serve) = (Arc::clone(self), serve);
            let work = move || {
                while let Some(stream) = pool.next() {
                    serve(stream, &pool);
                    pool.lock().waiting += 1;
                }
            };
            if thread::Builder::new().name("sanderling".into()).spawn(work).is_ok() {
                state.started += 1;
                state.waiting += 1;
            }
        }
        while state.queue.len() >= self.threads && !is_over() {
            // Looks up now and then, because the end of the server does not come through here.
            let wait = self.taken.wait_timeout(state, Duration::from_millis(100));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.started >= self.threads && state.waiting <= state.queue.len() {
            // Said before anyone is asked, so that who becomes idle meanwhile leaves unasked.
            self.wanted.fetch_add(1, Ordering::AcqRel);
            if !state.make_room() && self.overflow == Overflow::Refuse && unwant(&self.wanted) {
                return;
            }
        }
        state.queue.push_back(stream);
        drop(state);
        self.arrived.notify_one();
    }

    /// The next connection for a thread; `None` once the pool is closed.
    fn next(&self) -> Option<TcpStream> {
        let mut state = self.lock();
        let next = loop {
            if let Some(stream) = state.queue.pop_front() {
                break Some(stream);
            }
            if state.is_closed {
                break None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.waiting -= 1;
        // A thread may have become free in another way.
        self.wanted.fetch_min(state.queue.len(), Ordering::AcqRel);
        drop(state);
        self.taken.notify_one();
        next
    }

    /// A connection is being served. If more wait, it is told to leave when it is idle.
    pub(crate) fn enter(&self, guest: &Arc<Guest<TcpStream>>) {
        self.lock().guests.push(Arc::clone(guest));
    }

    pub(crate) fn leave(&self, guest: &Arc<Guest<TcpStream>>) {
        self.lock().guests.retain(|other| !Arc::ptr_eq(other, guest));
    }

    /// How many idle connections are still to leave.
    pub(crate) fn wanted(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.wanted)
    }

    /// No more connections come: those in the queue are dropped, and the threads end.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.queue.clear();
        drop(state);
        self.arrived.notify_all();
    }
}

impl State {
    /// Asks the connection that has been there longest, of those that are idle, to leave.
    fn make_room(&mut self) -> bool {
        let Some(at) = self.guests.iter().position(|guest| guest.ask_to_leave()) else { return false };
        // It need not be asked again.
        self.guests.remove(at);
        true
    }
}
