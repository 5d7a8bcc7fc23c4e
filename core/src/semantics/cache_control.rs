//! Cache-Control (RFC 9111 section 5.2).
//!
//! ```text
//! Cache-Control   = #cache-directive
//! cache-directive = token [ "=" ( token / quoted-string ) ]
//! ```

use super::pen::{Pen, TooSmall};
use super::quoted::Argument;
use crate::http::{FieldLine, list};
use crate::octet::class;

/// A directive, of requests or of responses. Ages and times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheDirective<'a> {
    /// `max-age` (RFC 9111 sections 5.2.1.1 and 5.2.2.1).
    MaxAge(DeltaSeconds),
    /// `max-stale` (RFC 9111 section 5.2.1.2), which without an argument means any age.
    MaxStale(Option<DeltaSeconds>),
    /// `min-fresh` (RFC 9111 section 5.2.1.3).
    MinFresh(DeltaSeconds),
    /// `s-maxage` (RFC 9111 section 5.2.2.10).
    SharedMaxAge(DeltaSeconds),
    /// `stale-while-revalidate` (RFC 5861 section 3).
    StaleWhileRevalidate(DeltaSeconds),
    /// `stale-if-error` (RFC 5861 section 4).
    StaleIfError(DeltaSeconds),
    /// `no-cache` (RFC 9111 sections 5.2.1.4 and 5.2.2.4), in a response perhaps for some fields only.
    NoCache(Option<FieldNames<'a>>),
    /// `private` (RFC 9111 section 5.2.2.7), perhaps for some fields only.
    Private(Option<FieldNames<'a>>),
    /// `no-store` (RFC 9111 sections 5.2.1.5 and 5.2.2.5).
    NoStore,
    /// `no-transform` (RFC 9111 sections 5.2.1.6 and 5.2.2.6).
    NoTransform,
    /// `only-if-cached` (RFC 9111 section 5.2.1.7).
    OnlyIfCached,
    /// `must-revalidate` (RFC 9111 section 5.2.2.2).
    MustRevalidate,
    /// `must-understand` (RFC 9111 section 5.2.2.3).
    MustUnderstand,
    /// `proxy-revalidate` (RFC 9111 section 5.2.2.8).
    ProxyRevalidate,
    /// `public` (RFC 9111 section 5.2.2.9).
    Public,
    /// `immutable` (RFC 8246).
    Immutable,
    /// Another one (RFC 9111 section 5.2.3).
    Extension(ExtensionDirective<'a>),
    /// What is no directive, one with an age or a time that is none, or one that allows something with an argument that
    /// is none; what forbids something does so in any case. A cache is encouraged to take a response for stale whose
    /// freshness it cannot read (RFC 9111 section 4.2.1).
    Malformed(&'a [u8]),
}

/// A span of seconds. Whatever passes 2^31, which is 68 years, is that (RFC 9111 section 1.2.2), so
/// that sums of them overflow nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeltaSeconds(u32);

impl DeltaSeconds {
    /// The most there is.
    pub const MAX: Self = Self(1 << 31);

    /// So many seconds.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        if seconds < 1 << 31 { Self(seconds as u32) } else { Self::MAX }
    }

    /// The seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// `1*DIGIT`, of any length.
    fn parse(argument: Argument<'_>) -> Option<Self> {
        argument.octets().next()?;
        argument
            .octets()
            .try_fold(0_u64, |value, octet| {
                let digit = octet.is_ascii_digit().then(|| u64::from(octet - b'0'))?;
                Some(value.saturating_mul(10).saturating_add(digit))
            })
            .map(Self::new)
    }
}

/// The names of fields that a directive is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldNames<'a>(&'a [u8]);

impl<'a> FieldNames<'a> {
    /// Names with commas between them; `None` if there is none or something else among them.
    #[must_use]
    pub fn new(list: &'a str) -> Option<Self> {
        Self::read(list.as_bytes())
    }

    /// The names, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        list::members(self.0).filter_map(|name| core::str::from_utf8(name).ok())
    }

    fn read(list: &'a [u8]) -> Option<Self> {
        let is_list = list::members(list).next().is_some();
        (is_list && list::members(list).all(|name| class::all(name, class::TOKEN))).then_some(Self(class::trim(list)))
    }
}

/// A directive that no RFC named here defines.
#[derive(Clone, Copy, Debug)]
pub struct ExtensionDirective<'a> {
    name: &'a str,
    argument: Option<Argument<'a>>,
}

