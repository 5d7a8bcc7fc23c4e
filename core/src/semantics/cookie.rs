//! Cookies (RFC 6265).

use core::fmt;

use super::date::HttpDate;
use super::pen::{TooSmall, write_text};
use crate::http::FieldLine;
use crate::octet::class;

/// The names and values of all Cookie lines, in order (RFC 6265 sections 4.2 and 5.4).
///
/// ```
/// use sanderling::http::FieldLine;
/// use sanderling::semantics::cookies;
///
/// let fields = [FieldLine::new("Cookie", "id=31d4; lang=en-US")];
/// let id = cookies(fields).find(|(name, _)| *name == b"id").map(|(_, value)| value);
/// assert_eq!(id, Some(&b"31d4"[..]));
/// ```
pub fn cookies<'f>(fields: impl IntoIterator<Item = FieldLine<'f>>) -> impl Iterator<Item = (&'f [u8], &'f [u8])> {
    fields.into_iter().filter(|line| line.is_named("Cookie")).flat_map(|line| cookie_pairs(line.value()))
}

/// The names and values in the value of one Cookie line, as they stand there: quotes belong to a value,
/// and so do commas and further `=`. What has no `=` is a value without a name, as browsers have it.
///
/// What is behind a name is whatever the peer put there, not what the server set, and a name may be there
/// several times: other hosts of the domain can set cookies too (RFC 6265 section 8.6).
pub fn cookie_pairs(value: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    value.split(|&octet| octet == b';').map(class::trim).filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |&octet| octet == b'=').map(class::trim);
        match (halves.next(), halves.next()) {
            (Some(name), Some(value)) => (name, value),
            _ => (&[][..], pair),
        }
    })
}

/// Which requests from other sites a cookie goes along with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // browsers know these
pub enum SameSite {
    /// None of them.
    Strict,
    /// Only when the user goes to this site by it.
    Lax,
    /// All; browsers take this only with Secure.
    None,
}

/// What in a cookie could split or forge something, or make browsers drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CookieError {
    /// The name is not a token (RFC 6265 section 4.1.1).
    Name,
    /// The value has a blank, a quote within it, a comma, a semicolon, a backslash, a control octet or
    /// something beyond ASCII (RFC 6265 section 4.1.1). Encode it, for instance in Base64.
    Value,
    /// The domain is not labels of letters, digits and hyphens with dots between them.
    Domain,
    /// The path does not begin with `/`, or has a blank, a semicolon, a control octet or something
    /// beyond ASCII.
    Path,
    /// A name that begins with `__Host-` promises that there is no domain and that the path is `/`.
    Prefix,
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "malformed name of a cookie",
            Self::Value => "malformed value of a cookie",
            Self::Domain => "malformed domain of a cookie",
            Self::Path => "malformed path of a cookie",
            Self::Prefix => "the name of the cookie promises something else",
        })
    }
}

impl core::error::Error for CookieError {}

/// A cookie to set (RFC 6265 section 4.1). What could end the value or add an attribute is refused.
///
/// ```
/// use sanderling::semantics::{SameSite, SetCookie};
///
/// let cookie = SetCookie::new("id", "31d4")?.path("/")?.max_age(3600).http_only().same_site(SameSite::Lax);
/// assert_eq!(cookie.to_string(), "id=31d4; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax");
/// # Ok::<(), sanderling::semantics::CookieError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetCookie<'a> {
    name: &'a str,
    value: &'a str,
    expires: Option<HttpDate>,
    max_age: Option<u64>,
    domain: Option<&'a str>,
    path: Option<&'a str>,
    is_secure: bool,
    is_http_only: bool,
    same_site: Option<SameSite>,
    is_partitioned: bool,
}

impl<'a> SetCookie<'a> {
    /// A cookie that lasts as long as the browser runs, for this host and the directory of this path.
    /// The value may stand in quotes, which then belong to it.
    ///
    /// A name that begins with `__Secure-` or `__Host-`, in any case, makes it Secure, as browsers
    /// demand; the latter sets the path `/` as well.
    ///
    /// # Errors
    ///
    /// [`CookieError::Name`] and [`CookieError::Value`].
    pub fn new(name: &'a str, value: &'a str) -> Result<Self, CookieError> {
        if !class::all(name.as_bytes(), class::TOKEN) {
            return Err(CookieError::Name);
        }
        let octets = value.as_bytes();
        let inside = octets.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(octets);
        if !inside.iter().all(|octet| octet.is_ascii_graphic() && !b"\",;\\".contains(octet)) {
            return Err(CookieError::Value);
        }
        let is_host_only = has_prefix(name, "__Host-");
        Ok(Self {
            name,
            value,
            expires: None,
            max_age: None,
            domain: None,
            path: is_host_only.then_some("/"),
            is_secure: is_host_only || has_prefix(name, "__Secure-"),
            is_http_only: false,
            same_site: None,
            is_partitioned: false,
        })
    }

