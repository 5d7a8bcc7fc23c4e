//! Reads the vector files. The format is described beside them.

use core::fmt;
use std::fs;
use std::path::Path;

use crate::escape;

/// The keys that a line may have.
const KEYS: [&str; 12] =
    ["name", "rfc", "role", "request", "upgrade", "limit", "lenient", "protocols", "in", "eof", "out", "reply"];

/// One record: an input, and what is to come of it.
#[derive(Clone, Debug)]
pub struct Record {
    file: String,
    line: usize,
    lines: Vec<(String, String)>,
}

/// Reads all records of a folder under `vectors`.
///
/// # Errors
///
/// Where and how a file is malformed, or could not be read.
pub fn read_folder(folder: &str) -> Result<Vec<Record>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(folder);
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut records = Vec::new();
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(said)? {
        paths.push(entry.map_err(said)?.path());
    }
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "vec")) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        records.extend(parse(&file, &fs::read_to_string(path).map_err(said)?)?);
    }
    Ok(records)
}

/// Takes the text of one file apart. Records are parted by empty lines.
fn parse(file: &str, text: &str) -> Result<Vec<Record>, String> {
    let mut records: Vec<Record> = Vec::new();
    let mut is_within = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() {
            is_within = false;
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let malformed = |what: &str| format!("{file}:{number}: {what}");
        let (key, value) = line.split_once(':').ok_or_else(|| malformed("no key"))?;
        if !KEYS.contains(&key) {
            return Err(malformed("unknown key"));
        }
        if is_within == (key == "name") {
            return Err(malformed("a record begins with its name"));
        }
        if !is_within {
            records.push(Record { file: file.into(), line: number, lines: Vec::new() });
            is_within = true;
        }
        if let Some(record) = records.last_mut() {
            record.lines.push((key.into(), value.strip_prefix(' ').unwrap_or(value).into()));
        }
    }
    Ok(records)
}

impl Record {
    /// The name of the file, without its folder.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The values of all lines with this key.
    pub fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |(this, _)| this == key).map(|(_, value)| value.as_str())
    }

    /// The value of the first line with this key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values(key).next()
    }

    /// Whether the stream ends behind the input.
    #[must_use]
    pub fn has_eof(&self) -> bool {
        self.value("eof") == Some("yes")
    }

    /// The limits, by name.
    ///
    /// # Errors
    ///
    /// Where a limit has no number.
    pub fn limits(&self) -> Result<Vec<(&str, u64)>, String> {
        let malformed = |value: &str| format!("{self}: malformed limit {value}");
        self.values("limit")
            .map(|value| {
                let (name, number) = value.split_once(' ').ok_or_else(|| malformed(value))?;
                Ok((name, number.parse().map_err(|_| malformed(value))?))
            })
            .collect()
    }

    /// The octets of all lines with this key, which are text with escapes.
    ///
    /// # Errors
    ///
    /// Where an escape is malformed.
    pub fn text(&self, key: &str) -> Result<Vec<u8>, String> {
        self.octets(key, escape::text)
    }

    /// The octets of all lines with this key, which are hexadecimal.
    ///
    /// # Errors
    ///
    /// Where something else stands there.
    pub fn hex(&self, key: &str) -> Result<Vec<u8>, String> {
        self.octets(key, escape::hex)
    }

    fn octets(&self, key: &str, read: impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Vec<u8>, String> {
        let mut octets = Vec::new();
        for value in self.values(key) {
            octets.extend(read(value).map_err(|what| format!("{self}: {what}"))?);
        }
        Ok(octets)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.file, self.line, self.value("name").unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_their_lines() {
        let text = "# About.\nname: a: b\nlimit: fields 3\nin: x\\r\nin:  y\nout:\n\n# More.\n\nname: c\neof: yes\n";
        let Ok(records) = parse("f.vec", text) else { unreachable!() };
        let [first, second] = records.as_slice() else { unreachable!() };
        assert_eq!(first.to_string(), "f.vec:2 a: b");
        assert_eq!(first.limits(), Ok(vec![("fields", 3)]));
        assert_eq!(first.text("in"), Ok(b"x\r y".to_vec()));
        assert_eq!((first.value("out"), first.value("reply")), (Some(""), None));
        assert!(second.has_eof() && !first.has_eof());
    }

    #[test]
    fn malformed_files() {
        for bad in ["in: x\n", "name: a\nname: b\n", "name: a\nout x\n", "name: a\nat: x\n"] {
            assert!(parse("f.vec", bad).is_err(), "{bad}");
        }
    }
}
