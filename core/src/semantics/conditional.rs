//! Conditional requests (RFC 9110 section 13).

use super::date::HttpDate;
use super::etag::{EntityTag, EntityTagMember, entity_tags};
use crate::http::{FieldLine, Method, StatusCode};

/// The validators of a representation (RFC 9110 section 8.8): what an answer with it has in ETag and
/// Last-Modified.
///
/// ```
/// use sanderling::semantics::{EntityTag, HttpDate, Validators};
///
/// let validators = Validators::new()
///     .entity_tag(EntityTag::strong(b"xyzzy").unwrap())
///     .last_modified(HttpDate::from_unix(784_111_777));
/// # let _ = validators;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validators<'a> {
    entity_tag: Option<EntityTag<'a>>,
    last_modified: Option<HttpDate>,
    is_date_strong: bool,
}

impl<'a> Validators<'a> {
    /// None: a representation that says neither a tag nor a date.
    #[must_use]
    pub const fn new() -> Self {
        Self { entity_tag: None, last_modified: None, is_date_strong: false }
    }

    /// Its entity tag.
    #[must_use]
    pub const fn entity_tag(self, tag: EntityTag<'a>) -> Self {
        Self { entity_tag: Some(tag), ..self }
    }

    /// When it was modified last. As a validator this is weak.
    ///
    /// A server never says a time that is yet to come (section 8.8.2.1): for such a `date`, take
    /// `date.min(HttpDate::from_unix(now))`.
    #[must_use]
    pub const fn last_modified(self, date: HttpDate) -> Self {
        Self { last_modified: Some(date), ..self }
    }

    /// When it was modified last, by a server that knows for sure that this was not done twice in that
    /// second (section 8.8.2.2). Such a date will do for If-Range.
    #[must_use]
    pub const fn last_modified_strong(self, date: HttpDate) -> Self {
        Self { last_modified: Some(date), is_date_strong: true, ..self }
    }
}

/// What the preconditions of a request make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // section 13.2.2 ends in one of these
pub enum Verdict {
    /// Perform the method. A Range field counts.
    Proceed,
    /// Perform the method as if there were no Range field: If-Range is false.
    IgnoreRange,
    /// Answer with 304, and with the fields that [`belongs_in_not_modified`] keeps.
    NotModified,
    /// Answer with 412. If the request looks as if it had been performed before, success may be told
    /// instead (sections 13.1.1 and 13.1.4).
    PreconditionFailed,
}

impl Verdict {
    /// The status to answer with instead of performing the method.
    #[must_use]
    pub const fn status(self) -> Option<StatusCode> {
        match self {
            Self::Proceed | Self::IgnoreRange => None,
            Self::NotModified => Some(StatusCode::NOT_MODIFIED),
            Self::PreconditionFailed => Some(StatusCode::PRECONDITION_FAILED),
        }
    }
}

/// Evaluates the preconditions of a request to an origin server, in the order of RFC 9110 section
/// 13.2.2: If-Match, else If-Unmodified-Since; If-None-Match, else If-Modified-Since; If-Range.
///
/// To be asked when the request would succeed without them (section 13.2.1): a redirect or a failure
/// that can be told before comes first. `current` is the representation that GET would select, `None`
/// if there is none. `now` is the time in seconds after 1 January 1970, for
/// [`HttpDate::parse`].
///
/// What is no date is ignored, as are two of them; what is no entity tag matches nothing. A `*` beside
/// other members is invalid. Then nothing is let through by it: in If-Match it does not count, and in
/// If-None-Match it does, unless the method is GET or HEAD. CONNECT, OPTIONS and TRACE have no
/// preconditions. If-Range is evaluated for HEAD as for GET, so that a server can answer them alike.
///
/// ```
/// use sanderling::http::{FieldLine, Method};
/// use sanderling::semantics::{EntityTag, Validators, Verdict, evaluate_preconditions};
///
/// let current = Validators::new().entity_tag(EntityTag::strong(b"v2").unwrap());
/// let fields = [FieldLine::new("If-None-Match", "\"v1\", W/\"v2\"")];
/// let verdict = |method| evaluate_preconditions(method, fields, Some(current), 1_500_000_000);
/// assert_eq!(verdict(Method::GET), Verdict::NotModified);
/// assert_eq!(verdict(Method::PUT), Verdict::PreconditionFailed);
/// ```
#[must_use]
pub fn evaluate_preconditions<'f>(
    method: Method<'_>,
    fields: impl IntoIterator<Item = FieldLine<'f>>,
    current: Option<Validators<'_>>,
    now: u64,
) -> Verdict {
    let preconditions = Preconditions::gather(fields, current, now);
    let is_retrieval = method == Method::GET || method == Method::HEAD;
    if [Method::CONNECT, Method::OPTIONS, Method::TRACE].contains(&method) {
        return Verdict::Proceed;
    }
    let may_be_applied = preconditions.if_match.is_true().unwrap_or(!preconditions.was_modified_since_then());
    if !may_be_applied {
        return Verdict::PreconditionFailed;
    }
    match preconditions.if_none_match.is_false(is_retrieval) {
        Some(true) if is_retrieval => return Verdict::NotModified,
        Some(true) => return Verdict::PreconditionFailed,
        None if is_retrieval && preconditions.is_unmodified_since() => return Verdict::NotModified,
        Some(false) | None => {}
    }
    if is_retrieval && preconditions.has_range && preconditions.if_range == Some(false) {
        return Verdict::IgnoreRange;
    }
    Verdict::Proceed
}

