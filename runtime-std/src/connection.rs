//! One connection, served on a stream that the user already has.

use std::future;
use std::net;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use sanderling::drive::{Member, Phase, Service, Settings, Shutdown};

use crate::{Exchange, Stream, Transport};

/// A connection's thread, as others see it: they can wake it, and when the server shuts down or
/// has no thread left for a new connection, end its wait for another request.
#[derive(Debug)]
pub(crate) struct Guest<S> {
    /// A second handle of the stream, if it has one.
    stream: Option<S>,
    thread: Thread,
    shutdown: Shutdown,
    state: Mutex<State>,
    /// How many idle connections are still to leave.
    wanted: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct State {
    is_idle: bool,
    /// A connection that has not been served yet is not asked to leave.
    is_served: bool,
    /// Nor is one that was asked already: it makes room for one.
    is_leaving: bool,
}

impl<S: Stream> Guest<S> {
    pub(crate) fn new(stream: &S, shutdown: &Shutdown, wanted: Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new(Self {
            stream: stream.try_clone().ok(),
            thread: thread::current(),
            shutdown: shutdown.clone(),
            state: Mutex::default(),
            wanted,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection is idle from here on. Says whether it may wait for another request: the shutdown may have come
    /// by just before, or while it was waiting for a thread.
    pub(crate) fn rest(&self) -> bool {
        self.state().is_idle = true;
        self.ask_to_leave();
        self.shutdown.phase() == Phase::Serving
    }

    /// It is idle no longer.
    pub(crate) fn stir(&self) {
        self.state().is_idle = false;
    }

    pub(crate) fn set_served(&self) {
        self.state().is_served = true;
    }

    /// Ends the wait for another request, if that is what the connection does. What has arrived
    /// already is still read after this, and answered.
    pub(crate) fn ask_to_leave(&self) -> bool {
        let mut state = self.state();
        let may_leave = state.is_idle && state.is_served && !state.is_leaving && self.stream.is_some();
        let leaves = may_leave && unwant(&self.wanted);
        state.is_leaving |= leaves;
        leaves && self.shut_down(net::Shutdown::Read)
    }

    /// The same at shutdown, which does not wait for a first request either.
    pub(crate) fn end_wait(&self) -> bool {
        let state = self.state();
        state.is_idle && self.shut_down(net::Shutdown::Read)
    }

    fn shut_down(&self, how: net::Shutdown) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.shutdown(how).is_ok())
    }
}

/// Takes one of those that are still to leave off the number; `false` if there are none.
pub(crate) fn unwant(wanted: &AtomicUsize) -> bool {
    wanted.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| count.checked_sub(1)).is_ok()
}

impl<S: Stream + Send + Sync> Wake for Guest<S> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.thread.unpark();
        match self.shutdown.phase() {
            Phase::Serving => {}
            Phase::Draining => {
                self.end_wait();
            }
            Phase::Ended => {
                self.shut_down(net::Shutdown::Both);
            }
        }
    }
}

/// Waits for a future on this thread. Those over a blocking transport are ready at once; only an
/// exchange that its handler gave to another thread is waited for.
pub(crate) fn wait<F: Future>(future: F, waker: &Waker) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(waker)) {
            return output;
        }
        thread::park();
    }
}

/// Over a blocking transport every future is ready when it is polled.
pub(crate) fn block<F: Future>(future: F) -> F::Output {
    wait(future, Waker::noop())
}

/// Serves HTTP on a stream: a socket, or anything that reads and writes in [`Plain`](crate::Plain).
/// Returns when the connection is over. A handler that upgrades takes the stream with it.
///
/// ```
/// # #[cfg(unix)] fn main() -> std::io::Result<()> {
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use sanderling_std::{Exchange, NO_FIELDS, Settings, StatusCode, serve_connection};
///
/// let (mut client, server) = UnixStream::pair()?;
/// let handler = |exchange: Exchange<_>| exchange.respond(StatusCode::OK, NO_FIELDS, "Hi");
/// std::thread::spawn(move || serve_connection(server, &Settings::default(), &handler));
///
/// client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("\r\n\r\nHi"));
/// # Ok(())
/// # }
/// # #[cfg(not(unix))] fn main() {}
/// ```
pub fn serve_connection<S, H, E>(stream: S, settings: &Settings, handler: &H)
where
    S: Stream + Send + Sync + 'static,
    H: Fn(Exchange<S>) -> Result<(), E>,
{
    let guest = Guest::new(&stream, &settings.shutdown, Arc::default());
    serve_guest(stream, settings.shutdown.join(), &guest, settings, handler);
}

pub(crate) fn serve_guest<S, H, E>(stream: S, member: Member, guest: &Arc<Guest<S>>, settings: &Settings, handler: &H)
where
    S: Stream + Send + Sync + 'static,
    H: Fn(Exchange<S>) -> Result<(), E>,
{
    let waker = Waker::from(Arc::clone(guest));
    let service = Service::new(settings, |exchange| {
        guest.set_served();
        future::ready(handler(Exchange::new(exchange)))
    });
    let transport = Transport::new(stream, Some(Arc::clone(guest)));
    wait(Service::serve(&service, transport, member), &waker);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_makes_room_for_one_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let wanted = Arc::new(AtomicUsize::new(3));
        let guest = Guest::new(&stream, &Shutdown::new(), Arc::clone(&wanted));
        assert!(guest.rest());
        assert!(!guest.ask_to_leave(), "it has not been served");
        guest.set_served();
        assert!(guest.ask_to_leave());
        assert!(!guest.ask_to_leave());
        // What had arrived already was answered meanwhile.
        guest.stir();
        assert!(guest.rest());
        assert_eq!(wanted.load(Ordering::Relaxed), 2);
    }
}
