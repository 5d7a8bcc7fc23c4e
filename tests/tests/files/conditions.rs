//! Preconditions (RFC 9110 section 13), in their order of precedence.

use std::fs;

use sanderling::drive::{Files, Settings};
use sanderling::semantics::HttpDate;

use crate::asking::Client;
use crate::place::Place;
use crate::servers::Adapter;
use crate::wire::Wire;
use crate::with_each_adapter;

with_each_adapter! {
    each_precondition_and_their_order
    if_range_wants_the_very_same
    any_change_changes_the_tag
}

const DAY: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn each_precondition_and_their_order(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello")]);
    place.set_modified("a.txt", 784_111_777);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let tag = client.get("/a.txt").head.has("etag").to_owned();
    let weak = format!("W/{tag}");
    for (fields, status) in [
        (&[("If-None-Match", tag.as_str())][..], 304),
        (&[("If-None-Match", &weak)], 304),
        (&[("If-None-Match", "\"other\", \"and\"")], 200),
        (&[("If-None-Match", "*")], 304),
        (&[("If-Modified-Since", DAY)], 304),
        (&[("If-Modified-Since", AFTER)], 304),
        (&[("If-Modified-Since", BEFORE)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        (&[("If-None-Match", "\"other\""), ("If-Modified-Since", AFTER)], 200),
        (&[("If-None-Match", &tag), ("If-Modified-Since", BEFORE)], 304),
        (&[("If-Match", &tag)], 200),
        (&[("If-Match", &weak)], 412),
        (&[("If-Match", "\"other\"")], 412),
        (&[("If-Match", "*")], 200),
        (&[("If-Unmodified-Since", DAY)], 200),
        (&[("If-Unmodified-Since", BEFORE)], 412),
        (&[("If-Match", &tag), ("If-Unmodified-Since", BEFORE)], 200),
        (&[("If-Match", "\"other\""), ("If-None-Match", &tag)], 412),
        (&[("If-Match", &tag), ("If-None-Match", &tag)], 304),
        (&[("If-None-Match", &tag), ("Range", "bytes=0-0")], 304),
        (&[("If-None-Match", &tag), ("Range", "bytes=9-")], 304),
        (&[("If-Match", "\"other\""), ("Range", "bytes=9-")], 412),
        (&[("If-Match", &tag), ("Range", "bytes=9-")], 416),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = client.ask(method, "/a.txt", fields);
            // To HEAD there are no ranges.
            let status = if status == 416 && method == "HEAD" { 200 } else { status };
            assert_eq!(answer.status(), status, "{method} {fields:?}");
            if status == 304 {
                assert_eq!(answer.head.has("etag"), tag);
                assert_eq!((answer.head.field("content-type"), answer.head.field("last-modified")), (None, None));
            }
        }
    }
    // What is not there, and what is elsewhere, has no preconditions (section 13.2.1).
    fs::create_dir(place.path("sub")).unwrap();
    assert_eq!(client.get_with("/none", &[("If-Match", "\"a\"")]).status(), 404);
    assert_eq!(client.get_with("/sub", &[("If-None-Match", "*")]).status(), 301);
}

fn if_range_wants_the_very_same(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello")]);
    place.set_modified("a.txt", 784_111_777);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let tag = client.get("/a.txt").head.has("etag").to_owned();
    let weak = format!("W/{tag}");
    for (if_range, status) in [
        (tag.as_str(), 206),
        (&weak, 200),
        ("\"other\"", 200),
        // Its second has long been over (section 8.8.2.2).
        (DAY, 206),
        (AFTER, 200),
        ("nonsense", 200),
    ] {
        let answer = client.get_with("/a.txt", &[("If-Range", if_range), ("Range", "bytes=1-2")]);
        answer.is(status, if status == 206 { "el" } else { "hello" });
        // A range that is not, either.
        let answer = client.get_with("/a.txt", &[("If-Range", if_range), ("Range", "bytes=9-")]);
        assert_eq!(answer.status(), if status == 206 { 416 } else { 200 });
    }
    client.get_with("/a.txt", &[("If-Range", &tag)]).is(200, "hello");
}

/// Also one that puts time and length back.
fn any_change_changes_the_tag(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("b.txt", "hello")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let mut tags = Vec::new();
    let mut see = |what: &str| {
        let tag = client.get("/a.txt").head.has("etag").to_owned();
        assert!(!tags.contains(&tag), "{what}: {tag} of {tags:?}");
        tags.push(tag);
    };
    place.set_modified("a.txt", 784_111_777);
    see("the first");
    place.set_modified("a.txt", 784_111_778);
    see("another time");
    place.write("a.txt", b"longer");
    place.set_modified("a.txt", 784_111_777);
    see("another length");
    place.set_modified("b.txt", 784_111_777);
    fs::rename(place.path("b.txt"), place.path("a.txt")).unwrap();
    see("another file of the first time and length");
}

/// Section 8.8.2.1. Requests that are answered together share a Date.
#[test]
fn nothing_was_modified_after_the_date() {
    let place = Place::with(&[("a.txt", "hello")]);
    let wire = Wire::new(&"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20));
    wire.state().haste = 1;
    wire.serve_at_once(&Files::new(place.root()).unwrap(), Settings::default());
    let answers = String::from_utf8(wire.state().octets.clone()).unwrap();
    let of = |name: &str| -> Vec<_> {
        let lines = answers.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        lines.map(|value| HttpDate::parse(value.as_bytes(), 0).unwrap()).collect()
    };
    let (dates, modified) = (of("Date"), of("Last-Modified"));
    assert_eq!((dates.len(), modified.len()), (20, 20));
    assert!(dates.iter().zip(&modified).all(|(date, modified)| modified <= date), "{answers}");
}
