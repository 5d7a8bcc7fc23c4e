//! Reads `cookie.vec` and `set-cookie.vec`.

use proptest::prelude::*;
use sanderling::semantics::{CookieError, HttpDate, SameSite, SetCookie, cookie_pairs, cookies};

use crate::records::{cases, check, octets, with_field, written};

/// `name -> value`, without blanks where there is nothing.
pub(crate) fn told((name, value): (&[u8], &[u8])) -> Vec<u8> {
    [name, if name.is_empty() { b"->" } else { b" ->" }, if value.is_empty() { b"" } else { b" " }, value].concat()
}

#[test]
fn received() {
    check("cookie.vec", |record| {
        with_field("Cookie", &octets(record, "in"), |fields| cookies(fields).map(told).collect())
    });
}

fn set<'a>(steps: &'a [String]) -> Result<SetCookie<'a>, CookieError> {
    let mut steps = steps.iter().map(|step| step.split_once(' ').unwrap_or((step, "")));
    let mut cookie = match steps.next().unwrap() {
        ("new", cookie) => {
            let (name, value) = cookie.split_once(' ').unwrap_or((cookie, ""));
            SetCookie::new(name, value)?
        }
        ("removal", name) => SetCookie::removal(name)?,
        other => panic!("{other:?}"),
    };
    for (attribute, value) in steps {
        cookie = match (attribute, value) {
            ("expires", seconds) => cookie.expires(HttpDate::from_unix(seconds.parse().unwrap())),
            ("max-age", seconds) => cookie.max_age(seconds.parse().unwrap()),
            ("domain", domain) => cookie.domain(domain)?,
            ("path", path) => cookie.path(path)?,
            ("secure", _) => cookie.secure(),
            ("http-only", _) => cookie.http_only(),
            ("partitioned", _) => cookie.partitioned(),
            ("same-site", "Strict") => cookie.same_site(SameSite::Strict),
            ("same-site", "Lax") => cookie.same_site(SameSite::Lax),
            ("same-site", "None") => cookie.same_site(SameSite::None),
            other => panic!("{other:?}"),
        };
    }
    Ok(cookie)
}

#[test]
fn to_be_set() {
    check("set-cookie.vec", |record| {
        let steps: Vec<_> = octets(record, "in").into_iter().map(|step| String::from_utf8(step).unwrap()).collect();
        vec![match set(&steps) {
            Ok(cookie) => written(|out| cookie.write(out)),
            Err(error) => format!("refused {error:?}").into_bytes(),
        }]
    });
}

proptest! {
    #![proptest_config(cases(3000))]

    /// Whatever is put in, a cookie is refused or has the name, the value and the attributes that it was
    /// given, and no others.
    #[test]
    fn what_is_set_is_what_comes_back(
        name in prop_oneof!["[ -~]{1,6}", "(__Host-|__secure-)?[a-z]{1,4}", any::<String>()],
        value in prop_oneof!["[ -~]{0,8}", "\"?[a-z=]{0,8}\"?", any::<String>()],
        domain in proptest::option::of(prop_oneof!["[a-z;. ]{1,5}", "[a-z]{1,4}\\.[a-z]{2}"]),
        path in proptest::option::of(prop_oneof!["/[a-z/;= ]{0,5}", any::<String>()]),
        max_age: Option<u64>,
    ) {
        let Ok(mut cookie) = SetCookie::new(&name, &value) else { return Ok(()) };
        let mut expected = vec![(name.as_bytes(), value.as_bytes())];
        let age = max_age.map(|age| age.to_string());
        if let Some(age) = &age {
            cookie = cookie.max_age(age.parse().unwrap());
            expected.push((b"Max-Age", age.as_bytes()));
        }
        if let Some(domain) = &domain && let Ok(with_domain) = cookie.domain(domain) {
            cookie = with_domain;
            expected.push((b"Domain", domain.as_bytes()));
        }
        let prefix = name.to_ascii_lowercase();
        if let Some(path) = &path && let Ok(with_path) = cookie.path(path) {
            cookie = with_path;
            expected.push((b"Path", path.as_bytes()));
        } else if prefix.starts_with("__host-") {
            expected.push((b"Path", b"/"));
        }
        if prefix.starts_with("__host-") || prefix.starts_with("__secure-") {
            expected.push((b"", b"Secure"));
        }
        let text = written(|out| cookie.write(out));
        prop_assert_eq!(cookie_pairs(&text).collect::<Vec<_>>(), expected);
        prop_assert!(text.iter().all(|octet| (b' '..=b'~').contains(octet)));
    }
}
