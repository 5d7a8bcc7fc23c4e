//! Hosts and request-targets as a reader of RFC 3986 sees them.

use core::net::Ipv6Addr;

/// `uri-host [ ":" port ]`: the host and, behind a colon, the port; `None` if it is something else.
pub(super) fn host_and_port(text: &str) -> Option<(&str, Option<&str>)> {
    let split = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (host, rest) = text.split_at(split);
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port),
        None if rest.is_empty() => None,
        None => return None,
    };
    let digits = port.unwrap_or_default();
    let is_port = digits.bytes().all(|octet| octet.is_ascii_digit());
    // What is larger names no TCP port.
    let number = digits.trim_start_matches('0');
    let is_small = number.len() < 5 || (number.len() == 5 && number <= "65535");
    (is_host(host) && is_port && is_small).then_some((host, port))
}

fn is_host(host: &str) -> bool {
    let Some(literal) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) else {
        let mut parts = host.split('%');
        let is_plain = |text: &str| text.chars().all(|char| is_unreserved(char) || is_sub_delim(char));
        return parts.next().is_some_and(is_plain)
            && parts.all(|part| {
                let mut octets = part.bytes();
                let is_escape = [octets.next(), octets.next()]
                    .iter()
                    .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()));
                is_escape && is_plain(&part[2..])
            });
    };
    match literal.strip_prefix(['v', 'V']).map(|future| future.split_once('.')) {
        Some(Some((version, address))) => {
            !version.is_empty()
                && version.chars().all(|char| char.is_ascii_hexdigit())
                && !address.is_empty()
                && address.chars().all(|char| is_unreserved(char) || is_sub_delim(char) || char == ':')
        }
        Some(None) => false,
        None => literal.parse::<Ipv6Addr>().is_ok(),
    }
}

fn is_unreserved(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._~".contains(char)
}

fn is_sub_delim(char: char) -> bool {
    "!$&'()*+,;=".contains(char)
}

/// Whether a target has a form that the method allows (RFC 9112 section 3.2).
pub(super) fn fits(method: &str, target: &str) -> bool {
    if method == "CONNECT" {
        let parts = host_and_port(target);
        return parts.is_some_and(|(host, port)| !host.is_empty() && port.is_some_and(|port| !port.is_empty()));
    }
    target.starts_with('/') || (target == "*" && method == "OPTIONS") || (target != "*" && is_absolute(target))
}

fn is_absolute(target: &str) -> bool {
    let Some((scheme, rest)) = target.split_once(':') else { return false };
    let is_letter = |char: char| char.is_ascii_alphabetic();
    if !scheme.starts_with(is_letter)
        || !scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
    {
        return false;
    }
    let needs_host = ["http", "https"].contains(&&*scheme.to_ascii_lowercase());
    match rest.strip_prefix("//") {
        Some(rest) => {
            let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
            host_and_port(authority).is_some_and(|(host, _)| !needs_host || !host.is_empty())
        }
        // A port behind a name is the authority form.
        None => !needs_host && !rest.chars().all(|char| char.is_ascii_digit()),
    }
}
