//! What the protocol itself needs to know of a head, in as few bits as it takes: a head is handed over by value,
//! several times.

use crate::http::Version;
use crate::http::framing::TransferCodings;
use crate::octet::class;

/// Connection options that matter here (RFC 9110 section 7.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionOptions(u8);

impl ConnectionOptions {
    const CLOSE: u8 = 1;
    const KEEP_ALIVE: u8 = 2;
    const UPGRADE: u8 = 4;

    pub(crate) fn add(&mut self, value: &[u8]) {
        // Nearly every request has this field, with one option.
        if class::is_token(value, b"keep-alive") {
            self.0 |= Self::KEEP_ALIVE;
            return;
        }
        // Options are tokens: there are no quoted strings that a comma could stand in (RFC 9110 section 7.6.1).
        for option in value.split(|&octet| octet == b',').map(class::trim) {
            for (name, bit) in [("close", Self::CLOSE), ("keep-alive", Self::KEEP_ALIVE), ("upgrade", Self::UPGRADE)] {
                if option.eq_ignore_ascii_case(name.as_bytes()) {
                    self.0 |= bit;
                }
            }
        }
    }

    #[inline]
    pub(crate) const fn close(self) -> bool {
        self.0 & Self::CLOSE != 0
    }

    #[inline]
    pub(crate) const fn keep_alive(self) -> bool {
        self.0 & Self::KEEP_ALIVE != 0
    }

    #[inline]
    pub(crate) const fn upgrade(self) -> bool {
        self.0 & Self::UPGRADE != 0
    }
}

/// Bits, of which the highest are the connection options and the state of the transfer codings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes(pub(super) u16);

impl Notes {
    pub(super) const HOST: u16 = 1;
    pub(super) const SEVERAL_HOSTS: u16 = 1 << 1;
    /// Host names none.
    pub(super) const EMPTY_HOST: u16 = 1 << 2;
    pub(super) const LENGTH: u16 = 1 << 3;
    /// A Content-Length line is there that is not one number, the same as before.
    pub(super) const INVALID_LENGTH: u16 = 1 << 4;
    /// An Upgrade line with at least one protocol is there (RFC 9110 section 7.8).
    pub(super) const UPGRADE: u16 = 1 << 5;
    /// Expect (RFC 9110 section 10.1.1).
    pub(super) const CONTINUE: u16 = 1 << 6;
    pub(super) const UNKNOWN_EXPECTATION: u16 = 1 << 7;
    const HTTP_10: u16 = 1 << 8;
    const CONNECTION: u32 = 9;
    const CODINGS: u32 = 12;
    const KEEP_ALIVE: u16 = (ConnectionOptions::KEEP_ALIVE as u16) << Self::CONNECTION;

    #[inline]
    pub(super) const fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    #[inline]
    pub(super) const fn of_version(version: Version) -> Self {
        match version {
            Version::Http10 => Self(Self::HTTP_10),
            Version::Http11 => Self(0),
        }
    }

    /// With the options that a Connection line has.
    pub(super) fn with_connection(self, value: &[u8]) -> Self {
        let mut options = self.connection();
        options.add(value);
        Self(self.0 | u16::from(options.0) << Self::CONNECTION)
    }

    /// With this state of the codings in place of the one before.
    pub(super) const fn with_codings(self, codings: TransferCodings) -> Self {
        Self(self.0 & !(7 << Self::CODINGS) | (codings as u16) << Self::CODINGS)
    }

    /// Whether Host is there once, and nothing of what can be wrong with a request, or goes on behind its head.
    #[inline]
    pub(super) const fn are_ordinary(self) -> bool {
        const OF_NO_MATTER: u16 = Notes::HTTP_10 | 7 << Notes::CONNECTION;
        self.0 & !OF_NO_MATTER == Self::HOST
    }

    /// Whether it is besides a request of HTTP/1.1 after which the connection goes on.
    #[inline]
    pub(super) const fn are_plain(self) -> bool {
        self.0 & !Self::KEEP_ALIVE == Self::HOST
    }

    #[inline]
    pub(crate) const fn version(self) -> Version {
        if self.has(Self::HTTP_10) { Version::Http10 } else { Version::Http11 }
    }

    #[inline]
    pub(crate) const fn connection(self) -> ConnectionOptions {
        ConnectionOptions((self.0 >> Self::CONNECTION) as u8 & 7)
    }

    #[inline]
    pub(crate) const fn codings(self) -> TransferCodings {
        match self.0 >> Self::CODINGS {
            0 => TransferCodings::Absent,
            1 => TransferCodings::Chunked,
            2 => TransferCodings::UnknownThenChunked,
            3 => TransferCodings::NotChunkedLast,
            4 => TransferCodings::ChunkedNotLast,
            _ => TransferCodings::Malformed,
        }
    }

    /// Whether a Content-Length line is there that is not one number, the same as before.
    #[inline]
    pub(crate) const fn has_invalid_length(self) -> bool {
        self.has(Self::INVALID_LENGTH)
    }

    /// Whether an Upgrade line and the connection option say that other protocols are offered.
    #[inline]
    pub(crate) const fn offers_upgrade(self) -> bool {
        self.has(Self::UPGRADE) && self.connection().upgrade()
    }

    #[inline]
    pub(crate) const fn expects_continue(self) -> bool {
        self.0 & (Self::CONTINUE | Self::UNKNOWN_EXPECTATION) == Self::CONTINUE
    }

    #[inline]
    pub(crate) const fn wants_keep_alive(self) -> bool {
        let options = self.connection();
        !options.close() && (!self.has(Self::HTTP_10) || options.keep_alive())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_again() {
        for codings in [
            TransferCodings::Absent,
            TransferCodings::Chunked,
            TransferCodings::UnknownThenChunked,
            TransferCodings::NotChunkedLast,
            TransferCodings::ChunkedNotLast,
            TransferCodings::Malformed,
        ] {
            for version in [Version::Http10, Version::Http11] {
                let notes = Notes(Notes::HOST | Notes::of_version(version).0);
                let notes = notes.with_codings(TransferCodings::Malformed).with_connection(b"Upgrade");
                let notes = notes.with_codings(codings).with_connection(b"a, close");
                assert_eq!((notes.codings(), notes.version()), (codings, version));
                let options = notes.connection();
                assert!(options.close() && options.upgrade() && !options.keep_alive());
                assert_eq!(notes.are_ordinary(), codings == TransferCodings::Absent);
            }
        }
    }

    #[test]
    fn a_plain_request_goes_on_in_http_1_1() {
        let plain = Notes(Notes::HOST);
        assert!(plain.are_plain() && plain.with_connection(b"Keep-Alive").are_plain());
        for other in [
            Notes(0),
            Notes(Notes::HOST | Notes::HTTP_10),
            Notes(Notes::HOST | Notes::LENGTH),
            plain.with_connection(b"close"),
            plain.with_connection(b"upgrade"),
            plain.with_codings(TransferCodings::Chunked),
        ] {
            assert!(!other.are_plain(), "{other:?}");
        }
    }
}
