//! Reads the records, and makes field lines of their values.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sanderling::http::{FieldSection, Limits, RequestParser};
use sanderling_tests::escape;
use sanderling_tests::mismatch::Mismatches;
use sanderling_tests::vector::{Record, read_folder};

/// Compares each record of a file with the outcome, line for line. The lines of both are text with
/// escapes.
pub(crate) fn check(file: &str, outcome: impl Fn(&Record) -> Vec<Vec<u8>>) {
    let records = read_folder("semantics").unwrap();
    let records: Vec<_> = records.iter().filter(|record| record.file() == file).collect();
    assert!(!records.is_empty(), "{file} has no records");
    let mut mismatches = Mismatches::default();
    for record in &records {
        let mut expected: Vec<_> = octets(record, "out");
        expected.retain(|line| !line.is_empty());
        mismatches.compare(record, &expected, [("whole".into(), outcome(record))].into_iter());
    }
    assert!(mismatches.is_empty(), "{mismatches}");
    let names: BTreeSet<_> = records.iter().map(|record| record.value("name")).collect();
    assert_eq!(names.len(), records.len(), "{file} repeats a name");
}

/// The same for records whose `in:` lines are each for itself and come to the same.
pub(crate) fn check_each(file: &str, outcome: impl Fn(&Record, &[u8]) -> Vec<Vec<u8>>) {
    check(file, |record| {
        let mut all = octets(record, "in").into_iter().map(|input| (outcome(record, &input), input));
        let (first, _) = all.next().unwrap();
        for (other, input) in all {
            assert_eq!(other, first, "{record}: {}", input.escape_ascii());
        }
        first
    });
}

/// The values of all lines with this key, without their escapes.
pub(crate) fn octets(record: &Record, key: &str) -> Vec<Vec<u8>> {
    record.values(key).map(|value| escape::text(value).unwrap_or_else(|what| panic!("{record}: {what}"))).collect()
}

/// The number of a limit.
pub(crate) fn limit(record: &Record, name: &str) -> Option<u64> {
    record.limits().unwrap().into_iter().find(|(this, _)| *this == name).map(|(_, number)| number)
}

/// Hands over field lines as a request has them.
pub(crate) fn with_fields<T>(lines: &[Vec<u8>], look: impl FnOnce(FieldSection<'_>) -> T) -> T {
    let mut request = b"GET / HTTP/1.0\r\n".to_vec();
    for line in lines {
        request.extend_from_slice(line);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let (_, head) = RequestParser::new().parse(&mut request, &Limits::default()).unwrap().unwrap();
    look(head.fields())
}

/// The same for lines of one name.
pub(crate) fn with_field<T>(name: &str, values: &[Vec<u8>], look: impl FnOnce(FieldSection<'_>) -> T) -> T {
    let lines: Vec<_> = values.iter().map(|value| [name.as_bytes(), b": ", value].concat()).collect();
    with_fields(&lines, look)
}

/// What is written by `write` into a buffer that is just long enough, as it has to say itself.
pub(crate) fn written(write: impl Fn(&mut [u8]) -> Result<usize, sanderling::semantics::TooSmall>) -> Vec<u8> {
    let required = match write(&mut []) {
        Ok(len) => return vec![0; len],
        Err(error) => error.required,
    };
    let mut out = vec![0; required];
    assert_eq!(write(&mut out[..required - 1]).map_err(|error| error.required), Err(required));
    assert_eq!(write(&mut out), Ok(required));
    out
}

/// What fails goes into the records by hand, where all runs see it.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}
