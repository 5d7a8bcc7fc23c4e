//! Siblings of a file that have its content in a coding.

use crate::http::FieldLine;
use crate::semantics::choose_coding;

/// A content coding with a customary ending of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Zstandard,
    Gzip,
}

impl Coding {
    /// In the order of preference among those that a client takes alike: the smallest first.
    const ALL: [Self; 3] = [Self::Brotli, Self::Zstandard, Self::Gzip];

    /// The value for Content-Encoding.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstandard => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// What the sibling's name has behind the file's.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Zstandard => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

/// Codings that a client would rather have than none, the best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Preference([Option<Coding>; Coding::ALL.len()]);

impl Preference {
    /// What Accept-Encoding makes of the codings (RFC 9110 section 12.5.3).
    pub(super) fn of<'f>(fields: impl IntoIterator<Item = FieldLine<'f>> + Clone) -> Self {
        let mut left = ["br", "zstd", "gzip", "identity"];
        let mut left = left.as_mut_slice();
        let mut preferred = [None; Coding::ALL.len()];
        for place in &mut preferred {
            let chosen = choose_coding(fields.clone(), left);
            *place = Coding::ALL.into_iter().find(|coding| chosen == Some(coding.as_str()));
            let at = left.iter().position(|coding| chosen == Some(*coding));
            let (Some(at), true) = (at, place.is_some()) else { break };
            // What is chosen goes to the front, and is left out from there on.
            left.get_mut(..=at).unwrap_or_default().rotate_right(1);
            left = left.get_mut(1..).unwrap_or_default();
        }
        Self(preferred)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Coding> {
        self.0.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_order_of_the_client_and_then_of_the_server() {
        for (value, expected) in [
            ("", ""),
            ("gzip", "gzip"),
            ("gzip, deflate, br, zstd", "br zstd gzip"),
            ("gzip;q=1, br;q=0.5", "gzip br"),
            ("*", "br zstd gzip"),
            ("*, br;q=0", "zstd gzip"),
            ("gzip;q=0.5, identity", ""),
            ("gzip, identity;q=0.5", "gzip"),
            ("br;q=0.2, identity;q=0.5, zstd;q=0.9", "zstd"),
            ("identity;q=0, gzip", "gzip"),
        ] {
            let fields = [FieldLine::new("Accept-Encoding", value)];
            let found: Vec<_> = Preference::of(fields).iter().map(Coding::as_str).collect();
            assert_eq!(found.join(" "), expected, "{value}");
        }
        assert_eq!(Preference::of([]), Preference::default());
    }
}
