//! RFC 9112 section 6.3 against a reader of text.

use core::str::from_utf8;

use sanderling::http::{BodyFraming, Limits, Method, RequestParser, ResponseParser, Rule};

/// Framing fields of any value mean what the RFC says, as it says it.
///
/// # Panics
///
/// Where the parser and the naive reader differ.
pub fn framing(data: &[u8]) {
    let Some((choice, values)) = data.split_first() else { return };
    // Only what may stand in a line, or the question would be another one.
    let Ok(text) = from_utf8(values) else { return };
    if text.chars().any(|char| char.is_control() && !matches!(char, '\t' | '\n')) {
        return;
    }
    let fields: Vec<_> = text.split('\n').filter_map(field).collect();
    let method = [Method::POST, Method::GET, Method::HEAD, Method::CONNECT][usize::from(choice & 3)];
    let is_old = choice & 4 != 0;
    let version = if is_old { "HTTP/1.0" } else { "HTTP/1.1" };
    let lines: String = fields.iter().map(|(name, value)| format!("{name}:{value}\r\n")).collect();

    let target = if method == Method::CONNECT { "a:80" } else { "/" };
    let head = format!("{method} {target} {version}\r\nHost: a\r\n{lines}\r\n");
    let mut octets = head.clone().into_bytes();
    let got = RequestParser::new().parse(&mut octets, &Limits::default());
    let got = got.map(|head| head.unwrap().1.body_framing()).map_err(|error| error.rule());
    if got != Err(Rule::FieldSectionTooLarge) {
        assert_eq!(got.ok(), request(method, is_old, &fields), "{head}");
    }

    let code = [200, 204, 304, 100, 404, 205][usize::from(choice >> 3) % 6];
    let head = format!("{version} {code} \r\n{lines}\r\n");
    let got = match ResponseParser::new().parse(&mut head.clone().into_bytes(), &Limits::default()) {
        Ok(head) => head.unwrap().1.body_framing(method),
        Err(error) => Err(error.rule()),
    };
    if got != Err(Rule::FieldSectionTooLarge) {
        assert_eq!(got.ok(), response(method, is_old, code, &fields), "{method} {head}");
    }
}

fn field(line: &str) -> Option<(&'static str, &str)> {
    let length = line.strip_prefix('L').map(|value| ("Content-Length", value));
    length.or_else(|| line.strip_prefix('T').map(|value| ("Transfer-Encoding", value)))
}

/// What the fields say together.
#[derive(Default)]
pub(crate) struct Said {
    /// `Err` if the lines are not one number.
    pub(crate) length: Option<Result<u64, ()>>,
    pub(crate) codings: Option<Vec<String>>,
}

pub(crate) fn read(fields: &[(&str, &str)]) -> Said {
    let mut said = Said::default();
    for (name, value) in fields {
        if *name == "Content-Length" {
            for number in value.split(',') {
                let digits = Some(number.trim_matches([' ', '\t']))
                    .filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()));
                let number = digits.and_then(|digits| digits.parse().ok()).ok_or(());
                if *said.length.get_or_insert(number) != number {
                    said.length = Some(Err(()));
                }
            }
        } else {
            // Empty members do not count, but a line of nothing else is no sender's list.
            let codings = said.codings.get_or_insert_default();
            let is_empty = members(value).all(|coding| coding.is_empty());
            codings.extend(members(value).filter(|coding| is_empty || !coding.is_empty()));
        }
    }
    said
}

/// Splits at commas outside of quotes.
pub(crate) fn members(value: &str) -> impl Iterator<Item = String> {
    let mut members = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for char in value.chars() {
        match char {
            ',' if !is_quoted => {
                members.push(String::new());
                continue;
            }
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        is_escaped = char == '\\' && is_quoted && !is_escaped;
        members.last_mut().unwrap().push(char);
    }
    members.into_iter().map(|member| member.trim_matches([' ', '\t']).to_ascii_lowercase())
}

/// The codings and whether `chunked` is the last, once; `None` if no sender may list them so.
pub(crate) fn ends_chunked(codings: &[String]) -> Option<bool> {
    let (last, before) = codings.split_last()?;
    let is_coding = |coding: &String| {
        let name = coding.split(';').next().unwrap_or_default().trim_matches([' ', '\t']);
        // Behind a quoted string without an end no comma is one.
        let is_closed = members(&format!("{coding},")).count() == 2;
        Method::new(name).is_some() && name != "chunked" && is_closed
    };
    let times = codings.iter().filter(|coding| *coding == "chunked").count();
    if times > 1 || !before.iter().all(|coding| coding == "chunked" || is_coding(coding)) {
        return None;
    }
    (last == "chunked" || is_coding(last)).then_some(last == "chunked")
}

fn length(length: u64) -> BodyFraming {
    if length == 0 { BodyFraming::None } else { BodyFraming::Length(length) }
}

fn request(method: Method<'_>, is_old: bool, fields: &[(&str, &str)]) -> Option<BodyFraming> {
    let said = read(fields);
    // That there is nothing may be said.
    let says_nothing = said.codings.is_none() && said.length == Some(Ok(0));
    if method == Method::CONNECT && !fields.is_empty() && !says_nothing {
        return None;
    }
    match (said.codings, said.length) {
        (Some(codings), None) if !is_old => {
            // Of all codings the server knows only one.
            (ends_chunked(&codings)? && codings.len() == 1).then_some(BodyFraming::Chunked)
        }
        (Some(_), _) => None,
        (None, None) => Some(BodyFraming::None),
        (None, Some(said)) => said.ok().map(length),
    }
}

fn response(method: Method<'_>, is_old: bool, code: u16, fields: &[(&str, &str)]) -> Option<BodyFraming> {
    let said = read(fields);
    if method == Method::CONNECT && (200..300).contains(&code) {
        return Some(BodyFraming::None);
    }
    if said.codings.is_some() && is_old {
        return None;
    }
    if method == Method::HEAD || matches!(code, 100..200 | 204 | 304) {
        return Some(BodyFraming::None);
    }
    match (said.codings, said.length) {
        (Some(_), Some(_)) => None,
        (Some(codings), None) => {
            Some(if ends_chunked(&codings)? { BodyFraming::Chunked } else { BodyFraming::UntilClose })
        }
        (None, None) => Some(BodyFraming::UntilClose),
        (None, Some(said)) => said.ok().map(length),
    }
}
