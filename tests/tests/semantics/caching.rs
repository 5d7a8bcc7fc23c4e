//! Reads `cache-control.vec`.

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::semantics::{
    Argument, CacheDirective, DeltaSeconds, ExtensionDirective, FieldNames, cache_directives, write_cache_control,
};

use crate::records::{cases, check, octets, with_field, written};

fn told(directive: CacheDirective<'_>) -> Vec<u8> {
    use CacheDirective as D;
    let time = |name: &str, time: DeltaSeconds| format!("{name} {}", time.seconds());
    let names = |name: &str, names: Option<FieldNames<'_>>| {
        let names = names.into_iter().flat_map(FieldNames::iter);
        names.fold(name.to_owned(), |told, name| format!("{told} {name}"))
    };
    let text = match directive {
        D::MaxAge(age) => time("max-age", age),
        D::MaxStale(Some(age)) => time("max-stale", age),
        D::MaxStale(None) => "max-stale".into(),
        D::MinFresh(age) => time("min-fresh", age),
        D::SharedMaxAge(age) => time("s-maxage", age),
        D::StaleWhileRevalidate(age) => time("stale-while-revalidate", age),
        D::StaleIfError(age) => time("stale-if-error", age),
        D::NoCache(fields) => names("no-cache", fields),
        D::Private(fields) => names("private", fields),
        D::NoStore => "no-store".into(),
        D::NoTransform => "no-transform".into(),
        D::OnlyIfCached => "only-if-cached".into(),
        D::MustRevalidate => "must-revalidate".into(),
        D::MustUnderstand => "must-understand".into(),
        D::ProxyRevalidate => "proxy-revalidate".into(),
        D::Public => "public".into(),
        D::Immutable => "immutable".into(),
        D::Extension(extension) => {
            let name = format!("extension {}", extension.name()).into_bytes();
            return match extension.argument() {
                Some(argument) => [name, b"=".to_vec(), argument.octets().collect()].concat(),
                None => name,
            };
        }
        D::Malformed(member) => return [b"malformed ", member].concat(),
        other => panic!("{other:?} is not known here"),
    };
    text.into_bytes()
}

#[test]
fn directives() {
    check("cache-control.vec", |record| {
        with_field("Cache-Control", &octets(record, "in"), |fields| cache_directives(fields).map(told).collect())
    });
}

/// What a directive is made of: which one, a number, names, a name and an argument.
type Seed = (usize, Option<u32>, Option<String>, String, Option<Vec<u8>>);

fn seed() -> impl Strategy<Value = Seed> {
    let octet = prop_oneof![Just(b'"'), Just(b'\\'), Just(b','), Just(b' '), 0x21..=0x7e_u8, 0x80..=0xff_u8];
    let argument = vec(octet, 0..8);
    (
        0..17_usize,
        any::<Option<u32>>(),
        proptest::option::of("[A-Za-z-]{1,8}( ?, ?[A-Za-z]{1,8}){0,3}"),
        "x-[a-z]{0,5}",
        proptest::option::of(argument),
    )
}

fn directive(seed: &Seed) -> CacheDirective<'_> {
    use CacheDirective as D;
    let (which, number, names, name, argument) = seed;
    let time = DeltaSeconds::new(number.unwrap_or(0).into());
    let names = names.as_deref().map(|names| FieldNames::new(names).unwrap());
    match which {
        0 => D::MaxAge(time),
        1 => D::MaxStale(number.map(|_| time)),
        2 => D::MinFresh(time),
        3 => D::SharedMaxAge(time),
        4 => D::StaleWhileRevalidate(time),
        5 => D::StaleIfError(time),
        6 => D::NoCache(names),
        7 => D::Private(names),
        8 => D::NoStore,
        9 => D::NoTransform,
        10 => D::OnlyIfCached,
        11 => D::MustRevalidate,
        12 => D::MustUnderstand,
        13 => D::ProxyRevalidate,
        14 => D::Public,
        15 => D::Immutable,
        _ => {
            let argument = argument.as_deref().map(|argument| Argument::new(argument).unwrap());
            D::Extension(ExtensionDirective::new(name, argument).unwrap())
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn what_is_written_is_read(seeds in vec(seed(), 0..8)) {
        let mut directives: Vec<_> = seeds.iter().map(directive).collect();
        // Of ages and times, the first of a name is read.
        let mut seen = std::collections::BTreeSet::new();
        let mut at = 0;
        directives.retain(|_| {
            at += 1;
            seeds[at - 1].0 > 5 || seen.insert(seeds[at - 1].0)
        });
        let value = written(|out| write_cache_control(&directives, out));
        let read = with_field("Cache-Control", &[value], |fields| {
            cache_directives(fields).zip(&directives).filter(|(read, written)| read == *written).count()
                + cache_directives(fields).count()
        });
        prop_assert_eq!(read, 2 * directives.len());
    }

    #[test]
    fn what_would_split_is_refused(octets in vec(any::<u8>(), 0..4)) {
        let is_control = |octet: &u8| (*octet < b' ' && *octet != b'\t') || *octet == 0x7f;
        prop_assert_eq!(Argument::new(&octets).is_none(), octets.iter().any(is_control));
        if let Ok(text) = str::from_utf8(&octets) {
            let is_token = |name: &str| !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet));
            prop_assert_eq!(ExtensionDirective::new(text, None).is_some(), is_token(text));
        }
    }
}

#[test]
fn names_and_ends() {
    assert!(ExtensionDirective::new("Max-Age", None).is_none());
    assert!(FieldNames::new("a, b c").is_none() && FieldNames::new(",").is_none() && FieldNames::new("a\"").is_none());
    assert_eq!(DeltaSeconds::new(u64::MAX), DeltaSeconds::MAX);
    assert_eq!(DeltaSeconds::MAX.seconds(), 1 << 31);
    let malformed = [CacheDirective::Malformed(b"x\r\n"), CacheDirective::Public];
    assert_eq!(written(|out| write_cache_control(&malformed, out)), b"public");
}
