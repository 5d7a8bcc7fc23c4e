//! `http` URIs (RFC 9110 section 4.2) and references to them (RFC 3986 section 5).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::http::RequestTarget;

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
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<Self> {
        let reference = reference.split('#').next()?;
        let is_absolute = reference.split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
        });
        if is_absolute {
            return Self::parse(reference);
        }
        if reference.starts_with("//") {
            return Self::parse(&format!("http:{reference}"));
        }
        let (path, query) = split_query(reference);
        let (base_path, base_query) = split_query(&self.target);
        let (path, query) = match path {
            "" => (base_path.to_string(), query.or(base_query)),
            _ if path.starts_with('/') => (without_dots(path), query),
            _ => {
                let directory = base_path.rsplit_once('/').map_or("", |(directory, _)| directory);
                (without_dots(&format!("{directory}/{path}")), query)
            }
        };
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        Self::parse(&format!("http://{}{path}{query}", self.authority))
    }
}

impl core::fmt::Display for HttpUri {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "http://{}{}", self.authority, self.target)
    }
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
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
        ] {
            assert_eq!(base.resolve(reference).map(|uri| uri.to_string()).as_deref(), Some(target), "{reference}");
        }
        assert_eq!(base.resolve("mailto:a"), None);
        assert_eq!(base.resolve("https://a/"), None);
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
}
