//! Proactive negotiation (RFC 9110 section 12): what of that which the server has suits the request
//! best.
//!
//! A member of a field that is malformed is passed over. Of two that are alike, the first counts.

mod coding;
mod language;
mod media_type;
mod quality;
mod vary;

pub use coding::{choose_coding, coding_quality};
pub use language::{choose_language, language_quality, lookup_language};
pub use media_type::{choose_media_type, media_type_quality};
pub use quality::Quality;
pub use vary::Vary;

use crate::http::{FieldLine, list};

/// The members of all lines of this name, each with its weight. `None` stands for one that is
/// malformed.
fn weighted<'f>(
    fields: impl IntoIterator<Item = FieldLine<'f>>,
    name: &str,
) -> impl Iterator<Item = Option<(&'f [u8], Quality)>> {
    fields
        .into_iter()
        .filter(move |line| line.is_named(name))
        .flat_map(|line| list::members(line.value()))
        .map(quality::weighted_member)
}

/// The one of the highest quality, the first of those that are equal; `None` if none is acceptable.
fn best<'s>(available: &[&'s str], quality: impl Fn(&str) -> Quality) -> Option<&'s str> {
    let mut best = (Quality::ZERO, None);
    for &candidate in available {
        let quality = quality(candidate);
        if quality > best.0 {
            best = (quality, Some(candidate));
        }
    }
    best.1
}
