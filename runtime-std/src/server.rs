//! A server: listens, accepts, shuts down.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use sanderling::drive::{Member, Phase, Settings, Shutdown, pause_after};

use crate::Exchange;
use crate::connection::{Guest, serve_guest};
use crate::listener::Listener;
use crate::pool::{Overflow, Pool};

/// An HTTP server on a TCP listener, with a bounded number of threads.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    settings: Settings,
    threads: usize,
    overflow: Overflow,
}

/// Shuts a [`Server`] down from elsewhere. Can be cloned.
#[derive(Clone, Debug)]
pub struct ServerHandle {
    shutdown: Shutdown,
}

impl ServerHandle {
    /// Begins the graceful shutdown: no connection is accepted any more, idle ones close at once,
    /// WebSockets get 1001, and what is in flight may finish within the grace time. Then
    /// [`Server::serve`] returns.
    pub fn shut_down(&self) {
        self.shutdown.advance(Phase::Draining);
    }
}

impl Server {
    /// Listens on an address; port 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self::from_listener(TcpListener::bind(address)?))
    }

    /// Takes a listener that is there already. [`Server::serve`] makes it a non-blocking one.
    #[must_use]
    pub fn from_listener(listener: TcpListener) -> Self {
        Self { listener, settings: Settings::default(), threads: 256, overflow: Overflow::default() }
    }

    /// Changes the settings. The number of connections is bounded by [`Server::threads`] as well.
    ///
    /// ```no_run
    /// # use sanderling_std::Server;
    /// # fn main() -> std::io::Result<()> {
    /// let server = Server::bind("127.0.0.1:0")?.configure(|settings| settings.limits.pipeline = 4);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The most threads, and so the most connections served at a time, at least 1. Default 256.
    /// They are started as they are needed.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What happens to a new connection when every thread is taken. Default [`Overflow::Wait`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// A handle to shut it down with.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        ServerHandle { shutdown: self.settings.shutdown.clone() }
    }

    /// Serves until it is shut down. Each exchange is handed to `handler`; one that fails or
    /// panics costs only that exchange. An error that it gives back chooses the answer, if there was none, and is then
    /// dropped: log it in the handler.
    ///
    /// # Errors
    ///
    /// Those of asking the system to wait for the listener. An accept that fails is tried again,
    /// after a pause if the process has run out of file descriptors.
    pub fn serve<H, E>(self, handler: H) -> io::Result<()>
    where
        H: Fn(Exchange) -> Result<(), E> + Send + Sync + 'static,
    {
        let Self { listener, settings, threads, overflow } = self;
        let mut listener = Listener::new(listener)?;
        let shutdown = settings.shutdown.clone();
        let (grace, pool) = (settings.grace, Pool::new(threads.min(settings.max_connections), overflow));
        let knock = listener.knock();
        let is_over = || shutdown.poll_phase(Phase::Draining, &mut Context::from_waker(&knock)).is_ready();

        let shared = Arc::new((settings, handler));
        let serve = move |stream: TcpStream, member: Member, pool: &Pool| {
            let (settings, handler) = &*shared;
            let guest = Guest::new(&stream, &settings.shutdown, pool.wanted());
            pool.enter(&guest);
            serve_guest(stream, member, &guest, settings, handler);
            pool.leave(&guest);
        };
        while !is_over() {
            match listener.accept() {
                Ok(stream) => {
                    // It fails only on a connection that is gone already.
                    let _ = stream.set_nodelay(true);
                    // From here on a shutdown waits for it.
                    pool.submit(stream, shutdown.join(), is_over, serve.clone());
                }
                Err(error) => {
                    if let Some(pause) = pause_after(&error) {
                        thread::sleep(pause);
                    }
                }
            }
        }
        drop(listener);
        pool.close();
        wait_until_empty(&shutdown, grace);
        pool.clear();
        shutdown.advance(Phase::Ended);
        Ok(())
    }
}

/// Waits until no connection is left, or the grace time is over.
fn wait_until_empty(shutdown: &Shutdown, grace: Duration) {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    // A grace time that no clock reaches is none that ends.
    let end = Instant::now().checked_add(grace);
    while shutdown.poll_fewer(1, &mut Context::from_waker(&waker)).is_pending() {
        let Some(end) = end else {
            thread::park();
            continue;
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