impl<'a> ExtensionDirective<'a> {
    /// A directive with or without an argument; `None` if the name is no token, or that of a directive
    /// that [`CacheDirective`] knows.
    #[must_use]
    pub fn new(name: &'a str, argument: Option<Argument<'a>>) -> Option<Self> {
        let is_name = class::all(name.as_bytes(), class::TOKEN) && Known::named(name).is_none();
        is_name.then_some(Self { name, argument })
    }

    /// The name, which is the same in any case.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The argument.
    #[must_use]
    pub const fn argument(&self) -> Option<Argument<'a>> {
        self.argument
    }
}

impl PartialEq for ExtensionDirective<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(other.name) && self.argument == other.argument
    }
}

impl Eq for ExtensionDirective<'_> {}

/// The directives of all Cache-Control lines, in order. Of several that say an age or a time, the first
/// counts, even if it is malformed, and the others of its name are left out (RFC 9111 section 4.2.1).
///
/// ```
/// use sanderling::http::FieldLine;
/// use sanderling::semantics::{CacheDirective, DeltaSeconds, cache_directives};
///
/// let fields = [FieldLine::new("Cache-Control", "private, max-age=\"60\", max-age=90")];
/// let directives: Vec<_> = cache_directives(fields).collect();
/// assert_eq!(directives, [CacheDirective::Private(None), CacheDirective::MaxAge(DeltaSeconds::new(60))]);
/// ```
pub fn cache_directives<'f>(
    fields: impl IntoIterator<Item = FieldLine<'f>>,
) -> impl Iterator<Item = CacheDirective<'f>> {
    let lines = fields.into_iter().filter(|line| line.is_named("Cache-Control"));
    let mut seen = [false; Known::ALL.len()];
    lines.flat_map(|line| list::members(line.value())).filter_map(move |member| {
        let (known, directive) = directive(member);
        if let Some(known) = known
            && known.has_time()
            && let Some(seen) = seen.get_mut(known as usize)
            && core::mem::replace(seen, true)
        {
            return None;
        }
        Some(directive)
    })
}

