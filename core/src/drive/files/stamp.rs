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

/// For how many seconds after a change another one might get the same time, where a file system keeps whole seconds:
/// some keep even ones only.
const YOUTH: u64 = 2;

/// The validators of a file (RFC 9110 section 8.8).
///
/// The tag is made of its length, of when it was changed to the nanosecond and, on Unix, of when that
/// was last touched and of its inode: neither putting the time back nor another file of the same time
/// in its place goes unnoticed. What it does not do is be the same for a copy on another machine.
///
/// Where times are whole seconds, though, a file that is young may change once more and its times stay what they are.
/// So its tag is weak until then, with which nobody puts ranges together, and it is another one than later, so that
/// nobody keeps for good what was only there for a moment (section 8.8.1).
pub(super) struct Stamp {
    /// The quotes and what stands between them, and what makes it weak.
    tag: Text<48>,
    last_modified: Option<HttpDate>,
    /// Nothing that is changed from now on gets the same one.
    is_date_over: bool,
}

impl Stamp {
    /// What an open file is like now, at `now` in seconds after 1 January 1970.
    pub(super) fn of(metadata: &Metadata, coding: Option<Coding>, now: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        state(metadata).hash(&mut hasher);
        // A coding is another representation, even if its file should be the same.
        let (hash, coding) = (hasher.finish(), coding.map_or("", Coding::suffix));
        let modified = modified(metadata).and_then(Result::ok);
        let is_young = Change::of(metadata).is_young(now);
        let (weak, young) = if is_young { ("W/", "~") } else { ("", "") };
        Self {
            tag: Text::new(format_args!("{weak}\"{hash:016x}-{:x}{coding}{young}\"", metadata.len())),
            // A time that is yet to come is never said (section 8.8.2.1).
            last_modified: modified.map(|time| HttpDate::from_unix(time.as_secs().min(now))),
            is_date_over: !is_young && modified.is_some_and(|time| time.as_secs() < now),
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
        match self.last_modified {
            // A client asks by the date only if it got it when that second was over (section 8.8.2.2).
            Some(date) if self.is_date_over => validators.last_modified_strong(date),
            Some(date) => validators.last_modified(date),
            None => validators,
        }
    }
}

/// What a file was like when it was opened, to be seen again before each piece of it leaves.
///
/// The inode is that of the open file, and the time of the last touch (ctime) says too much: it moves when another
/// file is put into this one's place, which the answer has nothing to do with.
pub(super) struct State {
    modified: Option<Result<Duration, Duration>>,
    length: u64,
}

impl State {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { modified: modified(metadata), length: metadata.len() }
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
            _ => Err(io::Error::other("the file was changed while it was sent")),
        }
    }
}

/// How long after 1970 it was modified, or before.
fn modified(metadata: &Metadata) -> Option<Result<Duration, Duration>> {
    Some(metadata.modified().ok()?.duration_since(UNIX_EPOCH).map_err(|error| error.duration()))
}

/// When a file was changed last, as far as its file system knows.
struct Change {
    seconds: u64,
    /// It knows no more than seconds.
    is_coarse: bool,
}

impl Change {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            seconds: metadata.mtime().max(metadata.ctime()).try_into().unwrap_or(0),
            is_coarse: metadata.mtime_nsec() == 0 && metadata.ctime_nsec() == 0,
        }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        let modified = modified(metadata).and_then(Result::ok).unwrap_or_default();
        Self { seconds: modified.as_secs(), is_coarse: modified.subsec_nanos() == 0 }
    }

    /// Whether another change could have the same time, or will: one that is yet to come says nothing of when the
    /// change was.
    fn is_young(&self, now: u64) -> bool {
        self.is_coarse && now < self.seconds.saturating_add(YOUTH)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_young_where_another_change_could_have_the_same_time() {
        for (is_coarse, now, is_young) in [
            (true, 999, true),
            (true, 1000, true),
            (true, 1001, true),
            (true, 1002, false),
            (true, 2000, false),
            (false, 999, false),
            (false, 1000, false),
        ] {
            assert_eq!(Change { seconds: 1000, is_coarse }.is_young(now), is_young, "{is_coarse} at {now}");
        }
    }
}
