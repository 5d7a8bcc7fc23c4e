//! `http` URIs (RFC 9110 section 4.2) and references to them (RFC 3986 section 5).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::from_utf8;

use crate::http::RequestTarget;
use crate::octet::class;

/// An `http` URI, taken apart as a client needs it. The fragment, which never goes to a server, is
/// left out.
///
/// ```
/// use sanderling::semantics::HttpUri;
///
/// let uri = HttpUri::parse("http://a.example:8080/b/c?q#f").unwrap();
/// assert_eq!((uri.host(), uri.port(), uri.target()), ("a.example", 8080, "/b/c?q"));
/// assert_eq!(uri.resolve("../d").unwrap().to_string(), "http://a.example:8080/d");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUri {
    authority: String,
    port: u16,
    target: String,
}

impl HttpUri {
    /// Reads an absolute URI of the scheme `http`; `None` if it is something else.
    ///
    /// Two kinds of hosts that the grammar has (RFC 3986 section 3.2.2) are refused, because they would be second names
    /// of other origins: addresses of a future version (`[v1.x]`), which nobody knows how to reach, and names that are
    /// percent-encoded (`%61` for `a`), which in DNS only hide what they name.
    #[must_use]
    pub fn parse(uri: &str) -> Option<Self> {
        let uri = uri.split('#').next()?;
        let (scheme, rest) = uri.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        // The rules for an authority are those of a request-target's.
        RequestTarget::parse(crate::http::Method::GET, &format!("http://{authority}/"))?;
        if is_address_of_the_future(authority) || authority.contains('%') {
            return None;
        }
        let port = match authority.rsplit_once(':') {
            Some((_, "")) => 80,
            Some((_, port)) if !port.ends_with(']') => port.parse().ok()?,
            _ => 80,
        };
        let target = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
        RequestTarget::parse(crate::http::Method::GET, &target)?;
        Some(Self { authority: authority.to_ascii_lowercase(), port, target })
    }

    /// Host and port as they stand in the URI: the value for Host.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => &self.authority,
        };
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port; 80 unless the URI says otherwise.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, whether the URI names the port or not: the request-target of CONNECT (RFC 9112
    /// section 3.2.3).
    #[must_use]
    pub fn host_and_port(&self) -> String {
        let host = self.host();
        if host.contains(':') { format!("[{host}]:{}", self.port) } else { format!("{host}:{}", self.port) }
    }

    /// Path and query: the request-target in origin form.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Whether both are of one origin (RFC 9110 section 4.3.1).
    #[must_use]
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.host() == other.host() && self.port == other.port
    }

    /// The URI that a reference means, seen from this one (RFC 3986 section 5.2); `None` if it is
    /// none of the scheme `http`.
    ///
    /// What stands in a path or a query as it must not, such as a blank or a letter that is not ASCII, is
    /// percent-encoded, as everybody does who reads Location: `/caf\u{e9}` is `/caf%C3%A9`. Controls are refused.
    #[must_use]
    pub fn resolve(&self, reference: impl AsRef<[u8]>) -> Option<Self> {
        let reference = encoded(reference.as_ref().split(|octet| *octet == b'#').next()?)?;
        if scheme(reference.as_bytes()).is_some() {
            return Some(Self::parse(&reference)?.without_dots());
        }
        if reference.starts_with("//") {
            return Some(Self::parse(&format!("http:{reference}"))?.without_dots());
        }
        let (path, query) = split_query(&reference);
        let (base_path, base_query) = split_query(&self.target);
        let (path, query) = match path {
            "" => (base_path.to_string(), query.or(base_query)),
            _ if path.starts_with('/') => (without_dots(path), query),
            _ => {
                let directory = base_path.rsplit_once('/').map_or("", |(directory, _)| directory);
                (without_dots(&format!("{directory}/{path}")), query)
            }
        };
        Self::parse(&format!("http://{}{}", self.authority, joined(path, query)))
    }

    fn without_dots(mut self) -> Self {
        let (path, query) = split_query(&self.target);
        self.target = joined(without_dots(path), query);
        self
    }
}

impl core::fmt::Display for HttpUri {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "http://{}{}", self.authority, self.target)
    }
}

