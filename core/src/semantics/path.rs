//! Paths of request-targets as names of files (RFC 3986 section 3.3, RFC 9110 section 17.3).

use core::fmt;
use core::str::from_utf8;

use super::percent::percent_decode;

/// What to make of paths that can be taken in more than one way. By default they are refused: what is
/// decoded means the same everywhere.
///
/// Never let through, whatever is chosen here: an escape that is none, NUL, and an encoded `/`, which
/// would be a separator once it is decoded. Nothing is decoded twice.
///
/// ```
/// use sanderling::semantics::{PathError, PathRules};
///
/// let mut buffer = [0; 64];
/// let path = PathRules::new().decode(b"/music/B%C3%A4r.mp3", &mut buffer)?;
/// assert_eq!(path.as_str(), Some("music/Bär.mp3"));
/// assert!(path.segments().eq([&b"music"[..], "Bär.mp3".as_bytes()]));
///
/// let climbing = PathRules::new().decode(b"/music/%2e%2e/%2e%2e/etc/passwd", &mut buffer);
/// assert_eq!(climbing, Err(PathError::DotSegment));
/// # Ok::<(), PathError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathRules {
    resolves_dots: bool,
    merges_slashes: bool,
    takes_any_octets: bool,
    takes_unix_names: bool,
}

impl PathRules {
    /// The strictest: no dot segments, no empty segments, UTF-8, and names that Windows takes for
    /// names too.
    #[must_use]
    pub const fn new() -> Self {
        Self { resolves_dots: false, merges_slashes: false, takes_any_octets: false, takes_unix_names: false }
    }

    /// `.` and `..` are resolved (RFC 3986 section 5.2.4), written plainly or encoded. What climbs above
    /// the root is refused all the same.
    #[must_use]
    pub const fn resolve_dots(self) -> Self {
        Self { resolves_dots: true, ..self }
    }

    /// Empty segments are left out: `//a///b` is `/a/b`.
    #[must_use]
    pub const fn merge_slashes(self) -> Self {
        Self { merges_slashes: true, ..self }
    }

    /// A path need not be UTF-8.
    #[must_use]
    pub const fn any_octets(self) -> Self {
        Self { takes_any_octets: true, ..self }
    }

    /// Names that only Unix takes for names: with `\`, `:`, `<`, `>`, `"`, `|`, `?`, `*` or control
    /// octets in them, with a dot or a space at their end, or those of devices such as `NUL` and
    /// `com1.txt`. On Windows they lead to other drives, streams and devices, or to other files than
    /// it seems.
    #[must_use]
    pub const fn unix_names(self) -> Self {
        Self { takes_unix_names: true, ..self }
    }

    /// Decodes the path of a target in origin form, without its query, into `out`, which is long enough
    /// if it is as long as the path.
    ///
    /// What comes out has no segment that is empty, `.` or `..`, and none with a separator or NUL in it:
    /// joined to a directory, it leads below that. Where links of the file system lead is another
    /// question.
    ///
    /// # Errors
    ///
    /// What is wrong with the path, or [`PathError::TooSmall`].
    pub fn decode<'b>(self, path: &[u8], out: &'b mut [u8]) -> Result<DecodedPath<'b>, PathError> {
        let path = path.strip_prefix(b"/").ok_or(PathError::NotAbsolute)?;
        let mut decoded = Decoded { out, len: 0 };
        let mut segments = path.split(|&octet| octet == b'/').peekable();
        let mut is_directory = false;
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            let before = decoded.len;
            let name = decoded.push(segment)?;
            // A path that ends in one of these ends in a directory.
            is_directory = matches!(name, b"" | b"." | b"..");
            match name {
                b"" if is_last || self.merges_slashes => decoded.len = before,
                b"" => return Err(PathError::EmptySegment),
                b"." | b".." if !self.resolves_dots => return Err(PathError::DotSegment),
                b"." => decoded.len = before,
                b".." => {
                    decoded.len = before;
                    decoded.pop()?;
                }
                name => self.check(name)?,
            }
        }
        let Decoded { out, len } = decoded;
        Ok(DecodedPath { octets: out.get(..len).unwrap_or_default(), is_directory })
    }

    fn check(self, name: &[u8]) -> Result<(), PathError> {
        if !self.takes_any_octets && from_utf8(name).is_err() {
            return Err(PathError::NotUtf8);
        }
        if !self.takes_unix_names && !is_portable(name) {
            return Err(PathError::NotPortable);
        }
        Ok(())
    }
}

