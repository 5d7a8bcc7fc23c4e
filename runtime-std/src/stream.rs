//! What a stream has to be able to do.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A blocking stream with time-outs, shutdown and a second handle.
///
/// TCP and Unix sockets are one. A stream that only reads and writes can be used in [`Plain`],
/// without deadlines and without splitting. A TLS stream over a socket can pass the time-outs on to
/// it.
pub trait Stream: Read + Write {
    /// How long a read may take.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// How long a write may take.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Whether reads and writes return at once instead of waiting.
    ///
    /// # Errors
    ///
    /// Those of the system; [`io::ErrorKind::Unsupported`] if the stream always waits.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()>;

    /// Shuts down one direction or both. A read that waits on another thread then ends.
    ///
    /// # Errors
    ///
    /// Those of the system; [`io::ErrorKind::Unsupported`] if only dropping the stream does that.
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;

    /// A second handle of the same stream.
    ///
    /// # Errors
    ///
    /// Those of the system; [`io::ErrorKind::Unsupported`] if there is none.
    fn try_clone(&self) -> io::Result<Self>
    where
        Self: Sized;

    /// The socket, if what is written goes over it as it is: then Linux sends files over it. Default none, as is
    /// right for whatever encrypts.
    #[cfg(unix)]
    fn socket(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

macro_rules! socket {
    ($socket:ty) => {
        impl Stream for $socket {
            fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                <$socket>::set_read_timeout(self, timeout)
            }

            fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                <$socket>::set_write_timeout(self, timeout)
            }

            fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
                <$socket>::set_nonblocking(self, nonblocking)
            }

            fn shutdown(&self, how: Shutdown) -> io::Result<()> {
                <$socket>::shutdown(self, how)
            }

            fn try_clone(&self) -> io::Result<Self> {
                <$socket>::try_clone(self)
            }

            #[cfg(unix)]
            fn socket(&self) -> Option<BorrowedFd<'_>> {
                Some(self.as_fd())
            }
        }
    };
}

socket!(TcpStream);
#[cfg(unix)]
socket!(UnixStream);

/// A stream that only reads and writes: it has no deadlines, does not split, and is shut down by
/// being dropped.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Plain<S>(pub S);

impl<S: Read> Read for Plain<S> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl<S: Write> Write for Plain<S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Read + Write> Stream for Plain<S> {
    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_nonblocking(&self, _: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn try_clone(&self) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
