//! What the answer to a request must know of it.

use crate::http::Version;

/// Bits, since one is written and read for each request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context(pub(super) u8);

impl Context {
    pub(super) const IS_HEAD: u8 = 1;
    pub(super) const IS_CONNECT: u8 = 2;
    pub(super) const OFFERS_UPGRADE: u8 = 4;
    pub(super) const IS_HTTP_10: u8 = 8;
    pub(super) const KEEP_ALIVE: u8 = 16;
    /// `100 Continue`, which was not sent.
    pub(super) const EXPECTS: u8 = 32;

    /// For the answer to something that is no request.
    pub(super) const BROKEN: Self = Self(0);

    pub(super) fn of(bits: [(u8, bool); 6]) -> Self {
        Self(bits.into_iter().fold(0, |all, (bit, is_set)| if is_set { all | bit } else { all }))
    }

    pub(super) const fn is(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    pub(super) const fn unset(&mut self, bit: u8) {
        self.0 &= !bit;
    }

    pub(super) const fn version(self) -> Version {
        if self.is(Self::IS_HTTP_10) { Version::Http10 } else { Version::Http11 }
    }
}
