//! Pure functions over what fields and targets mean.
//!
//! Nothing here knows the time or does I/O: what is read borrows from its field value, and what is
//! written goes into a buffer of the caller's. An allocator is needed by `HttpUri` and
//! `EntityTag::to_vec` alone, which are there with feature `alloc`.
//!
//! Where a rule is about several lines of one name, a function takes the field lines themselves, such
//! as [`RequestHead::fields`](crate::http::RequestHead::fields), and finds its own.
//!
//! | about | names | RFC |
//! |---|---|---|
//! | dates | [`HttpDate`] | 9110 section 5.6.7 |
//! | validators | [`EntityTag`], [`entity_tags`], [`Validators`] | 9110 section 8.8 |
//! | negotiation | [`choose_coding`], [`choose_media_type`], [`choose_language`], [`Vary`], [`is_compressible`] | 9110 section 12 |
//! | preconditions | [`evaluate_preconditions`], [`Verdict`] | 9110 section 13 |
//! | ranges | [`RangeRequest`], [`ContentRange`], [`Multipart`] | 9110 section 14 |
//! | caching | [`cache_directives`], [`write_cache_control`] | 9111 section 5.2 |
//! | cookies | [`cookies`], [`SetCookie`] | 6265 |
//! | server-sent events | [`ServerSentEvent`], [`EventComment`] | HTML section 9.2 |
//! | targets | [`PathRules`], [`query_pairs`], [`form_decode`], [`percent_decode`] | 3986 |
//!
//! A server's answer to GET, from the preconditions to the range:
//!
//! ```
//! use sanderling::http::{FieldLine, Method, StatusCode};
//! use sanderling::semantics::{
//!     EntityTag, RangeRequest, Validators, Verdict, evaluate_preconditions,
//! };
//!
//! let (length, now) = (10_000, 1_500_000_000);
//! let current = Validators::new().entity_tag(EntityTag::strong(b"v2").unwrap());
//! let answer = |fields: &[FieldLine<'_>]| {
//!     let fields = fields.iter().copied();
//!     let verdict = evaluate_preconditions(Method::GET, fields.clone(), Some(current), now);
//!     if let Some(status) = verdict.status() {
//!         return status;
//!     }
//!     let range = match verdict {
//!         Verdict::IgnoreRange => RangeRequest::Whole,
//!         _ => RangeRequest::read(Method::GET, fields, length),
//!     };
//!     match range {
//!         RangeRequest::Whole => StatusCode::OK,
//!         RangeRequest::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
//!         RangeRequest::Single(_) | RangeRequest::Multiple(_) => StatusCode::PARTIAL_CONTENT,
//!     }
//! };
//! let range = FieldLine::new("Range", "bytes=500-");
//! assert_eq!(answer(&[range]), StatusCode::PARTIAL_CONTENT);
//! assert_eq!(answer(&[range, FieldLine::new("If-Range", "\"v1\"")]), StatusCode::OK);
//! assert_eq!(answer(&[range, FieldLine::new("If-None-Match", "\"v2\"")]), StatusCode::NOT_MODIFIED);
//! ```

mod cache_control;
mod compressible;
mod conditional;
mod cookie;
mod date;
mod etag;
mod event;
mod negotiation;
mod path;
mod pen;
mod percent;
mod query;
mod quoted;
mod range;
#[cfg(feature = "alloc")]
mod uri;

pub use cache_control::{
    CacheDirective, DeltaSeconds, ExtensionDirective, FieldNames, cache_directives, write_cache_control,
};
pub use compressible::is_compressible;
pub use conditional::{NOT_MODIFIED_FIELDS, Validators, Verdict, belongs_in_not_modified, evaluate_preconditions};
pub use cookie::{CookieError, SameSite, SetCookie, cookie_pairs, cookies};
pub use date::HttpDate;
pub use etag::{EntityTag, EntityTagMember, entity_tags};
pub use event::{EventComment, ServerSentEvent};
pub use negotiation::{
    Quality, Vary, choose_coding, choose_language, choose_media_type, coding_quality, language_quality,
    lookup_language, media_type_quality,
};
pub use path::{DecodedPath, PathError, PathRules};
pub use pen::TooSmall;
pub use percent::{InvalidEscape, percent_decode};
pub use query::{QueryPairs, form_decode, query_pairs};
pub use quoted::Argument;
pub use range::{
    Boundary, ByteRange, ByteRangeSet, ContentRange, MAX_RANGES, Multipart, Part, RangeRequest, RangeSpec, range_specs,
    write_range,
};
#[cfg(feature = "alloc")]
pub use uri::HttpUri;
