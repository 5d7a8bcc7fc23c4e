//! Octets of no meaning: nothing panics, whatever is read.

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::http::Method;
use sanderling::semantics::{
    Boundary, ContentRange, EntityTag, HttpDate, Multipart, Quality, RangeRequest, Validators, cache_directives,
    choose_coding, choose_language, choose_media_type, cookies, entity_tags, evaluate_preconditions, form_decode,
    lookup_language, percent_decode,
};

use crate::records::{cases, with_fields};

/// Octets that mean something somewhere, and any others.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(
            &[
                "bytes=",
                "-",
                "0",
                "18446744073709551615",
                "1",
                ",",
                ";",
                "=",
                "q=",
                "*",
                "/",
                "\"",
                "\\",
                "W/",
                " ",
                "\t",
                ".",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "Sun Nov  6",
                "06-Nov-94",
                "max-age",
                "no-cache",
                "gzip",
                "text",
                "en",
                "%",
                "%2f"
            ][..]
        )
        .prop_map(|piece| piece.as_bytes().to_vec()),
        vec(any::<u8>(), 1..4),
    ];
    vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn values(value in octets(), number: u64) {
        let _ = HttpDate::parse(&value, number);
        let _ = EntityTag::parse(&value);
        let _ = entity_tags(&value).count();
        let _ = Quality::parse(&value);
        let _ = ContentRange::parse(&value);
        let _ = form_decode(&value).count() + percent_decode(&value).count();
        if let RangeRequest::Multiple(set) = RangeRequest::parse(&value, number) {
            let _ = Multipart::new(set, None, Boundary::new([0; 16]));
        }
    }

    #[test]
    fn fields(value in octets(), number: u64) {
        let value: Vec<u8> = value.into_iter().filter(|octet| *octet >= b' ' && *octet != 0x7f).collect();
        let names = [
            "Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Cookie", "If-Match", "If-None-Match",
            "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range",
        ];
        let lines: Vec<_> = names.iter().map(|name| [name.as_bytes(), b": ", &value].concat()).collect();
        with_fields(&lines, |fields| {
            let available = ["gzip", "text/html;level=1", "en-GB", "identity"];
            for choose in [choose_coding, choose_media_type, choose_language, lookup_language] {
                let chosen = choose(fields, &available);
                assert!(chosen.is_none_or(|chosen| available.contains(&chosen)));
            }
            let _ = cache_directives(fields).count() + cookies(fields).count();
            let current = Validators::new().last_modified(HttpDate::from_unix(number));
            for method in [Method::GET, Method::PUT] {
                let _ = evaluate_preconditions(method, fields, Some(current), number);
                let _ = RangeRequest::read(method, fields, number);
            }
        });
    }
}