/// Writes the value of a Cache-Control field to the front of `out`, and says how many octets it has.
/// What is malformed is left out.
///
/// # Errors
///
/// If `out` is shorter than that.
///
/// ```
/// use sanderling::semantics::{CacheDirective, DeltaSeconds, write_cache_control};
///
/// let mut out = [0; 64];
/// let directives = [CacheDirective::Public, CacheDirective::MaxAge(DeltaSeconds::new(3600))];
/// let len = write_cache_control(&directives, &mut out)?;
/// assert_eq!(&out[..len], b"public, max-age=3600");
/// # Ok::<(), sanderling::semantics::TooSmall>(())
/// ```
pub fn write_cache_control(directives: &[CacheDirective<'_>], out: &mut [u8]) -> Result<usize, TooSmall> {
    let mut pen = Pen::new(out);
    let sound = directives.iter().filter(|directive| !matches!(directive, CacheDirective::Malformed(_)));
    for (at, directive) in sound.enumerate() {
        pen.put_separator(at);
        write(directive, &mut pen);
    }
    pen.finish()
}

fn write(directive: &CacheDirective<'_>, pen: &mut Pen<'_>) {
    use CacheDirective as D;
    let (name, time, fields) = match *directive {
        D::MaxAge(time) => (Known::MaxAge, Some(time), None),
        D::MaxStale(time) => (Known::MaxStale, time, None),
        D::MinFresh(time) => (Known::MinFresh, Some(time), None),
        D::SharedMaxAge(time) => (Known::SharedMaxAge, Some(time), None),
        D::StaleWhileRevalidate(time) => (Known::StaleWhileRevalidate, Some(time), None),
        D::StaleIfError(time) => (Known::StaleIfError, Some(time), None),
        D::NoCache(fields) => (Known::NoCache, None, fields),
        D::Private(fields) => (Known::Private, None, fields),
        D::NoStore => (Known::NoStore, None, None),
        D::NoTransform => (Known::NoTransform, None, None),
        D::OnlyIfCached => (Known::OnlyIfCached, None, None),
        D::MustRevalidate => (Known::MustRevalidate, None, None),
        D::MustUnderstand => (Known::MustUnderstand, None, None),
        D::ProxyRevalidate => (Known::ProxyRevalidate, None, None),
        D::Public => (Known::Public, None, None),
        D::Immutable => (Known::Immutable, None, None),
        D::Extension(extension) => {
            pen.put(extension.name.as_bytes());
            if let Some(argument) = extension.argument {
                pen.put(b"=");
                argument.write(pen);
            }
            return;
        }
        D::Malformed(_) => return,
    };
    pen.put(name.as_str().as_bytes());
    if let Some(time) = time {
        pen.put(b"=");
        pen.put_number(time.0.into());
    }
    // Quoted even if it is one name, as section 5.2.2.4 would have it.
    if let Some(FieldNames(list)) = fields {
        pen.put(b"=\"");
        pen.put(list);
        pen.put(b"\"");
    }
}

/// Takes one member of the list.
fn directive<'a>(member: &'a [u8]) -> (Option<Known>, CacheDirective<'a>) {
    use CacheDirective as D;
    let malformed = D::Malformed(member);
    let mut halves = member.splitn(2, |&octet| octet == b'=');
    let name = halves.next().unwrap_or_default();
    let Ok(name) = core::str::from_utf8(name) else { return (None, malformed) };
    let known = Known::named(name);
    let argument = match halves.next().map(Argument::parse) {
        Some(None) if known.is_some_and(Known::restricts) => None,
        Some(None) => return (known, malformed),
        Some(argument) => argument,
        None => None,
    };
    let time = |directive: fn(DeltaSeconds) -> D<'a>| argument.and_then(DeltaSeconds::parse).map(directive);
    // An argument that a directive cannot have is ignored, lest a restriction is.
    let names = |directive: fn(Option<FieldNames<'a>>) -> D<'a>| {
        Some(directive(argument.and_then(Argument::as_plain).and_then(FieldNames::read)))
    };
    let directive = match known {
        Some(Known::MaxAge) => time(D::MaxAge),
        Some(Known::MaxStale) if argument.is_none() => Some(D::MaxStale(None)),
        Some(Known::MaxStale) => time(|time| D::MaxStale(Some(time))),
        Some(Known::MinFresh) => time(D::MinFresh),
        Some(Known::SharedMaxAge) => time(D::SharedMaxAge),
        Some(Known::StaleWhileRevalidate) => time(D::StaleWhileRevalidate),
        Some(Known::StaleIfError) => time(D::StaleIfError),
        Some(Known::NoCache) => names(D::NoCache),
        Some(Known::Private) => names(D::Private),
        Some(Known::NoStore) => Some(D::NoStore),
        Some(Known::NoTransform) => Some(D::NoTransform),
        Some(Known::OnlyIfCached) => Some(D::OnlyIfCached),
        Some(Known::MustRevalidate) => Some(D::MustRevalidate),
        Some(Known::MustUnderstand) => Some(D::MustUnderstand),
        Some(Known::ProxyRevalidate) => Some(D::ProxyRevalidate),
        Some(Known::Public) => Some(D::Public),
        Some(Known::Immutable) => Some(D::Immutable),
        None => ExtensionDirective::new(name, argument).map(D::Extension),
    };
    (known, directive.unwrap_or(malformed))
}

macro_rules! known {
    ($($variant:ident $name:literal)*) => {
        #[derive(Clone, Copy)]
        enum Known {
            $($variant,)*
        }

        impl Known {
            const ALL: &[Known] = &[$(Known::$variant,)*];

            const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

known! {
    MaxAge "max-age"
    MaxStale "max-stale"
    MinFresh "min-fresh"
    SharedMaxAge "s-maxage"
    StaleWhileRevalidate "stale-while-revalidate"
    StaleIfError "stale-if-error"
    NoCache "no-cache"
    Private "private"
    NoStore "no-store"
    NoTransform "no-transform"
    OnlyIfCached "only-if-cached"
    MustRevalidate "must-revalidate"
    MustUnderstand "must-understand"
    ProxyRevalidate "proxy-revalidate"
    Public "public"
    Immutable "immutable"
}

impl Known {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether it forbids something, whatever is wrong with its argument.
    const fn restricts(self) -> bool {
        matches!(
            self,
            Self::NoCache
                | Self::Private
                | Self::NoStore
                | Self::NoTransform
                | Self::OnlyIfCached
                | Self::MustRevalidate
                | Self::ProxyRevalidate
        )
    }

    const fn has_time(self) -> bool {
        (self as usize) <= Self::StaleIfError as usize
    }
}