/// `"[" IPvFuture "]"`, with a port or without (RFC 3986 section 3.2.2).
fn is_address_of_the_future(authority: &str) -> bool {
    authority.strip_prefix('[').is_some_and(|address| address.starts_with(['v', 'V']))
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

fn joined(mut path: String, query: Option<&str>) -> String {
    if let Some(query) = query {
        path.push('?');
        path.push_str(query);
    }
    path
}

/// The scheme that a reference begins with.
fn scheme(reference: &[u8]) -> Option<&[u8]> {
    let scheme = reference.get(..reference.iter().position(|octet| *octet == b':')?)?;
    let is_scheme = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
    (!scheme.is_empty() && scheme.iter().all(is_scheme)).then_some(scheme)
}

/// A reference whose path and query have only octets that may stand there.
fn encoded(reference: &[u8]) -> Option<String> {
    let behind_scheme = scheme(reference).map_or(0, |scheme| scheme.len() + 1);
    let end_of_authority = match reference.get(behind_scheme..)?.strip_prefix(b"//") {
        None => behind_scheme,
        Some(rest) => reference.len() - rest.iter().skip_while(|octet| !matches!(octet, b'/' | b'?')).count(),
    };
    let (before, rest) = reference.split_at_checked(end_of_authority)?;
    let mut encoded = from_utf8(before).ok()?.to_string();
    for octet in rest {
        match octet {
            _ if octet.is_ascii_control() => return None,
            _ if class::is(*octet, class::TARGET) => encoded.push(char::from(*octet)),
            _ => encoded.push_str(&format!("%{octet:02X}")),
        }
    }
    Some(encoded)
}

/// An absolute path without `.` and `..` (RFC 3986 section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        // A path that ended in dots names a directory.
        if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_the_rfc() {
        // RFC 3986 section 5.4, with the base's parameters as part of its path.
        let base = HttpUri::parse("http://a/b/c/d;p?q").unwrap();
        for (reference, target) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("http://b:81/x", "http://b:81/x"),
            ("http://b/x/../y?z/../", "http://b/y?z/../"),
            ("HTTP://b/./..", "http://b/"),
            ("//b/x/./y", "http://b/x/y"),
            ("//b?/../", "http://b/?/../"),
            ("/caf\u{e9}", "http://a/caf%C3%A9"),
            ("\u{e9}?\u{e9}#\u{e9}", "http://a/b/c/%C3%A9?%C3%A9"),
            ("/a b\"c%20%", "http://a/a%20b%22c%20%"),
            ("http://b/a b", "http://b/a%20b"),
            ("//b/<x>", "http://b/%3Cx%3E"),
            ("/x y:z", "http://a/x%20y:z"),
        ] {
            assert_eq!(base.resolve(reference).map(|uri| uri.to_string()).as_deref(), Some(target), "{reference}");
        }
        assert_eq!(base.resolve("mailto:a"), None);
        assert_eq!(base.resolve("https://a/"), None);
        // Octets of another encoding are still octets.
        assert_eq!(base.resolve(b"/caf\xe9").map(|uri| uri.to_string()).as_deref(), Some("http://a/caf%E9"));
        for bad in ["/a\tb", "/\u{7f}", "a\0", "http://caf\u{e9}/", "//a b/", "http://u@b/"] {
            assert_eq!(base.resolve(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn parts() {
        let uri = HttpUri::parse("HTTP://[::1]:81?q").unwrap();
        assert_eq!((uri.host(), uri.port(), uri.target(), uri.authority()), ("::1", 81, "/?q", "[::1]:81"));
        assert_eq!(HttpUri::parse("http://[::1]/").unwrap().port(), 80);
        for bad in ["", "a", "http://", "http:///x", "http://a b/", "http://u@a/", "http://a:99999/", "http://a/\u{e4}"]
        {
            assert_eq!(HttpUri::parse(bad), None, "{bad}");
        }
    }

    /// What they mean would be another host's name to whoever takes the brackets away, or decodes.
    #[test]
    fn hosts_have_one_name() {
        let base = HttpUri::parse("http://v1.x/").unwrap();
        for bad in ["http://[v1.x]/", "http://[V1.x]:80/", "http://%61/", "http://a%2eexample/", "http://%76%31.x/"] {
            assert_eq!((HttpUri::parse(bad), base.resolve(bad)), (None, None), "{bad}");
        }
        assert_eq!(HttpUri::parse("http://v1.x/%61").unwrap().target(), "/%61");
    }
}
