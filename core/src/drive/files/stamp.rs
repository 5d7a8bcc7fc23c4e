//! What tells one state of a file from another.

use core::hash::{Hash, Hasher};
use std::fs::Metadata;
use std::hash::DefaultHasher;

use super::coding::Coding;
use super::text::Text;
use crate::semantics::{EntityTag, HttpDate, Validators};

/// The validators of a file (RFC 9110 section 8.8).
///
/// The tag is made of its length, of when it was changed to the nanosecond and, on Unix, of when that
/// was last touched and of its inode: neither putting the time back nor another file of the same time
/// in its place goes unnoticed. What it does not do is be the same for a copy on another machine.
pub(super) struct Stamp {
    /// What stands between the quotes, and the quotes.
    tag: Text<48>,
    last_modified: Option<HttpDate>,
}

impl Stamp {
    /// What an open file is like now, at `now` in seconds after 1 January 1970.
    pub(super) fn of(metadata: &Metadata, coding: Option<Coding>, now: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        state(metadata).hash(&mut hasher);
        // A coding is another representation, even if its file should be the same.
        let (hash, coding) = (hasher.finish(), coding.map_or("", Coding::suffix));
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self {
            tag: Text::new(format_args!("\"{hash:016x}-{:x}{coding}\"", metadata.len())),
            // A time that is yet to come is never said (section 8.8.2.1).
            last_modified: modified.map(|time| HttpDate::from_unix(time.as_secs().min(now))),
        }
    }

    /// The value for ETag.
    pub(super) fn tag(&self) -> &str {
        self.tag.as_str()
    }

    /// The value for Last-Modified; `None` before 1970.
    pub(super) fn last_modified(&self) -> Option<&str> {
        self.last_modified.as_ref().map(HttpDate::as_str)
    }

    pub(super) fn validators(&self) -> Validators<'_> {
        let mut validators = Validators::new();
        if let Some(tag) = EntityTag::parse(self.tag().as_bytes()) {
            validators = validators.entity_tag(tag);
        }
        if let Some(date) = self.last_modified {
            validators = validators.last_modified(date);
        }
        validators
    }
}

#[cfg(unix)]
fn state(metadata: &Metadata) -> impl Hash + use<> {
    use std::os::unix::fs::MetadataExt;
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    (times, metadata.ino(), metadata.len())
}

#[cfg(not(unix))]
fn state(metadata: &Metadata) -> impl Hash + use<> {
    (metadata.modified().ok(), metadata.len())
}
