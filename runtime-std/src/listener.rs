//! A listener that waits for a connection or for being woken, whichever comes first.

use std::io;
use std::net::{self, TcpStream};
use std::sync::Arc;
use std::task::{Wake, Waker};

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(0);
const KNOCK: Token = Token(1);

/// A listener, and a door at which it can be knocked.
pub(crate) struct Listener {
    listener: TcpListener,
    poll: Poll,
    events: Events,
    knock: Waker,
}

struct Knock(mio::Waker);

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        // It fails only if the system has no memory left, and is asked once.
        let _ = self.0.wake();
    }
}

impl Listener {
    /// Makes the listener a non-blocking one.
    pub(crate) fn new(listener: net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (mut listener, poll) = (TcpListener::from_std(listener), Poll::new()?);
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let knock = Waker::from(Arc::new(Knock(mio::Waker::new(poll.registry(), KNOCK)?)));
        Ok(Self { listener, poll, events: Events::with_capacity(2), knock })
    }

    /// Ends the wait in [`Listener::accept`], or the next one.
    pub(crate) fn knock(&self) -> Waker {
        self.knock.clone()
    }

    /// The next connection, which blocks. Waits for it once: perhaps there is none even then.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there was none, and those of the system.
    pub(crate) fn accept(&mut self) -> io::Result<TcpStream> {
        let accepted = self.listener.accept().or_else(|error| {
            if error.kind() != io::ErrorKind::WouldBlock {
                return Err(error);
            }
            self.poll.poll(&mut self.events, None)?;
            self.listener.accept()
        });
        let stream = TcpStream::from(accepted?.0);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::ErrorKind;
    use std::net;

    use super::*;

    #[test]
    fn a_knock_is_not_lost() {
        let mut listener = Listener::new(net::TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        let knock = listener.knock();
        for _ in 0..3 {
            knock.wake_by_ref();
            assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        }
        let address = listener.listener.local_addr().unwrap();
        let _clients = [(); 2].map(|()| TcpStream::connect(address).unwrap());
        knock.wake_by_ref();
        // Whichever it hears of first.
        let accepted = (0..3).filter(|_| listener.accept().is_ok()).count();
        assert_eq!(accepted, 2);
    }
}
