//! Heads that lie whole in the input and break no rule, which nearly all do: read in one pass, with
//! nothing remembered. Of all others nothing is said here; the parser that goes place by place finds
//! out what is missing or wrong, and where.

use super::facts::{Facts, Line};
use crate::http::limits::PART_MAX;
use crate::http::{Limits, Version};
use crate::octet::scan::{Lines, Scan};

/// Where the parts of a request line are.
pub(super) struct RequestLine {
    pub(super) method_end: usize,
    pub(super) target_end: usize,
    pub(super) version: Version,
    pub(super) end: usize,
}

/// A request line with a target in origin form.
#[inline(always)] // so that it is compiled for the scanner, as all that is here
pub(super) fn request_line(
    scan: impl Scan,
    lines: &mut impl Lines,
    input: &[u8],
    limits: &Limits,
) -> Option<RequestLine> {
    let method_end = if input.starts_with(b"GET /") { 3 } else { other_method_end(scan, input)? };
    let target_end = scan.target_end(input, method_end + 1);
    let end = lines.start_line(target_end + VERSION_LEN)?;
    let [version @ .., minor] = input.get(..end)?.last_chunk::<VERSION_LEN>()?;
    if version != b" HTTP/1." || end != target_end + VERSION_LEN || end > limits.request_line as usize {
        return None;
    }
    let version = match minor {
        b'1' => Version::Http11,
        b'0' => Version::Http10,
        _ => return None,
    };
    Some(RequestLine { method_end, target_end, version, end })
}

/// The end of a method that takes a target in origin form, which has to begin behind it.
#[inline(always)]
fn other_method_end(scan: impl Scan, input: &[u8]) -> Option<usize> {
    let end = scan.token_end(input, 0);
    let is_right = end > 0 && input.get(end..)?.starts_with(b" /") && input.get(..end)? != b"CONNECT";
    is_right.then_some(end)
}

/// With the SP before it.
const VERSION_LEN: usize = 9;

/// CRLF.
pub(super) const LINE_END_LEN: usize = 2;

/// Where the empty line of the field section begins that begins at `start`, and what was noted of it.
#[inline(always)]
pub(super) fn section(
    scan: impl Scan,
    lines: &mut impl Lines,
    input: &[u8],
    start: usize,
    limits: &Limits,
    mut facts: Facts,
) -> Option<(usize, Facts)> {
    // Of Host, where its line begins and ends; no more, so that the loop keeps to the registers.
    let (mut line, mut count, mut host, mut host_end) = (start, 0, 0, 0);
    loop {
        let (colon, end) = lines.field_line(line)?;
        if end == line {
            break;
        }
        if facts.note(input, Line { start: line, colon, end }) {
            facts.add_host(host > 0);
            (host, host_end) = (line, end);
        }
        count += 1;
        line = end + LINE_END_LEN;
    }
    // If there are several, that is wrong enough.
    if host > 0 && !facts.check_host(scan, input, Line::host(host, host_end)) {
        return None;
    }
    let is_within = count <= usize::from(limits.fields)
        && line - start <= limits.field_section as usize
        && line <= PART_MAX as usize;
    (is_within && !facts.notes().has_invalid_length()).then_some((line, facts))
}

#[cfg(test)]
mod tests {
    use core::fmt::Debug;

    use crate::http::{Limits, RequestHead, RequestParser, ResponseHead, ResponseParser};

    /// Heads with an octet of each kind at each place are read in one go as they are place by place.
    #[test]
    fn what_is_read_in_one_go_is_read_as_place_by_place() {
        let limits = Limits::default();
        let lines = ["a: ", &"b".repeat(120), "\r\n", &"c".repeat(40), ":\td\r\n\r\n"].concat();
        let request = format!("GET /path HTTP/1.1\r\nHost: a.example\r\n{lines}").into_bytes();
        let response = format!("HTTP/1.1 200 all right\r\nContent-Length: 5\r\n{lines}").into_bytes();
        for mut input in with_each_octet_anywhere(&request) {
            let by_place = {
                // What has begun already is no whole head.
                let (mut parser, mut input) = (RequestParser::new(), input.clone());
                let begun = parser.parse(&mut input[..1], &limits).map(|head| assert!(head.is_none()));
                begun.and_then(|()| parser.parse(&mut input, &limits)).map(|head| head.map(read_request))
            };
            let in_one_go = RequestParser::new().parse(&mut input, &limits).map(|head| head.map(read_request));
            assert_eq!(in_one_go, by_place, "{}", input.escape_ascii());
        }
        for mut input in with_each_octet_anywhere(&response) {
            let by_place = {
                let (mut parser, mut input) = (ResponseParser::new(), input.clone());
                let begun = parser.parse(&mut input[..13], &limits).map(|head| assert!(head.is_none()));
                begun.and_then(|()| parser.parse(&mut input, &limits)).map(|head| head.map(read_response))
            };
            let in_one_go = ResponseParser::new().parse(&mut input, &limits).map(|head| head.map(read_response));
            assert_eq!(in_one_go, by_place, "{}", input.escape_ascii());
        }
    }

    fn with_each_octet_anywhere(head: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        (0..head.len()).flat_map(move |at| {
            [b'\r', b'\n', b'\t', b':', b' ', b'1', 0, 0x7f, 0x80].map(|octet| {
                let mut octets = head.to_vec();
                octets[at] = octet;
                octets
            })
        })
    }

    fn read_request((used, head): (usize, RequestHead<'_>)) -> impl PartialEq + Debug + use<> {
        (used, format!("{head:?}"), head.body_framing(), head.wants_keep_alive(), head.offers_upgrade())
    }

    fn read_response((used, head): (usize, ResponseHead<'_>)) -> impl PartialEq + Debug + use<> {
        (used, format!("{head:?}"), head.content_length(), head.reason().to_vec(), head.wants_keep_alive())
    }
}
