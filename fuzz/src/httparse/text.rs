//! A head as lines of text: what any reader should see in it.

use sanderling::http::Leniency;

use crate::framing::{self, Said};

/// The lines of a head, or of as much of it as is there. A line ends with LF, and a CR before that
/// is no part of it.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Before the start line.
    pub(super) empty_lines: usize,
    pub(super) start: Vec<u8>,
    /// Whole field lines, unfolded: a line break and the blank behind it are as many SP.
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) has_bare_lf: bool,
    pub(super) has_fold: bool,
    /// Another field line has begun.
    pub(super) has_more: bool,
    /// Octets behind the start line, the empty line not counted.
    pub(super) section_len: usize,
    /// Where it ends, if its empty line is there.
    pub(super) len: Option<usize>,
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

impl Head {
    pub(super) fn read(octets: &[u8]) -> Self {
        let mut head = Self::default();
        let (mut at, mut has_start, mut break_len) = (0, false, 0);
        while let Some(len) = octets[at..].iter().position(|&octet| octet == b'\n') {
            let line = &octets[at..at + len];
            at += len + 1;
            let (line, end) = line.strip_suffix(b"\r").map_or((line, 1), |line| (line, 2));
            head.has_bare_lf |= end == 1;
            match line {
                [] if !has_start => {
                    head.empty_lines += 1;
                    continue;
                }
                [] => {
                    head.len = Some(at);
                    return head;
                }
                _ if !has_start => {
                    head.start = line.to_owned();
                    has_start = true;
                    continue;
                }
                [first, rest @ ..] if is_blank(*first) && !head.lines.is_empty() => {
                    head.has_fold = true;
                    let last = head.lines.last_mut().unwrap();
                    last.extend(core::iter::repeat_n(b' ', break_len + 1));
                    last.extend_from_slice(rest);
                }
                _ => head.lines.push(line.to_owned()),
            }
            break_len = end;
            head.section_len += line.len() + end;
        }
        let tail = &octets[at..];
        if has_start {
            head.section_len += tail.len();
            let first = tail.first().copied();
            head.has_fold |= first.is_some_and(is_blank) && !head.lines.is_empty();
            head.has_more = first.is_some_and(|octet| !is_blank(octet) && octet != b'\r');
        } else {
            head.start = tail.to_owned();
        }
        head
    }

    /// Names and values, without the blanks around them.
    pub(super) fn fields(&self) -> Vec<(String, Vec<u8>)> {
        let split = |line: &Vec<u8>| {
            let colon = line.iter().position(|&octet| octet == b':')?;
            let name = line[..colon].trim_ascii_end();
            Some((String::from_utf8_lossy(name).into_owned(), trim(&line[colon + 1..]).to_owned()))
        };
        self.lines.iter().filter_map(split).collect()
    }

    /// The values of one field, an octet to a character.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let named = self.fields().into_iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.into_iter().map(char::from).collect()).collect()
    }

    /// What the framing fields say together.
    pub(super) fn framing(&self) -> Said {
        let [lengths, codings] = ["Content-Length", "Transfer-Encoding"].map(|name| (name, self.values(name)));
        let fields =
            [&lengths, &codings].into_iter().flat_map(|(name, values)| values.iter().map(|value| (*name, &**value)));
        framing::read(&fields.collect::<Vec<_>>())
    }

    /// Method, target and version of a request line; those that have not come are empty.
    pub(super) fn request_line(&self) -> [&[u8]; 3] {
        let mut parts = self.start.splitn(3, |&octet| octet == b' ');
        [(); 3].map(|()| parts.next().unwrap_or_default())
    }

    /// Whether these leniencies are what lets the head pass.
    pub(super) fn needs(&self, leniency: Leniency) -> bool {
        let has_blank = |line: &Vec<u8>| {
            let colon = line.iter().position(|&octet| octet == b':');
            colon.is_some_and(|colon| line[..colon].last().is_some_and(|&octet| is_blank(octet)))
        };
        (leniency.bare_lf && self.has_bare_lf)
            || (leniency.obs_fold && self.has_fold)
            || (leniency.blank_before_colon && self.lines.iter().any(has_blank))
    }

    /// The head as it should have been sent.
    pub(super) fn mended(&self) -> Vec<u8> {
        let mut head = [&*self.start, b"\r\n"].concat();
        for (name, value) in self.fields() {
            head.extend_from_slice(&[name.as_bytes(), b":", &value, b"\r\n"].concat());
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

/// Without SP and HTAB at both ends.
pub(super) fn trim(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = octets {
        octets = rest;
    }
    octets
}
