//! Accept (RFC 9110 section 12.5.1).
//!
//! ```text
//! Accept      = #( media-range [ weight ] )
//! media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
//! ```

use super::quality::weight_of;
use super::{Quality, best};
use crate::http::{FieldLine, list};
use crate::octet::class;
use crate::semantics::quoted::{Argument, unquoted};

/// The media type to answer with, of those that the server has, in its own order of preference, with
/// or without parameters. `None` if none is acceptable: then 406, or the server's favourite all the
/// same (section 12.4.1).
///
/// ```
/// use sanderling::http::FieldLine;
/// use sanderling::semantics::choose_media_type;
///
/// let available = ["text/html; charset=utf-8", "application/json"];
/// let fields = [FieldLine::new("Accept", "application/*, text/html;q=0.9")];
/// assert_eq!(choose_media_type(fields, &available), Some("application/json"));
/// assert_eq!(choose_media_type([], &available), Some("text/html; charset=utf-8"));
/// ```
#[must_use]
pub fn choose_media_type<'f, 's>(
    fields: impl IntoIterator<Item = FieldLine<'f>> + Clone,
    available: &[&'s str],
) -> Option<&'s str> {
    best(available, |media_type| media_type_quality(fields.clone(), media_type))
}

/// How much this media type is wanted: what the most specific range says that holds it. Names and
/// values of parameters are compared in any case, and those of a range have to be among the type's.
///
/// Without a range that is well-formed everything is wanted alike.
#[must_use]
pub fn media_type_quality<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>, media_type: &str) -> Quality {
    let Some(media_type) = MediaRange::parse(media_type.as_bytes()) else { return Quality::ZERO };
    let (mut is_asked, mut best) = (false, None);
    for line in fields.into_iter().filter(|line| line.is_named("Accept")) {
        for range in list::members(line.value()).filter_map(MediaRange::parse) {
            is_asked = true;
            if let Some(precision) = range.precision(&media_type)
                && best.is_none_or(|(most, _)| precision > most)
            {
                best = Some((precision, range.quality));
            }
        }
    }
    match best {
        Some((_, quality)) => quality,
        None if is_asked => Quality::ZERO,
        None => Quality::ONE,
    }
}

/// A media range, or a media type, which is one without asterisks.
struct MediaRange<'a> {
    kind: &'a [u8],
    subtype: &'a [u8],
    member: &'a [u8],
    quality: Quality,
}

impl<'a> MediaRange<'a> {
    fn parse(member: &'a [u8]) -> Option<Self> {
        let full_type = list::split(member, b';').next()?;
        let slash = full_type.iter().position(|&octet| octet == b'/')?;
        let (kind, subtype) = (full_type.get(..slash)?, full_type.get(slash + 1..)?);
        if !class::all(kind, class::TOKEN) || !class::all(subtype, class::TOKEN) || (kind == b"*" && subtype != b"*") {
            return None;
        }
        // A parameter `q` is the weight, wherever it stands.
        let mut quality = None;
        for parameter in list::split(member, b';').skip(1).filter(|parameter| !parameter.is_empty()) {
            match weight_of(parameter) {
                Some(weight) => quality = quality.or(Some(weight?)),
                None => _ = name_and_value(parameter)?,
            }
        }
        Some(Self { kind, subtype, member, quality: quality.unwrap_or(Quality::ONE) })
    }

    fn parameters(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let others = list::split(self.member, b';').skip(1).filter(|parameter| weight_of(parameter).is_none());
        others.filter_map(name_and_value)
    }

    /// How precisely the range means this type; `None` if it does not. The more parameters the
    /// better, and any of them is better than none.
    fn precision(&self, media_type: &Self) -> Option<(u8, usize)> {
        if !is_wanted(self.kind, media_type.kind) || !is_wanted(self.subtype, media_type.subtype) {
            return None;
        }
        let mut count = 0;
        for (name, value) in self.parameters() {
            let is_same = |other: (&[u8], &[u8])| name.eq_ignore_ascii_case(other.0) && is_same_value(value, other.1);
            if !media_type.parameters().any(is_same) {
                return None;
            }
            count += 1;
        }
        let names = u8::from(self.kind != b"*") + u8::from(self.subtype != b"*");
        Some((names, count))
    }
}

fn is_wanted(range: &[u8], name: &[u8]) -> bool {
    range == b"*" || range.eq_ignore_ascii_case(name)
}

/// `token "=" ( token / quoted-string )`
fn name_and_value(parameter: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = parameter.iter().position(|&octet| octet == b'=')?;
    let (name, value) = (parameter.get(..equals)?, parameter.get(equals + 1..)?);
    let is_value = class::all(value, class::TOKEN) || unquoted(value).is_some();
    (class::all(name, class::TOKEN) && is_value).then_some((name, value))
}

/// Quoted or not, and in any case.
fn is_same_value(one: &[u8], other: &[u8]) -> bool {
    let octets =
        |value| unquoted(value).unwrap_or(Argument::plain(value)).octets().map(|octet| octet.to_ascii_lowercase());
    octets(one).eq(octets(other))
}
