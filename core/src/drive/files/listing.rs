//! A directory as a page.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use std::io;
use std::path::Path;

use super::Files;
use super::lookup::as_path;
use super::reference::write_segment;
use super::request::Wanted;
use super::root::Entry;
use crate::http::FieldLine;
use crate::semantics::HttpDate;

/// How many names a page has at most, so that no directory is too long for it.
const MOST: usize = 10_000;

/// The fields of the answer. The page needs nothing but itself, and names in it can do nothing.
pub(super) const FIELDS: [FieldLine<'static>; 3] = [
    FieldLine::new("Content-Type", "text/html; charset=utf-8"),
    FieldLine::new("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    FieldLine::new("Cache-Control", "no-cache"),
];

/// What the page has before its title, and between that and the names.
const BEGIN: &str = include_str!("listing.html");

/// One line of the page.
struct Line {
    name: Vec<u8>,
    entry: Entry,
}

/// The page for a directory. What could not be had through it is not in it.
pub(super) fn page(files: &Files, wanted: &Wanted) -> io::Result<String> {
    let path = as_path(&wanted.path);
    let (names, has_more) = files.root.names(&path, MOST)?;
    let mut lines: Vec<_> = names.into_iter().filter_map(|name| line(files, &path, name.as_os_str())).collect();
    // Directories first, and each by name in any case.
    lines.sort_by_cached_key(|line| (!line.entry.is_directory, line.name.to_ascii_lowercase(), line.name.to_owned()));

    let mut page = String::with_capacity(2048 + 200 * lines.len());
    let title = String::from_utf8_lossy(&wanted.path);
    let title = if title.is_empty() { "/" } else { &title };
    let (before_title, behind_title) = BEGIN.split_once("{title}").unwrap_or_default();
    page.push_str(before_title);
    escape(title, &mut page);
    page.push_str(behind_title);
    write_trail(files, wanted, &mut page);
    page.push_str("<table>\n<thead><tr><th>Name</th><th>Size</th><th>Modified (GMT)</th></tr></thead>\n<tbody>\n");
    if !wanted.path.is_empty() {
        page.push_str("<tr><td><a href=\"../\">..</a></td><td></td><td></td></tr>\n");
    }
    for line in &lines {
        line.write(&mut page);
    }
    page.push_str("</tbody>\n</table>\n");
    if has_more {
        // A string takes everything, so this cannot fail.
        let _ = writeln!(page, "<p>There is more than these {MOST}.</p>");
    }
    page.push_str("</main>\n</html>\n");
    Ok(page)
}

fn line(files: &Files, directory: &Path, name: &std::ffi::OsStr) -> Option<Line> {
    let octets = as_octets(name)?;
    let is_hidden = octets.starts_with(b".") && !files.choices.has_hidden;
    let entry = files.root.entry(&directory.join(name)).ok()?;
    (!is_hidden).then_some(Line { name: octets, entry })
}

impl Line {
    fn write(&self, page: &mut String) {
        let slash = if self.entry.is_directory { "/" } else { "" };
        page.push_str("<tr><td><a href=\"");
        write_segment(&self.name, page);
        page.extend([slash, "\">"]);
        escape(&String::from_utf8_lossy(&self.name), page);
        page.extend([slash, "</a></td><td>"]);
        if !self.entry.is_directory {
            write_size(self.entry.length, page);
        }
        page.push_str("</td><td>");
        if let Some(seconds) = self.entry.modified {
            // `Sun, 06 Nov 1994 08:49:37 GMT` without the weekday and the seconds.
            page.push_str(HttpDate::from_unix(seconds).as_str().get(5..22).unwrap_or_default());
        }
        page.push_str("</td></tr>\n");
    }
}

/// The way from the top to here, each step of it a link.
fn write_trail(files: &Files, wanted: &Wanted, page: &mut String) {
    let names: Vec<_> = wanted.path.split(|&octet| octet == b'/').filter(|name| !name.is_empty()).collect();
    page.push_str("<h1><a href=\"./");
    page.extend(core::iter::repeat_n("../", names.len()));
    page.push_str("\">");
    escape(&files.choices.prefix, page);
    page.push_str("</a>");
    for (at, name) in names.iter().enumerate() {
        page.push_str("<a href=\"./");
        page.extend(core::iter::repeat_n("../", names.len() - at - 1));
        page.push_str("\">");
        escape(&String::from_utf8_lossy(name), page);
        page.push_str("/</a>");
    }
    page.push_str("</h1>\n");
}

/// A length as people like to read it; the octets to the last one are its title.
fn write_size(length: u64, page: &mut String) {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let (mut tenths, mut unit) = (length.saturating_mul(10), "B");
    for larger in UNITS {
        if tenths < 10_000 {
            break;
        }
        (tenths, unit) = (tenths / 1000, larger);
    }
    // A string takes everything, so this cannot fail.
    let _ = match (unit, tenths / 10, tenths % 10) {
        ("B", whole, _) => write!(page, "{whole} B"),
        (unit, whole, tenth) if whole < 10 => write!(page, "<span title=\"{length} B\">{whole}.{tenth} {unit}</span>"),
        (unit, whole, _) => write!(page, "<span title=\"{length} B\">{whole} {unit}</span>"),
    };
}

/// Writes text so that it is nothing but text in HTML.
fn escape(text: &str, page: &mut String) {
    for char in text.chars() {
        match char {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            // What turns the direction of writing, or cannot be seen, is shown as what it is.
            _ if char.is_control()
                || matches!(char, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                page.push('\u{fffd}');
            }
            _ => page.push(char),
        }
    }
}

/// The name as a path of a request has it; `None` if it has none.
fn as_octets(name: &std::ffi::OsStr) -> Option<Vec<u8>> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(name.as_bytes().to_owned())
    }
    #[cfg(not(unix))]
    name.to_str().map(|name| name.as_bytes().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (length, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "<span title=\"1000 B\">1.0 kB</span>"),
            (9_999, "<span title=\"9999 B\">9.9 kB</span>"),
            (10_000, "<span title=\"10000 B\">10 kB</span>"),
            (999_999, "<span title=\"999999 B\">999 kB</span>"),
            (1_500_000, "<span title=\"1500000 B\">1.5 MB</span>"),
        ] {
            let mut page = String::new();
            write_size(length, &mut page);
            assert_eq!(page, expected);
        }
    }

    #[test]
    fn names_are_text() {
        let mut page = String::new();
        escape("<a b=\"c\">'&amp;\u{202e}\n", &mut page);
        assert_eq!(page, "&lt;a b=&quot;c&quot;&gt;&#39;&amp;amp;\u{fffd}\u{fffd}");
    }
}
