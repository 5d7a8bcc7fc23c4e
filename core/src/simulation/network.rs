//! Who listens, and who connects to them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::future::poll_fn;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use super::{Conditions, Handle, Side, Transport};
use crate::Tick;
use crate::drive::Connect;

/// Waits for connections to a host and port. Who has connected and was not accepted when it is
/// dropped, is cut off.
#[derive(Debug)]
pub struct Listener {
    handle: Handle,
    address: (String, u16),
}

impl Listener {
    pub(super) fn new(handle: Handle, address: (String, u16)) -> Self {
        Self { handle, address }
    }

    /// Waits for the next connection.
    pub fn accept(&mut self) -> impl Future<Output = Transport> {
        poll_fn(|context| self.poll_accept(context))
    }

    /// The same, to be polled. It is always one task that waits.
    pub fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<Transport> {
        self.handle.shared.with(|state| {
            let Some(backlog) = state.listeners.get_mut(&self.address) else { return Poll::Pending };
            if let Some(transport) = backlog.waiting.pop_front() {
                return Poll::Ready(transport);
            }
            backlog.waker = Some(context.waker().clone());
            Poll::Pending
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Its connections are dropped after this, when the world can be asked again.
        let _backlog = self.handle.shared.with(|state| state.listeners.remove(&self.address));
    }
}

/// Opens connections in a world: what [`drive::Client`](crate::drive::Client) needs of it.
#[derive(Clone, Debug)]
pub struct Connector {
    handle: Handle,
    to_server: Conditions,
    to_client: Conditions,
}

impl Connector {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle, to_server: Conditions::default(), to_client: Conditions::default() }
    }

    /// The same over other lines.
    #[must_use]
    pub fn over(mut self, to_server: Conditions, to_client: Conditions) -> Self {
        self.to_server = to_server;
        self.to_client = to_client;
        self
    }
}

/// The server's end is in the backlog of whoever listens; the client's end is given.
fn open(handle: &Handle, host: &str, port: u16, to_server: Conditions, to_client: Conditions) -> io::Result<Transport> {
    let (opened, waker) = handle.shared.with(|state| {
        let address = (host.to_owned(), port);
        if !state.listeners.contains_key(&address) {
            return (Err(io::ErrorKind::ConnectionRefused.into()), None);
        }
        let connection = state.open(&format!("{host}:{port}"), to_server, to_client);
        let client = Transport::new(&handle.shared, state, connection, Side::Client);
        let server = Transport::new(&handle.shared, state, connection, Side::Server);
        let waker = state.listeners.get_mut(&address).and_then(|backlog| {
            backlog.waiting.push_back(server);
            backlog.waker.take()
        });
        (Ok(client), waker)
    });
    if let Some(waker) = waker {
        waker.wake();
    }
    opened
}

impl Connect for Connector {
    type Transport = Transport;

    fn connect(
        &self,
        host: &str,
        port: u16,
        within: Option<Duration>,
    ) -> impl Future<Output = io::Result<Transport>> + Send {
        let Self { handle, to_server, to_client } = self.clone();
        let host = host.to_owned();
        async move {
            // A way there before the server hears of it, and one back before the client does.
            let (there, back) = (handle.draw_latency(&to_server), handle.draw_latency(&to_client));
            if let Some(within) = within.filter(|within| *within < there + back) {
                handle.sleep(within).await;
                return Err(io::ErrorKind::TimedOut.into());
            }
            handle.sleep(there).await;
            let opened = open(&handle, &host, port, to_server, to_client);
            handle.sleep(back).await;
            opened
        }
    }

    /// Always the same, so that a world can be replayed.
    fn random(octets: &mut [u8]) -> io::Result<()> {
        octets.fill(0x5a);
        Ok(())
    }

    fn now(&self) -> Tick {
        self.handle.now()
    }
}
