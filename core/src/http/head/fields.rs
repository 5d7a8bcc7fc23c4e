//! Field lines (RFC 9112 section 5), for heads and trailer sections alike:
//!
//! ```text
//! field-line = field-name ":" OWS field-value OWS
//! ```

use super::facts::Facts;
use crate::http::Limits;
use crate::http::error::{Error, Rule};
use crate::octet::{class, scan};

/// Where the parser stands within the current line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    LineStart,
    Name,
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
    /// A folded line of a response: to be called again when CR, LF and the blank at this offset are SP.
    Folded(usize),
    /// The offsets of the empty line and of what follows it.
    Done(usize, usize),
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
    pub(crate) fn new(of: SectionOf, start: usize) -> Self {
        let start = start as u32; // a start line is bounded far below this
        Self { of, place: Place::LineStart, start, line: start, at: start, count: 0, facts: Facts::default() }
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The offset of the section's first octet.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    /// Goes on with `input`, which begins where it began in the calls before.
    /// `check` sees each line's name and may refuse it.
    pub(crate) fn parse(
        &mut self,
        input: &[u8],
        limits: &Limits,
        check: impl Fn(&[u8]) -> Result<(), Rule>,
    ) -> Result<Progress, Error> {
        let rest = |at: u32| input.get(at as usize..).unwrap_or_default();
        loop {
            let fail = |rule, at: u32| Err(Error::new(rule, at.into()));
            match self.place {
                Place::LineStart => match rest(self.at) {
                    [] | [b'\r'] => return Ok(Progress::NeedInput),
                    [b'\r', b'\n', ..] => return Ok(Progress::Done(self.at as usize, self.at as usize + 2)),
                    [b' ' | b'\t', ..] => return fail(Rule::ObsFold, self.at),
                    _ => {
                        if self.count >= limits.fields {
                            return fail(Rule::FieldSectionTooLarge, self.at);
                        }
                        self.line = self.at;
                        self.place = Place::Name;
                    }
                },
                Place::Name => {
                    self.at += scan::token_len(rest(self.at)) as u32;
                    self.bound(limits)?;
                    match rest(self.at) {
                        [] => return Ok(Progress::NeedInput),
                        [b':', ..] if self.at > self.line => {
                            self.place = Place::Value { colon: self.at };
                            self.at += 1;
                        }
                        _ => return fail(Rule::FieldName, self.at),
                    }
                }
                Place::Value { colon } => {
                    self.at += scan::value_len(rest(self.at)) as u32;
                    self.bound(limits)?;
                    match rest(self.at) {
                        [] | [b'\r'] => return Ok(Progress::NeedInput),
                        [b'\r', b'\n'] if self.of == SectionOf::Response => return Ok(Progress::NeedInput),
                        [b'\r', b'\n', b' ' | b'\t', ..] if self.of == SectionOf::Response => {
                            return Ok(Progress::Folded(self.at as usize));
                        }
                        [b'\r', b'\n', ..] => {
                            let name = input.get(self.line as usize..colon as usize).unwrap_or_default();
                            let value = input.get(colon as usize + 1..self.at as usize).unwrap_or_default();
                            let noted = check(name).and_then(|()| self.facts.note(name, class::trim(value)));
                            let noted = match noted {
                                Ok(()) if self.facts.invalid_length && self.of != SectionOf::Response => {
                                    Err(Rule::ContentLength)
                                }
                                // It means nothing in a response.
                                Err(Rule::Host) if self.of != SectionOf::Request => Ok(()),
                                noted => noted,
                            };
                            if let Err(rule) = noted {
                                return fail(rule, self.line);
                            }
                            self.count += 1;
                            self.at += 2;
                            self.bound(limits)?;
                            self.place = Place::LineStart;
                        }
                        _ => return fail(Rule::FieldValue, self.at),
                    }
                }
            }
        }
    }

    fn bound(&self, limits: &Limits) -> Result<(), Error> {
        if self.at - self.start > limits.field_section {
            return Err(Error::new(Rule::FieldSectionTooLarge, self.at.into()));
        }
        Ok(())
    }
}
