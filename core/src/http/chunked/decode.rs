//! Decoding:
//!
//! ```text
//! chunked-body  = *chunk last-chunk trailer-section CRLF
//! chunk         = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! chunk-ext     = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
//! chunk-ext-val = token / quoted-string
//! ```

use crate::http::error::{Error, Rule};
use crate::http::head::{FieldSectionParser, Progress, SectionOf};
use crate::http::{BodyPart, FieldSection, Limits, Version};
use crate::octet::{class, number};

/// Takes a chunked body apart.
#[derive(Clone, Copy, Debug)]
pub struct ChunkedDecoder {
    place: Place,
    size: u64,
    /// Octets of extensions in all chunks so far.
    extensions: u32,
}

/// All that fit, and more zeros serve nobody.
const MAX_DIGITS: u8 = 16;

#[derive(Clone, Copy, Debug)]
#[repr(u8)] // so that a place is known by one octet, whatever it holds
enum Place {
    Size { digits: u8 },
    Extension(Extension),
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers(FieldSectionParser),
    Done,
}

/// Places within `chunk-ext`. Each says what was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extension {
    BlankAfterSize,
    Semicolon,
    Name,
    BlankAfterName,
    Equals,
    Token,
    Quoted,
    Escape,
    QuotedEnd,
    BlankAfterValue,
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkedDecoder {
    /// A decoder that stands before the first chunk.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::Size { digits: 0 }, size: 0, extensions: 0 }
    }

    /// Takes the next piece from the front of `input` and says how many octets it used.
    ///
    /// [`BodyPart::NeedInput`] may come with octets used; those not used must be given again with
    /// more behind them (a trailer section has to lie there in one piece).
    ///
    /// # Errors
    ///
    /// The rule that the body breaks.
    #[inline]
    pub fn decode<'b>(&mut self, input: &'b [u8], limits: &Limits) -> Result<(usize, BodyPart<'b>), Error> {
        match self.next_whole(input) {
            Some((used, data)) => Ok((used, BodyPart::Data(data))),
            None => self.step(input, limits),
        }
    }

    /// Takes a chunk whose data all lie in front of `input`, behind the CRLF of the chunk before it, if there was
    /// one, and a size line without an extension. Takes nothing if anything else stands there, or if it is cut.
    #[inline(always)] // where it is the whole work
    pub(crate) fn next_whole<'b>(&mut self, input: &'b [u8]) -> Option<(usize, &'b [u8])> {
        let (before, (size, line)) = if matches!(self.place, Place::DataCr) {
            (2, plain_size_line(input.strip_prefix(b"\r\n")?)?)
        } else if matches!(self.place, Place::Size { digits: 0 }) {
            (0, plain_size_line(input)?)
        } else {
            return None;
        };
        let (start, end) = (before + line, before + line + size);
        let data = input.get(start..end)?;
        self.place = Place::DataCr;
        Some((end, data))
    }

    /// Goes through any input octet by octet, and knows what is wrong with it.
    fn step<'b>(&mut self, input: &'b [u8], limits: &Limits) -> Result<(usize, BodyPart<'b>), Error> {
        let mut used = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            let fail = |rule| Err(Error::new(rule, used as u64));
            match &mut self.place {
                Place::Data => {
                    let len = usize::try_from(self.size).unwrap_or(usize::MAX).min(rest.len());
                    let Some(data @ [_, ..]) = rest.get(..len) else { return Ok((used, BodyPart::NeedInput)) };
                    self.size -= len as u64;
                    if self.size == 0 {
                        self.place = Place::DataCr;
                    }
                    return Ok((used + len, BodyPart::Data(data)));
                }
                Place::Trailers(parser) => {
                    let check = |name: &[u8]| {
                        if is_forbidden_trailer(name) { Err(Rule::TrailerField) } else { Ok(()) }
                    };
                    let Progress::Done(fields_end, end) =
                        parser.parse(rest, limits, check).map_err(|error| error.after(used as u64))?
                    else {
                        return Ok((used, BodyPart::NeedInput));
                    };
                    self.place = Place::Done;
                    let fields = FieldSection::new(rest.get(..fields_end).unwrap_or_default());
                    return Ok((used + end, BodyPart::End(fields)));
                }
                Place::Done => return Ok((used, BodyPart::End(FieldSection::default()))),
                Place::Size { digits } => match rest {
                    [] => return Ok((used, BodyPart::NeedInput)),
                    [octet, ..] => match (number::hex_digit(*octet), octet) {
                        (Some(digit), _) => {
                            if *digits == MAX_DIGITS {
                                return fail(Rule::ChunkSize);
                            }
                            *digits += 1;
                            self.size = self.size << 4 | u64::from(digit);
                        }
                        _ if *digits == 0 => return fail(Rule::ChunkSize),
                        (None, b'\r') => self.place = Place::SizeLf,
                        (None, b';') => self.extend(Extension::Semicolon, limits, used)?,
                        (None, b' ' | b'\t') => self.extend(Extension::BlankAfterSize, limits, used)?,
                        (None, _) => return fail(Rule::ChunkSize),
                    },
                },
                Place::Extension(extension) => match rest {
                    [] => return Ok((used, BodyPart::NeedInput)),
                    [octet, ..] => match extension.next(*octet) {
                        Some(next) => self.extend(next, limits, used)?,
                        None if *octet == b'\r' && extension.may_end() => self.place = Place::SizeLf,
                        None => return fail(Rule::ChunkExtension),
                    },
                },
                Place::SizeLf => match rest {
                    [] => return Ok((used, BodyPart::NeedInput)),
                    [b'\n', ..] if self.size == 0 => {
                        self.place = Place::Trailers(FieldSectionParser::new(SectionOf::Trailers, 0, Version::Http11));
                    }
                    [b'\n', ..] => self.place = Place::Data,
                    _ => return fail(Rule::ChunkSize),
                },
                Place::DataCr => match rest {
                    [] => return Ok((used, BodyPart::NeedInput)),
                    [b'\r', ..] => self.place = Place::DataLf,
                    _ => return fail(Rule::ChunkEnd),
                },
                Place::DataLf => match rest {
                    [] => return Ok((used, BodyPart::NeedInput)),
                    [b'\n', ..] => self.place = Place::Size { digits: 0 },
                    _ => return fail(Rule::ChunkEnd),
                },
            }
            used += 1;
        }
    }

    fn extend(&mut self, next: Extension, limits: &Limits, used: usize) -> Result<(), Error> {
        if self.extensions >= limits.chunk_extensions {
            return Err(Error::new(Rule::ChunkExtensionsTooLarge, used as u64));
        }
        self.extensions += 1;
        self.place = Place::Extension(next);
        Ok(())
    }
}

