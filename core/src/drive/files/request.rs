//! What a request asks of a directory.

use alloc::vec::Vec;

use super::Choices;
use super::coding::Preference;
use crate::http::{FieldSection, RequestHead, StatusCode, list};
use crate::semantics::{PathRules, Quality, media_type_quality, percent_decode};

/// Which file, in which form.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The path is none of a file here: at most a fallback is the answer.
    pub(super) is_nowhere: bool,
    /// Names with `/` between them, decoded, from the directory on. Empty for the directory itself.
    pub(super) path: Vec<u8>,
    /// The path ends in a slash.
    pub(super) is_directory: bool,
    /// The client names `text/html` in Accept.
    pub(super) is_page: bool,
    pub(super) preference: Preference,
}

impl Choices {
    /// Reads a request, whatever its method.
    ///
    /// # Errors
    ///
    /// The status to answer with: 400 for what is no path, 404 for what lies elsewhere.
    pub(super) fn wanted(&self, head: RequestHead<'_>) -> Result<Wanted, StatusCode> {
        let (target, fields) = (head.target().path(), head.fields());
        let below = self.below(target).ok_or(StatusCode::NOT_FOUND)?;
        let is_top = below.is_empty();
        let mut path = alloc::vec![0; below.len()];
        let place = if is_top { Some((0, false)) } else { self.decode(below, &mut path)? };
        let (len, is_directory) = place.unwrap_or_default();
        path.truncate(len);
        let preference = if self.has_precompressed { Preference::of(fields) } else { Preference::default() };
        let (is_nowhere, is_page) = (place.is_none(), names_page(fields));
        Ok(Wanted { is_nowhere, path, is_directory, is_page, preference })
    }

    /// What of a path is below the place where the directory is seen, with the slash in front; nothing for the
    /// directory without its slash.
    fn below<'t>(&self, target: &'t str) -> Option<&'t str> {
        let mut below = target;
        for name in self.prefix.split('/').filter(|name| !name.is_empty()) {
            let (segment, rest) = segment(below)?;
            // They may be written in more than one way (RFC 3986 section 6.2.2).
            if !percent_decode(segment.as_bytes()).eq(percent_decode(name.as_bytes())) {
                return None;
            }
            below = rest;
        }
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }

    /// Decodes a path into `out`. Gives its length, and whether it ends in a slash; `None` if no file here can have it,
    /// which an application may take for one of its own all the same.
    fn decode(&self, path: &str, out: &mut [u8]) -> Result<Option<(usize, bool)>, StatusCode> {
        // What is no name on Windows is one on Unix, of whatever octets.
        let rules = if cfg!(unix) { PathRules::new().any_octets().unix_names() } else { PathRules::new() };
        let path = match rules.decode(path.as_bytes(), out) {
            Ok(path) => path,
            // Also where it stands behind what leads nowhere.
            Err(_) if percent_decode(path.as_bytes()).any(|octet| matches!(octet, Err(_) | Ok(0))) => {
                return Err(StatusCode::BAD_REQUEST);
            }
            Err(_) => return Ok(None),
        };
        let is_hidden = |(at, name): (usize, &[u8])| name.starts_with(b".") && (at, name) != (0, b".well-known");
        let is_nowhere = !self.has_hidden && path.segments().enumerate().any(is_hidden);
        Ok((!is_nowhere).then(|| (path.as_bytes().len(), path.is_directory())))
    }
}

/// The first segment of a path, and what stands behind it.
fn segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    path.split_at_checked(path.find('/').unwrap_or(path.len()))
}

/// Whether Accept names `text/html`. What takes anything at all, such as an image or a script that is
/// looked for, is not helped by a page.
fn names_page(fields: FieldSection<'_>) -> bool {
    let is_html = |member: &[u8]| {
        let media_type = list::split(member, b';').next().unwrap_or_default();
        media_type.eq_ignore_ascii_case(b"text/html")
    };
    fields.named("Accept").flat_map(list::members).any(is_html)
        && media_type_quality(fields, "text/html") > Quality::ZERO
}
