//! Servers in a world.

use alloc::format;
use alloc::sync::Arc;
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Poll, ready};
use std::io;

use super::{Handle, Listener, Transport};
use crate::drive::{Exchange, Phase, Service, Settings};

impl Handle {
    /// Serves connections to a host and port: each is a task, and each exchange is handed to
    /// `handler`. It goes on until [`Settings::shutdown`] begins, as an adapter's server does, and
    /// the world's end does not wait for it.
    ///
    /// # Errors
    ///
    /// As [`Handle::bind`].
    pub fn serve<H, F, E>(&self, host: &str, port: u16, settings: Settings, handler: H) -> io::Result<()>
    where
        H: Fn(Exchange<Transport>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Send + 'static,
    {
        let mut listener = self.bind(host, port)?;
        let name = format!("{host}:{port}");
        let handle = self.clone();
        self.spawn_background(&name.clone(), async move {
            let service = Arc::new(Service::new(settings, handler));
            let settings = service.settings();
            while let Some(transport) = accept(&mut listener, settings).await {
                let name = format!("{name}#{} server", transport.connection());
                handle.spawn(&name, Service::serve(Arc::clone(&service), transport, settings.shutdown.join()));
            }
            drop(listener);
            let mut grace = pin!(handle.sleep(settings.grace));
            poll_fn(|context| match settings.shutdown.poll_fewer(1, context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => grace.as_mut().poll(context),
            })
            .await;
            settings.shutdown.advance(Phase::Ended);
        });
        Ok(())
    }
}

/// The next connection; `None` once the shutdown has begun.
fn accept(listener: &mut Listener, settings: &Settings) -> impl Future<Output = Option<Transport>> {
    poll_fn(move |context| {
        if settings.shutdown.poll_phase(Phase::Draining, context).is_ready() {
            return Poll::Ready(None);
        }
        ready!(settings.shutdown.poll_fewer(settings.max_connections.max(1), context));
        listener.poll_accept(context).map(Some)
    })
}

/// Serves one connection, until it is over: for a [`Transport`] that you have from
/// [`Handle::pair`] or a [`Listener`].
pub fn serve_connection<H, F, E>(transport: Transport, settings: &Settings, handler: &H) -> impl Future<Output = ()>
where
    H: Fn(Exchange<Transport>) -> F,
    F: Future<Output = Result<(), E>>,
{
    let service = Service::new(settings, handler);
    async move { Service::serve(&service, transport, settings.shutdown.join()).await }
}
