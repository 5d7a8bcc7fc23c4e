//! The request-target (RFC 9112 section 3.2).

use super::Method;
use crate::octet::{class, number, text};

/// A request-target in one of its four forms.
///
/// ```
/// use sanderling::http::RequestTarget;
///
/// let target = RequestTarget::Origin("/where?q=now");
/// assert_eq!((target.path(), target.query()), ("/where", Some("q=now")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // RFC 9112 names four
pub enum RequestTarget<'a> {
    /// A path and perhaps a query (section 3.2.1).
    Origin(&'a str),
    /// A whole URI (section 3.2.2).
    Absolute(&'a str),
    /// `host:port`, only with CONNECT (section 3.2.3).
    Authority(&'a str),
    /// `*`, only with OPTIONS (section 3.2.4).
    Asterisk,
}

impl<'a> RequestTarget<'a> {
    /// Reads a target in the form that the method allows; `None` if it has none.
    #[must_use]
    pub fn parse(method: Method<'_>, target: &'a str) -> Option<Self> {
        if !class::all(target.as_bytes(), class::TARGET) {
            return None;
        }
        if method == Method::CONNECT {
            return is_authority_form(target).then_some(Self::Authority(target));
        }
        match target {
            "*" => (method == Method::OPTIONS).then_some(Self::Asterisk),
            _ if target.starts_with('/') => Some(Self::Origin(target)),
            _ => is_absolute_form(target).then_some(Self::Absolute(target)),
        }
    }

    /// The target as it stands in the request line.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Origin(target) | Self::Absolute(target) | Self::Authority(target) => target,
            Self::Asterisk => "*",
        }
    }

    /// The path, still percent-encoded; `/` for an absolute form without one, empty for the other forms.
    #[must_use]
    pub fn path(self) -> &'a str {
        let path_and_query = match self {
            Self::Origin(target) => target,
            Self::Absolute(target) => after_authority(target),
            Self::Authority(_) | Self::Asterisk => return "",
        };
        match split_query(path_and_query).0 {
            "" => "/",
            path => path,
        }
    }

    /// The query after the first `?`, still encoded.
    #[must_use]
    pub fn query(self) -> Option<&'a str> {
        match self {
            Self::Origin(target) | Self::Absolute(target) => split_query(target).1,
            Self::Authority(_) | Self::Asterisk => None,
        }
    }

    /// The authority that the target names, which then wins over Host (RFC 9112 section 3.2.2).
    #[must_use]
    pub fn authority(self) -> Option<&'a str> {
        match self {
            Self::Authority(authority) => Some(authority),
            Self::Absolute(target) => behind_slashes(target)?.split(['/', '?']).next(),
            Self::Origin(_) | Self::Asterisk => None,
        }
    }
}

/// The path and the query.
#[inline]
fn split_query(target: &str) -> (&str, Option<&str>) {
    match text::find(target.as_bytes(), b'?').and_then(|at| target.split_at_checked(at)) {
        Some((path, query)) => (path, query.get(1..)),
        None => (target, None),
    }
}

/// What follows the `//` of an absolute form, if its scheme is followed by an authority (RFC 3986 section 3).
fn behind_slashes(target: &str) -> Option<&str> {
    target.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"))
}

#[inline(never)] // so that the path of an origin form is found in a few steps
fn after_authority(target: &str) -> &str {
    match behind_slashes(target) {
        Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default(),
        // A URI without an authority: its path follows the scheme.
        None => target.split_once(':').map_or("", |(_, path)| path),
    }
}

/// `uri-host ":" port`, neither empty (RFC 9110 section 9.3.6).
fn is_authority_form(target: &str) -> bool {
    let Some((host, port)) = target.rsplit_once(':') else { return false };
    !host.is_empty() && is_uri_host(host.as_bytes()) && !port.is_empty() && is_port(port.as_bytes())
}

