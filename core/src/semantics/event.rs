//! Server-sent events: the format `text/event-stream` (HTML Living Standard section 9.2).
//!
//! ```text
//! stream  = *event
//! event   = *( comment / field ) end-of-line
//! comment = ":" *any-char end-of-line
//! field   = 1*name-char [ ":" [ SP ] *any-char ] end-of-line
//! ```

use core::fmt;
use core::time::Duration;

use super::pen::{TooSmall, write_text};

/// An event, as a page's `EventSource` takes it.
///
/// ```
/// use sanderling::semantics::ServerSentEvent;
///
/// let event = ServerSentEvent::new("two\nlines").named("tide").id("7");
/// assert_eq!(event.to_string(), "id: 7\nevent: tide\ndata: two\ndata: lines\n\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerSentEvent<'a> {
    data: Option<&'a str>,
    name: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Duration>,
}

impl<'a> ServerSentEvent<'a> {
    /// An event with this data. Each line of it, however it ends, is a line for the client, which joins them
    /// with line feeds.
    #[must_use]
    pub const fn new(data: &'a str) -> Self {
        Self { data: Some(data), name: None, id: None, retry: None }
    }

    /// What no listener hears of, but the client does: a new id, or when to come again.
    #[must_use]
    pub const fn silent() -> Self {
        Self { data: None, name: None, id: None, retry: None }
    }

    /// For listeners of this name; without one it is `message`.
    #[must_use]
    pub const fn named(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// What the client says in Last-Event-ID when it comes again. An empty one takes back the one before.
    #[must_use]
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// How long the client waits before it comes again, in whole milliseconds.
    #[must_use]
    pub const fn retry(mut self, wait: Duration) -> Self {
        self.retry = Some(wait);
        self
    }

    /// Whether it can be said: neither the name nor the id has a line end, nor the id NUL, for which
    /// clients would pass it over. What has one is left out when the event is written.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.name.is_none_or(is_line) && self.id.is_none_or(is_id)
    }

    /// Writes the event to the front of `out`, and says how many octets it has.
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        write_text(self, out)
    }
}

fn is_line(text: &str) -> bool {
    !text.contains(['\r', '\n'])
}

fn is_id(text: &str) -> bool {
    is_line(text) && !text.contains('\0')
}

/// The lines of a text, which end with CR LF, LF or CR; what is behind the last end is a line too.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let end = text.find(['\r', '\n']);
        let (line, behind) = text.split_at_checked(end.unwrap_or(text.len()))?;
        rest = end.and(behind.strip_prefix("\r\n").or(behind.get(1..)));
        Some(line)
    })
}

impl fmt::Display for ServerSentEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.id.filter(|id| is_id(id)) {
            writeln!(f, "id: {id}")?;
        }
        if let Some(name) = self.name.filter(|name| is_line(name)) {
            writeln!(f, "event: {name}")?;
        }
        if let Some(retry) = self.retry {
            writeln!(f, "retry: {}", retry.as_millis())?;
        }
        for line in self.data.into_iter().flat_map(lines) {
            writeln!(f, "data: {line}")?;
        }
        f.write_str("\n")
    }
}

/// A comment for a stream of events, which no listener hears of: one every fifteen seconds or so keeps
/// proxies from taking the connection for dead.
///
/// ```
/// use sanderling::semantics::EventComment;
///
/// assert_eq!(EventComment("").to_string(), ":\n\n");
/// assert_eq!(EventComment("still\nhere").to_string(), ": still\n: here\n\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a comment is nothing but its text
pub struct EventComment<'a>(pub &'a str);

impl fmt::Display for EventComment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in lines(self.0) {
            f.write_str(if line.is_empty() { ":" } else { ": " })?;
            writeln!(f, "{line}")?;
        }
        f.write_str("\n")
    }
}
