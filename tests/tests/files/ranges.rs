//! Ranges (RFC 9110 section 14).

use sanderling::drive::Files;

use crate::asking::{Answer, Client};
use crate::place::Place;
use crate::servers::Adapter;
use crate::with_each_adapter;

with_each_adapter! {
    single_ranges
    several_ranges_are_parts
    parts_of_a_large_file
    many_ranges_are_the_whole
    an_empty_file_has_no_ranges
}

fn single_ranges(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "0123456789")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (range, status, content_range, body) in [
        ("bytes=0-0", 206, Some("bytes 0-0/10"), "0"),
        ("bytes=2-4", 206, Some("bytes 2-4/10"), "234"),
        ("bytes=7-", 206, Some("bytes 7-9/10"), "789"),
        ("bytes=-3", 206, Some("bytes 7-9/10"), "789"),
        ("bytes=-30", 206, Some("bytes 0-9/10"), "0123456789"),
        ("bytes=5-99999999999999999999", 206, Some("bytes 5-9/10"), "56789"),
        ("BYTES=0-1", 206, Some("bytes 0-1/10"), "01"),
        ("bytes=0-1,1-3", 206, Some("bytes 0-3/10"), "0123"),
        ("bytes=2-3,20-30", 206, Some("bytes 2-3/10"), "23"),
        ("bytes=10-", 416, Some("bytes */10"), "Range Not Satisfiable"),
        ("bytes=-0", 416, Some("bytes */10"), "Range Not Satisfiable"),
        ("bytes=4-2", 200, None, "0123456789"),
        ("bytes=a-b", 200, None, "0123456789"),
        ("lines=0-0", 200, None, "0123456789"),
    ] {
        let answer = client.get_with("/a.txt", &[("Range", range)]);
        answer.is(status, body);
        assert_eq!(answer.head.field("content-range"), content_range, "{range}");
        if status == 206 {
            assert!(answer.head.field("etag").is_some() && answer.head.field("last-modified").is_some());
        }
    }
    let answer = client.ask("HEAD", "/a.txt", &[("Range", "bytes=0-0")]);
    assert_eq!((answer.status(), answer.head.length()), (200, 10));
}

/// The parts of a multipart answer: Content-Range and octets of each.
fn parts(answer: &Answer, content_type: &str) -> Vec<(String, Vec<u8>)> {
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.head.field("content-range"), None);
    let boundary = answer.head.has("content-type").strip_prefix("multipart/byteranges; boundary=").unwrap();
    let mut rest = answer.body.strip_prefix(format!("--{boundary}").as_bytes()).unwrap();
    let mut parts = Vec::new();
    loop {
        if rest == b"--\r\n" {
            return parts;
        }
        let head = format!("\r\nContent-Type: {content_type}\r\nContent-Range: ");
        rest = rest.strip_prefix(head.as_bytes()).unwrap();
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let range = String::from_utf8(rest[..end].to_vec()).unwrap();
        rest = &rest[end + 4..];
        let separator = format!("\r\n--{boundary}");
        let end = rest.windows(separator.len()).position(|octets| octets == separator.as_bytes()).unwrap();
        parts.push((range, rest[..end].to_vec()));
        rest = &rest[end + separator.len()..];
    }
}

fn several_ranges_are_parts(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "0123456789")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let mut boundaries = Vec::new();
    for (range, expected) in [
        ("bytes=0-1,4-5", &[("bytes 0-1/10", "01"), ("bytes 4-5/10", "45")][..]),
        ("bytes=8-,0-0,2-3", &[("bytes 8-9/10", "89"), ("bytes 0-0/10", "0"), ("bytes 2-3/10", "23")]),
        ("bytes=6-7, 0-1, 5-8", &[("bytes 5-8/10", "5678"), ("bytes 0-1/10", "01")]),
    ] {
        let answer = client.get_with("/a.txt", &[("Range", range)]);
        boundaries.push(answer.head.has("content-type").to_owned());
        let found = parts(&answer, "text/plain; charset=utf-8");
        let expected: Vec<_> =
            expected.iter().map(|(range, body)| ((*range).to_owned(), body.as_bytes().to_vec())).collect();
        assert_eq!(found, expected, "{range}");
    }
    // Never the same, or a file could have it in it.
    boundaries.sort();
    boundaries.dedup();
    assert_eq!(boundaries.len(), 3);
}

/// So large that a part and a piece that is read end in different places.
fn parts_of_a_large_file(adapter: Adapter) {
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let place = Place::new();
    place.write("a.bin", &content);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let answer = client.get_with("/a.bin", &[("Range", "bytes=100000-700000, 5-5, -400000")]);
    let found = parts(&answer, "application/octet-stream");
    let expected = [
        ("bytes 100000-700000/1200000".to_owned(), content[100_000..=700_000].to_vec()),
        ("bytes 5-5/1200000".to_owned(), content[5..=5].to_vec()),
        ("bytes 800000-1199999/1200000".to_owned(), content[800_000..].to_vec()),
    ];
    assert!(found == expected);
    let answer = client.get_with("/a.bin", &[("Range", "bytes=65535-131072")]);
    assert!(answer.body == content[65_535..=131_072]);
    assert!(client.get("/a.bin").body == content);
}

fn many_ranges_are_the_whole(adapter: Adapter) {
    let place = Place::new();
    place.write("a.bin", &[b'x'; 1000]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let ranges = |count: usize| {
        let list: Vec<_> = (0..count).map(|at| format!("{}-{}", at * 3, at * 3)).collect();
        format!("bytes={}", list.join(","))
    };
    let answer = client.get_with("/a.bin", &[("Range", &ranges(16))]);
    assert_eq!(parts(&answer, "application/octet-stream").len(), 16);
    assert_eq!(client.get_with("/a.bin", &[("Range", &ranges(17))]).status(), 200);
    // What overlaps is sent once, however often it is asked for.
    let answer = client.get_with("/a.bin", &[("Range", &format!("bytes={}", ["0-"; 500].join(",")))]);
    assert_eq!((answer.status(), answer.body.len()), (206, 1000));
}

fn an_empty_file_has_no_ranges(adapter: Adapter) {
    let place = Place::with(&[("empty", "")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    client.get("/empty").is(200, "");
    assert_eq!(client.get_with("/empty", &[("Range", "bytes=0-")]).head.has("content-range"), "bytes */0");
    client.get_with("/empty", &[("Range", "bytes=-1")]).is(200, "");
}
