//! Preconditions (RFC 9110 section 13), in their order of precedence.

use std::fs;

use std::os::unix::fs::MetadataExt;

use sanderling::drive::{Files, Settings};
use sanderling::semantics::HttpDate;

use crate::asking::{Client, Head};
use crate::place::{Place, settled};
use crate::servers::Adapter;
use crate::wire::Wire;
use crate::with_each_adapter;

with_each_adapter! {
    each_precondition_and_their_order
    if_range_wants_the_very_same
    any_change_changes_the_tag
}

/// When a file of this answer was modified last, and the seconds before and behind that.
fn days(head: &Head) -> [String; 3] {
    let day = HttpDate::parse(head.has("last-modified").as_bytes(), 0).unwrap();
    [0, -1, 1].map(|away| HttpDate::from_unix((day.unix() + away) as u64).as_str().to_owned())
}

fn each_precondition_and_their_order(adapter: Adapter) {
    let server = adapter.serve(&Files::new(settled()).unwrap());
    let mut client = Client::of(&server);
    let head = client.get("/a.txt").head;
    let (tag, [day, before, after]) = (head.has("etag").to_owned(), days(&head));
    let weak = format!("W/{tag}");
    for (fields, status) in [
        (&[("If-None-Match", tag.as_str())][..], 304),
        (&[("If-None-Match", &weak)], 304),
        (&[("If-None-Match", "\"other\", \"and\"")], 200),
        (&[("If-None-Match", "*")], 304),
        (&[("If-Modified-Since", &day)], 304),
        (&[("If-Modified-Since", &after)], 304),
        (&[("If-Modified-Since", &before)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        (&[("If-None-Match", "\"other\""), ("If-Modified-Since", &after)], 200),
        (&[("If-None-Match", &tag), ("If-Modified-Since", &before)], 304),
        (&[("If-Match", &tag)], 200),
        (&[("If-Match", &weak)], 412),
        (&[("If-Match", "\"other\"")], 412),
        (&[("If-Match", "*")], 200),
        (&[("If-Unmodified-Since", &day)], 200),
        (&[("If-Unmodified-Since", &before)], 412),
        (&[("If-Match", &tag), ("If-Unmodified-Since", &before)], 200),
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
    let place = Place::with(&[("sub/a", "")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    assert_eq!(client.get_with("/none", &[("If-Match", "\"a\"")]).status(), 404);
    assert_eq!(client.get_with("/sub", &[("If-None-Match", "*")]).status(), 301);
}

fn if_range_wants_the_very_same(adapter: Adapter) {
    let server = adapter.serve(&Files::new(settled()).unwrap());
    let mut client = Client::of(&server);
    let head = client.get("/a.txt").head;
    let (tag, [day, _, after]) = (head.has("etag").to_owned(), days(&head));
    let weak = format!("W/{tag}");
    for (if_range, status) in [
        (tag.as_str(), 206),
        (&weak, 200),
        ("\"other\"", 200),
        // A date of one second's precision is weak (section 8.8.2.2).
        (&day, 200),
        (&after, 200),
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

/// The head of the answer to GET at a second.
fn head_at(unix_time: u64, place: &Place, fields: &str) -> String {
    let wire = Wire::new(&format!("GET /a.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    wire.state().unix_time = unix_time;
    wire.serve_at_once(&Files::new(place.root()).unwrap(), Settings::default());
    let answer = String::from_utf8(wire.state().octets.clone()).unwrap();
    answer.split_once("\r\n\r\n").unwrap().0.to_owned()
}

fn tag_at(unix_time: u64, place: &Place) -> String {
    let head = head_at(unix_time, place, "");
    head.split_once("ETag: ").unwrap().1.lines().next().unwrap().to_owned()
}

/// It could change again and have the same times.
#[test]
fn the_tag_of_a_young_file_is_weak_and_soon_another() {
    let place = Place::with(&[("a.txt", "hello")]);
    let metadata = fs::metadata(place.path("a.txt")).unwrap();
    let changed = metadata.mtime().max(metadata.ctime()) as u64;
    let is = |status: &str, at: u64, fields: &str| {
        let head = head_at(at, &place, fields);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{fields} is {head}");
    };
    let young = tag_at(changed, &place);
    assert_eq!(tag_at(changed + 1, &place), young);
    assert!(young.starts_with("W/"), "{young} is strong");
    is("200", changed + 1, &format!("Range: bytes=0-0\r\nIf-Range: {young}\r\n"));
    is("412", changed + 1, &format!("If-Match: {young}\r\n"));
    is("304", changed + 1, &format!("If-None-Match: {young}\r\n"));

    let settled = tag_at(changed + 2, &place);
    assert!(settled.starts_with('"'), "{settled} is weak");
    is("200", changed + 2, &format!("If-None-Match: {young}\r\n"));
    is("304", changed + 2, &format!("If-None-Match: {settled}\r\n"));
    is("206", changed + 2, &format!("Range: bytes=0-0\r\nIf-Range: {settled}\r\n"));
    is("200", changed + 2, &format!("Range: bytes=0-0\r\nIf-Range: {}\r\n", young.trim_start_matches("W/")));

    // When a time that is yet to come was given to it nobody can tell.
    place.set_modified("a.txt", changed + 1000);
    assert!(tag_at(changed + 10, &place).starts_with("W/"));
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
