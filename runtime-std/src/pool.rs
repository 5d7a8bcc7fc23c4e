//! The threads that serve connections, and what happens when there are too few.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use sanderling::drive::Member;

use crate::connection::{Guest, unwant};

/// What happens to a new connection when every thread is taken, or every one that the system has for us.
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
    /// Starts a thread.
    spawn: fn(Work) -> io::Result<()>,
}

/// What a thread does.
type Work = Box<dyn FnOnce() + Send>;

fn spawn(work: Work) -> io::Result<()> {
    thread::Builder::new().name("sanderling".into()).spawn(work).map(drop)
}

#[derive(Default)]
struct State {
    /// The connections that wait for a thread, which a shutdown waits for as well.
    queue: VecDeque<(TcpStream, Member)>,
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
            spawn,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a connection to a thread, to the queue, or up. Waits while the queue is as long as
    /// there are threads: then accepting pauses, and the system's own queue holds the rest.
    pub(crate) fn submit<F>(self: &Arc<Self>, stream: TcpStream, member: Member, is_over: impl Fn() -> bool, serve: F)
    where
        F: Fn(TcpStream, Member, &Pool) + Send + Sync + Clone + 'static,
    {
        let mut state = self.lock();
        let mut are_all_started = state.started >= self.threads;
        if state.waiting <= state.queue.len() && !are_all_started {
            let (pool, serve) = (Arc::clone(self), serve);
            let work = move || {
                while let Some((stream, member)) = pool.next() {
                    serve(stream, member, &pool);
                    pool.lock().waiting += 1;
                }
            };
            if (self.spawn)(Box::new(work)).is_ok() {
                state.started += 1;
                state.waiting += 1;
            } else if state.started == 0 {
                // Nobody would ever serve it.
                return;
            } else {
                // If the system has no more threads, those that are there are all.
                are_all_started = true;
            }
        }
        while state.queue.len() >= self.threads && !is_over() {
            // Looks up now and then, because the end of the server does not come through here.
            let wait = self.taken.wait_timeout(state, Duration::from_millis(100));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        if are_all_started && state.waiting <= state.queue.len() {
            // Said before anyone is asked, so that who becomes idle meanwhile leaves unasked.
            self.wanted.fetch_add(1, Ordering::AcqRel);
            if !state.make_room() && self.overflow == Overflow::Refuse && unwant(&self.wanted) {
                return;
            }
        }
        state.queue.push_back((stream, member));
        drop(state);
        self.arrived.notify_one();
    }

    /// The next connection for a thread; `None` once the pool is closed and none is left.
    fn next(&self) -> Option<(TcpStream, Member)> {
        let mut state = self.lock();
        let next = loop {
            if let Some(first) = state.queue.pop_front() {
                break Some(first);
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

    /// No more connections come: the threads end when the queue is empty.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_all();
    }

    /// Gives up those in the queue.
    pub(crate) fn clear(&self) {
        let left = mem::take(&mut self.lock().queue);
        // Not under the lock.
        drop(left);
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::net::TcpListener;

    use sanderling::drive::Shutdown;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    /// One that could have nine threads, but the system gave it only so many, and now gives none.
    fn exhausted(overflow: Overflow, started: usize) -> Arc<Pool> {
        let mut pool = Arc::into_inner(Pool::new(9, overflow)).unwrap();
        pool.spawn = |_| Err(ErrorKind::WouldBlock.into());
        pool.lock().started = started;
        Arc::new(pool)
    }

    /// Whether a connection that comes is put into the queue.
    fn is_queued(pool: &Arc<Pool>) -> bool {
        let (mut client, stream) = pair();
        pool.submit(stream, Shutdown::new().join(), || false, |_, _, _| {});
        let is_queued = !pool.lock().queue.is_empty();
        pool.clear();
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        is_queued
    }

    #[test]
    fn an_idle_connection_makes_room_where_no_thread_can_be_started() {
        for overflow in [Overflow::Wait, Overflow::Refuse] {
            let pool = exhausted(overflow, 1);
            let (_client, mut stream) = pair();
            let guest = Guest::new(&stream, &Shutdown::new(), pool.wanted());
            pool.enter(&guest);
            guest.set_served();
            guest.rest();
            stream.set_nonblocking(true).unwrap();
            assert!(is_queued(&pool));
            assert_eq!(stream.read(&mut [0]).unwrap(), 0, "{overflow:?}: it was not asked to leave");
        }
    }

    #[test]
    fn the_threads_that_were_started_are_all_if_the_system_has_no_more() {
        assert!(is_queued(&exhausted(Overflow::Wait, 1)));
        assert!(!is_queued(&exhausted(Overflow::Refuse, 1)));
    }

    #[test]
    fn nobody_waits_where_there_are_no_threads() {
        assert!(!is_queued(&exhausted(Overflow::Wait, 0)));
    }
}