/// The chunk size of a line without an extension that begins here, and the line's length. Of up to four digits:
/// before more data than that the line counts for nothing. That of the last chunk is none here.
#[inline(always)]
fn plain_size_line(input: &[u8]) -> Option<(usize, usize)> {
    let ends_after = |digits| input.get(digits..digits + 2) == Some(b"\r\n");
    match input {
        [a, b, ..] if ends_after(2) => Some((size_of([*a, *b])?, 4)),
        [a, b, c, ..] if ends_after(3) => Some((size_of([*a, *b, *c])?, 5)),
        [a, b, c, d, ..] if ends_after(4) => Some((size_of([*a, *b, *c, *d])?, 6)),
        [a, ..] if ends_after(1) => Some((size_of([*a])?, 3)),
        _ => None,
    }
}

#[inline(always)]
fn size_of<const N: usize>(digits: [u8; N]) -> Option<usize> {
    // What is no digit makes it negative.
    let size = digits.into_iter().fold(0, |size, digit| size << 4 | i32::from(number::hex_value(digit)));
    (size > 0).then_some(size as usize)
}

impl Extension {
    /// The place after `octet`; `None` if it does not belong to the extension.
    fn next(self, octet: u8) -> Option<Self> {
        let (is_token, is_blank) = (class::is(octet, class::TOKEN), class::is_blank(octet));
        match (self, octet) {
            (Self::Quoted, b'"') => Some(Self::QuotedEnd),
            (Self::Quoted, b'\\') => Some(Self::Escape),
            (Self::Quoted | Self::Escape, _) => class::is(octet, class::VALUE).then_some(Self::Quoted),
            (Self::Equals, b'"') => Some(Self::Quoted),
            (Self::Equals | Self::Token, _) if is_token => Some(Self::Token),
            (Self::Semicolon | Self::Name, _) if is_token => Some(Self::Name),
            (Self::Name | Self::BlankAfterName, b'=') => Some(Self::Equals),
            (
                Self::BlankAfterSize
                | Self::Name
                | Self::BlankAfterName
                | Self::Token
                | Self::QuotedEnd
                | Self::BlankAfterValue,
                b';',
            ) => Some(Self::Semicolon),
            (
                Self::BlankAfterSize | Self::Semicolon | Self::Equals | Self::BlankAfterName | Self::BlankAfterValue,
                _,
            ) if is_blank => Some(self),
            (Self::Name, _) if is_blank => Some(Self::BlankAfterName),
            (Self::Token | Self::QuotedEnd, _) if is_blank => Some(Self::BlankAfterValue),
            _ => None,
        }
    }

