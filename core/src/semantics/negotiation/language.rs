//! Accept-Language (RFC 9110 section 12.5.4), and how its ranges are matched (RFC 4647 section 3).

use super::{Quality, best, weighted};
use crate::http::FieldLine;

/// The language to answer in, of those that the server has, in its own order of preference: basic
/// filtering (RFC 4647 section 3.3.1). `None` if none is wanted; then the server's favourite is better
/// than nothing.
///
/// ```
/// use sanderling::http::FieldLine;
/// use sanderling::semantics::choose_language;
///
/// let fields = [FieldLine::new("Accept-Language", "da, en-gb;q=0.8, en;q=0.7")];
/// assert_eq!(choose_language(fields, &["en-US", "en-GB"]), Some("en-GB"));
/// assert_eq!(choose_language(fields, &["de"]), None);
/// ```
#[must_use]
pub fn choose_language<'f, 's>(
    fields: impl IntoIterator<Item = FieldLine<'f>> + Clone,
    available: &[&'s str],
) -> Option<&'s str> {
    best(available, |language| language_quality(fields.clone(), language))
}

/// How much a language is wanted: what the longest range says that its tag equals or goes on from
/// with `-`, in any case; `*` holds what no other range does. Without a range that is well-formed
/// all languages are wanted alike.
#[must_use]
pub fn language_quality<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>, language: &str) -> Quality {
    let (mut is_asked, mut longest, mut others) = (false, None, None);
    for (range, quality) in ranges(fields) {
        is_asked = true;
        if range == b"*" {
            others = others.or(Some(quality));
        } else if holds(range, language.as_bytes()) && longest.is_none_or(|(len, _)| range.len() > len) {
            longest = Some((range.len(), quality));
        }
    }
    let unlisted = if is_asked { Quality::ZERO } else { Quality::ONE };
    longest.map(|(_, quality)| quality).or(others).unwrap_or(unlisted)
}

/// The language to answer in by lookup (RFC 4647 section 3.4): the ranges are tried from the most
/// wanted on, each as it is and then shortened from its end, until it is the tag of a language that the
/// server has. `None` if none is: the server's default is the answer then. `*` is passed over, and so
/// is what is not wanted at all (RFC 9110 section 12.4.2), as a range or as what one is shortened to.
///
/// ```
/// use sanderling::http::FieldLine;
/// use sanderling::semantics::lookup_language;
///
/// let fields = [FieldLine::new("Accept-Language", "zh-Hant-CN, en;q=0.5")];
/// assert_eq!(lookup_language(fields, &["en", "zh-Hant"]), Some("zh-Hant"));
/// ```
#[must_use]
pub fn lookup_language<'f, 's>(
    fields: impl IntoIterator<Item = FieldLine<'f>> + Clone,
    available: &[&'s str],
) -> Option<&'s str> {
    let mut best = (Quality::ZERO, None);
    for (range, quality) in ranges(fields.clone()) {
        // Of ranges that are wanted alike, the first comes first.
        if quality > best.0
            && range != b"*"
            && let Some(found) = lookup(range, available, |language| is_refused(fields.clone(), language))
        {
            best = (quality, Some(found));
        }
    }
    best.1
}

/// Whether the longest of the ranges that hold a language says that it is not wanted.
fn is_refused<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>, language: &str) -> bool {
    let holding = ranges(fields).filter(|(range, _)| holds(range, language.as_bytes()));
    let longest = holding.reduce(|longest, next| if next.0.len() > longest.0.len() { next } else { longest });
    longest.is_some_and(|(_, quality)| quality == Quality::ZERO)
}

fn lookup<'s>(mut range: &[u8], available: &[&'s str], is_refused: impl Fn(&str) -> bool) -> Option<&'s str> {
    loop {
        let is_same = |language: &&&str| language.as_bytes().eq_ignore_ascii_case(range);
        if let Some(found) = available.iter().find(is_same).filter(|found| !is_refused(found)) {
            return Some(found);
        }
        range = shortened(range)?;
        // A single letter or digit goes with what it introduces.
        if let [rest @ .., b'-', _] = range {
            range = rest;
        }
    }
}

fn shortened(range: &[u8]) -> Option<&[u8]> {
    range.get(..range.iter().rposition(|&octet| octet == b'-')?)
}

fn holds(range: &[u8], language: &[u8]) -> bool {
    let Some((start, rest)) = language.split_at_checked(range.len()) else { return false };
    start.eq_ignore_ascii_case(range) && matches!(rest, [] | [b'-', ..])
}

fn ranges<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>) -> impl Iterator<Item = (&'f [u8], Quality)> {
    weighted(fields, "Accept-Language").flatten().filter(|(range, _)| is_range(range))
}

/// `language-range = (1*8ALPHA *("-" 1*8alphanum)) / "*"` (RFC 4647 section 2.1)
fn is_range(range: &[u8]) -> bool {
    let is_subtag = |subtag: &[u8]| (1..=8).contains(&subtag.len()) && subtag.iter().all(u8::is_ascii_alphanumeric);
    let first = range.split(|&octet| octet == b'-').next().unwrap_or_default();
    range == b"*" || (first.iter().all(u8::is_ascii_alphabetic) && range.split(|&octet| octet == b'-').all(is_subtag))
}
