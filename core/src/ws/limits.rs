//! Limits and deadlines with their defaults (RFC 6455 section 10.4).

use core::time::Duration;

/// How much a peer may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of one message, all its fragments together, as sent and as inflated. Default 64 MiB.
    /// Passing it fails the connection with 1009, as soon as a frame header announces it or it is inflated
    /// so far.
    pub message_size: u64,
    /// Octets of one frame. Default 64 MiB. Passing it fails the connection with 1009.
    pub frame_size: u64,
    /// Frames of one message. Default 1,048,576. Passing it fails the connection with 1008.
    pub fragments: u32,
    /// The high-water mark of a driver's output, in octets: above it a sender waits, and of the
    /// pongs that are owed only the latest is kept. Default 65,536.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_size: 64 << 20, frame_size: 64 << 20, fragments: 1 << 20, output: 65_536 }
    }
}

/// How long a peer may take. `None` waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// Between two moments at which the peer takes some of what is waiting for it. Default 30 s.
    pub write: Option<Duration>,
    /// How long the peer may be silent before it is asked with a ping whether it is still there. Default
    /// 30 s.
    pub ping: Option<Duration>,
    /// How long it may then go on being silent. Default 30 s. The connection is dropped.
    pub pong: Option<Duration>,
    /// From our Close frame to the end of the connection. Default 10 s.
    pub close: Option<Duration>,
    /// After the closing handshake: how long a driver waits for the peer to close the transport.
    /// Default 2 s.
    pub drain: Option<Duration>,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            write: Some(Duration::from_secs(30)),
            ping: Some(Duration::from_secs(30)),
            pong: Some(Duration::from_secs(30)),
            close: Some(Duration::from_secs(10)),
            drain: Some(Duration::from_secs(2)),
        }
    }
}
