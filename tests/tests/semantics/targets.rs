//! Reads `path.vec` and `query.vec`.

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::semantics::{InvalidEscape, PathError, PathRules, form_decode, percent_decode, query_pairs};
use sanderling_tests::vector::Record;

use crate::cookies::told;
use crate::records::{cases, check_each};

fn rules(record: &Record) -> PathRules {
    let choices = record.value("lenient").unwrap_or_default().split_whitespace();
    choices.fold(PathRules::new(), |rules, choice| match choice {
        "resolve-dots" => rules.resolve_dots(),
        "merge-slashes" => rules.merge_slashes(),
        "any-octets" => rules.any_octets(),
        "unix-names" => rules.unix_names(),
        _ => panic!("{record}: unknown choice {choice}"),
    })
}

#[test]
fn paths() {
    check_each("path.vec", |record, path| {
        let mut buffer = vec![0; path.len()];
        vec![match rules(record).decode(path, &mut buffer) {
            Ok(decoded) => {
                let kind: &[u8] = if decoded.is_directory() { b"directory" } else { b"path" };
                let joined = decoded.segments().collect::<Vec<_>>().join(&b'/');
                assert_eq!(joined, decoded.as_bytes(), "{record}");
                [kind, if joined.is_empty() { b"" } else { b" " }, &joined].concat()
            }
            Err(error) => format!("refused {error:?}").into_bytes(),
        }]
    });
}

#[test]
fn queries() {
    check_each("query.vec", |_, query| {
        let pairs = query_pairs(str::from_utf8(query).unwrap());
        let decode = |text: &str| form_decode(text.as_bytes()).collect::<Result<Vec<_>, InvalidEscape>>();
        let decode = |text| decode(text).unwrap_or_else(|_| b"malformed".to_vec());
        pairs.map(|(name, value)| told((&decode(name), &decode(value)))).collect()
    });
}

/// Paths that are full of what could lead astray.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(
            &[
                "/", "/", "/", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "\\", "a", "b%20", "%", "%00", "%25", "c:",
                "nul", "con.x", "%c3%a4", "%ff", "\u{e4}", "*", " ", "%0a", ".git", "a.", "~"
            ][..]
        )
        .prop_map(|piece| piece.as_bytes().to_vec()),
        vec(any::<u8>(), 1..3),
    ];
    vec(piece, 0..12).prop_map(|pieces| [b"/", &pieces.concat()[..]].concat())
}

fn any_rules() -> impl Strategy<Value = PathRules> {
    proptest::array::uniform4(any::<bool>()).prop_map(|[dots, slashes, octets, unix]| {
        let rules = if dots { PathRules::new().resolve_dots() } else { PathRules::new() };
        let rules = if slashes { rules.merge_slashes() } else { rules };
        let rules = if octets { rules.any_octets() } else { rules };
        if unix { rules.unix_names() } else { rules }
    })
}

/// The path by way of lists of segments: decoded, and then resolved.
fn segments(path: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut segments = Vec::new();
    for segment in path[1..].split(|&octet| octet == b'/') {
        let segment = percent_decode(segment).collect::<Result<Vec<_>, _>>().ok()?;
        match &segment[..] {
            b"" | b"." => {}
            b".." => _ = segments.pop()?,
            _ => segments.push(segment),
        }
    }
    Some(segments)
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn no_path_leads_out_of_its_root(path in path(), rules in any_rules()) {
        let mut buffer = vec![0; path.len()];
        if let Ok(decoded) = rules.decode(&path, &mut buffer) {
            for segment in decoded.segments() {
                prop_assert!(!matches!(segment, b"" | b"." | b".."));
                prop_assert!(!segment.iter().any(|octet| matches!(octet, b'/' | 0)));
            }
            prop_assert!(!decoded.as_bytes().starts_with(b"/") && !decoded.as_bytes().ends_with(b"/"));
            prop_assert_eq!(decoded.segments().map(<[u8]>::to_vec).collect::<Vec<_>>(), segments(&path).unwrap());
        }
    }

    /// What the strictest rules let pass is a name on Windows, and the same one.
    #[test]
    fn strict_paths_are_the_same_everywhere(path in path()) {
        let mut buffer = vec![0; path.len()];
        if let Ok(decoded) = PathRules::new().decode(&path, &mut buffer) {
            let text = decoded.as_str().unwrap();
            prop_assert!(!text.contains(|char: char| char.is_ascii_control() || "\\:<>\"|?*".contains(char)));
            for segment in text.split('/') {
                prop_assert!(!segment.ends_with(['.', ' ']));
                let stem = segment.split('.').next().unwrap().to_lowercase();
                prop_assert!(!["con", "nul"].contains(&stem.trim_end()));
            }
        }
    }

    /// The rules only ever let more pass, and a buffer as long as the path is long enough.
    #[test]
    fn rules_only_let_more_pass(path in path(), rules in any_rules()) {
        let (mut one, mut other) = (vec![0; path.len()], vec![0; path.len()]);
        if let Ok(strict) = PathRules::new().decode(&path, &mut one) {
            prop_assert_eq!(rules.decode(&path, &mut other), Ok(strict));
        }
        prop_assert_ne!(rules.decode(&path, &mut other).err(), Some(PathError::TooSmall));
    }

    #[test]
    fn forms_are_read_as_they_were_written(pairs in vec(("\\PC{0,5}", "\\PC{0,5}"), 0..5)) {
        let encode = |text: &String| text.bytes().map(|octet| match octet {
            b' ' => "+".into(),
            _ if octet.is_ascii_alphanumeric() => char::from(octet).to_string(),
            _ => format!("%{octet:02X}"),
        }).collect::<String>();
        let query = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let query = query.collect::<Vec<_>>().join("&");
        let decode = |text: &str| String::from_utf8(form_decode(text.as_bytes()).map(Result::unwrap).collect()).unwrap();
        let read: Vec<_> = query_pairs(&query).map(|(name, value)| (decode(name), decode(value))).collect();
        prop_assert_eq!(read, pairs);
    }
}
