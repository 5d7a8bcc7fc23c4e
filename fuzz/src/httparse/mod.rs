//! Heads, against a parser that others wrote.

mod host;
mod looser;
mod stricter;
mod text;

use ::httparse::{EMPTY_HEADER, Header, ParserConfig, Request, Response, Status};
use sanderling::http::{Leniency, Limits, RequestParser, ResponseParser};

use crate::transcript::lines;
use text::Head;

/// What httparse and we both take says the same, and where only one of us takes it, there is a
/// reason for that. What a leniency lets pass says what it would say if it had been sent right.
///
/// Values are compared unfolded and without the blanks around them; the rest as it is, but that
/// httparse does not give a reason phrase with octets above ASCII.
///
/// # Panics
///
/// Where that is not so.
pub fn httparse(data: &[u8]) {
    let Some((choice, octets)) = data.split_first() else { return };
    let setting = Setting::new(*choice);
    let head = Head::read(octets);
    let ours = setting.ours(octets, &setting.limits);
    let theirs = setting.theirs(octets);
    let broken = setting.rules().iter().filter(|rule| (rule.is_broken)(&head, &setting.limits));
    let broken: Vec<_> = broken.map(|rule| rule.name).collect();
    let looser = looser::RULES.iter().filter(|rule| (rule.is_there)(&head, &setting));
    let looser: Vec<_> = looser.map(|rule| rule.name).collect();
    match (&ours, &theirs) {
        (Outcome::Accepted(seen), Outcome::Accepted(other)) => assert_eq!(seen, other),
        (Outcome::Accepted(_) | Outcome::Incomplete, Outcome::Refused(error)) => {
            assert!(!looser.is_empty(), "they refuse it: {error}");
        }
        (Outcome::Refused(error), Outcome::Accepted(_) | Outcome::Incomplete) => {
            assert!(!broken.is_empty(), "we refuse it: {error}");
        }
        (Outcome::Incomplete, Outcome::Incomplete) | (Outcome::Refused(_), Outcome::Refused(_)) => {}
        (ours, theirs) => panic!("we: {ours:?}, they: {theirs:?}"),
    }
    assert!(!matches!(theirs, Outcome::Accepted(_)) || looser.is_empty(), "they accept {looser:?}");
    if let Outcome::Accepted(seen) = &ours {
        assert!(broken.is_empty(), "we accept {broken:?}");
        assert_eq!((Some(seen.used), &seen.fields), (head.len, &head.fields()));
    }
    setting.assert_lenient(octets, &head, &ours);
}

/// Which parsers read, and what they let pass.
struct Setting {
    is_response: bool,
    limits: Limits,
    /// How many field lines httparse has places for.
    places: usize,
    they_unfold: bool,
}

/// Limits that small heads reach.
fn tight_limits() -> Limits {
    let mut limits = Limits::default();
    limits.request_line = 40;
    limits.field_section = 120;
    limits.fields = 4;
    limits.leading_empty_lines = 1;
    limits
}

/// What came of a head.
#[derive(Debug, PartialEq)]
enum Outcome {
    Accepted(Seen),
    Incomplete,
    Refused(String),
}

/// What a parser says of a head.
#[derive(Debug, PartialEq)]
struct Seen {
    used: usize,
    /// The parts of the start line.
    start: [String; 3],
    fields: Vec<(String, Vec<u8>)>,
}

impl Setting {
    fn new(choice: u8) -> Self {
        let is = |bit: u8| choice >> bit & 1 == 1;
        let mut limits = if is(4) { tight_limits() } else { Limits::default() };
        let leniency = &mut limits.leniency;
        (leniency.bare_lf, leniency.obs_fold, leniency.blank_before_colon) = (is(1), is(2), is(3));
        Self { is_response: is(0), limits, places: if is(5) { 3 } else { 100 }, they_unfold: !is(6) }
    }

