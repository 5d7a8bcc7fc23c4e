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
use crate::http::{BodyPart, FieldSection, Limits};
use crate::octet::{class, number};

/// Takes a chunked body apart.
#[derive(Clone, Copy, Debug)]
pub struct ChunkedDecoder {
    place: Place,
    size: u64,
    /// Octets of extensions in all chunks so far.
    extensions: u32,
}

#[derive(Clone, Copy, Debug)]
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
    pub fn decode<'b>(&mut self, input: &'b [u8], limits: &Limits) -> Result<(usize, BodyPart<'b>), Error> {
        let mut used = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            let fail = |rule| Err(Error::new(rule, used as u64));
            match &mut self.place {
                Place::Data => {
                    let len = usize::try_from(self.size).unwrap_or(usize::MAX).min(rest.len());
                    if len == 0 {
                        return Ok((used, BodyPart::NeedInput));
                    }
                    self.size -= len as u64;
                    if self.size == 0 {
                        self.place = Place::DataCr;
                    }
                    return Ok((used + len, BodyPart::Data(rest.get(..len).unwrap_or_default())));
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
                            // Sixteen digits are all that fit, and more zeros serve nobody.
                            if *digits == 16 {
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
                        self.place = Place::Trailers(FieldSectionParser::new(SectionOf::Trailers, 0));
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
