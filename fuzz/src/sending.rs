//! What is sent, and the room for it.

use core::fmt::Debug;

use sanderling::{http, ws};

/// Says how much room would have done.
pub(crate) trait Required: Debug + PartialEq {
    fn required(&self) -> Option<usize>;
}

impl Required for http::SendError {
    fn required(&self) -> Option<usize> {
        match self {
            Self::TooSmall { required } => Some(*required),
            _ => None,
        }
    }
}

impl Required for ws::SendError {
    fn required(&self) -> Option<usize> {
        match self {
            Self::TooSmall { required } => Some(*required),
            _ => None,
        }
    }
}

/// Appends what `send` writes to `out`. If `room` is too small for it, exactly as much as it asked
/// for must do, and nothing may have changed in between.
pub(crate) fn emit<E: Required>(
    out: &mut Vec<u8>,
    room: u8,
    mut send: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<usize, E> {
    let mut buffer = vec![0; room.into()];
    let mut result = send(&mut buffer);
    if let Some(required) = result.as_ref().err().and_then(E::required) {
        assert!(required > buffer.len(), "{required} octets would have had room");
        buffer = vec![0; required];
        result = send(&mut buffer);
        assert_eq!(result, Ok(required));
    }
    let len = result?;
    out.extend_from_slice(&buffer[..len]);
    Ok(len)
}

/// Field lines to send, good and bad ones.
pub(crate) const FIELDS: [&[(&str, &str)]; 8] = [
    &[],
    &[("X-A", "b"), ("x-a", "\tc d\t")],
    &[("Connection", "close")],
    &[("Connection", "keep-alive, x"), ("Date", "then")],
    &[("Upgrade", "x"), ("Connection", "upgrade")],
    &[("Content-Length", "3")],
    &[("X A", "b")],
    &[("X-A", "b\r\nContent-Length: 3")],
];

/// Data to send.
pub(crate) const DATA: &[u8; 256] = &[b'd'; 256];