/// Why a path is not decoded. All but the last are the peer's doing: 400 is the answer, or 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathError {
    /// It does not begin with `/`.
    NotAbsolute,
    /// A percent sign without two hexadecimal digits behind it (RFC 3986 section 2.1).
    InvalidEscape,
    /// `%2F`: not the same as `/` (RFC 3986 section 2.2), but nobody could tell any more.
    EncodedSlash,
    /// NUL, plain or encoded.
    Nul,
    /// `.` or `..`, plain or encoded.
    DotSegment,
    /// `..` leads above the root.
    AboveRoot,
    /// An empty segment that is not the last.
    EmptySegment,
    /// A segment is not UTF-8.
    NotUtf8,
    /// A segment is no name, or another one, on Windows.
    NotPortable,
    /// The buffer is too short. One of the length of the path would do.
    TooSmall,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "the path does not begin with a slash",
            Self::InvalidEscape => "malformed percent-encoding",
            Self::EncodedSlash => "encoded slash in a path",
            Self::Nul => "NUL in a path",
            Self::DotSegment => "dot segment in a path",
            Self::AboveRoot => "the path leads above the root",
            Self::EmptySegment => "empty segment in a path",
            Self::NotUtf8 => "the path is not UTF-8",
            Self::NotPortable => "the path is not one on all systems",
            Self::TooSmall => "the buffer is shorter than the path",
        })
    }
}

impl core::error::Error for PathError {}

/// A path that leads downwards: names, and nothing else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DecodedPath<'b> {
    octets: &'b [u8],
    is_directory: bool,
}

impl<'b> DecodedPath<'b> {
    /// The names, from the root on; none for the root itself.
    pub fn segments(&self) -> impl Iterator<Item = &'b [u8]> {
        // Nothing but the root has an empty one.
        self.octets.split(|&octet| octet == b'/').filter(|segment| !segment.is_empty())
    }

    /// The names with `/` between them, and none around them. Empty for the root.
    #[must_use]
    pub const fn as_bytes(&self) -> &'b [u8] {
        self.octets
    }

    /// The same as text; `None` if it is not UTF-8, which [`PathRules::any_octets`] lets pass.
    #[must_use]
    pub fn as_str(&self) -> Option<&'b str> {
        from_utf8(self.octets).ok()
    }

    /// Whether the path ended in a slash or in a dot segment.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        self.is_directory
    }
}

impl fmt::Debug for DecodedPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}{}\"", self.octets.escape_ascii(), if self.is_directory { "/" } else { "" })
    }
}

/// Names with `/` between them.
struct Decoded<'b> {
    out: &'b mut [u8],
    len: usize,
}

impl Decoded<'_> {
    /// Adds a segment, and gives it decoded.
    fn push(&mut self, segment: &[u8]) -> Result<&[u8], PathError> {
        if self.len > 0 && !segment.is_empty() {
            self.put(b'/')?;
        }
        let start = self.len;
        for octet in percent_decode(segment) {
            match octet {
                Ok(b'/') => return Err(PathError::EncodedSlash),
                Ok(0) => return Err(PathError::Nul),
                Ok(octet) => self.put(octet)?,
                Err(_) => return Err(PathError::InvalidEscape),
            }
        }
        Ok(self.out.get(start..self.len).unwrap_or_default())
    }

    /// Takes the last segment away.
    fn pop(&mut self) -> Result<(), PathError> {
        let names = self.out.get(..self.len).unwrap_or_default();
        if names.is_empty() {
            return Err(PathError::AboveRoot);
        }
        self.len = names.iter().rposition(|&octet| octet == b'/').unwrap_or(0);
        Ok(())
    }

    fn put(&mut self, octet: u8) -> Result<(), PathError> {
        *self.out.get_mut(self.len).ok_or(PathError::TooSmall)? = octet;
        self.len += 1;
        Ok(())
    }
}

/// Whether Windows takes a name for the name of a file, and for that one.
fn is_portable(name: &[u8]) -> bool {
    let is_harmless = |octet: &u8| !octet.is_ascii_control() && !b"\\:<>\"|?*".contains(octet);
    name.iter().all(is_harmless) && !matches!(name, [.., b'.' | b' ']) && !is_device(name)
}

/// Whether Windows takes a name for a device, whatever stands behind its first dot.
fn is_device(name: &[u8]) -> bool {
    const DEVICES: [&[u8]; 6] = [b"CON", b"PRN", b"AUX", b"NUL", b"CONIN$", b"CONOUT$"];
    let stem = name.split(|&octet| octet == b'.').next().unwrap_or_default().trim_ascii_end();
    let is_one = |device: &&[u8]| device.eq_ignore_ascii_case(stem);
    match stem {
        // Superscript digits count as digits.
        [port @ .., b'0'..=b'9'] | [port @ .., 0xc2, 0xb9 | 0xb2 | 0xb3] => {
            port.eq_ignore_ascii_case(b"COM") || port.eq_ignore_ascii_case(b"LPT")
        }
        _ => DEVICES.iter().any(is_one),
    }
}
