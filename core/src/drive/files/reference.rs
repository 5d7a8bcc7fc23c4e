//! Names of files as references (RFC 3986 section 4.2).

use alloc::string::String;
use alloc::vec::Vec;

use crate::semantics::percent_decode;

/// Writes a name as one segment of a path. What is not unreserved (RFC 3986 section 2.3) is
/// percent-encoded, and so is anything that HTML has a meaning for.
pub(super) fn write_segment(name: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().map_or('0', char::from);
    for &octet in name {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            out.push(char::from(octet));
        } else {
            out.extend(['%', digit(octet >> 4), digit(octet & 15)]);
        }
    }
}

/// A reference to the same path and query, but with a slash behind the path; `name` is its last segment
/// as it was written. It begins with a dot, so that no name is taken for a scheme or a host.
pub(super) fn with_slash(name: &str, query: Option<&str>) -> String {
    let mut reference = String::from("./");
    let name: Vec<u8> = percent_decode(name.as_bytes()).filter_map(Result::ok).collect();
    write_segment(&name, &mut reference);
    reference.push('/');
    if let Some(query) = query {
        reference.extend(["?", query]);
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::with_slash;

    #[test]
    fn names_stay_names() {
        for (name, query, expected) in [
            ("a", None, "./a/"),
            ("a%20b", Some("c=d"), "./a%20b/?c=d"),
            ("http:a", Some(""), "./http%3Aa/?"),
            ("\\b|", None, "./%5Cb%7C/"),
            ("%c3%a4%22%3c", None, "./%C3%A4%22%3C/"),
        ] {
            assert_eq!(with_slash(name, query), expected);
        }
    }
}
