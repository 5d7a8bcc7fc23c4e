//! Entity tags (RFC 9110 section 8.8.3), alone and in the lists of If-Match and If-None-Match.
//!
//! ```text
//! entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE
//! etagc      = %x21 / %x23-7E / obs-text
//! ```

use super::pen::{Pen, TooSmall};
use crate::octet::class;

/// An entity tag, strong or weak.
///
/// Whether two tags say that representations are the same is asked with
/// [`matches_strongly`](Self::matches_strongly) or [`matches_weakly`](Self::matches_weakly); `==`
/// tells whether they are written alike.
///
/// ```
/// use sanderling::semantics::EntityTag;
///
/// let tag = EntityTag::weak(b"xyzzy").unwrap();
/// let mut out = [0; 16];
/// let len = tag.write(&mut out)?;
/// assert_eq!(&out[..len], b"W/\"xyzzy\"");
/// assert_eq!(EntityTag::parse(&out[..len]), Some(tag));
/// assert!(tag.matches_weakly(EntityTag::strong(b"xyzzy").unwrap()));
/// # Ok::<(), sanderling::semantics::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag<'a> {
    opaque: &'a [u8],
    is_weak: bool,
}

impl<'a> EntityTag<'a> {
    /// A strong tag of what shall stand between the quotes; `None` if that has a blank, a quote or a
    /// control octet. Backslashes are allowed, but some recipients unescape them.
    #[must_use]
    pub fn strong(opaque: &'a [u8]) -> Option<Self> {
        opaque.iter().all(is_etagc).then_some(Self { opaque, is_weak: false })
    }

    /// The same for a weak tag.
    #[must_use]
    pub fn weak(opaque: &'a [u8]) -> Option<Self> {
        Some(Self { is_weak: true, ..Self::strong(opaque)? })
    }

    /// Reads a field value that is one tag, such as that of ETag; `None` if it is none.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        match Self::parse_prefix(value)? {
            (tag, []) => Some(tag),
            _ => None,
        }
    }

    /// A tag and what stands behind it.
    fn parse_prefix(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let quoted = octets.strip_prefix(b"W/");
        let inside = quoted.unwrap_or(octets).strip_prefix(b"\"")?;
        let (opaque, rest) = inside.split_at_checked(inside.iter().position(|octet| !is_etagc(octet))?)?;
        Some((Self { opaque, is_weak: quoted.is_some() }, rest.strip_prefix(b"\"")?))
    }

    /// What stands between the quotes.
    #[must_use]
    pub const fn opaque(&self) -> &'a [u8] {
        self.opaque
    }

    /// Whether it is weak.
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// Strong comparison (section 8.8.3.2): both are strong and alike.
    #[must_use]
    pub fn matches_strongly(self, other: EntityTag<'_>) -> bool {
        !self.is_weak && !other.is_weak && self.opaque == other.opaque
    }

    /// Weak comparison (section 8.8.3.2): they are alike but for their weakness.
    #[must_use]
    pub fn matches_weakly(self, other: EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// Writes the tag to the front of `out`, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write(self, out: &mut [u8]) -> Result<usize, TooSmall> {
        let mut pen = Pen::new(out);
        pen.put(if self.is_weak { b"W/\"" } else { b"\"" });
        pen.put(self.opaque);
        pen.put(b"\"");
        pen.finish()
    }

    /// The tag as the value of a field.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_vec(self) -> alloc::vec::Vec<u8> {
        let mut value = alloc::vec![0; self.opaque.len() + b"W/\"\"".len()];
        let len = self.write(&mut value).unwrap_or_default();
        value.truncate(len);
        value
    }
}

/// What a list of entity tags may have as a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the grammar has no third, and what breaks it has to be seen
pub enum EntityTagMember<'a> {
    /// `*`: any current representation. It is valid only if it is all there is.
    Any,
    /// An entity tag.
    Tag(EntityTag<'a>),
    /// Neither.
    Malformed(&'a [u8]),
}

/// The members of one If-Match or If-None-Match line, in order, empty ones left out. A comma within a
/// tag does not end it, and a backslash there means itself.
///
/// ```
/// use sanderling::semantics::{EntityTag, EntityTagMember, entity_tags};
///
/// let mut tags = entity_tags(b"\"a,b\", W/\"c\"");
/// assert_eq!(tags.next(), EntityTag::strong(b"a,b").map(EntityTagMember::Tag));
/// assert_eq!(tags.next(), EntityTag::weak(b"c").map(EntityTagMember::Tag));
/// assert_eq!(tags.next(), None);
/// ```
pub fn entity_tags(value: &[u8]) -> impl Iterator<Item = EntityTagMember<'_>> {
    let mut rest = value;
    core::iter::from_fn(move || {
        while let [b' ' | b'\t' | b',', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            return None;
        }
        if let Some((tag, behind)) = EntityTag::parse_prefix(rest)
            && let behind @ ([] | [b',', ..]) = without_blanks(behind)
        {
            rest = behind;
            return Some(EntityTagMember::Tag(tag));
        }
        let end = rest.iter().position(|&octet| octet == b',').unwrap_or(rest.len());
        let (member, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(match class::trim(member) {
            b"*" => EntityTagMember::Any,
            malformed => EntityTagMember::Malformed(malformed),
        })
    })
}

fn without_blanks(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', after @ ..] = octets {
        octets = after;
    }
    octets
}

const fn is_etagc(octet: &u8) -> bool {
    matches!(octet, 0x21 | 0x23..=0x7e | 0x80..)
}
