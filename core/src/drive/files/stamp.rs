//! What tells one state of a file from another.

use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::fs::Metadata;
use std::hash::DefaultHasher;
use std::io;
use std::time::UNIX_EPOCH;

use super::coding::Coding;
use super::text::Text;
use crate::semantics::{EntityTag, HttpDate, Validators};

/// For how many seconds after a change another one might get the same time: file systems keep it to the
/// nanosecond, to a tick of the kernel, or to one or two seconds.
const YOUTH: u64 = 2;

/// The validators of a file (RFC 9110 section 8.8).
///
/// The tag is made of its length, of when it was changed to the nanosecond and, on Unix, of when that
/// was last touched and of its inode: neither putting the time back nor another file of the same time
/// in its place goes unnoticed. What it does not do is be the same for a copy on another machine.
///
/// While a file is young, though, it may change once more and its times stay what they are. So its tag is
/// weak until then, with which nobody puts ranges together, and it is another one than later, so that
/// nobody keeps for good what was only there for a moment (section 8.8.1).
pub(super) struct Stamp {
    /// The quotes and what stands between them, and what makes it weak.
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
        let modified = modified(metadata).and_then(Result::ok);
        let (weak, young) = if is_young(metadata, now) { ("W/", "~") } else { ("", "") };
        Self {
            tag: Text::new(format_args!("{weak}\"{hash:016x}-{:x}{coding}{young}\"", metadata.len())),
            // A time that is yet to come is never said (section 8.8.2.1).
            last_modified: modified.map(|time| HttpDate::from_unix(time.as_secs().min(now))),
        }
    }

    /// Whether the tag is weak, since the file is young.
    pub(super) fn is_weak(&self) -> bool {
        self.tag().starts_with('W')
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

/// What a file was like when it was opened, to be seen again before each piece of it leaves.
///
/// The inode is that of the open file, and the time of the last touch (ctime) says too much: it moves when another
/// file is put into this one's place, which the answer has nothing to do with.
pub(super) struct State {
    modified: Option<Result<Duration, Duration>>,
    length: u64,
    /// Its tag is weak, so that nobody was promised its very octets: it may be written to at its end, as logs are.
    may_grow: bool,
}

impl State {
    pub(super) fn of(metadata: &Metadata, stamp: &Stamp) -> Self {
        Self { modified: modified(metadata), length: metadata.len(), may_grow: stamp.is_weak() }
    }

    /// Whether what was promised is still there.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] if the file has become shorter, another if it was changed otherwise.
    pub(super) fn check(&self, now: &Metadata) -> io::Result<()> {
        let is_same = now.len() == self.length && modified(now) == self.modified;
        match now.len() {
            _ if is_same => Ok(()),
            length if length < self.length => Err(io::ErrorKind::UnexpectedEof.into()),
            length if length > self.length && self.may_grow => Ok(()),
            _ => Err(io::Error::other("the file was changed while it was sent")),
        }
    }
}

/// How long after 1970 it was modified, or before.
fn modified(metadata: &Metadata) -> Option<Result<Duration, Duration>> {
    Some(metadata.modified().ok()?.duration_since(UNIX_EPOCH).map_err(|error| error.duration()))
}

/// Whether it was changed just now, or by its times will be: one that is yet to come says nothing of when
/// the change was.
fn is_young(metadata: &Metadata, now: u64) -> bool {
    changed(metadata).is_none_or(|changed| now < changed.saturating_add(YOUTH))
}

/// The second of the last change; `None` if nobody knows.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    Some(metadata.mtime().max(metadata.ctime()).try_into().unwrap_or(0))
}

#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> Option<u64> {
    Some(modified(metadata)?.map_or(0, |time| time.as_secs()))
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
