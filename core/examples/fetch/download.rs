//! A file that is fetched into, and gone on with where it ends.
//!
//! Two states of a resource must not become one file. So a strong validator of the response that began it is kept
//! beside it, and the server is asked to go on only if that is still the one (If-Range). Where none is kept, because
//! the server gave none or the file is not from here, it is fetched anew.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use sanderling::http::{ResponseHead, StatusCode};
use sanderling::semantics::ContentRange;

use super::validator::{self, Kept};

pub(crate) struct Download {
    /// Written at its end. It is not emptied before there is an answer.
    file: File,
    has_begun: bool,
    /// The validator beside it, if it is a file.
    kept: Option<Kept>,
    /// It has the content of one URL, and nothing else.
    is_content: bool,
    /// What is there may be gone on with, and nothing but content is to take its place.
    goes_on: bool,
    /// What is there already, if it is known what that is.
    begun: Option<Begun>,
    /// What is in the file was decoded.
    is_decoded: bool,
    /// What the response has, if it is a part.
    part: Option<Part>,
    /// All of it was there already.
    is_complete: bool,
}

/// The beginning of a content.
struct Begun {
    length: u64,
    validator: Vec<u8>,
}

/// The part of a content that is appended.
struct Part {
    /// How much of it has not come yet.
    left: u64,
    /// Where the file ends with it, and where it should.
    end: u64,
    complete: Option<u64>,
}

impl Download {
    /// Into a file; `url` if it has the content of that and nothing else.
    pub(crate) fn open(path: &Path, url: Option<&str>, is_decoded: bool) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        // What is no file, such as /dev/null, cannot be gone on with.
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(Self {
            file,
            has_begun: false,
            kept: is_file.then(|| Kept::beside(path, url.unwrap_or_default())),
            is_content: url.is_some(),
            goes_on: false,
            begun: None,
            is_decoded,
            part: None,
            is_complete: false,
        })
    }

    /// Goes on with what is there.
    pub(crate) fn go_on(mut self) -> io::Result<Self> {
        self.goes_on = true;
        let length = self.file.metadata()?.len();
        let validator = self.kept.as_ref().filter(|_| self.is_content).and_then(Kept::read);
        self.begun = validator.filter(|_| length > 0).map(|validator| Begun { length, validator });
        Ok(self)
    }

    /// The field lines that ask for what is missing; none if that is all.
    pub(crate) fn missing(&self) -> Vec<(&'static str, Vec<u8>)> {
        let Some(Begun { length, validator }) = &self.begun else { return Vec::new() };
        vec![("Range", format!("bytes={length}-").into_bytes()), ("If-Range", validator.clone())]
    }

    /// The response has come: what follows is appended, or the whole from the beginning.
    pub(crate) fn begin(&mut self, head: &ResponseHead<'_>) -> io::Result<()> {
        if self.has_begun {
            return Ok(());
        }
        match &self.begun {
            Some(begun) if head.status() != StatusCode::OK => {
                self.part = part(begun, head, self.is_decoded)?;
                self.is_complete = self.part.is_none();
                if self.file.metadata()?.len() != begun.length {
                    return Err(cannot("somebody else writes to it"));
                }
            }
            _ if self.goes_on && head.status() != StatusCode::OK => {
                return Err(cannot(&head.status().to_string()));
            }
            _ => self.begin_anew(head)?,
        }
        self.has_begun = true;
        Ok(())
    }

    fn begin_anew(&mut self, head: &ResponseHead<'_>) -> io::Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        // It is not of what comes now.
        kept.remove()?;
        self.file.set_len(0)?;
        // A tag is of the content as it came, and an error is not what is asked for.
        let is_other = self.is_decoded && head.field("content-encoding").is_some();
        if self.is_content && head.status() == StatusCode::OK && !is_other { kept.write(head) } else { Ok(()) }
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> io::Result<()> {
        if self.is_complete {
            return Ok(());
        }
        if let Some(part) = &mut self.part {
            let left = part.left.checked_sub(data.len() as u64);
            part.left = left.ok_or(io::Error::other("the server sends more than the part that it announced"))?;
        }
        self.file.write_all(data)
    }

    /// The response has come to its end.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if let Some(Part { left, end, complete }) = self.part
            && (left > 0 || complete.is_some_and(|complete| complete != end))
        {
            // A server may send less than was asked for (RFC 9110 section 15.3.7).
            return Err(io::Error::other("the server sent a part of what is missing: go on once more"));
        }
        self.kept.as_ref().map_or(Ok(()), Kept::remove)
    }
}

/// What a response appends to what is there; nothing if that is complete.
fn part(begun: &Begun, head: &ResponseHead<'_>, is_decoded: bool) -> io::Result<Option<Part>> {
    let range = head.field("content-range").and_then(ContentRange::parse);
    match (head.status(), range) {
        // Of encoded content a part by itself is not decoded (RFC 9110 section 15.3.7).
        (StatusCode::PARTIAL_CONTENT, _) if is_decoded && head.field("content-encoding").is_some() => {
            Err(cannot("what is missing came encoded"))
        }
        (StatusCode::PARTIAL_CONTENT, _) if !validator::is_of(head, &begun.validator) => {
            Err(cannot("the server sent a part of something else"))
        }
        (StatusCode::PARTIAL_CONTENT, Some(ContentRange::Range(range, complete))) if range.first() == begun.length => {
            let end = range.last().saturating_add(1);
            Ok(Some(Part { left: end.saturating_sub(begun.length), end, complete }))
        }
        (StatusCode::RANGE_NOT_SATISFIABLE, Some(ContentRange::Unsatisfied(length))) if length == begun.length => {
            Ok(None)
        }
        (status, _) => Err(cannot(&status.to_string())),
    }
}

fn cannot(why: &str) -> io::Error {
    io::Error::other(format!("cannot go on with the file: {why}"))
}
