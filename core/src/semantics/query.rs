//! Queries of `name=value` pairs, as forms write them.

use super::percent::{InvalidEscape, percent_decode};

/// The pairs of a query, names and values still encoded. A name without `=` has an empty value.
///
/// ```
/// use sanderling::semantics::query_pairs;
///
/// let pairs: Vec<_> = query_pairs("chunks=3&&delay").collect();
/// assert_eq!(pairs, [("chunks", "3"), ("delay", "")]);
/// ```
#[must_use]
pub fn query_pairs(query: &str) -> QueryPairs<'_> {
    QueryPairs(query.split('&'))
}

/// What [`query_pairs`] gives. It has nothing to drop: an exchange whose query it reads can be answered in its midst.
#[derive(Clone, Debug)]
pub struct QueryPairs<'a>(core::str::Split<'a, char>);

impl<'a> Iterator for QueryPairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let pair = self.0.find(|pair| !pair.is_empty())?;
        Some(pair.split_once('=').unwrap_or((pair, "")))
    }
}

/// The octets that a name or a value of such a pair stands for, decoded once: `+` is a space.
///
/// ```
/// use sanderling::semantics::{form_decode, query_pairs};
///
/// let (_, value) = query_pairs("q=fish+%26+chips").next().unwrap();
/// let decoded: Result<Vec<u8>, _> = form_decode(value.as_bytes()).collect();
/// assert_eq!(decoded.unwrap(), b"fish & chips");
/// assert!(form_decode(b"100%").any(|octet| octet.is_err()));
/// ```
pub fn form_decode(encoded: &[u8]) -> impl Iterator<Item = Result<u8, InvalidEscape>> {
    // Between escapes, so that `%2B` stays a plus.
    encoded.split_inclusive(|&octet| octet == b'+').flat_map(|piece| {
        let plain = piece.strip_suffix(b"+");
        percent_decode(plain.unwrap_or(piece)).chain(plain.map(|_| Ok(b' ')))
    })
}