/// `scheme ":" hier-part [ "?" query ]` with the authority that http and https require, and
/// without the userinfo that RFC 9110 section 4.2.4 has a recipient treat as an error. What looks like a host
/// and a port is the authority form, whose place is in CONNECT (RFC 9112 section 3.2.3).
fn is_absolute_form(target: &str) -> bool {
    let Some((scheme, rest)) = target.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    if !letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        || !letters.all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
    {
        return false;
    }
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    match rest.strip_prefix("//") {
        None => !is_http && rest.bytes().any(|octet| !octet.is_ascii_digit()),
        Some(rest) => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default().as_bytes();
            is_host_value(authority) && !(is_http && (authority.is_empty() || authority.starts_with(b":")))
        }
    }
}

/// `uri-host [ ":" port ]`, both possibly empty: the grammar of Host (RFC 9110 section 7.2).
pub(crate) fn is_host_value(value: &[u8]) -> bool {
    let end_of_host = match value.iter().position(|&octet| octet == b']') {
        Some(bracket) => bracket + 1,
        None => value.iter().position(|&octet| octet == b':').unwrap_or(value.len()),
    };
    let Some((host, port)) = value.split_at_checked(end_of_host) else { return false };
    is_uri_host(host)
        && match port {
            [] | [b':'] => true,
            [b':', digits @ ..] => is_port(digits),
            _ => false,
        }
}

/// `IP-literal / IPv4address / reg-name` (RFC 3986 section 3.2.2).
fn is_uri_host(host: &[u8]) -> bool {
    match host {
        [b'[', literal @ .., b']'] => is_ip_literal(literal),
        _ => host.iter().all(|&octet| octet == b'%' || class::is(octet, class::HOST)) && escapes_are_whole(host),
    }
}

fn is_ip_literal(literal: &[u8]) -> bool {
    if let [b'v' | b'V', rest @ ..] = literal {
        // IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
        let mut parts = rest.splitn(2, |&octet| octet == b'.');
        let (version, address) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && address.iter().all(|&octet| octet == b':' || class::is(octet, class::HOST));
    }
    core::str::from_utf8(literal).is_ok_and(|text| text.parse::<core::net::Ipv6Addr>().is_ok())
}

fn escapes_are_whole(host: &[u8]) -> bool {
    host.split(|&octet| octet == b'%')
        .skip(1)
        .all(|after| matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

pub(crate) fn is_port(digits: &[u8]) -> bool {
    number::parse_decimal(digits).is_some_and(|port| port <= 65_535)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_absolute_target() {
        let target = RequestTarget::parse(Method::GET, "http://a.example:80?q=/").unwrap();
        assert_eq!(target.authority(), Some("a.example:80"));
        assert_eq!((target.path(), target.query()), ("/", Some("q=/")));
        let target = RequestTarget::parse(Method::GET, "urn:isbn:1").unwrap();
        assert_eq!((target.authority(), target.path()), (None, "isbn:1"));
        let target = RequestTarget::parse(Method::GET, "x:/p?u=http://b.example/").unwrap();
        assert_eq!((target.authority(), target.path(), target.query()), (None, "/p", Some("u=http://b.example/")));
        let target = RequestTarget::parse(Method::GET, "x:a://u@h:99999/q").unwrap();
        assert_eq!((target.authority(), target.path()), (None, "a://u@h:99999/q"));
    }

    #[test]
    fn hosts() {
        for good in ["", "a", "a.b:", "a:80", "127.0.0.1", "[::1]", "[::1]:8", "[v1.a:b]", "a%20b", ":80"] {
            assert!(is_host_value(good.as_bytes()), "{good}");
        }
        for bad in
            ["a b", "a@b", "a/b", "a:b", "a:1:2", "::1", "[::1", "::1]", "[::1]a", "[a]", "a%2", "a:65536", "a,b@"]
        {
            assert!(!is_host_value(bad.as_bytes()), "{bad}");
        }
    }
}
