//! What tells one state of a resource from another (RFC 9110 section 8.8), in a small file beside the one that is
//! fetched into. It is there only while that is incomplete.
//!
//! ```text
//! validator-file = URL LF ( strong entity-tag / HTTP-date ) LF
//! ```

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sanderling::http::ResponseHead;
use sanderling::semantics::{EntityTag, HttpDate};

/// How much older than the response what it has must be, so that it cannot have changed again within the second
/// that its date has: a strong validator then, whatever the server's clocks (section 8.8.2.2).
const OLD: i64 = 60;

/// The file with the validator.
pub(crate) struct Kept {
    path: PathBuf,
    /// A validator is of what this names, and of nothing else.
    url: String,
}

impl Kept {
    pub(crate) fn beside(file: &Path, url: &str) -> Self {
        let mut path = OsString::from(file);
        path.push(".validator");
        Self { path: path.into(), url: url.to_owned() }
    }

    /// What was kept, if it is whole and of this URL.
    pub(crate) fn read(&self) -> Option<Vec<u8>> {
        let octets = fs::read(&self.path).ok()?;
        let validator = octets.strip_prefix(self.url.as_bytes())?.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
        (is_strong_tag(validator) || date(validator).is_some()).then(|| validator.to_vec())
    }

    /// Keeps that of a response, if it has one that is strong.
    pub(crate) fn write(&self, head: &ResponseHead<'_>) -> io::Result<()> {
        let Some(validator) = strong(head) else { return Ok(()) };
        fs::write(&self.path, [self.url.as_bytes(), b"\n", validator, b"\n"].concat())
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether a part belongs to what was fetched under this validator (section 15.3.7.3). It need not repeat a date.
pub(crate) fn is_of(head: &ResponseHead<'_>, validator: &[u8]) -> bool {
    if is_strong_tag(validator) {
        return head.field("etag") == Some(validator);
    }
    head.field("last-modified").is_none_or(|modified| modified == validator)
}

/// What If-Range may have: a strong tag, or else a date that is as strong (section 13.1.5).
fn strong<'h>(head: &ResponseHead<'h>) -> Option<&'h [u8]> {
    if let Some(tag) = head.field("etag") {
        return Some(tag).filter(|tag| is_strong_tag(tag));
    }
    let modified = head.field("last-modified")?;
    let age = date(head.field("date")?)?.checked_sub(date(modified)?)?;
    (age >= OLD).then_some(modified)
}

fn is_strong_tag(validator: &[u8]) -> bool {
    EntityTag::parse(validator).is_some_and(|tag| !tag.is_weak())
}

fn date(value: &[u8]) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    HttpDate::parse(value, now.as_secs()).map(|date| date.unix())
}
