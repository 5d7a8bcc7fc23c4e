//! What we take and httparse refuses.

use super::Setting;
use super::text::Head;

/// Something that httparse refuses, or refuses before it is whole.
pub(super) struct Rule {
    /// What it is.
    pub(super) name: &'static str,
    /// The section that has us take it.
    #[cfg_attr(not(test), expect(dead_code, reason = "held against CONFORMANCE.md"))]
    pub(super) section: &'static str,
    /// Whether it is in a head.
    pub(super) is_there: fn(&Head, &Setting) -> bool,
}

pub(super) const RULES: &[Rule] = &[
    Rule { name: "a version that is neither 1.0 nor 1.1", section: "9110 §2.5", is_there: other_version },
    Rule {
        name: "more field lines than it was given places for",
        section: "9110 §5.4",
        is_there: |head, setting| head.lines.len() > setting.places,
    },
    Rule {
        name: "a folded line",
        section: "9112 §5.2",
        is_there: |head, setting| head.has_fold && !(setting.is_response && setting.they_unfold),
    },
];

/// It wants all of a version right before the line has ended.
fn other_version(head: &Head, setting: &Setting) -> bool {
    let version = if setting.is_response { &head.start[..head.start.len().min(8)] } else { head.request_line()[2] };
    !b"HTTP/1.0".starts_with(version) && !b"HTTP/1.1".starts_with(version)
}
