//! Directories: their index, their listing, the slash at their end, and the page for what is not there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use sanderling::drive::Files;

use crate::asking::Client;
use crate::place::Place;
use crate::servers::Adapter;
use crate::with_each_adapter;

with_each_adapter! {
    an_index_stands_for_its_directory
    a_directory_without_its_slash_is_redirected
    a_listing_shows_what_can_be_had
    a_listing_is_only_text
    a_page_that_is_not_there_is_the_fallback
}

fn an_index_stands_for_its_directory(adapter: Adapter) {
    let place = Place::with(&[
        ("index.html", "top"),
        ("sub/index.html", "sub"),
        ("other/main.htm", "main"),
        ("odd/index.html/a", ""),
    ]);
    let files = Files::new(place.root()).unwrap();
    let server = adapter.serve(&files);
    let mut client = Client::of(&server);
    client.get("/").is(200, "top");
    client.get("/?a=b").is(200, "top");
    client.get("http://a.example").is(200, "top");
    client.get("/sub/").is(200, "sub");
    client.get("/sub/index.html").is(200, "sub");
    for target in ["/other/", "/odd/"] {
        client.get(target).is(404, "Not Found");
    }
    let server = adapter.serve(&files.clone().index("main.htm"));
    Client::of(&server).get("/other/").is(200, "main");
    let server = adapter.serve(&files.index(""));
    Client::of(&server).get("/").is(404, "Not Found");
}

fn a_directory_without_its_slash_is_redirected(adapter: Adapter) {
    let place = Place::with(&[("a b/sub:x/c", ""), ("\\evil.example/d", ""), ("plain/e", "")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (target, location) in [
        ("/plain", "./plain/"),
        ("/plain?", "./plain/?"),
        ("/plain?a=b&c", "./plain/?a=b&c"),
        ("/a%20b", "./a%20b/"),
        ("/a%20b/sub:x?q", "./sub%3Ax/?q"),
        ("/\\evil.example", "./%5Cevil.example/"),
        ("http://a.example/plain", "./plain/"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = client.ask(method, target, &[]);
            assert_eq!((answer.status(), answer.head.has("location")), (301, location), "{target}");
        }
    }
}

fn a_listing_shows_what_can_be_had(adapter: Adapter) {
    let place = Place::with(&[("b.txt", "12345"), ("A.txt", ""), ("sub/c.txt", ""), ("zeta/d", ""), (".hidden", "")]);
    place.write("large.bin", &vec![0; 1_234_567]);
    place.set_modified("b.txt", 784_111_777);
    place.link("b.txt", "link");
    place.link("/etc", "out");
    let server = adapter.serve(&Files::new(place.root()).unwrap().at("/files").listing(true));
    let mut client = Client::of(&server);
    let answer = client.get("/files/");
    let page = answer.text();
    assert_eq!((answer.status(), answer.head.has("content-type")), (200, "text/html; charset=utf-8"));
    let names: Vec<_> = page.split("<td><a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(names, ["sub/", "zeta/", "A.txt", "b.txt", "large.bin", "link"]);
    assert!(page.contains("<td>5 B</td><td>06 Nov 1994 08:49</td>"), "{page}");
    assert!(page.contains(">1.2 MB<"), "{page}");
    let page = client.get("/files/sub/");
    assert!(page.text().contains("<td><a href=\"../\">"), "{}", page.text());
    let head = client.ask("HEAD", "/files/", &[]);
    assert_eq!((head.status(), head.head.length()), (200, answer.body.len()));
    // It is there only if it was chosen.
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    Client::of(&server).get("/").is(404, "Not Found");
}

fn a_listing_is_only_text(adapter: Adapter) {
    let place =
        Place::with(&[("sub/<script>alert('a')<b>&amp;", ""), ("sub/\"onload=\"x", ""), ("sub/javascript:x", "")]);
    std::fs::write(place.path("sub").join(OsStr::from_bytes(b"\xff%\n")), "octets").unwrap();
    let server = adapter.serve(&Files::new(place.root()).unwrap().listing(true));
    let mut client = Client::of(&server);
    let answer = client.get("/sub/");
    let page = answer.text();
    for absent in ["<script>alert", "<b>", "\"onload", "\"javascript:"] {
        assert!(!page.contains(absent), "{page}");
    }
    assert!(answer.head.has("content-security-policy").contains("default-src 'none'"));
    // Each link leads to its file.
    let targets: Vec<_> = page.split("<td><a href=\"").skip(2).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(targets.len(), 4);
    for target in targets {
        assert_eq!(client.get(&format!("/sub/{target}")).status(), 200, "{target}");
    }
}

fn a_page_that_is_not_there_is_the_fallback(adapter: Adapter) {
    let place = Place::with(&[("app.html", "app"), ("a.txt", "hello"), ("sub/b", "")]);
    let server = adapter.serve(&Files::new(place.root()).unwrap().fallback("/app.html"));
    let mut client = Client::of(&server);
    for accept in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "*/*, TEXT/HTML;q=0.1"] {
        // Paths that no file can have are as good as others in an application.
        let odd = ["/user/a%2Fb", "/user/.foo", "//x", "/a//b", "/a/../b", "/%2e%2e/b"];
        for target in ["/none", "/some/where", "/sub/", "/"].into_iter().chain(odd) {
            let answer = client.get_with(target, &[("Accept", accept)]);
            answer.is(200, "app");
            assert_eq!(answer.head.has("content-type"), "text/html; charset=utf-8");
            assert_eq!((answer.head.has("cache-control"), answer.head.has("vary")), ("no-cache", "Accept"));
        }
    }
    for accept in ["*/*", "image/avif,*/*;q=0.8", "application/json", "text/*", "text/html;q=0"] {
        for target in ["/none", "/a%2fb", "/.foo", "//x"] {
            let answer = client.get_with(target, &[("Accept", accept)]);
            answer.is(404, "Not Found");
            assert_eq!(answer.head.has("vary"), "Accept");
        }
    }
    let page = [("Accept", "text/html")];
    client.get("/none").is(404, "Not Found");
    client.get_with("/a.txt", &page).is(200, "hello");
    assert_eq!(client.get_with("/sub", &page).status(), 301);
    for target in ["/%zz", "//%zz", "/a%2Fb/%00", "/.a/%4"] {
        assert_eq!(client.get_with(target, &page).status(), 400, "{target}");
    }
    assert_eq!(client.ask("POST", "/none", &page).status(), 405);
    let tag = client.get_with("/none", &page).head.has("etag").to_owned();
    assert_eq!(client.get_with("/none", &[page[0], ("If-None-Match", &tag)]).status(), 304);
}
