//! Connections that are kept, lent to a request, and come back.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{ClientOptions, Connect};
use crate::Tick;
use crate::drive::{ClientConnection, Error, Transport};
use crate::semantics::HttpUri;

/// What the clones of a client share.
pub(super) struct Shared<C: Connect> {
    pub(super) connector: C,
    pub(super) options: ClientOptions,
    /// Idle connections, the one used last at the end.
    pub(super) kept: Mutex<Vec<Kept<C::Transport>>>,
}

pub(super) struct Kept<T> {
    authority: String,
    since: Tick,
    connection: Box<ClientConnection<T>>,
}

impl<C: Connect> Shared<C> {
    fn kept(&self) -> MutexGuard<'_, Vec<Kept<C::Transport>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that were kept for long enough, to be dropped where nothing is locked: a transport may do anything then.
    fn take_old(&self, kept: &mut Vec<Kept<C::Transport>>) -> Vec<Kept<C::Transport>> {
        let Some(idle) = self.options.deadlines.idle else { return Vec::new() };
        let now = self.connector.now();
        kept.extract_if(.., |kept| kept.since + idle <= now).collect()
    }

    /// A connection kept for this authority, the proxy's if there is one, that has stayed silent.
    fn take(&self, authority: &str) -> Option<Box<ClientConnection<C::Transport>>> {
        loop {
            let (found, old) = {
                let mut kept = self.kept();
                let old = self.take_old(&mut kept);
                let at = kept.iter().rposition(|kept| kept.authority == authority);
                (at.map(|at| kept.remove(at).connection), old)
            };
            drop(old);
            let mut connection = found?;
            // The end of the stream, or octets that nobody asked for: of no use any more.
            if !connection.transport.is_readable() {
                return Some(connection);
            }
        }
    }

    fn put(&self, authority: String, connection: Box<ClientConnection<C::Transport>>) {
        // Here, so that it is dropped behind the lock.
        let mut dropped = Vec::new();
        let mut kept = self.kept();
        dropped.append(&mut self.take_old(&mut kept));
        let of_origin = kept.iter().filter(|kept| kept.authority == authority).count();
        if of_origin >= self.options.kept_per_origin
            && let Some(oldest) = kept.iter().position(|kept| kept.authority == authority)
        {
            dropped.push(kept.remove(oldest));
        }
        if kept.len() >= self.options.kept && !kept.is_empty() {
            dropped.push(kept.remove(0));
        }
        if self.options.kept > 0 && self.options.kept_per_origin > 0 {
            kept.push(Kept { authority, since: self.connector.now(), connection });
        }
    }
}

impl<C: Connect> Shared<C> {
    /// Who is asked for a URI.
    pub(super) fn peer<'a>(&'a self, uri: &'a HttpUri) -> &'a HttpUri {
        self.options.proxy.as_ref().unwrap_or(uri)
    }

    /// A connection to whoever is asked for a URI, and whether it was kept.
    pub(super) async fn connection(&self, uri: &HttpUri) -> Result<(Box<ClientConnection<C::Transport>>, bool), Error> {
        let peer = self.peer(uri);
        if let Some(kept) = self.take(peer.authority()) {
            return Ok((kept, true));
        }
        let transport = self.connector.connect(peer.host(), peer.port(), self.options.connect).await?;
        Ok((Box::new(ClientConnection::new(transport, self.options.limits, self.options.deadlines)), false))
    }
}

/// A connection that goes back to the client's store, if it can be used again.
pub(super) struct Loan<C: Connect> {
    pub(super) shared: Arc<Shared<C>>,
    /// Whose connections it is kept among; `None` if it is not kept.
    pub(super) authority: Option<String>,
    /// There until this is dropped or the connection is taken over.
    pub(super) connection: Option<Box<ClientConnection<C::Transport>>>,
}

impl<C: Connect> core::ops::Deref for Loan<C> {
    type Target = ClientConnection<C::Transport>;

    fn deref(&self) -> &Self::Target {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan has its connection until it ends"),
        }
    }
}

impl<C: Connect> core::ops::DerefMut for Loan<C> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan has its connection until it ends"),
        }
    }
}

impl<C: Connect> Drop for Loan<C> {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take()
            && let Some(authority) = self.authority.take()
        {
            connection.pass_end();
            if connection.can_reuse() {
                self.shared.put(authority, connection);
            }
        }
    }
}
