//! Field lines (RFC 9112 section 5), for heads and trailer sections alike:
//!
//! ```text
//! field-line = field-name ":" OWS field-value OWS
//! ```

use super::facts::{Facts, Line};
use super::notes::Notes;
use super::{LineEnd, reach};
use crate::http::error::{Error, Rule};
use crate::http::{Leniency, Limits, Version};
use crate::octet::class;
use crate::octet::scan::{Scalar, Scan};

/// Where the parser stands within the current line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    LineStart,
    Name,
    BlankBeforeColon { name_end: u32 },
    Value { colon: u32 },
}

/// What the section belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionOf {
    Request,
    /// Folded lines are unfolded (section 5.2), and an invalid Content-Length counts only where the
    /// response can have content (section 6.3).
    Response,
    Trailers,
}

/// How far the parser has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    NeedInput,
    /// To be called again when the head is mended.
    Mend(Mend),
    /// The offsets of the empty line and of what follows it.
    Done(usize, usize),
}

/// A change of the head where it lies, of the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// A line break of a folded line with the blank behind it: these octets become SP.
    Unfold { at: usize, len: usize },
    /// The colon comes up to its name, and the blank there takes its place.
    MoveColon { from: usize, to: usize },
}

impl Mend {
    pub(crate) fn apply(self, head: &mut [u8]) {
        match self {
            Self::Unfold { at, len } => {
                if let Some(fold) = head.get_mut(at..at + len) {
                    fold.fill(b' ');
                }
            }
            Self::MoveColon { from, to } => {
                if from < head.len() && to < head.len() {
                    head.swap(from, to);
                }
            }
        }
    }
}

/// Finds the end of a field section, and validates and notes each line on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldSectionParser {
    of: SectionOf,
    place: Place,
    /// The section's first octet.
    start: u32,
    /// The first octet of the current line.
    line: u32,
    /// Everything before this has been looked at.
    at: u32,
    count: u16,
    facts: Facts,
}

impl FieldSectionParser {
    pub(crate) fn new(of: SectionOf, start: usize, version: Version) -> Self {
        let start = start as u32; // a start line is bounded far below this
        Self { of, place: Place::LineStart, start, line: start, at: start, count: 0, facts: Facts::of_version(version) }
    }

    pub(super) fn facts(&self) -> Facts {
        self.facts
    }

    /// Goes on with `input`, which begins where it began in the calls before.
    /// `check` sees each line's name and may refuse it.
    pub(crate) fn parse(
        &mut self,
        input: &[u8],
        limits: &Limits,
        check: impl Fn(&[u8]) -> Result<(), Rule>,
    ) -> Result<Progress, Error> {
        let input = input.get(..reach(input)).unwrap_or_default();
        let rest = |at: u32| input.get(at as usize..).unwrap_or_default();
        // Section 7.1.2 has no leniency to offer for a trailer section.
        let leniency = if self.of == SectionOf::Trailers { Leniency::default() } else { limits.leniency };
        let unfolds = self.of == SectionOf::Response || (self.of == SectionOf::Request && leniency.obs_fold);
        loop {
            let fail = |rule, at: u32| Err(Error::new(rule, at.into()));
            match self.place {
                Place::LineStart => match LineEnd::read(rest(self.at), leniency) {
                    LineEnd::Partial => return Ok(Progress::NeedInput),
                    LineEnd::Found(len) => return Ok(Progress::Done(self.at as usize, self.at as usize + len)),
                    LineEnd::Absent => {
                        if matches!(rest(self.at), [b' ' | b'\t', ..]) {
                            return fail(Rule::ObsFold, self.at);
                        }
                        if self.count >= limits.fields {
                            return fail(Rule::FieldSectionTooLarge, self.at);
                        }
                        self.line = self.at;
                        self.place = Place::Name;
                    }
                },
                Place::Name => {
                    self.at = Scalar.token_end(input, self.at as usize) as u32;
                    self.bound(limits)?;
                    match rest(self.at) {
                        [] => return Ok(Progress::NeedInput),
                        [b':', ..] if self.at > self.line => {
                            self.place = Place::Value { colon: self.at };
                            self.at += 1;
                        }
                        [b' ' | b'\t', ..]
                            if leniency.blank_before_colon && self.of == SectionOf::Response && self.at > self.line =>
                        {
                            self.place = Place::BlankBeforeColon { name_end: self.at };
                        }
                        _ => return fail(Rule::FieldName, self.at),
                    }
                }
                Place::BlankBeforeColon { name_end } => {
                    self.at += rest(self.at).iter().take_while(|&&octet| class::is_blank(octet)).count() as u32;
                    match rest(self.at) {
                        [] if self.at - self.start > limits.field_section_max() => {
                            return fail(Rule::FieldSectionTooLarge, name_end);
                        }
                        [] => return Ok(Progress::NeedInput),
                        [b':', ..] => {
                            let from = self.at as usize;
                            self.at = name_end;
                            self.place = Place::Name;
                            return Ok(Progress::Mend(Mend::MoveColon { from, to: name_end as usize }));
                        }
                        _ => return fail(Rule::FieldName, name_end),
                    }
                }
                Place::Value { colon } => {
                    self.at = Scalar.value_end(input, self.at as usize) as u32;
                    self.bound(limits)?;
                    match LineEnd::read(rest(self.at), leniency) {
                        LineEnd::Partial => return Ok(Progress::NeedInput),
                        LineEnd::Found(len) => {
                            if unfolds {
                                match input.get(self.at as usize + len) {
                                    None => return Ok(Progress::NeedInput),
                                    Some(b' ' | b'\t') => {
                                        return Ok(Progress::Mend(Mend::Unfold { at: self.at as usize, len: len + 1 }));
                                    }
                                    Some(_) => {}
                                }
                            }
                            let (start, end) = (self.line as usize, self.at as usize);
                            let line = Line { start, colon: colon as usize, end };
                            let noted = check(line.name(input)).and_then(|()| {
                                // It means nothing in a response.
                                if self.facts.note(input, line) && self.of == SectionOf::Request {
                                    self.facts.add_host(self.facts.notes().has(Notes::HOST));
                                    if !self.facts.check_host(Scalar, input, line) {
                                        return Err(Rule::Host);
                                    }
                                }
                                if self.facts.notes().has_invalid_length() && self.of != SectionOf::Response {
                                    return Err(Rule::ContentLength);
                                }
                                Ok(())
                            });
                            if let Err(rule) = noted {
                                return fail(rule, self.line);
                            }
                            self.count += 1;
                            self.at += len as u32;
                            self.bound(limits)?;
                            self.place = Place::LineStart;
                        }
                        LineEnd::Absent => return fail(Rule::FieldValue, self.at),
                    }
                }
            }
        }
    }

    fn bound(&self, limits: &Limits) -> Result<(), Error> {
        if self.at - self.start > limits.field_section_max() {
            return Err(Error::new(Rule::FieldSectionTooLarge, self.at.into()));
        }
        Ok(())
    }
}
