//! A file that is gone on with where it ends.
//!
//! Nothing is remembered of the response that began it but the file itself. So the server is asked to go on
//! only if what it has was not modified since the file was written last; that is as good as the clocks agree,
//! and a server that does not know when it was modified goes on in any case, as curl's would.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sanderling::http::{ResponseHead, StatusCode};
use sanderling::semantics::{ContentRange, HttpDate};

pub(crate) struct Download {
    /// Written at its end.
    pub file: File,
    /// Where that was in the beginning, and when.
    length: u64,
    modified: Option<HttpDate>,
    /// What is in the file was decoded.
    is_decoded: bool,
    /// All of it was there already.
    pub is_complete: bool,
}

impl Download {
    pub(crate) fn open(path: &Path, is_decoded: bool) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).ok();
        let modified = modified.map(|since| HttpDate::from_unix(since.as_secs()));
        Ok(Self { file, length: metadata.len(), modified, is_decoded, is_complete: false })
    }

    /// The field lines that ask for what is missing; none if that is all.
    pub(crate) fn missing(&self) -> Vec<(&'static str, String)> {
        if self.length == 0 {
            return Vec::new();
        }
        let since = self.modified.map(|date| ("If-Unmodified-Since", date.as_str().to_owned()));
        [("Range", format!("bytes={}-", self.length))].into_iter().chain(since).collect()
    }

    /// The response has come: what follows is appended, or the whole from the beginning.
    pub(crate) fn begin(&mut self, head: &ResponseHead<'_>) -> io::Result<()> {
        let range = head.field("content-range").and_then(ContentRange::parse);
        match (head.status(), range) {
            // Of encoded content a part by itself is not decoded (RFC 9110 section 15.3.7).
            (StatusCode::PARTIAL_CONTENT, _) if self.is_decoded && head.field("content-encoding").is_some() => {
                Err(io::Error::other("cannot go on with the file: what is missing came encoded"))
            }
            (StatusCode::PARTIAL_CONTENT, Some(ContentRange::Range(range, _))) if range.first() == self.length => {
                Ok(())
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(ContentRange::Unsatisfied(length))) if length == self.length => {
                self.is_complete = true;
                Ok(())
            }
            (StatusCode::OK, _) => self.file.set_len(0),
            (StatusCode::PRECONDITION_FAILED, _) => Err(io::Error::other("it has changed since the file was written")),
            (status, _) => Err(io::Error::other(format!("cannot go on with the file: {status}"))),
        }
    }
}
