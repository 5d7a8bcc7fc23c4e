//! Bodies from streams (feature `futures`).

use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use futures_core::Stream;

use super::{Error, Exchange, Payload, Transport};
use crate::http::{BodyLength, Field, StatusCode};

impl<T: Transport> Exchange<T> {
    /// Sends a response whose body is what a stream gives, piece by piece: it is asked for the next one when
    /// the transport has taken those before. Whenever it has none ready, the client can read all that it has
    /// given, compressed or not.
    ///
    /// The receiving end of a runtime's bounded channel is such a stream, or a loop over [`Exchange::write`].
    ///
    /// # Errors
    ///
    /// That of the stream, which cuts the response short, so that the client can tell; else as
    /// [`Exchange::start`] and [`Exchange::write`].
    pub fn respond_stream<F: Field, P: Payload, E>(
        mut self,
        status: StatusCode,
        fields: &[F],
        pieces: impl Stream<Item = Result<P, E>>,
    ) -> impl Future<Output = Result<(), Error>>
    where
        Error: From<E>,
    {
        let started = self.start_now(status, fields, BodyLength::Unknown);
        async move {
            started?;
            let mut pieces = pin!(pieces);
            while let Some(piece) = poll_fn(|context| self.poll_piece(pieces.as_mut(), context)).await {
                self.write(piece??).await?;
            }
            self.finish().await
        }
    }

    fn poll_piece<S: Stream>(
        &mut self,
        pieces: Pin<&mut S>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<S::Item, Error>>> {
        match pieces.poll_next(context) {
            Poll::Ready(next) => Poll::Ready(next.map(Ok)),
            Poll::Pending => match self.poll_shown(context) {
                Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
            },
        }
    }
}
