//! The chunked coding against a reader that has all of it before its eyes.

use sanderling::http::{BodyPart, ChunkedDecoder, Limits, Method, Rule};

use crate::cuts::Cuts;
use crate::script::Script;
use crate::transcript::lines;

/// A whole body: its octets, the data in it, its trailer lines.
type Body = (usize, Vec<u8>, Vec<(String, Vec<u8>)>);

/// A body is accepted where the grammar allows it and nowhere else, in whatever pieces it comes.
///
/// # Panics
///
/// Where the decoder and the naive reader differ.
pub fn chunked(data: &[u8]) {
    let mut script = Script::new(data);
    let limits = script.http_limits();
    let octets = script.octets;
    let whole = decode(octets, Cuts::Whole, limits);
    for cuts in [Cuts::Sizes(script.rest()), Cuts::Octets] {
        assert_eq!(decode(octets, cuts, limits), whole, "{cuts:?}");
    }
    let naive = read(octets);
    match whole {
        Ok(body) => assert_eq!(body, naive),
        // The naive reader has no limits, nor does it know what may be no trailer.
        Err(Rule::ChunkExtensionsTooLarge | Rule::FieldSectionTooLarge | Rule::TrailerField) => {}
        Err(rule) => assert_eq!(naive, None, "{rule:?}"),
    }
}

fn decode(octets: &[u8], cuts: Cuts<'_>, limits: Limits) -> Result<Option<Body>, Rule> {
    let mut decoder = ChunkedDecoder::new();
    let (mut used, mut content) = (0, Vec::new());
    for arrived in cuts.arrivals(octets.len()) {
        loop {
            let (len, part) = decoder.decode(&octets[used..arrived], &limits).map_err(|error| error.rule())?;
            used += len;
            match part {
                BodyPart::NeedInput => break,
                BodyPart::Data(data) => {
                    assert!(!data.is_empty(), "data that is none");
                    content.extend_from_slice(data);
                }
                BodyPart::End(trailers) => return Ok(Some((used, content, lines(trailers)))),
            }
        }
    }
    Ok(None)
}

/// RFC 9112 section 7.1, straight from the grammar; `None` if it is not met, or not yet.
fn read(octets: &[u8]) -> Option<Body> {
    let (mut rest, mut content) = (octets, Vec::new());
    loop {
        let line = take_line(&mut rest)?;
        let digits = line.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
        let (size, extensions) = line.split_at(digits);
        // The one bound that the decoder has of its own.
        if digits > 16 || !are_extensions(extensions) {
            return None;
        }
        let size = u64::from_str_radix(core::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        let (data, after) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        content.extend_from_slice(data);
        rest = after.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    loop {
        let line = take_line(&mut rest)?;
        if line.is_empty() {
            return Some((octets.len() - rest.len(), content, trailers));
        }
        let colon = line.iter().position(|&octet| octet == b':')?;
        let name = Method::new(core::str::from_utf8(&line[..colon]).ok()?)?;
        let value = &line[colon + 1..];
        if value.iter().any(|&octet| octet != b'\t' && octet.is_ascii_control()) {
            return None;
        }
        trailers.push((name.as_str().to_owned(), value.trim_ascii().to_owned()));
    }
}

fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let line = &rest[..end];
    *rest = &rest[end + 2..];
    Some(line)
}

/// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
fn are_extensions(mut text: &[u8]) -> bool {
    while !text.is_empty() {
        let Some(after) = skip_blanks(text).strip_prefix(b";") else { return false };
        let Some(after) = skip_token(skip_blanks(after)) else { return false };
        text = after;
        if let Some(after) = skip_blanks(text).strip_prefix(b"=") {
            let value = skip_blanks(after);
            let Some(after) = skip_quoted(value).or_else(|| skip_token(value)) else { return false };
            text = after;
        }
    }
    true
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|&&octet| octet == b' ' || octet == b'\t').count();
    &text[blanks..]
}

fn skip_token(text: &[u8]) -> Option<&[u8]> {
    let is_token = |octet: u8| Method::new(char::from(octet).encode_utf8(&mut [0; 4])).is_some();
    let len = text.iter().take_while(|&&octet| octet.is_ascii() && is_token(octet)).count();
    (len > 0).then(|| &text[len..])
}

/// `DQUOTE *( qdtext / quoted-pair ) DQUOTE`
fn skip_quoted(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(b"\"")?;
    loop {
        let octet;
        (octet, rest) = rest.split_first()?;
        let octet = match octet {
            b'"' => return Some(rest),
            b'\\' => {
                let escaped;
                (escaped, rest) = rest.split_first()?;
                escaped
            }
            octet => octet,
        };
        if *octet != b'\t' && octet.is_ascii_control() {
            return None;
        }
    }
}
