//! What those who live in a world can do.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use super::state::{Backlog, Shared, Spawned};
use super::{Conditions, Connector, Listener, Side, Transcript, Transport};
use crate::Tick;

/// The clock, the links and the tasks of a [`World`](super::World), for those who live in it. Clones
/// are of the same world.
#[derive(Clone)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

impl Handle {
    // ---- time and chance --------------------------------------------------------------------

    /// The time. It stands still while a task runs.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.shared.with(|state| state.now)
    }

    /// Waits for some virtual time to pass, which takes no real time.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        let (until, timer) = self.shared.with(|state| (state.now + duration, state.timer()));
        Sleep { handle: self.clone(), until, timer }
    }

    /// A number from the world's source of chance.
    #[must_use]
    pub fn chance(&self) -> u64 {
        self.shared.with(|state| (state.chance)())
    }

    pub(super) fn draw_latency(&self, conditions: &Conditions) -> Duration {
        self.shared.with(|state| conditions.draw_latency(&mut state.chance))
    }

    /// How many steps were taken so far: polls of tasks, and turns of transports.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.shared.with(|state| state.steps)
    }

    // ---- tasks ------------------------------------------------------------------------------

    /// Adds a task. [`World::run`](super::World::run) waits for its end, and gives its name if that
    /// does not come.
    pub fn spawn(&self, name: &str, future: impl Future<Output = ()> + Send + 'static) {
        self.add(name, false, future);
    }

    /// Adds a task whose end nobody waits for.
    pub fn spawn_background(&self, name: &str, future: impl Future<Output = ()> + Send + 'static) {
        self.add(name, true, future);
    }

    fn add(&self, name: &str, is_background: bool, future: impl Future<Output = ()> + Send + 'static) {
        let spawned = Spawned { name: name.to_owned(), is_background, future: Box::pin(future) };
        self.shared.with(|state| state.spawned.push(spawned));
    }

    // ---- connections ------------------------------------------------------------------------

    /// A connection that is open already: the client's end and the server's.
    #[must_use]
    pub fn pair(&self, name: &str, to_server: Conditions, to_client: Conditions) -> (Transport, Transport) {
        self.shared.with(|state| {
            let connection = state.open(name, to_server, to_client);
            let end = |state: &mut _, side| Transport::new(&self.shared, state, connection, side);
            (end(state, Side::Client), end(state, Side::Server))
        })
    }

    /// Listens for connections to a host and port, which need no resolving here.
    ///
    /// # Errors
    ///
    /// [`AddrInUse`](io::ErrorKind::AddrInUse) if somebody listens there.
    pub fn bind(&self, host: &str, port: u16) -> io::Result<Listener> {
        let address = (host.to_owned(), port);
        self.shared.with(|state| {
            if state.listeners.contains_key(&address) {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            state.listeners.insert(address.clone(), Backlog::default());
            Ok(Listener::new(self.clone(), address))
        })
    }

    /// Opens connections to those who listen, on perfect lines unless it is told otherwise.
    #[must_use]
    pub fn connector(&self) -> Connector {
        Connector::new(self.clone())
    }

    // ---- the transcript ---------------------------------------------------------------------

    /// Adds a line to the transcript.
    pub fn note(&self, note: &str) {
        self.shared.with(|state| state.transcript.note(state.now, note));
    }

    /// All that happened so far.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        self.shared.with(|state| state.transcript.clone())
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Waits until a moment in virtual time: see [`Handle::sleep`].
#[derive(Debug)]
#[must_use = "it waits when it is polled"]
pub struct Sleep {
    handle: Handle,
    until: Tick,
    timer: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.handle.shared.with(|state| {
            if self.until <= state.now {
                return Poll::Ready(());
            }
            state.set_timer(self.until, self.timer, context.waker());
            Poll::Pending
        })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.handle.shared.with(|state| state.clear_timer(self.until, self.timer));
    }
}
