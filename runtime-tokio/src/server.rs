//! A server: listens, accepts, shuts down.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Poll, ready};

use sanderling::drive::{Phase, Service, Settings, Shutdown, pause_after};
use tokio::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs};
use tokio::time::{sleep, timeout};

use crate::{Exchange, Transport, clock};

/// How many connections may wait to be accepted, where the system allows that many.
const BACKLOG: u32 = 1024;

/// An HTTP server on a TCP listener. Each connection is a task.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    settings: Settings,
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

/// A server whose future is dropped takes its connections with it.
struct EndOnDrop(Shutdown);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.advance(Phase::Ended);
    }
}

impl Server {
    /// Listens on an address; port 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self::from_listener(TcpListener::bind(address).await?))
    }

    /// Listens on an address together with other servers, among which the system shares the connections
    /// out (SO_REUSEPORT): one server for each core, each on a runtime of one thread. See
    /// [the crate's front page](crate#on-all-cores).
    ///
    /// # Errors
    ///
    /// Those of the system. A server that listens on the address in another way is one.
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))))]
    pub fn bind_shared(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        Ok(Self::from_listener(socket.listen(BACKLOG)?))
    }

    /// Takes a listener that is there already.
    #[must_use]
    pub fn from_listener(listener: TcpListener) -> Self {
        Self { listener, settings: Settings::default() }
    }

    /// Changes the settings.
    ///
    /// ```no_run
    /// # use sanderling_tokio::Server;
    /// # async fn example() -> std::io::Result<()> {
    /// let server = Server::bind("127.0.0.1:0").await?.configure(|settings| settings.limits.pipeline = 4);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
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

    /// Lets another server's handle shut this one down, too. They are one then: the connections of all
    /// of them count for [`Settings::max_connections`], and each serves until all are gone.
    #[must_use]
    pub fn with_handle(mut self, handle: &ServerHandle) -> Self {
        self.settings.shutdown = handle.shutdown.clone();
        self
    }

    /// A handle to shut it down with.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        ServerHandle { shutdown: self.settings.shutdown.clone() }
    }

    /// Serves until it is shut down. Each exchange is handed to `handler`; one that fails or
    /// panics costs only that exchange. An error that it gives back chooses the answer, if there was none, and is then
    /// dropped: log it in the handler. While the future is neither polled nor dropped, no connection is woken for a
    /// deadline that is more than some seconds away.
    ///
    /// # Errors
    ///
    /// None after the listener was bound: an accept that fails is tried again, after a pause if the
    /// process has run out of file descriptors.
    pub async fn serve<H, F, E>(self, handler: H) -> io::Result<()>
    where
        H: Fn(Exchange) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Send + 'static,
    {
        let Self { listener, settings } = self;
        let shutdown = settings.shutdown.clone();
        let _end = EndOnDrop(shutdown.clone());
        let service = Arc::new(Service::new(settings, handler));
        let serving = async {
            while let Some(accepted) = accept(&listener, service.settings()).await {
                match accepted {
                    Ok(stream) => {
                        // Before it is spawned, so that a shutdown right now waits for it.
                        let member = shutdown.join();
                        let serving = Service::serve(Arc::clone(&service), Transport::new(stream), member);
                        // A task takes a multiple of 128 octets: with no more than a pointer in it, no more than that.
                        tokio::spawn(Box::pin(serving));
                    }
                    Err(error) => {
                        if let Some(pause) = pause_after(&error) {
                            sleep(pause).await;
                        }
                    }
                }
            }
            drop(listener);
            let all_gone = poll_fn(|context| shutdown.poll_fewer(1, context));
            // Whether all are gone in time or not, the end is the same.
            let _ = timeout(service.settings().grace, all_gone).await;
        };
        shutdown.swept(serving, clock::now, sleep).await;
        shutdown.advance(Phase::Ended);
        Ok(())
    }
}

/// The next connection; `None` once the shutdown has begun.
async fn accept(listener: &TcpListener, settings: &Settings) -> Option<io::Result<TcpStream>> {
    let Settings { shutdown, max_connections, .. } = settings;
    poll_fn(|context| {
        if shutdown.poll_phase(Phase::Draining, context).is_ready() {
            return Poll::Ready(None);
        }
        ready!(shutdown.poll_fewer((*max_connections).max(1), context));
        listener.poll_accept(context).map(Some)
    })
    .await
    .map(|accepted| {
        accepted.map(|(stream, _)| {
            // It fails only on a connection that is gone already.
            let _ = stream.set_nodelay(true);
            stream
        })
    })
}
