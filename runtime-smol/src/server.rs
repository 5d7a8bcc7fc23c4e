//! A server: listens, accepts, shuts down.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use sanderling::drive::{Phase, Service, Settings, Shutdown, pause_after};
use smol::Timer;
use smol::future::or;
use smol::net::{AsyncToSocketAddrs, TcpListener, TcpStream};

use crate::{Exchange, Sleep, Transport, clock};

/// An HTTP server on a TCP listener. Each connection is a task of smol's global executor.
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
    pub async fn bind(address: impl AsyncToSocketAddrs) -> io::Result<Self> {
        Ok(Self::from_listener(TcpListener::bind(address).await?))
    }

    /// Takes a listener that is there already.
    #[must_use]
    pub fn from_listener(listener: TcpListener) -> Self {
        Self { listener, settings: Settings::default() }
    }

    /// Changes the settings.
    ///
    /// ```no_run
    /// # use sanderling_smol::Server;
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
                        smol::spawn(Service::serve(Arc::clone(&service), Transport::new(stream), member)).detach();
                    }
                    Err(error) => {
                        if let Some(pause) = pause_after(&error) {
                            Timer::after(pause).await;
                        }
                    }
                }
            }
            drop(listener);
            let all_gone = poll_fn(|context| shutdown.poll_fewer(1, context));
            or(all_gone, Sleep::new(service.settings().grace)).await;
        };
        shutdown.swept(serving, clock::now, Sleep::new).await;
        shutdown.advance(Phase::Ended);
        Ok(())
    }
}

/// The next connection; `None` once the shutdown has begun.
async fn accept(listener: &TcpListener, settings: &Settings) -> Option<io::Result<TcpStream>> {
    let Settings { shutdown, max_connections, .. } = settings;
    let has_begun = async {
        poll_fn(|context| shutdown.poll_phase(Phase::Draining, context)).await;
        None
    };
    let accepted = async {
        poll_fn(|context| shutdown.poll_fewer((*max_connections).max(1), context)).await;
        Some(listener.accept().await)
    };
    or(has_begun, accepted).await.map(|accepted| {
        accepted.map(|(stream, _)| {
            // It fails only on a connection that is gone already.
            let _ = stream.set_nodelay(true);
            stream
        })
    })
}
