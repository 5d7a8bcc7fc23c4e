//! Heads that lie whole in the input and break no rule, which nearly all do: read in one pass, with
//! nothing remembered. Of all others nothing is said here; the parser that goes place by place finds
//! out what is missing or wrong, and where.

use super::facts::{Facts, Line};
use crate::http::limits::PART_MAX;
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
    let method_end = if input.starts_with(b"GET /") { 3 } else { other_method_end(scan, input)? };
    let target_end = scan.target_end(input, method_end + 1);
    let [version @ .., minor, cr, lf] = input.get(target_end..)?.first_chunk::<{ VERSION_LEN + 2 }>()?;
    if version != b" HTTP/1." || [*cr, *lf] != *b"\r\n" || target_end + VERSION_LEN > limits.request_line as usize {
        return None;
    }
    let version = match minor {
        b'1' => Version::Http11,
        b'0' => Version::Http10,
        _ => return None,
    };
    Some(RequestLine { method_end, target_end, version, end: target_end + VERSION_LEN + 2 })
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
pub(super) const EMPTY_LINE_LEN: usize = 2;

/// Notes the field section that begins at `start`, and says where its empty line begins.
#[inline(always)]
pub(super) fn section(
    scan: impl Scan,
    input: &[u8],
    start: usize,
    limits: &Limits,
    facts: &mut Facts,
) -> Option<usize> {
    let (mut line, mut count) = (start, 0);
    while *input.get(line)? != b'\r' {
        let (colon, end) = scan.line(input, line);
        if colon == line {
            return None;
        }
        facts.note(scan, input, Line { start: line, colon, end }).ok()?;
        count += 1;
        line = end + 2;
    }
    let is_within = input.get(line..)?.first_chunk()? == b"\r\n"
        && count <= usize::from(limits.fields)
        && line - start <= limits.field_section as usize
        && line <= PART_MAX as usize;
    (is_within && !facts.has_invalid_length()).then_some(line)
}
