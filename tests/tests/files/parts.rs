//! What goes by parts of files, which are not read, and what becomes of parts that are not in memory.

use core::time::Duration;
use std::fs::File;
use std::io::{self, Write};

use sanderling::Tick;
use sanderling::drive::{Compression, Error, Files, Settings};
use sanderling::semantics::CacheDirective;

use crate::changes::is_open;
use crate::place::Place;
use crate::wire::Wire;

/// So long that it takes several parts, and of no round number of octets.
fn content() -> Vec<u8> {
    (0..400_003_u32).flat_map(u32::to_le_bytes).collect()
}

fn place() -> (Place, Files) {
    let place = Place::with(&[("small.txt", "0123456789")]);
    place.write("large.bin", &content());
    let files = Files::new(place.root()).unwrap();
    (place, files)
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

/// The bodies of answers, by their Content-Length.
fn bodies(mut octets: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while !octets.is_empty() {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = str::from_utf8(&octets[..end]).unwrap();
        let length = head.split_once("Content-Length: ").unwrap().1.split_once("\r\n").unwrap().0;
        let (body, rest) = octets[end..].split_at(length.parse().unwrap());
        bodies.push(body);
        octets = rest;
    }
    bodies
}

fn open(place: &Place) -> File {
    File::open(place.path("large.bin")).unwrap()
}

/// Whether the system has this octet of the file in memory, as far as it can say.
fn has(file: &File, at: u64) -> bool {
    let mut octet = [0];
    let mut room = [io::IoSliceMut::new(&mut octet)];
    rustix::io::preadv2(file, &mut room, at, rustix::io::ReadWriteFlags::NOWAIT).is_ok()
}

/// Asks the system to forget what it knows of the file, and says whether it has.
fn forget(place: &Place) -> bool {
    let file = open(place);
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    let len = file.metadata().unwrap().len();
    (0..len).step_by(4096).all(|at| !has(&file, at))
}

/// Whether the system can say what of a file is in memory: all of what was just written is.
fn can_tell(place: &Place) -> bool {
    has(&open(place), 0)
}

#[test]
fn a_large_file_is_not_read_and_a_small_one_leaves_with_its_head() {
    let (place, files) = place();
    if !can_tell(&place) {
        return;
    }
    // Answers leave together only where many handlers were done at once before.
    const BEFORE: usize = 40;
    let (small, large) = (get("/small.txt", ""), get("/large.bin", ""));
    let wire = Wire::new(&[small.repeat(BEFORE), large, small].concat());
    wire.serve_at_once(&files, Settings::default());
    let state = wire.state();
    let mut bodies = bodies(&state.octets);
    assert!(bodies.pop().unwrap() == b"0123456789" && bodies.pop().unwrap() == content());
    assert!(bodies == vec![b"0123456789"; BEFORE]);
    assert_eq!((state.passed(), state.fetches), (content().len(), 0));
    let part = state.writes.iter().position(|(_, is_file)| *is_file).unwrap();
    // Its head left with the answer before.
    assert!(state.writes[part - 1].0 > 300 && !state.writes.last().unwrap().1, "{:?}", state.writes);
}

#[test]
fn of_a_range_only_that() {
    let (place, files) = place();
    if !can_tell(&place) {
        return;
    }
    for (range, from, to) in
        [("524287-524288", 524_287, 524_289), ("7-1500000", 7, 1_500_001), ("-70001", 1_530_011, 1_600_012)]
    {
        let wire = Wire::new(&get("/large.bin", &format!("Range: bytes={range}\r\n")));
        wire.serve_at_once(&files, Settings::default());
        let state = wire.state();
        assert!(bodies(&state.octets) == [&content()[from..to]], "{range}");
        assert_eq!(state.passed(), if to - from > 65_536 { to - from } else { 0 }, "{range}");
    }
}

#[test]
fn the_long_ones_of_several_ranges_are_not_read() {
    let (place, files) = place();
    if !can_tell(&place) {
        return;
    }
    let wire = Wire::new(&get("/large.bin", "Range: bytes=0-9, 100000-1299999, 1300100-1300109\r\n"));
    wire.serve_at_once(&files, Settings::default());
    let state = wire.state();
    assert_eq!(state.passed(), 1_200_000);
    let body = bodies(&state.octets)[0];
    let at = |octets: &[u8]| body.windows(octets.len()).position(|window| window == octets);
    let places = [&content()[..10], &content()[100_000..1_300_000], &content()[1_300_100..1_300_110]].map(at);
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
}

#[test]
fn what_is_not_in_memory_is_fetched_where_one_may_wait() {
    let (place, files) = place();
    if !can_tell(&place) {
        return;
    }
    // The system is only asked to, and need not.
    let is_forgotten = forget(&place);
    let wire = Wire::new(&get("/large.bin", ""));
    wire.serve_at_once(&files, Settings::default());
    let state = wire.state();
    assert!(bodies(&state.octets) == [&content()[..]]);
    assert!(state.fetches > 0 || !is_forgotten);
    assert_eq!(state.passed(), content().len());
}

#[test]
fn what_leaves_memory_while_the_client_takes_nothing_is_fetched_again() {
    let (place, files) = place();
    if !can_tell(&place) {
        return;
    }
    let wire = Wire::new(&get("/large.bin", ""));
    wire.state().room = Some(100_000);
    let (mut fetches, mut forgotten) = (Vec::new(), 0);
    let outcomes = wire.serve(&files, Settings::default(), |state| {
        if state.room == Some(0) {
            fetches.push(state.fetches);
            forgotten += usize::from(forget(&place));
            state.room = Some(100_000);
            return true;
        }
        false
    });
    assert!(matches!(outcomes[..], [Ok(())]), "{outcomes:?}");
    let state = wire.state();
    assert!(bodies(&state.octets) == [&content()[..]]);
    assert!(fetches[0] == 0 && fetches.is_sorted() && fetches.len() > 10, "{fetches:?}");
    assert!(state.fetches + 1 >= forgotten, "{forgotten} times, and {} fetches", state.fetches);
}

#[test]
fn a_file_that_shrinks_fails_in_the_middle() {
    let (place, files) = place();
    let wire = Wire::new(&get("/large.bin", ""));
    wire.state().room = Some(300_000);
    let outcomes = wire.serve(&files, Settings::default(), |state| {
        File::options().write(true).open(place.path("large.bin")).unwrap().set_len(200_000).unwrap();
        state.room.replace(usize::MAX) != Some(usize::MAX)
    });
    let kind = |error: &Error| match error {
        Error::Io(error) => Some(error.kind()),
        _ => None,
    };
    let kinds: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().and_then(kind)).collect();
    assert_eq!(kinds, [Some(io::ErrorKind::UnexpectedEof)]);
    assert_eq!(wire.state().octets.len(), 300_000);
}

