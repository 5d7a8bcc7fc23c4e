//! Heads that lie whole in the input and break no rule, which nearly all do: read in one pass, with
//! nothing remembered. Of all others nothing is said here; the parser that goes place by place finds
//! out what is missing or wrong, and where.

use super::facts::{Facts, Line};
use crate::http::{Limits, Version};
use crate::octet::scan::Scan;

/// Where the parts of a request line are.
pub(super) struct RequestLine {
    pub(super) method_end: usize,
    pub(super) target_end: usize,
    pub(super) version: Version,
    pub(super) end: usize,
}

/// A request line with a target in origin form.
#[inline(always)] // so that it is compiled for the scanner, as all that is here
pub(super) fn request_line(scan: impl Scan, input: &[u8], limits: &Limits) -> Option<RequestLine> {
    let method_end = if input.starts_with(b"GET ") { 3 } else { scan.token_end(input, 0) };
    let target_end = scan.target_end(input, method_end + 1);
    let is_right = method_end > 0
        && matches!(input.get(method_end..), Some([b' ', b'/', ..]))
        && input.get(..method_end) != Some(b"CONNECT")
        && target_end + VERSION_LEN <= limits.request_line as usize;
    let (version, after) = input.get(target_end..)?.split_first_chunk()?;
    let [minor, line_end @ ..] = after.first_chunk::<3>()?;
    let is_right = is_right && version == b" HTTP/1." && line_end == b"\r\n";
    let version = match minor {
        b'1' => Version::Http11,
        b'0' => Version::Http10,
        _ => return None,
    };
    is_right.then_some(RequestLine { method_end, target_end, version, end: target_end + VERSION_LEN + 2 })
}

/// With the SP before it.
const VERSION_LEN: usize = 9;

/// A field section that ends before `end`, its empty line before `used`.
pub(super) struct Section {
    pub(super) facts: Facts,
    pub(super) end: usize,
    pub(super) used: usize,
}

/// The field section that begins at `start`.
#[inline(always)]
pub(super) fn section(scan: impl Scan, input: &[u8], start: usize, limits: &Limits) -> Option<Section> {
    let mut facts = Facts::default();
    let (mut line, mut count) = (start, 0);
    while *input.get(line)? != b'\r' {
        let (colon, end) = scan.line_ends(input, line);
        if colon == line || *input.get(colon)? != b':' || input.get(end..)?.first_chunk()? != b"\r\n" {
            return None;
        }
        facts.note(scan, input, Line { start: line, colon, end }).ok()?;
        count += 1;
        line = end + 2;
    }
    let is_within = input.get(line..)?.first_chunk()? == b"\r\n"
        && count <= usize::from(limits.fields)
        && line - start <= limits.field_section as usize;
    (is_within && !facts.invalid_length).then_some(Section { facts, end: line, used: line + 2 })
}
