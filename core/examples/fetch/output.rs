//! What becomes of a response: its head and body, or one line about it.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use indicatif::ProgressBar;
use sanderling::http::{Method, ResponseHead, StatusCode};
use sha1_smol::Sha1;

use super::Options;
use super::download::Download;

/// Shorter transfers show no progress.
const LONG: u64 = 1 << 20;

enum Target {
    Screen,
    File(Download),
}

impl Target {
    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Screen => io::stdout().write_all(data),
            Self::File(download) => download.write(data),
        }
    }
}

pub(crate) struct Output {
    target: Target,
    /// A redirect that is left is a failure.
    follows: bool,
    /// Somebody watches, and does not see the body itself.
    is_watched: bool,
    show_head: bool,
    summary: bool,
    has_begun: bool,
    status: u16,
    length: u64,
    sha1: Sha1,
    progress: Option<ProgressBar>,
}

impl Output {
    pub(crate) fn new(options: &Options) -> io::Result<Self> {
        let target = match &options.output {
            Some(path) => Target::File(Self::download(path, options)?),
            None => Target::Screen,
        };
        let sees_body = options.output.is_none() && !options.summary && io::stdout().is_terminal();
        Ok(Self {
            target,
            follows: options.follow && options.method != Method::CONNECT.as_str(),
            is_watched: io::stderr().is_terminal() && !sees_body,
            show_head: options.show_head,
            summary: options.summary,
            has_begun: false,
            status: 0,
            length: 0,
            sha1: Sha1::new(),
            progress: None,
        })
    }

    fn download(path: &Path, options: &Options) -> io::Result<Download> {
        let is_content = !options.show_head && !options.summary && options.method == Method::GET.as_str();
        let url = match options.urls.as_slice() {
            [alone] if is_content => Some(alone.as_str()),
            _ => None,
        };
        let download = Download::open(path, url, options.compressed)?;
        if options.goes_on { download.go_on() } else { Ok(download) }
    }

    /// The field lines that ask for what is missing.
    pub(crate) fn missing(&self) -> Vec<(&'static str, Vec<u8>)> {
        match &self.target {
            Target::Screen => Vec::new(),
            Target::File(download) => download.missing(),
        }
    }

    /// The head has come. Only the first time counts, until the response has ended.
    pub(crate) fn begin(&mut self, head: &ResponseHead<'_>) -> io::Result<()> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        self.status = head.status().as_u16();
        if self.follows
            && let Some(location) = unfollowed(head)
        {
            return Err(io::Error::other(format!("not redirected to {location}")));
        }
        if let Target::File(download) = &mut self.target {
            download.begin(head)?;
        }
        self.length = 0;
        self.sha1.reset();
        self.progress = match head.content_length() {
            Some(length) if self.is_watched && length >= LONG => Some(ProgressBar::new(length)),
            None if self.is_watched => Some(ProgressBar::new_spinner()),
            _ => None,
        };
        if self.show_head && !self.summary {
            self.target.write(head.as_bytes())?;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> io::Result<()> {
        self.length += data.len() as u64;
        if let Some(progress) = &self.progress {
            progress.set_position(self.length);
        }
        if self.summary {
            self.sha1.update(data);
            Ok(())
        } else {
            self.target.write(data)
        }
    }

    /// The response will not come to its end.
    pub(crate) fn give_up(&mut self) {
        self.has_begun = false;
        if let Some(progress) = self.progress.take() {
            progress.abandon();
        }
    }

    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.has_begun = false;
        if let Some(progress) = self.progress.take() {
            progress.finish_and_clear();
        }
        if self.summary {
            let line = format!("{} {} {}\n", self.status, self.length, self.sha1.digest());
            self.target.write(line.as_bytes())?;
        }
        match &mut self.target {
            Target::Screen => io::stdout().flush(),
            Target::File(download) => download.end(),
        }
    }
}

/// Where a response leads that was followed as far as it can be (RFC 9110 section 15.4): to another scheme, to
/// nothing that can be read, or with a body that cannot be had again.
fn unfollowed(head: &ResponseHead<'_>) -> Option<String> {
    const FOLLOWED: [StatusCode; 5] = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = head.field("location").filter(|_| FOLLOWED.contains(&head.status()))?;
    Some(location.escape_ascii().to_string())
}
