//! What becomes of a response: its head and body, or one line about it.

use std::fs::File;
use std::io::{self, IsTerminal, Write};

use indicatif::ProgressBar;
use sanderling::http::ResponseHead;
use sha1_smol::Sha1;

use super::Options;
use super::download::Download;

/// Shorter transfers show no progress.
const LONG: u64 = 1 << 20;

pub(crate) struct Output {
    target: Box<dyn Write + Send>,
    /// What is gone on with.
    download: Option<Download>,
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
        let mut download = None;
        let target: Box<dyn Write + Send> = match &options.output {
            Some(path) if options.goes_on => {
                Box::new(download.insert(Download::open(path, options.compressed)?).file.try_clone()?)
            }
            Some(path) => Box::new(File::create(path)?),
            None => Box::new(io::stdout()),
        };
        let sees_body = options.output.is_none() && !options.summary && io::stdout().is_terminal();
        Ok(Self {
            target,
            download,
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

    /// The field lines that ask for what is missing.
    pub(crate) fn missing(&self) -> Vec<(&'static str, String)> {
        self.download.as_ref().map(Download::missing).unwrap_or_default()
    }

    /// The head has come. Only the first time counts, until the response has ended.
    pub(crate) fn begin(&mut self, head: &ResponseHead<'_>) -> io::Result<()> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        self.status = head.status().as_u16();
        if let Some(download) = &mut self.download {
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
            self.target.write_all(head.as_bytes())?;
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
        } else if self.download.as_ref().is_some_and(|download| download.is_complete) {
            Ok(())
        } else {
            self.target.write_all(data)
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
            writeln!(self.target, "{} {} {}", self.status, self.length, self.sha1.digest())?;
        }
        self.target.flush()
    }
}
