//! Methods, and the fields of a plain answer.

use sanderling::drive::Files;
use sanderling::semantics::{CacheDirective, DeltaSeconds};

use crate::asking::Client;
use crate::place::Place;
use crate::servers::Adapter;
use crate::with_each_adapter;

with_each_adapter! {
    get_and_head_are_alike
    other_methods_are_refused
    types_are_told_by_the_name
    caches_are_told_what_was_chosen
}

fn get_and_head_are_alike(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("empty", "")]);
    place.write("large", &vec![b'x'; 200_000]);
    place.set_modified("a.txt", 784_111_777);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (path, length) in [("/a.txt", 5), ("/empty", 0), ("/large", 200_000), ("/none", 9)] {
        let get = client.get(path);
        let head = client.ask("HEAD", path, &[]);
        assert_eq!((get.body.len(), get.head.length(), head.head.length()), (length, length, length), "{path}");
        for name in ["etag", "last-modified", "content-type", "accept-ranges"] {
            assert_eq!(get.head.field(name), head.head.field(name), "{path}");
        }
        assert_eq!(get.status(), head.status());
    }
    let answer = client.get("/a.txt");
    answer.is(200, "hello");
    assert_eq!(answer.head.has("last-modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(answer.head.has("accept-ranges"), "bytes");
    assert!(answer.head.has("etag").starts_with('"'), "the tag is weak");
    assert_eq!(answer.head.field("cache-control"), None);
    assert_eq!(answer.head.field("vary"), None);
}

fn other_methods_are_refused(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (method, status) in
        [("POST", 405), ("PUT", 405), ("DELETE", 405), ("PATCH", 405), ("TRACE", 405), ("get", 501), ("BREW", 501)]
    {
        let answer = client.ask(method, "/a.txt", &[]);
        assert_eq!((answer.status(), answer.head.has("allow")), (status, "GET, HEAD, OPTIONS"), "{method}");
    }
    for target in ["/a.txt", "/none", "*"] {
        let answer = client.ask("OPTIONS", target, &[]);
        assert_eq!((answer.status(), answer.head.has("allow")), (204, "GET, HEAD, OPTIONS"), "{target}");
    }
    client.get("/a.txt").is(200, "hello");
}

fn types_are_told_by_the_name(adapter: Adapter) {
    let types = [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.json", "application/json"),
        ("a", "application/octet-stream"),
    ];
    let place = Place::with(&types.map(|(name, _)| (name, "x")));
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (name, expected) in types {
        assert_eq!(client.get(&format!("/{name}")).head.has("content-type"), expected);
    }
}

fn caches_are_told_what_was_chosen(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello")]);
    let directives = [CacheDirective::Public, CacheDirective::MaxAge(DeltaSeconds::new(60))];
    let server = adapter.serve(&Files::new(place.root()).unwrap().cache_control(&directives));
    let mut client = Client::of(&server);
    let answer = client.get("/a.txt");
    assert_eq!(answer.head.has("cache-control"), "public, max-age=60");
    let answer = client.get_with("/a.txt", &[("If-None-Match", answer.head.has("etag"))]);
    assert_eq!((answer.status(), answer.head.has("cache-control")), (304, "public, max-age=60"));
    // A mistake is not to be kept.
    assert_eq!(client.get("/none").head.field("cache-control"), None);
}
