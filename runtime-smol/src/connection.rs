//! One connection, served on a stream that the user already has.

use sanderling::drive::{Service, Settings};
use smol::io::{AsyncRead, AsyncWrite};

use crate::{Exchange, Transport};

/// Serves HTTP on a stream: anything that reads and writes, such as TLS or a Unix socket. Returns
/// when the connection is over. A handler that upgrades takes the stream with it.
///
/// ```
/// use sanderling_smol::{Exchange, NO_FIELDS, Settings, StatusCode, serve_connection};
/// use smol::io::{AsyncReadExt, AsyncWriteExt};
/// use smol::net::unix::UnixStream;
///
/// # fn main() -> std::io::Result<()> {
/// smol::block_on(async {
///     let (mut client, server) = UnixStream::pair()?;
///     let handler = |exchange: Exchange<_>| async move { exchange.respond(StatusCode::OK, NO_FIELDS, "Hi").await };
///     smol::spawn(async move { serve_connection(server, &Settings::default(), &handler).await }).detach();
///
///     client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await?;
///     let mut answer = String::new();
///     client.read_to_string(&mut answer).await?;
///     assert!(answer.ends_with("\r\n\r\nHi"));
///     Ok(())
/// })
/// # }
/// ```
pub async fn serve_connection<S, H, F, E>(stream: S, settings: &Settings, handler: &H)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    H: Fn(Exchange<S>) -> F,
    F: Future<Output = Result<(), E>>,
{
    let service = Service::new(settings, handler);
    Service::serve(&service, Transport::new(stream), settings.shutdown.join()).await;
}