    /// Whether CRLF may follow. Blanks belong to what comes after them, so none may end the line.
    fn may_end(self) -> bool {
        matches!(self, Self::Name | Self::Token | Self::QuotedEnd)
    }
}

/// Fields that frame, route or modify a request, authenticate it, or say how to read its content
/// (RFC 9110 section 6.5.1) mean nothing good after the content.
pub(crate) fn is_forbidden_trailer(name: &[u8]) -> bool {
    const FORBIDDEN: [&str; 26] = [
        "age",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "expect",
        "expires",
        "host",
        "keep-alive",
        "location",
        "max-forwards",
        "pragma",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    ];
    FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden.as_bytes()))
        || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"if-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a body that arrives up to each of the places: its data, how many octets were used, and
    /// whether it ended or what is wrong with it.
    fn read(body: &[u8], arrivals: impl Iterator<Item = usize>) -> (Vec<u8>, u64, Result<bool, Rule>) {
        let (mut decoder, mut data, mut used) = (ChunkedDecoder::new(), Vec::new(), 0);
        for arrived in arrivals {
            loop {
                match decoder.decode(&body[used..arrived], &Limits::default()) {
                    Ok((len, part)) => {
                        used += len;
                        match part {
                            BodyPart::NeedInput => break,
                            BodyPart::Data(part) => data.extend(part),
                            BodyPart::End(_) => return (data, used as u64, Ok(true)),
                        }
                    }
                    Err(error) => return (data, used as u64 + error.offset(), Err(error.rule())),
                }
            }
        }
        (data, used as u64, Ok(false))
    }

    /// Octet by octet no line is whole, so that each cut compares the two ways to read one.
    fn assert_alike_for_any_cut(body: &[u8]) {
        let expected = read(body, 0..=body.len());
        for cut in 0..=body.len() {
            let actual = read(body, [cut, body.len()].into_iter());
            assert_eq!(actual, expected, "cut at {cut}: {}", body.escape_ascii());
        }
    }

    #[test]
    fn a_line_in_one_go_reads_as_octet_by_octet() {
        let short = ["", "0", "3", "A", "03", "fF", "003", "0000", "0003", "00003"];
        let long = ["0000000000000003", "00000000000000003", "ffffffffffffffff"];
        for size in short.into_iter().chain(long) {
            for end in ["\r\n", "\n", "\r", "\r\r\n", " \r\n", ";a\r\n", ";a=\"b\"\r\n", "", "\n\r"] {
                for after in ["\r\n", "\n\r", "\n", "", "x\r\n"] {
                    let body = format!("{size}{end}abc{after}1{end}a{after}0\r\n\r\nGET");
                    assert_alike_for_any_cut(body.as_bytes());
                }
            }
        }
    }

    #[test]
    fn no_octet_is_mistaken_for_another() {
        let body = b"3\r\nabc\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n003\r\nabc\r\n0001\r\na\r\n0\r\n\r\n";
        assert_eq!(read(body, [body.len()].into_iter()).2, Ok(true));
        for at in 0..body.len() {
            for octet in 0..=255 {
                let mut body = *body;
                body[at] = octet;
                assert_eq!(read(&body, [body.len()].into_iter()), read(&body, 0..=body.len()), "{octet} at {at}");
            }
        }
    }
}