    /// A cookie in the place of one that is to go. Its path and its domain have to be those of the other.
    ///
    /// # Errors
    ///
    /// [`CookieError::Name`].
    pub fn removal(name: &'a str) -> Result<Self, CookieError> {
        Ok(Self::new(name, "")?.max_age(0).expires(HttpDate::from_unix(0)))
    }

    /// The last moment it is for. Browsers that know Max-Age go by that.
    #[must_use]
    pub const fn expires(self, date: HttpDate) -> Self {
        Self { expires: Some(date), ..self }
    }

    /// For how many seconds it is; 0 removes it at once.
    #[must_use]
    pub const fn max_age(self, seconds: u64) -> Self {
        Self { max_age: Some(seconds), ..self }
    }

    /// The domain whose hosts all get it; without one, only this host does.
    ///
    /// # Errors
    ///
    /// [`CookieError::Domain`]; [`CookieError::Prefix`] if the name begins with `__Host-`.
    pub fn domain(self, domain: &'a str) -> Result<Self, CookieError> {
        let is_inner = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
        if !domain.as_bytes().split(|&octet| octet == b'.').all(|label| !label.is_empty() && label.iter().all(is_inner))
        {
            return Err(CookieError::Domain);
        }
        if has_prefix(self.name, "__Host-") {
            return Err(CookieError::Prefix);
        }
        Ok(Self { domain: Some(domain), ..self })
    }

    /// The path below which it is sent.
    ///
    /// # Errors
    ///
    /// [`CookieError::Path`]; [`CookieError::Prefix`] if the name begins with `__Host-` and this is
    /// not `/`.
    pub fn path(self, path: &'a str) -> Result<Self, CookieError> {
        if !path.starts_with('/') || !path.bytes().all(|octet| octet.is_ascii_graphic() && octet != b';') {
            return Err(CookieError::Path);
        }
        if path != "/" && has_prefix(self.name, "__Host-") {
            return Err(CookieError::Prefix);
        }
        Ok(Self { path: Some(path), ..self })
    }

    /// It is sent over secure connections only.
    #[must_use]
    pub const fn secure(self) -> Self {
        Self { is_secure: true, ..self }
    }

    /// Scripts cannot see it.
    #[must_use]
    pub const fn http_only(self) -> Self {
        Self { is_http_only: true, ..self }
    }

    /// Which requests from other sites it goes along with. [`SameSite::None`] makes it Secure too, as
    /// browsers demand.
    #[must_use]
    pub const fn same_site(self, same_site: SameSite) -> Self {
        let is_secure = self.is_secure || matches!(same_site, SameSite::None);
        Self { same_site: Some(same_site), is_secure, ..self }
    }

    /// There is one for each site that embeds this one. It makes the cookie Secure too, as browsers
    /// demand.
    #[must_use]
    pub const fn partitioned(self) -> Self {
        Self { is_partitioned: true, is_secure: true, ..self }
    }

    /// Writes the value of a Set-Cookie field to the front of `out`, and says how many octets it has.
    /// Each cookie needs a field line of its own.
    ///
    /// # Errors
    ///
    /// If `out` is shorter than that.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        write_text(self, out)
    }
}

impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)?;
        if let Some(expires) = self.expires {
            write!(f, "; Expires={expires}")?;
        }
        if let Some(max_age) = self.max_age {
            write!(f, "; Max-Age={max_age}")?;
        }
        if let Some(domain) = self.domain {
            write!(f, "; Domain={domain}")?;
        }
        if let Some(path) = self.path {
            write!(f, "; Path={path}")?;
        }
        for (is_set, name) in
            [(self.is_secure, "Secure"), (self.is_http_only, "HttpOnly"), (self.is_partitioned, "Partitioned")]
        {
            if is_set {
                write!(f, "; {name}")?;
            }
        }
        match self.same_site {
            Some(same_site) => write!(f, "; SameSite={same_site:?}"),
            None => Ok(()),
        }
    }
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