/// Has so many octets taken before the file is changed, and all that follow. Gives the error, and what was taken of the
/// body.
fn changed_behind(taken: usize, is_plain: bool, change: impl Fn(&Place)) -> (Option<Error>, Vec<u8>) {
    let (place, files) = place();
    place.set_modified("large.bin", 784_111_777);
    let wire = Wire::new(&get("/large.bin", ""));
    {
        let mut state = wire.state();
        (state.room, state.is_plain) = (Some(taken), is_plain);
    }
    let mut outcomes = wire.serve(&files, Settings::default(), |state| {
        change(&place);
        state.room.replace(usize::MAX) == Some(0)
    });
    assert_eq!(outcomes.len(), 1);
    let state = wire.state();
    let head = state.octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (outcomes.pop().unwrap().err(), state.octets[head..].to_vec())
}

#[test]
fn a_file_that_is_rewritten_is_cut_and_not_mixed() {
    let content = content();
    let rewrite = |place: &Place| place.write("large.bin", &vec![b'x'; 1_600_012]);
    let longer = |place: &Place| place.write("large.bin", &vec![b'x'; 1_700_000]);
    for taken in [100_000, 300_000, 1_500_000, 1_600_000] {
        for (is_plain, change) in [(false, &rewrite as &dyn Fn(&Place)), (true, &rewrite), (false, &longer)] {
            let (error, body) = changed_behind(taken, is_plain, change);
            // What was read before the change is the file's as it was, and may be its end.
            let is_done = is_plain && body.len() == content.len();
            assert!(is_done || matches!(error, Some(Error::Io(_))), "{taken}: {error:?}");
            assert!(content.starts_with(&body) && body.len() > taken - 1000, "{} octets", body.len());
            assert!(is_plain || body.len() < taken, "{} octets", body.len());
        }
    }
}

