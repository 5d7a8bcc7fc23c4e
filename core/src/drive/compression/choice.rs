//! Whether a response is compressed, and what becomes of its fields.

use alloc::vec::Vec;

use super::Compression;
use crate::coding::ContentCoding;
use crate::http::{BodyLength, Field, Method, RequestHead, StatusCode, list};
use crate::semantics::{ContentRange, EntityTag, EntityTagMember, choose_coding, entity_tags};

/// What was chosen for a response that might have been compressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// `None`: as it is.
    pub(crate) coding: Option<ContentCoding>,
    /// The application has not said itself that Accept-Encoding matters.
    adds_vary: bool,
    /// Its entity tag is strong, and stands for other octets than are sent.
    weakens_tag: bool,
}

impl Choice {
    /// The choice; `None` if Accept-Encoding does not matter to this response.
    pub(crate) fn new<F: Field>(
        compression: &Compression,
        request: &RequestHead<'_>,
        status: StatusCode,
        fields: &[F],
        length: BodyLength,
    ) -> Option<Self> {
        let has_no_content = status.is_informational()
            || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT].contains(&status)
            || (request.method() == Method::CONNECT && status.is_success());
        if has_no_content {
            return None;
        }
        let is_part = status == StatusCode::PARTIAL_CONTENT;
        // Of a part it is the length of the whole that tells.
        let mut whole = match length {
            BodyLength::Known(length) if !is_part => Some(length),
            _ => None,
        };
        let is_unmodified = status == StatusCode::NOT_MODIFIED;
        let (mut is_worth_it, mut names_vary, mut tag) = (is_unmodified, false, None);
        for field in fields {
            let (name, value) = (field.name(), field.value());
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let has = |member: &str| list::members(value).any(|one| one.eq_ignore_ascii_case(member.as_bytes()));
            match name.len() {
                12 if is("content-type") => {
                    is_worth_it = (compression.media_types)(value) || (is_part && is_multipart(value));
                }
                16 if is("content-encoding") => return None,
                13 if is("cache-control") && has("no-transform") => return None,
                13 if is("content-range") && !is_part => return None,
                13 if is("content-range") => whole = complete_length(value),
                4 if is("vary") => names_vary |= has("*") || has("accept-encoding"),
                4 if is("etag") => tag = EntityTag::parse(value),
                _ => {}
            }
        }
        // A 304 says what the 200 would have said (RFC 9110 section 15.4.5), whose length nobody knows.
        let is_short = whole.is_some_and(|whole| whole < compression.threshold.into());
        if !is_worth_it || (is_short && !is_unmodified) {
            return None;
        }
        // A part is sent as it is, and says what the whole would have depended on (section 15.3.7).
        let coding = if is_part { None } else { preferred(compression, request) };
        let weakens_tag = coding.is_some()
            && tag.is_some_and(|tag| !(tag.is_weak() || (is_unmodified && is_known_as_strong(request, tag))));
        let coding = coding.filter(|_| !is_unmodified);
        Some(Self { coding, adds_vary: !names_vary, weakens_tag })
    }

    /// The same, for a body that does not get shorter.
    pub(crate) fn uncompressed(self) -> Self {
        Self { coding: None, weakens_tag: false, ..self }
    }

    /// The response's field lines as they are to be sent. `tag` is room for the entity tag.
    pub(crate) fn fields<'a, F: Field>(
        &self,
        fields: &'a [F],
        tag: &'a mut Vec<u8>,
    ) -> impl Iterator<Item: Field> + Clone + use<'a, F> {
        let Self { coding, adds_vary, weakens_tag } = *self;
        tag.clear();
        if weakens_tag && let Some(field) = fields.iter().find(|field| field.name().eq_ignore_ascii_case(b"etag")) {
            tag.extend_from_slice(b"W/");
            tag.extend_from_slice(field.value());
        }
        let own = [
            coding.map(|coding| ("Content-Encoding", coding.name().as_bytes())),
            weakens_tag.then_some(("ETag", tag.as_slice())),
            adds_vary.then_some(("Vary", &b"Accept-Encoding"[..])),
        ];
        let is_replaced = move |field: &&F| {
            let is = |known: &&str| field.name().eq_ignore_ascii_case(known.as_bytes());
            (weakens_tag && is(&"etag")) || (coding.is_some() && tells_of_octets(field))
        };
        fields
            .iter()
            .filter(move |field| !is_replaced(field))
            .map(Line::Given)
            .chain(own.into_iter().flatten().map(Line::Own))
    }
}

/// Whether parts of the whole have a type of their own, which says nothing of its.
fn is_multipart(content_type: &[u8]) -> bool {
    const TYPE: &[u8] = b"multipart/byteranges";
    content_type.get(..TYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(TYPE))
}

fn complete_length(content_range: &[u8]) -> Option<u64> {
    match ContentRange::parse(content_range)? {
        ContentRange::Range(_, length) => length,
        ContentRange::Unsatisfied(length) => Some(length),
    }
}

/// What is said of the octets before they are encoded, and not true of the others (RFC 9110 section 14.3, RFC
/// 9530, RFC 1864).
const OF_THE_OCTETS: [&str; 5] = ["accept-ranges", "content-digest", "repr-digest", "digest", "content-md5"];

/// Whether a field tells of the octets before they are encoded.
pub(crate) fn tells_of_octets(field: &impl Field) -> bool {
    OF_THE_OCTETS.iter().any(|known| field.name().eq_ignore_ascii_case(known.as_bytes()))
}

/// How many codings are looked at.
const MAX_CODINGS: usize = 8;

fn preferred(compression: &Compression, request: &RequestHead<'_>) -> Option<ContentCoding> {
    let mut names = ["identity"; MAX_CODINGS + 1];
    let codings = compression.codings.get(..MAX_CODINGS).unwrap_or(compression.codings);
    for (name, coding) in names.iter_mut().zip(codings) {
        *name = coding.name();
    }
    let chosen = choose_coding(request.fields(), names.get(..=codings.len()).unwrap_or_default())?;
    ContentCoding::named(chosen.as_bytes())
}

/// Whether the client has the response under its strong tag, and not under the weak one that it was given here.
fn is_known_as_strong(request: &RequestHead<'_>, tag: EntityTag<'_>) -> bool {
    let lines = request.fields().filter(|line| line.is_named("If-None-Match"));
    let known = lines.flat_map(|line| entity_tags(line.value())).filter_map(|member| match member {
        EntityTagMember::Tag(one) if one.matches_weakly(tag) => Some(one),
        EntityTagMember::Tag(_) | EntityTagMember::Any | EntityTagMember::Malformed(_) => None,
    });
    let mut known = known.peekable();
    known.peek().is_some() && known.all(|one| !one.is_weak())
}

/// A line of the application's, or one of ours.
enum Line<'a, F> {
    Given(&'a F),
    Own((&'static str, &'a [u8])),
}

impl<F: Field> Field for Line<'_, F> {
    fn name(&self) -> &[u8] {
        match self {
            Self::Given(field) => field.name(),
            Self::Own(field) => field.name(),
        }
    }

    fn value(&self) -> &[u8] {
        match self {
            Self::Given(field) => field.value(),
            Self::Own(field) => field.value(),
        }
    }
}