    fn rules(&self) -> &'static [stricter::Rule] {
        if self.is_response { stricter::RESPONSES } else { stricter::REQUESTS }
    }

    fn ours(&self, octets: &[u8], limits: &Limits) -> Outcome {
        let mut octets = octets.to_owned();
        let seen = if self.is_response {
            ResponseParser::new().parse(&mut octets, limits).map(|head| {
                head.map(|(used, head)| {
                    let reason = head.reason().iter().copied().map(char::from).collect::<String>();
                    let reason = if reason.is_ascii() { reason } else { String::new() };
                    let start = [head.version().to_string(), head.status().to_string(), reason];
                    Seen { used, start, fields: lines(head.fields()) }
                })
            })
        } else {
            RequestParser::new().parse(&mut octets, limits).map(|head| {
                head.map(|(used, head)| {
                    let target = head.target().as_str().to_owned();
                    let start = [head.method().to_string(), target, head.version().to_string()];
                    Seen { used, start, fields: lines(head.fields()) }
                })
            })
        };
        match seen {
            Ok(Some(seen)) => Outcome::Accepted(seen),
            Ok(None) => Outcome::Incomplete,
            Err(error) => Outcome::Refused(error.to_string()),
        }
    }

    fn theirs(&self, octets: &[u8]) -> Outcome {
        let mut headers = vec![EMPTY_HEADER; self.places];
        let mut config = ParserConfig::default();
        config.allow_obsolete_multiline_headers_in_responses(self.they_unfold);
        config.allow_spaces_after_header_name_in_responses(self.limits.leniency.blank_before_colon);
        let version = |minor: Option<u8>| format!("HTTP/1.{}", minor.unwrap());
        let (status, start, headers) = if self.is_response {
            let mut head = Response::new(&mut headers);
            let status = config.parse_response(&mut head, octets);
            let is_whole = matches!(status, Ok(Status::Complete(_)));
            let code = |code: Option<u16>| format!("{:03}", code.unwrap());
            let start = is_whole.then(|| [version(head.version), code(head.code), head.reason.unwrap().to_owned()]);
            (status, start, head.headers)
        } else {
            let mut head = Request::new(&mut headers);
            let status = config.parse_request(&mut head, octets);
            let is_whole = matches!(status, Ok(Status::Complete(_)));
            let start = is_whole
                .then(|| [head.method.unwrap().to_owned(), head.path.unwrap().to_owned(), version(head.version)]);
            (status, start, head.headers)
        };
        match (status, start) {
            (Ok(Status::Complete(used)), Some(start)) => {
                Outcome::Accepted(Seen { used, start, fields: headers.iter().map(normalised).collect() })
            }
            (Ok(_), _) => Outcome::Incomplete,
            (Err(error), _) => Outcome::Refused(error.to_string()),
        }
    }

    /// A leniency takes nothing away, and what it adds is the same as the head written right.
    fn assert_lenient(&self, octets: &[u8], head: &Head, lenient: &Outcome) {
        let mut limits = self.limits;
        limits.leniency = Leniency::default();
        let strict = self.ours(octets, &limits);
        match (&strict, lenient) {
            (Outcome::Refused(error), Outcome::Accepted(seen)) => {
                assert!(head.needs(self.limits.leniency), "a leniency lets pass: {error}");
                // A CR more for each line.
                limits.field_section = Limits::default().field_section;
                let Outcome::Accepted(mended) = self.ours(&head.mended(), &limits) else { panic!("{head:?}") };
                assert_eq!((&mended.start, &mended.fields), (&seen.start, &seen.fields));
            }
            (Outcome::Refused(_), _) => {}
            (strict, lenient) => assert_eq!(strict, lenient),
        }
    }
}

/// A line break and the blank behind it become SP, as we do it in place.
fn normalised(header: &Header<'_>) -> (String, Vec<u8>) {
    let before = core::iter::once(&b' ').chain(header.value);
    let is_fold = |octet: u8, before: u8| matches!(octet, b'\r' | b'\n') || before == b'\n';
    let value = header.value.iter().zip(before);
    let value: Vec<u8> = value.map(|(&octet, &before)| if is_fold(octet, before) { b' ' } else { octet }).collect();
    (header.name.to_owned(), text::trim(&value).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFORMANCE: &str = include_str!("../../../CONFORMANCE.md");

    #[test]
    fn each_stricter_rule_is_needed() {
        for (is_response, rules) in [(false, stricter::REQUESTS), (true, stricter::RESPONSES)] {
            let setting = Setting { is_response, limits: tight_limits(), ..Setting::new(0) };
            for rule in rules {
                let head = Head::read(rule.example);
                let broken = rules.iter().filter(|rule| (rule.is_broken)(&head, &setting.limits));
                assert_eq!(broken.map(|rule| rule.name).collect::<Vec<_>>(), [rule.name]);
                assert!(matches!(setting.theirs(rule.example), Outcome::Accepted(_)), "{}", rule.name);
                assert!(matches!(setting.ours(rule.example, &setting.limits), Outcome::Refused(_)), "{}", rule.name);
            }
        }
    }

    #[test]
    fn the_lists_stand_in_the_book() {
        let (_, section) = CONFORMANCE.split_once("\n## Stricter than httparse\n").unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
        let mut rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches(['|', ' ']).split(" | ").collect()).collect();
        for (side, rules) in [("requests", stricter::REQUESTS), ("responses", stricter::RESPONSES)] {
            for rule in rules {
                let row = rows.iter_mut().find(|row| row[0] == rule.name && row[2] == rule.section);
                let row = row.unwrap_or_else(|| panic!("no row: {} ({})", rule.name, rule.section));
                assert!(row[1].split(", ").any(|other| other == side), "{side}: {}", rule.name);
                row.push("checked");
            }
        }
        assert_eq!(rows.iter().find(|row| row.last() != Some(&"checked")), None);
        for rule in looser::RULES {
            assert!(CONFORMANCE.contains(&format!("\n* {} ({})", rule.name, rule.section)), "{}", rule.name);
        }
    }
}
