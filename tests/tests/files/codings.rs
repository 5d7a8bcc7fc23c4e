//! Siblings that hold a file's content in a coding.

use sanderling::drive::Files;

use crate::asking::Client;
use crate::place::Place;
use crate::servers::Adapter;
use crate::with_each_adapter;

with_each_adapter! {
    the_best_sibling_there_is
    a_sibling_is_a_representation_of_its_own
    siblings_are_not_sent_unless_so_chosen
}

fn the_best_sibling_there_is(adapter: Adapter) {
    let place = Place::with(&[
        ("a.css", "plain"),
        ("a.css.br", "brotli"),
        ("a.css.zst", "zstandard"),
        ("a.css.gz", "gzip"),
        ("b.css", "plain"),
        ("b.css.gz", "gzip"),
        ("c.css.gz", "gzip"),
        ("d.css", "plain"),
        ("d.css.gz/e", ""),
        ("index.html", "plain"),
        ("index.html.gz", "gzip"),
    ]);
    place.link("/dev/null", "d.css.br");
    let server = adapter.serve(&Files::new(place.root()).unwrap().precompressed(true));
    let mut client = Client::of(&server);
    for (target, accept_encoding, coding, body) in [
        ("/a.css", "gzip, deflate, br, zstd", Some("br"), "brotli"),
        ("/a.css", "gzip, zstd", Some("zstd"), "zstandard"),
        ("/a.css", "gzip;q=1, br;q=0.1", Some("gzip"), "gzip"),
        ("/a.css", "br;q=0", None, "plain"),
        ("/a.css", "identity", None, "plain"),
        ("/a.css", "", None, "plain"),
        ("/a.css", "*", Some("br"), "brotli"),
        ("/b.css", "gzip, br", Some("gzip"), "gzip"),
        ("/b.css", "br", None, "plain"),
        ("/b.css", "br, identity;q=0", None, "plain"),
        ("/d.css", "gzip, br", None, "plain"),
        ("/", "gzip", Some("gzip"), "gzip"),
    ] {
        let answer = client.get_with(target, &[("Accept-Encoding", accept_encoding)]);
        answer.is(200, body);
        assert_eq!(answer.head.field("content-encoding"), coding, "{target} {accept_encoding}");
        assert_eq!(answer.head.has("vary"), "Accept-Encoding");
        let kind = if target == "/" { "text/html; charset=utf-8" } else { "text/css; charset=utf-8" };
        assert_eq!(answer.head.has("content-type"), kind);
    }
    let answer = client.get("/a.css");
    answer.is(200, "plain");
    assert_eq!(answer.head.has("vary"), "Accept-Encoding");
    // A sibling of nothing is nothing, and by its own name it is a file like others.
    assert_eq!(client.get_with("/c.css", &[("Accept-Encoding", "gzip")]).status(), 404);
    let answer = client.get_with("/a.css.gz", &[("Accept-Encoding", "gzip")]);
    assert_eq!((answer.head.has("content-type"), answer.head.field("content-encoding")), ("application/gzip", None));
}

fn a_sibling_is_a_representation_of_its_own(adapter: Adapter) {
    // A link of the same file has even the same inode.
    let place = Place::with(&[("a.css", "0123456789")]);
    std::fs::hard_link(place.path("a.css"), place.path("a.css.gz")).unwrap();
    let server = adapter.serve(&Files::new(place.root()).unwrap().precompressed(true));
    let mut client = Client::of(&server);
    let gzip = ("Accept-Encoding", "gzip");
    let plain_tag = client.get("/a.css").head.has("etag").to_owned();
    let tag = client.get_with("/a.css", &[gzip]).head.has("etag").to_owned();
    assert_ne!(plain_tag, tag);
    assert_eq!(client.get_with("/a.css", &[gzip, ("If-None-Match", &plain_tag)]).status(), 200);
    let answer = client.get_with("/a.css", &[gzip, ("If-None-Match", &tag)]);
    assert_eq!((answer.status(), answer.head.has("vary")), (304, "Accept-Encoding"));
    // A range is one of the coded octets.
    let answer = client.get_with("/a.css", &[gzip, ("Range", "bytes=2-3"), ("If-Range", &tag)]);
    answer.is(206, "23");
    assert_eq!(answer.head.has("content-encoding"), "gzip");
    assert_eq!(client.get_with("/a.css", &[gzip, ("Range", "bytes=2-3"), ("If-Range", &plain_tag)]).status(), 200);
}

fn siblings_are_not_sent_unless_so_chosen(adapter: Adapter) {
    let place = Place::with(&[("a.css", "plain"), ("a.css.gz", "gzip")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let answer = Client::of(&server).get_with("/a.css", &[("Accept-Encoding", "gzip")]);
    answer.is(200, "plain");
    assert_eq!((answer.head.field("content-encoding"), answer.head.field("vary")), (None, None));
}
