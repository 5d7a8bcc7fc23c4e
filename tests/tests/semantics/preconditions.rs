//! Reads `preconditions.vec` and `not-modified.vec`.

use proptest::prelude::*;
use proptest::sample::select;
use sanderling::http::Method;
use sanderling::semantics::{
    EntityTag, HttpDate, NOT_MODIFIED_FIELDS, Validators, Verdict, belongs_in_not_modified, evaluate_preconditions,
};

use crate::records::{cases, check, check_each, limit, octets, with_fields};

const NOW: u64 = 1_500_000_000;

fn told(verdict: Verdict) -> String {
    match verdict {
        Verdict::Proceed => "proceed".into(),
        Verdict::IgnoreRange => "ignore-range".into(),
        _ => verdict.status().unwrap().to_string(),
    }
}

/// The validators in the lines of an answer; none without a line.
fn validators<'a>(lines: &[&'a str], is_date_strong: bool) -> Option<Validators<'a>> {
    let mut validators = Validators::new();
    for line in lines {
        validators = match line.split_once(": ") {
            Some(("ETag", tag)) => validators.entity_tag(EntityTag::parse(tag.as_bytes()).unwrap()),
            Some(("Last-Modified", date)) => {
                let date = HttpDate::parse(date.as_bytes(), NOW).unwrap();
                if is_date_strong { validators.last_modified_strong(date) } else { validators.last_modified(date) }
            }
            _ if *line == "none" => validators,
            _ => panic!("{line}"),
        };
    }
    (!lines.is_empty()).then_some(validators)
}

#[test]
fn preconditions() {
    check("preconditions.vec", |record| {
        let replies: Vec<_> = record.values("reply").collect();
        let current = validators(&replies, limit(record, "strong-date").is_some());
        let verdict = |method| {
            let method = Method::new(method).unwrap();
            with_fields(&octets(record, "in"), |fields| evaluate_preconditions(method, fields, current, NOW))
        };
        let mut verdicts: Vec<_> = record.value("request").unwrap().split(' ').map(verdict).collect();
        verdicts.dedup();
        verdicts.into_iter().map(|verdict| told(verdict).into_bytes()).collect()
    });
}

#[test]
fn fields_of_a_304() {
    check_each("not-modified.vec", |record, name| {
        let is_kept = belongs_in_not_modified(str::from_utf8(name).unwrap(), limit(record, "entity-tag").is_some());
        vec![if is_kept { b"kept".to_vec() } else { b"left out".to_vec() }]
    });
    for name in NOT_MODIFIED_FIELDS {
        assert!(belongs_in_not_modified(name, true) && belongs_in_not_modified(name, false), "{name}");
    }
}

const EARLIER: &str = "Sat, 29 Oct 1994 19:43:30 GMT";
const THEN: &str = "Sat, 29 Oct 1994 19:43:31 GMT";
const LATER: &str = "Sat, 29 Oct 1994 19:43:32 GMT";

/// The steps of section 13.2.2 as they stand there, over fields that are each there once and valid.
fn by_the_letter(method: &str, fields: &[Option<&str>; 5], tag: Option<(&str, bool)>, has_date: bool) -> Verdict {
    let [if_match, if_unmodified_since, if_none_match, if_modified_since, if_range] = *fields;
    let is_get_or_head = matches!(method, "GET" | "HEAD");
    let strong = |listed: &str| tag == Some((listed.trim_matches('"'), false)) && !listed.starts_with('W');
    let weak = |listed: &str| tag.is_some_and(|(tag, _)| tag == listed.trim_start_matches("W/").trim_matches('"'));
    // Step 1 and 2
    if let Some(value) = if_match {
        if !(value == "*" || strong(value)) {
            return Verdict::PreconditionFailed;
        }
    } else if if_unmodified_since == Some(EARLIER) && has_date {
        return Verdict::PreconditionFailed;
    }
    // Step 3 and 4
    if let Some(value) = if_none_match {
        if value == "*" || weak(value) {
            return if is_get_or_head { Verdict::NotModified } else { Verdict::PreconditionFailed };
        }
    } else if is_get_or_head && has_date && if_modified_since.is_some_and(|date| date != EARLIER) {
        return Verdict::NotModified;
    }
    // Step 5
    match if_range {
        Some(value) if is_get_or_head && !strong(value) => Verdict::IgnoreRange,
        _ => Verdict::Proceed,
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn the_steps_in_their_order(
        method in select(&["GET", "HEAD", "PUT", "DELETE"][..]),
        tags in proptest::array::uniform3(proptest::option::of(select(&["*", "\"a\"", "\"b\"", "W/\"a\""][..]))),
        dates in proptest::array::uniform2(proptest::option::of(select(&[EARLIER, THEN, LATER][..]))),
        tag in proptest::option::of((select(&["a", "b"][..]), any::<bool>())),
        has_date: bool,
        order in Just([0, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let values = [tags[0], dates[0], tags[1], dates[1], tags[2]];
        let names = ["If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since", "If-Range"];
        let line = |at: usize| values[at].map(|value| format!("{}: {value}", names[at]).into_bytes());
        let mut lines: Vec<_> = order.into_iter().filter_map(line).collect();
        lines.push(b"Range: bytes=0-0".to_vec());
        let mut current = Validators::new();
        if let Some((opaque, is_weak)) = tag {
            let opaque = opaque.as_bytes();
            current = current.entity_tag(if is_weak { EntityTag::weak(opaque) } else { EntityTag::strong(opaque) }.unwrap());
        }
        if has_date {
            current = current.last_modified(HttpDate::parse(THEN.as_bytes(), NOW).unwrap());
        }
        let method_read = Method::new(method).unwrap();
        let verdict = with_fields(&lines, |fields| evaluate_preconditions(method_read, fields, Some(current), NOW));
        prop_assert_eq!(verdict, by_the_letter(method, &values, tag, has_date));
    }
}
