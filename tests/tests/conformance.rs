//! CONFORMANCE.md and the vectors say the same: each row has records of its section in the files it
//! names, and each section of a record has its row.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A section, such as `9112 6.3`, and a file, such as `server/content-length`.
type Pair = (String, String);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rows() -> BTreeSet<Pair> {
    let mut rfc = String::new();
    let mut rows = BTreeSet::new();
    for line in fs::read_to_string(root().join("CONFORMANCE.md")).unwrap().lines() {
        if let Some(title) = line.strip_prefix("## RFC ") {
            rfc = title.split(',').next().unwrap().to_owned();
        }
        let cells: Vec<&str> = line.split(" | ").collect();
        if let [section, rule, files] = cells[..]
            && !line.starts_with("| §")
        {
            assert!(!rule.is_empty(), "{line}");
            let section = format!("{rfc} {}", section.trim_start_matches("| "));
            let files = files.trim_end_matches(" |").split(", ");
            rows.extend(files.map(|file| (section.clone(), file.to_owned())));
        }
    }
    rows
}

fn records() -> BTreeSet<Pair> {
    let vectors = root().join("tests/vectors");
    let mut records = BTreeSet::new();
    for folder in ["server", "client", "websocket", "deflate", "coding", "semantics"] {
        for entry in fs::read_dir(vectors.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "vec") {
                let file = format!("{folder}/{}", path.file_stem().unwrap().to_string_lossy());
                let text = fs::read_to_string(&path).unwrap();
                let sections = text.lines().filter_map(|line| line.strip_prefix("rfc: "));
                // A record may name a second section behind a comma.
                let first = sections.map(|sections| sections.split(',').next().unwrap().trim().to_owned());
                records.extend(first.map(|section| (section, file.clone())));
            }
        }
    }
    records
}

#[test]
fn each_row_has_its_records_and_each_record_its_row() {
    let (rows, records) = (rows(), records());
    let without_records: Vec<_> = rows.difference(&records).collect();
    let without_row: Vec<_> = records.difference(&rows).collect();
    assert!(rows.len() > 100, "the table is not read: {} rows", rows.len());
    assert!(without_records.is_empty() && without_row.is_empty(), "{without_records:#?}\n{without_row:#?}");
}
