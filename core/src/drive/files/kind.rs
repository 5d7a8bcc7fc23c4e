//! The media type of a file, by its name.

use super::text::Text;

/// The value for Content-Type of a file with this name. Text is said to be UTF-8 (RFC 9110 section
/// 8.3.2), and a name that tells nothing is `application/octet-stream`.
pub(super) fn content_type(name: &str) -> Text {
    let extension =
        name.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension);
    let media_type = mime_guess::from_ext(extension).first_raw().unwrap_or("application/octet-stream");
    let charset = if media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    Text::of(&[media_type, charset])
}

#[cfg(test)]
mod tests {
    use super::content_type;

    #[test]
    fn by_the_name_alone() {
        for (name, expected) in [
            ("a.html", "text/html; charset=utf-8"),
            ("A.HTML", "text/html; charset=utf-8"),
            ("b/a.min.js", "text/javascript; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.svg", "image/svg+xml"),
            ("a.wasm", "application/wasm"),
            ("a.tar.gz", "application/gzip"),
            ("b.html/a", "application/octet-stream"),
            ("html", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name).as_str(), expected, "{name}");
        }
    }
}
