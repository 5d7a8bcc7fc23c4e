//! What to do when accepting a connection fails.

use core::time::Duration;
use std::io::{Error, ErrorKind};

/// How long to pause before accepting again. `None` if only that one connection failed; else the
/// process has run out of something, file descriptors most likely, and needs time to get it back.
#[must_use]
pub fn pause_after(error: &Error) -> Option<Duration> {
    match error.kind() {
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted | ErrorKind::WouldBlock => {
            None
        }
        _ => Some(Duration::from_millis(100)),
    }
}
