//! Which media types get shorter by compression.

use crate::octet::class;

/// Whether content of this type, the value of a Content-Type field, is worth compressing: text of any
/// kind, and what is not compressed already. A type that is not known here is not.
///
/// ```
/// use sanderling::semantics::is_compressible;
///
/// assert!(is_compressible(b"text/html; charset=utf-8"));
/// assert!(is_compressible(b"application/problem+json"));
/// assert!(!is_compressible(b"image/png"));
/// ```
#[must_use]
pub fn is_compressible(content_type: &[u8]) -> bool {
    let essence = content_type.split(|&octet| octet == b';').next().unwrap_or_default();
    let mut parts = class::trim(essence).splitn(2, |&octet| octet == b'/');
    let (Some(kind), Some(subtype)) = (parts.next(), parts.next()) else { return false };
    let is_one_of = |names: &[&str]| names.iter().any(|name| subtype.eq_ignore_ascii_case(name.as_bytes()));
    let of_its_kind = match () {
        () if kind.eq_ignore_ascii_case(b"text") => true,
        () if kind.eq_ignore_ascii_case(b"application") => is_one_of(&APPLICATION),
        () if kind.eq_ignore_ascii_case(b"image") => is_one_of(&IMAGE),
        () if kind.eq_ignore_ascii_case(b"font") => is_one_of(&FONT),
        () => false,
    };
    of_its_kind || SUFFIXES.iter().any(|suffix| ends_with(subtype, suffix.as_bytes()))
}

const APPLICATION: [&str; 17] = [
    "ecmascript",
    "graphql",
    "javascript",
    "json",
    "jsonl",
    "rtf",
    "sql",
    "toml",
    "vnd.ms-fontobject",
    "wasm",
    "x-javascript",
    "x-ndjson",
    "x-sh",
    "x-tar",
    "x-yaml",
    "xml",
    "yaml",
];
const IMAGE: [&str; 3] = ["bmp", "vnd.microsoft.icon", "x-icon"];
const FONT: [&str; 3] = ["collection", "otf", "ttf"];
/// Structured syntaxes that are text (RFC 6839, RFC 9512).
const SUFFIXES: [&str; 3] = ["+json", "+xml", "+yaml"];

fn ends_with(subtype: &[u8], suffix: &[u8]) -> bool {
    subtype
        .len()
        .checked_sub(suffix.len())
        .and_then(|at| subtype.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}