#[test]
fn a_file_that_grows_is_cut() {
    let grow = |place: &Place| {
        let mut file = File::options().append(true).open(place.path("large.bin")).unwrap();
        file.write_all(b"more").unwrap();
    };
    for is_plain in [false, true] {
        let (error, body) = changed_behind(300_000, is_plain, grow);
        assert!(error.is_some() && body.len() < 400_000, "{} octets", body.len());
    }
}

#[test]
fn a_client_that_takes_nothing_is_dropped_and_the_file_closed() {
    let (place, files) = place();
    let wire = Wire::new(&get("/large.bin", ""));
    wire.state().room = Some(300_000);
    let path = place.path("large.bin").canonicalize().unwrap();
    let wait = Settings::default().deadlines.write.unwrap();
    let outcomes = wire.serve(&files, Settings::default(), |state| {
        assert!(state.now > Tick::ZERO || is_open(&path) != Some(false));
        state.now = state.now + wait + Duration::from_millis(1);
        true
    });
    assert!(matches!(outcomes[..], [Err(Error::TimedOut)]), "{outcomes:?}");
    assert_ne!(is_open(&path), Some(true));
    assert_eq!(wire.state().octets.len(), 300_000);
}

#[test]
fn what_is_compressed_is_read() {
    let (place, _) = place();
    place.write("large.txt", &vec![b'x'; 1_000_000]);
    let files = Files::new(place.root()).unwrap();
    let mut settings = Settings::default();
    settings.compression = Some(Compression::default());
    for (path, accepts, is_passed) in
        [("/large.txt", "gzip", false), ("/large.txt", "identity", true), ("/large.bin", "gzip", true)]
    {
        let wire = Wire::new(&get(path, &format!("Accept-Encoding: {accepts}\r\n")));
        wire.serve_at_once(&files, settings.clone());
        let state = wire.state();
        assert_eq!(state.passed() > 0, is_passed && can_tell(&place), "{path} {accepts}");
        assert_eq!(state.octets.len() > 100_000, is_passed, "{path} {accepts}");
    }
}

/// The head of the answer of a server that compresses.
fn head(files: &Files, path: &str, fields: &str) -> String {
    let wire = Wire::new(&get(path, fields));
    // Later than the files, so that their dates are those of their last change.
    wire.state().unix_time = 1_000_000_000;
    let mut settings = Settings::default();
    settings.compression = Some(Compression::default());
    wire.serve_at_once(files, settings);
    let octets = &wire.state().octets;
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    String::from_utf8(octets[..end].to_vec()).unwrap()
}

fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// What a client has of it, if not by If-Range, are octets in a coding.
#[test]
fn a_range_of_what_is_compressed_is_the_whole() {
    let place = Place::with(&[("short.txt", "0123456789"), ("long.txt", ""), ("image.png", "")]);
    place.write("long.txt", &[b'x'; 3000]);
    place.write("image.png", &[b'x'; 3000]);
    place.set_modified("long.txt", 784_111_777);
    let plain = Files::new(place.root()).unwrap();
    let fixed = plain.clone().cache_control(&[CacheDirective::NoTransform]);
    let whole = head(&plain, "/long.txt", "");
    let (tag, date) = (field(&whole, "ETag").unwrap(), field(&whole, "Last-Modified").unwrap());
    assert!(tag.starts_with('"'), "{tag} is weak");
    let part = "Range: bytes=2-4";
    for (files, path, fields, status) in [
        (&plain, "/long.txt", part, "206"),
        (&plain, "/long.txt", &format!("Accept-Encoding: gzip\r\n{part}"), "200"),
        (&plain, "/long.txt", "Accept-Encoding: gzip\r\nRange: bytes=0-1, 7-9", "200"),
        (&plain, "/long.txt", "Accept-Encoding: gzip\r\nRange: bytes=9999-", "200"),
        (&plain, "/long.txt", &format!("Accept-Encoding: gzip\r\n{part}\r\nIf-Range: {tag}"), "206"),
        (&plain, "/long.txt", &format!("Accept-Encoding: gzip\r\n{part}\r\nIf-Range: W/{tag}"), "200"),
        // A date is that of all its representations, so that it does not say which one the client has.
        (&plain, "/long.txt", &format!("Accept-Encoding: gzip\r\n{part}\r\nIf-Range: {date}"), "200"),
        (&plain, "/long.txt", &format!("{part}\r\nIf-Range: {date}"), "206"),
        (&plain, "/long.txt", &format!("Accept-Encoding: identity\r\n{part}"), "206"),
        (&plain, "/short.txt", &format!("Accept-Encoding: gzip\r\n{part}"), "206"),
        (&plain, "/image.png", &format!("Accept-Encoding: gzip\r\n{part}"), "206"),
        (&fixed, "/long.txt", &format!("Accept-Encoding: gzip\r\n{part}"), "206"),
    ] {
        let head = head(files, path, &format!("{fields}\r\n"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}, {fields}: {head}");
        let is_coded = status == "200";
        assert_eq!(head.contains("Content-Encoding: gzip"), is_coded, "{head}");
        assert_eq!(head.contains("Content-Range"), !is_coded, "{head}");
    }
}

/// RFC 9110 sections 15.3.7 and 15.4.5.
#[test]
fn what_stands_for_a_whole_says_the_same_of_codings() {
    let place = Place::with(&[("short.txt", "0123456789"), ("coded.txt", "")]);
    for path in ["long.txt", "image.png", "coded.txt", "coded.txt.gz"] {
        place.write(path, &[b'x'; 3000]);
    }
    let plain = Files::new(place.root()).unwrap();
    let coded = plain.clone().precompressed(true);
    for (files, path, vary) in [
        (&plain, "/long.txt", Some("Accept-Encoding")),
        (&plain, "/short.txt", None),
        (&plain, "/image.png", None),
        (&coded, "/coded.txt", Some("Accept-Encoding")),
    ] {
        let strong = head(files, path, "Accept-Encoding: identity\r\n");
        let strong = field(&strong, "ETag").unwrap();
        for accepts in ["gzip", "identity"] {
            let accepts = format!("Accept-Encoding: {accepts}\r\n");
            let whole = head(files, path, &accepts);
            assert_eq!(field(&whole, "Vary"), vary, "{whole}");
            let tag = field(&whole, "ETag").unwrap();
            let unmodified =
                head(files, path, &format!("{accepts}If-None-Match: {tag}, W/{}\r\n", tag.trim_start_matches("W/")));
            assert!(unmodified.starts_with("HTTP/1.1 304 "), "{unmodified}");
            assert_eq!(
                (field(&unmodified, "Vary"), field(&unmodified, "ETag")),
                (vary, Some(tag)),
                "{path}, {accepts}"
            );
            let if_range = if path == "/coded.txt" { tag } else { strong };
            for range in ["2-4", "0-1, 7-8"] {
                let part = head(files, path, &format!("{accepts}Range: bytes={range}\r\nIf-Range: {if_range}\r\n"));
                assert!(part.starts_with("HTTP/1.1 206 "), "{part}");
                assert_eq!(field(&part, "Vary"), vary, "{part}");
            }
        }
    }
}

#[test]
fn head_gets_the_fields_of_get_compressed_or_not() {
    let place = Place::with(&[("short.txt", "x"), ("long.txt", "")]);
    place.write("odd.txt", &odd(3000));
    place.write("even.txt", &[b'x'; 3000]);
    place.write("long.txt", &[b'x'; 100_000]);
    let files = Files::new(place.root()).unwrap();
    let mut settings = Settings::default();
    settings.compression = Some(Compression::default());
    for path in ["/short.txt", "/odd.txt", "/even.txt", "/long.txt"] {
        for fields in ["", "Accept-Encoding: gzip\r\n"] {
            let request = get(path, fields);
            let heads = [request.replacen("GET", "HEAD", 1), request].map(|request| {
                let wire = Wire::new(&request);
                wire.serve_at_once(&files, settings.clone());
                let state = wire.state();
                let end = state.octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
                assert_eq!(state.octets.len() == end, request.starts_with("HEAD"), "{path}");
                String::from_utf8(state.octets[..end].to_vec()).unwrap()
            });
            assert_eq!(heads[0], heads[1], "{path} {fields}");
        }
    }
}

/// Octets that do not get shorter.
fn odd(len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..len).map(|_| random.u8(..)).collect()
}
