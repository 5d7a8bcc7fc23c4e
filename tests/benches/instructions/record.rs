//! The record: sections by what the counts depend on, and in each a line for a case.

use std::collections::BTreeMap;
use std::process::Command;
use std::{env, fs};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");
const PREFACE: &str = "\
# Instructions of one operation, by compiler, target, valgrind and features.
# cargo run --release -p sanderling-tests --bin instructions -- --check compares, --update writes.
";
/// By how much a count may differ.
const TOLERANCE: f64 = 0.03;

type Section = BTreeMap<String, f64>;

/// What the counts depend on.
pub(crate) fn key(valgrind: &str) -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let said = |what: &str| output.lines().find_map(|line| line.strip_prefix(what)).unwrap_or("unknown");
    let mut key = format!("rustc {}, {}, {valgrind}", said("release: "), said("host: "));
    for (feature, is_on) in [("simd", cfg!(feature = "simd")), ("peers", cfg!(feature = "peers"))] {
        if is_on {
            key = format!("{key}, {feature}");
        }
    }
    key
}

/// Whether the counts are those that were recorded, and says which are not. If everything was measured, nothing
/// may be recorded beyond it.
pub(crate) fn is_kept(key: &str, counts: &[(String, f64)], is_all: bool) -> bool {
    let sections = read();
    let Some(section) = sections.get(key) else {
        println!("\nnothing is recorded for this compiler, target, valgrind and features: not compared");
        return true;
    };
    let mut changes = Vec::new();
    for (name, count) in counts {
        match section.get(name) {
            None => changes.push(format!("{name}: {count:.1}, not recorded")),
            Some(recorded) => {
                let change = count / recorded - 1.0;
                if change.abs() > TOLERANCE {
                    let manner = if change > 0.0 { "slower" } else { "faster" };
                    changes.push(format!(
                        "{name}: {count:.1}, recorded {recorded:.1}, {manner} by {:.1} %",
                        change.abs() * 100.0
                    ));
                }
            }
        }
    }
    for (name, recorded) in section {
        if is_all && !counts.iter().any(|(measured, _)| measured == name) {
            changes.push(format!("{name}: recorded {recorded:.1}, not measured"));
        }
    }
    if changes.is_empty() {
        println!("\nas recorded");
        return true;
    }
    println!("\nnot as recorded; if that is meant, --update the record:\n{}", changes.join("\n"));
    false
}

/// Writes these counts into the record. What else it has under this key is gone if everything was measured.
pub(crate) fn update(key: &str, counts: &[(String, f64)], is_all: bool) {
    let mut sections = read();
    let section = sections.entry(key.into()).or_default();
    if is_all {
        section.clear();
    }
    section.extend(counts.iter().cloned());
    let mut text = String::from(PREFACE);
    for (key, section) in sections {
        text += &format!("\n[{key}]\n");
        for (name, count) in section {
            text += &format!("{name} = {count:.1}\n");
        }
    }
    fs::write(PATH, text).unwrap();
    println!("\nrecorded");
}

fn read() -> BTreeMap<String, Section> {
    let mut sections = BTreeMap::new();
    let mut key = String::new();
    for line in fs::read_to_string(PATH).unwrap_or_default().lines() {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            key = title.into();
        } else if let Some((name, count)) = line.rsplit_once(" = ") {
            sections.entry(key.clone()).or_insert_with(Section::new).insert(name.into(), count.parse().unwrap());
        }
    }
    sections
}
