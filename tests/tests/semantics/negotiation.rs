//! Reads `quality.vec`, `accept.vec`, `accept-encoding.vec`, `accept-language.vec`, `lookup.vec` and
//! `vary.vec`.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use sanderling::http::FieldSection;
use sanderling::semantics::{
    Quality, Vary, choose_coding, choose_language, choose_media_type, coding_quality, language_quality,
    lookup_language, media_type_quality,
};

use crate::records::{cases, check, check_each, octets, with_field, written};

#[test]
fn qualities() {
    check_each("quality.vec", |_, value| {
        let quality = Quality::parse(value);
        vec![quality.map_or("none".into(), |quality| quality.to_string()).into_bytes()]
    });
    for thousandths in 0..=1000 {
        let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let quality = Quality::parse(text.as_bytes()).unwrap();
        assert_eq!(quality.thousandths(), thousandths);
        assert_eq!(Quality::parse(quality.to_string().as_bytes()), Some(quality));
    }
}

/// What is chosen, or what the quality is.
fn choices(
    file: &str,
    name: &str,
    choose: impl for<'s> Fn(FieldSection<'_>, &[&'s str]) -> Option<&'s str>,
    quality: impl Fn(FieldSection<'_>, &str) -> Quality,
) {
    check(file, |record| {
        let outcome = with_field(name, &octets(record, "in"), |fields| match record.value("request") {
            Some(wanted) => quality(fields, wanted).to_string(),
            None => {
                let available: Vec<_> = record.values("reply").collect();
                choose(fields, &available).unwrap_or("none").to_owned()
            }
        });
        vec![outcome.into_bytes()]
    });
}

#[test]
fn codings() {
    choices(
        "accept-encoding.vec",
        "Accept-Encoding",
        |fields, available| choose_coding(fields, available),
        |fields, wanted| coding_quality(fields, wanted),
    );
}

#[test]
fn media_types() {
    choices(
        "accept.vec",
        "Accept",
        |fields, available| choose_media_type(fields, available),
        |fields, wanted| media_type_quality(fields, wanted),
    );
}

#[test]
fn languages() {
    choices(
        "accept-language.vec",
        "Accept-Language",
        |fields, available| choose_language(fields, available),
        |fields, wanted| language_quality(fields, wanted),
    );
    choices(
        "lookup.vec",
        "Accept-Language",
        |fields, available| lookup_language(fields, available),
        |_, _| panic!("lookup has no qualities"),
    );
}

#[test]
fn vary() {
    check("vary.vec", |record| {
        let names = octets(record, "in");
        let mut vary = Vary::new();
        for name in &names {
            vary.add(str::from_utf8(name).unwrap());
        }
        assert_eq!(vary.is_empty(), names.is_empty(), "{record}");
        let value = written(|out| vary.write(out));
        if value.is_empty() { vec![] } else { vec![value] }
    });
}

const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "identity"];

proptest! {
    #![proptest_config(cases(2000))]

    /// Of fields that are well-formed and name each coding at most once, the choice is never one that is
    /// excluded, and nothing that is available is wanted more.
    #[test]
    fn nothing_is_wanted_more_than_what_is_chosen(
        listed in subsequence(&CODINGS[..], 0..=4).prop_shuffle(),
        qualities in proptest::array::uniform4(select(&["", ";q=0", ";q=0.001", "; Q=0.5", ";q=1.000"][..])),
        others in proptest::option::of(select(&["*", "*;q=0", "*;q=0.3"][..])),
        available in subsequence(&CODINGS[..], 0..=4).prop_shuffle(),
    ) {
        let members = listed.iter().zip(qualities).map(|(name, quality)| format!("{name}{quality}"));
        let value = members.chain(others.map(str::to_owned)).collect::<Vec<_>>().join(" ,, ");
        let weight = |member: &str| match member.to_lowercase().split_once("q=") {
            Some((_, quality)) => quality.parse().unwrap(),
            None => 1.0,
        };
        let wanted = |coding: &str| -> f64 {
            let position = listed.iter().position(|name| *name == coding);
            match (position, others) {
                (Some(at), _) => weight(qualities[at]),
                (None, Some(others)) => weight(others),
                (None, None) if coding == "identity" => 0.001,
                (None, None) => 0.0,
            }
        };
        let chosen = with_field("Accept-Encoding", &[value.into_bytes()], |fields| choose_coding(fields, &available));
        match chosen {
            None => prop_assert!(available.iter().all(|coding| wanted(coding) == 0.0)),
            Some(chosen) => {
                prop_assert!(wanted(chosen) > 0.0);
                let before = available.iter().take_while(|coding| **coding != chosen);
                prop_assert!(before.clone().all(|coding| wanted(coding) < wanted(chosen)));
                prop_assert!(available.iter().all(|coding| wanted(coding) <= wanted(chosen)));
            }
        }
    }
}
