//! The two sides of a connection.

use crate::ws::MaskingKey;

/// Which side of the connection this is. A client brings the source of its masking keys, which has
/// to be a strong source of randomness where the network is not trusted (section 10.3).
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)] // there are two
pub enum Role<K = fn() -> MaskingKey> {
    /// Receives masked frames and sends plain ones.
    Server,
    /// Receives plain frames and masks what it sends.
    Client(K),
}

impl<K: FnMut() -> MaskingKey> Role<K> {
    pub(super) fn next_key(&mut self) -> Option<MaskingKey> {
        match self {
            Self::Server => None,
            Self::Client(keys) => Some(keys()),
        }
    }
}
