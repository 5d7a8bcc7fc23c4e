//! Accept-Encoding (RFC 9110 section 12.5.3).

use super::{Quality, best, weighted};
use crate::http::FieldLine;
use crate::octet::class;

/// The content coding to answer with, of those that the server has for a representation, in its own
/// order of preference. `identity` stands for no coding, and has to be among them if that can be
/// had. `None` if none is acceptable: then 406, or `identity` all the same (section 12.4.1).
///
/// Without Accept-Encoding anything goes, and `identity` is chosen if it is there: such a client may
/// well not know of codings. With it, an `identity` that it does not mention comes last.
///
/// ```
/// use sanderling::http::FieldLine;
/// use sanderling::semantics::choose_coding;
///
/// let available = ["br", "gzip", "identity"];
/// let fields = [FieldLine::new("Accept-Encoding", "gzip;q=0.8, deflate")];
/// assert_eq!(choose_coding(fields, &available), Some("gzip"));
/// assert_eq!(choose_coding([], &available), Some("identity"));
/// ```
#[must_use]
pub fn choose_coding<'f, 's>(
    fields: impl IntoIterator<Item = FieldLine<'f>> + Clone,
    available: &[&'s str],
) -> Option<&'s str> {
    let is_asked = fields.clone().into_iter().any(|line| line.is_named("Accept-Encoding"));
    if !is_asked && let Some(identity) = available.iter().find(|coding| is_identity(coding.as_bytes())) {
        return Some(identity);
    }
    best(available, |coding| coding_quality(fields.clone(), coding))
}

/// How much this content coding is wanted. `x-gzip` and `x-compress` are the same as `gzip` and
/// `compress` (section 8.4.1).
#[must_use]
pub fn coding_quality<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>, coding: &str) -> Quality {
    let coding = coding.as_bytes();
    let (mut is_asked, mut listed, mut others) = (false, None, None);
    let fields = fields.into_iter().inspect(|line| is_asked |= line.is_named("Accept-Encoding"));
    for (wanted, quality) in weighted(fields, "Accept-Encoding").flatten() {
        if wanted == b"*" {
            others = others.or(Some(quality));
        } else if class::all(wanted, class::TOKEN) && is_same(wanted, coding) {
            listed = listed.or(Some(quality));
        }
    }
    let unlisted = match (is_asked, is_identity(coding)) {
        (false, _) => Quality::ONE,
        (true, true) => Quality::LEAST,
        (true, false) => Quality::ZERO,
    };
    listed.or(others).unwrap_or(unlisted)
}

fn is_identity(coding: &[u8]) -> bool {
    coding.eq_ignore_ascii_case(b"identity")
}

fn is_same(one: &[u8], other: &[u8]) -> bool {
    without_x(one).eq_ignore_ascii_case(without_x(other))
}

fn without_x(coding: &[u8]) -> &[u8] {
    match coding {
        [b'x' | b'X', b'-', rest @ ..]
            if rest.eq_ignore_ascii_case(b"gzip") || rest.eq_ignore_ascii_case(b"compress") =>
        {
            rest
        }
        _ => coding,
    }
}