/// What the conditional fields of a request say about the current representation.
struct Preconditions {
    if_match: Tags,
    if_none_match: Tags,
    if_modified_since: Date,
    if_unmodified_since: Date,
    has_range: bool,
    if_range: Option<bool>,
    last_modified: Option<HttpDate>,
}

impl Preconditions {
    fn gather<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>, current: Option<Validators<'_>>, now: u64) -> Self {
        let tag = current.and_then(|current| current.entity_tag);
        let mut all = Self {
            if_match: Tags { exists: current.is_some(), ..Tags::default() },
            if_none_match: Tags { exists: current.is_some(), ..Tags::default() },
            if_modified_since: Date::Absent,
            if_unmodified_since: Date::Absent,
            has_range: false,
            if_range: None,
            last_modified: current.and_then(|current| current.last_modified),
        };
        for line in fields {
            let value = line.value();
            if line.is_named("If-Match") {
                all.if_match.read(value, |listed| tag.is_some_and(|tag| tag.matches_strongly(listed)));
            } else if line.is_named("If-None-Match") {
                all.if_none_match.read(value, |listed| tag.is_some_and(|tag| tag.matches_weakly(listed)));
            } else if line.is_named("If-Modified-Since") {
                all.if_modified_since.read(value, now);
            } else if line.is_named("If-Unmodified-Since") {
                all.if_unmodified_since.read(value, now);
            } else if line.is_named("Range") {
                all.has_range = true;
            } else if line.is_named("If-Range") {
                // A second one makes them no validator, and the condition false.
                all.if_range = Some(all.if_range.is_none() && is_current(value, current, now));
            }
        }
        all
    }

    /// Whether If-Unmodified-Since is false. It is ignored without a date on either side.
    fn was_modified_since_then(&self) -> bool {
        matches!((&self.if_unmodified_since, self.last_modified), (Date::Of(then), Some(last)) if last > *then)
    }

    /// Whether If-Modified-Since is false. It is ignored without a date on either side.
    fn is_unmodified_since(&self) -> bool {
        matches!((&self.if_modified_since, self.last_modified), (Date::Of(then), Some(last)) if last <= *then)
    }
}

/// Whether the validator in If-Range is that of the current representation, and strong (section
/// 13.1.5).
fn is_current(value: &[u8], current: Option<Validators<'_>>, now: u64) -> bool {
    let Some(current) = current else { return false };
    if let Some(tag) = EntityTag::parse(value) {
        return current.entity_tag.is_some_and(|current| current.matches_strongly(tag));
    }
    let date = HttpDate::parse(value, now);
    current.is_date_strong && date.is_some() && date == current.last_modified
}

/// The lists of all If-Match or all If-None-Match lines, compared with the current tag.
#[derive(Default)]
struct Tags {
    exists: bool,
    is_present: bool,
    members: usize,
    has_any: bool,
    matches: bool,
}

impl Tags {
    fn read(&mut self, value: &[u8], is_match: impl Fn(EntityTag<'_>) -> bool) {
        self.is_present = true;
        for member in entity_tags(value) {
            self.members = self.members.saturating_add(1);
            match member {
                EntityTagMember::Any => self.has_any = true,
                EntityTagMember::Tag(tag) => self.matches |= is_match(tag),
                EntityTagMember::Malformed(_) => {}
            }
        }
    }

    /// `*` and nothing else, and there is a representation.
    fn is_any(&self) -> bool {
        self.exists && self.has_any && self.members == 1
    }

    /// If-Match (section 13.1.1), if it is there.
    fn is_true(&self) -> Option<bool> {
        self.is_present.then_some(self.matches || self.is_any())
    }

    /// If-None-Match (section 13.1.2), if it is there.
    fn is_false(&self, is_retrieval: bool) -> Option<bool> {
        let is_any = if is_retrieval { self.is_any() } else { self.exists && self.has_any };
        self.is_present.then_some(self.matches || is_any)
    }
}

/// The date of a field that may be there once.
enum Date {
    Absent,
    Of(HttpDate),
    Invalid,
}

impl Date {
    fn read(&mut self, value: &[u8], now: u64) {
        *self = match (&self, HttpDate::parse(value, now)) {
            (Self::Absent, Some(date)) => Self::Of(date),
            _ => Self::Invalid,
        };
    }
}

/// The fields that a 304 must have if a 200 to the same request would have them (RFC 9110 section
/// 15.4.5), and a 206 to a request with If-Range as well (section 15.3.7).
pub const NOT_MODIFIED_FIELDS: [&str; 6] = ["Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary"];

/// Whether a field that a 200 would have is to be sent with a 304 (RFC 9110 section 15.4.5). Left out
/// is what describes a representation that the client has already: Content-Type, Content-Encoding,
/// Content-Language, Content-Length, Content-Range, and Last-Modified beside an entity tag.
///
/// ```
/// use sanderling::semantics::belongs_in_not_modified;
///
/// assert!(belongs_in_not_modified("Vary", true));
/// assert!(!belongs_in_not_modified("Content-Type", true));
/// assert!(belongs_in_not_modified("Last-Modified", false));
/// ```
#[must_use]
pub fn belongs_in_not_modified(name: &str, has_entity_tag: bool) -> bool {
    const LEFT_OUT: [&str; 5] =
        ["Content-Type", "Content-Encoding", "Content-Language", "Content-Length", "Content-Range"];
    let is = |left_out: &str| left_out.eq_ignore_ascii_case(name);
    !LEFT_OUT.into_iter().any(is) && (!has_entity_tag || !is("Last-Modified"))
}
