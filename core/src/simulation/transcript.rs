//! What happened in a world.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Side;
use crate::Tick;

/// Octets of one entry that are kept and shown.
const SHOWN: usize = 160;
/// How far back the entry lies that octets may be added to.
const MEANWHILE: usize = 16;

/// All that happened in a world, in order. To be printed when a test fails.
///
/// Octets are escaped, and only the beginning of what was sent or received together is shown.
/// Pieces that one end sent or received one after the other stand together, with the time of the
/// first.
#[derive(Clone, Debug)]
pub struct Transcript {
    entries: Vec<Entry>,
    /// The names of the connections.
    names: Vec<String>,
    pub(super) is_kept: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    at: Tick,
    /// The connection and the end, unless it is the world's own.
    place: Option<(usize, Side)>,
    what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Opened,
    Sent(Octets),
    Received(Octets),
    SentEnd,
    ReceivedEnd,
    ResetReceived,
    Aborted,
    Closed,
    Deadline,
    Note(String),
}

/// How many there were, in how many pieces, and the first of them.
#[derive(Clone, Debug)]
pub(super) struct Octets {
    len: usize,
    pieces: usize,
    shown: Vec<u8>,
}

impl Octets {
    fn add(&mut self, octets: &[u8]) {
        let room = SHOWN.saturating_sub(self.shown.len());
        self.shown.extend_from_slice(octets.get(..room).unwrap_or(octets));
        self.len += octets.len();
        self.pieces += 1;
    }
}

impl Transcript {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), names: Vec::new(), is_kept: true }
    }

    pub(super) fn name(&mut self, name: &str) {
        self.names.push(name.into());
    }

    pub(super) fn note(&mut self, at: Tick, note: &str) {
        if self.is_kept {
            self.entries.push(Entry { at, place: None, what: What::Note(note.into()) });
        }
    }

    pub(super) fn add(&mut self, at: Tick, connection: usize, side: Side, what: What) {
        if self.is_kept {
            self.entries.push(Entry { at, place: Some((connection, side)), what });
        }
    }

    pub(super) fn sent(&mut self, at: Tick, connection: usize, side: Side, octets: &[u8]) {
        self.octets(at, (connection, side), octets, true);
    }

    pub(super) fn received(&mut self, at: Tick, connection: usize, side: Side, octets: &[u8]) {
        self.octets(at, (connection, side), octets, false);
    }

    fn octets(&mut self, at: Tick, place: (usize, Side), octets: &[u8], is_sent: bool) {
        if !self.is_kept {
            return;
        }
        // What goes on meanwhile may lie between: the other end receives what this one sends, and
        // other connections have their own conversations.
        let (connection, side) = place;
        for entry in self.entries.iter_mut().rev().take(MEANWHILE) {
            let Some(there) = entry.place else { break };
            let is_foreign = there.0 != connection;
            let is_other = there == (connection, side.peer());
            match &mut entry.what {
                What::Sent(before) if is_sent && there == place => return before.add(octets),
                What::Received(before) if !is_sent && there == place => return before.add(octets),
                What::Sent(_) if is_foreign || (!is_sent && is_other) => {}
                What::Received(_) if is_foreign || (is_sent && is_other) => {}
                _ => break,
            }
        }
        let mut first = Octets { len: 0, pieces: 0, shown: Vec::new() };
        first.add(octets);
        let what = if is_sent { What::Sent(first) } else { What::Received(first) };
        self.entries.push(Entry { at, place: Some(place), what });
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            let seconds = entry.at.since(Tick::ZERO).as_secs_f64();
            write!(f, "{seconds:>13.6}  ")?;
            if let Some((connection, side)) = entry.place {
                let name = self.names.get(connection).map_or("", String::as_str);
                let side = match side {
                    Side::Client => "client",
                    Side::Server => "server",
                };
                write!(f, "{name} {side} ")?;
            }
            writeln!(f, "{}", entry.what)?;
        }
        Ok(())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("is connected"),
            Self::Sent(octets) => write!(f, "sends {octets}"),
            Self::Received(octets) => write!(f, "receives {octets}"),
            Self::SentEnd => f.write_str("closes its sending side"),
            Self::ReceivedEnd => f.write_str("receives the end"),
            Self::ResetReceived => f.write_str("finds the connection reset"),
            Self::Aborted => f.write_str("resets the connection"),
            Self::Closed => f.write_str("is gone"),
            Self::Deadline => f.write_str("lets a deadline pass"),
            Self::Note(note) => f.write_str(note),
        }
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.len)?;
        if self.pieces > 1 {
            write!(f, " in {}", self.pieces)?;
        }
        let rest = if self.len > self.shown.len() { "..." } else { "" };
        write!(f, ": {}{rest}", self.shown.escape_ascii())
    }
}
