//! A client without a driver.

use core::future::poll_fn;
use core::mem;
use core::task::Poll;

use sanderling::simulation::Transport;

/// Sends everything in pieces and receives all that comes, both at once.
pub(crate) async fn talk(mut transport: Transport, sent: &[u8], piece: usize, half_closes: bool) -> Vec<u8> {
    let mut unsent = sent.chunks(piece);
    let mut left: &[u8] = &[];
    let mut came = Vec::new();
    let mut is_over = false;
    poll_fn(move |context| {
        while !is_over {
            if left.is_empty() {
                left = unsent.next().unwrap_or_default();
            }
            if left.is_empty() {
                is_over = true;
                if half_closes {
                    transport.send_end();
                }
                break;
            }
            match transport.poll_send(left, context) {
                Poll::Ready(Ok(len)) => left = &left[len..],
                // What was answered before is still to be read.
                Poll::Ready(Err(_)) => is_over = true,
                Poll::Pending => break,
            }
        }
        let mut room = [0; 4_096];
        while let Poll::Ready(result) = transport.poll_receive(&mut room, context) {
            match result {
                Ok(len) if len > 0 => came.extend_from_slice(&room[..len]),
                Ok(_) | Err(_) => return Poll::Ready(mem::take(&mut came)),
            }
        }
        Poll::Pending
    })
    .await
}
