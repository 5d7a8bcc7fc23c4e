//! What can be sent as a body or a message.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

/// Octets to send. Short ones are copied behind what is already waiting; long ones that are owned
/// are sent from where they are.
pub trait Payload {
    /// The octets.
    fn as_slice(&self) -> &[u8];

    /// The octets for keeps: without a copy if they are owned or static.
    fn into_bytes(self) -> Bytes;
}

macro_rules! payload {
    ($($type:ty: $self:ident => $slice:expr, $bytes:expr;)*) => {
        $(impl Payload for $type {
            #[inline]
            fn as_slice(&self) -> &[u8] {
                let $self = self;
                $slice
            }

            fn into_bytes(self) -> Bytes {
                let $self = self;
                $bytes
            }
        })*
    };
}

payload! {
    &str: it => it.as_bytes(), Bytes::copy_from_slice(it.as_bytes());
    &[u8]: it => it, Bytes::copy_from_slice(it);
    &String: it => it.as_bytes(), Bytes::copy_from_slice(it.as_bytes());
    &Vec<u8>: it => it, Bytes::copy_from_slice(it);
    String: it => it.as_bytes(), it.into();
    Vec<u8>: it => it, it.into();
    Bytes: it => it, it;
}

impl<const N: usize> Payload for &[u8; N] {
    fn as_slice(&self) -> &[u8] {
        *self
    }

    fn into_bytes(self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
}
