//! Which paths lead to a file, and that none leads out of the directory.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use sanderling::drive::Files;

use crate::asking::Client;
use crate::place::Place;
use crate::servers::Adapter;
use crate::with_each_adapter;

with_each_adapter! {
    names_are_decoded_once
    nothing_outside_is_found
    links_lead_no_further_than_the_directory
    links_out_are_followed_if_so_chosen
    what_is_no_file_is_not_there
    hidden_files_are_not_there_unless_so_chosen
    unreadable_files_are_forbidden
    a_directory_that_may_not_be_listed_has_its_files
    a_prefix_is_not_part_of_the_path
    a_prefix_is_compared_as_it_is_decoded
    only_a_directory_can_be_served
}

fn names_are_decoded_once(adapter: Adapter) {
    let place = Place::with(&[
        ("a b.txt", "blank"),
        ("grüße", "umlaut"),
        ("%41", "percent"),
        ("b\\c", "bar"),
        ("d:e", "colon"),
    ]);
    fs::write(place.root().join(OsStr::from_bytes(b"\xff\xfe")), "octets").unwrap();
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (target, body) in [
        ("/a%20b.txt", "blank"),
        ("/gr%c3%bc%C3%9Fe", "umlaut"),
        ("/%2541", "percent"),
        ("/b%5cc", "bar"),
        ("/b\\c", "bar"),
        ("/d:e", "colon"),
        ("/%ff%FE", "octets"),
        ("/a%20b.txt?query", "blank"),
        ("http://a.example/a%20b.txt", "blank"),
    ] {
        client.get(target).is(200, body);
    }
    for (target, status) in [("/%41", 404), ("/%", 400), ("/%4", 400), ("/%zz", 400), ("/a%00", 400)] {
        assert_eq!(client.get(target).status(), status, "{target}");
    }
}

fn nothing_outside_is_found(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("sub/b.txt", "there")]);
    place.write("../secret", b"secret");
    place.write("../root-too/secret", b"secret");
    let absolute = place.root().join("../secret");
    let absolute = absolute.to_str().unwrap();
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    let long = format!("/{}", "x".repeat(5000));
    for target in [
        "/../secret",
        "/%2e%2e/secret",
        "/.%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/sub/../../secret",
        "/sub/%2e%2e/%2e%2e/secret",
        "/../root-too/secret",
        "/%252e%252e/secret",
        "/..\\secret",
        "/..%5csecret",
        "//secret",
        "//etc/passwd",
        "/./a.txt",
        "/sub//b.txt",
        "/sub/./b.txt",
        "/sub/../a.txt",
        "/a.txt/",
        "/a.txt/b",
        "/a.txt/../a.txt",
        absolute,
        &format!("/{}", absolute.replace('/', "%2f")),
        &format!("/{absolute}"),
        &long,
    ] {
        let answer = client.get(target);
        answer.is(404, "Not Found");
    }
}

fn links_lead_no_further_than_the_directory(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("sub/b.txt", "there")]);
    place.write("../secret", b"secret");
    place.write("../root-too/secret", b"secret");
    place.link("a.txt", "inside");
    place.link("../a.txt", "sub/up");
    place.link("sub", "down");
    place.link("inside", "twice");
    place.link("../secret", "outside");
    place.link("..", "over");
    place.link("/", "top");
    place.link(place.path("a.txt"), "absolute");
    place.link(place.root().join("../root-too"), "beside");
    place.link("loop", "loop");
    place.link("none", "dangling");
    place.link("/proc/self/root", "magic");
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for (target, body) in [("/inside", "hello"), ("/sub/up", "hello"), ("/down/b.txt", "there"), ("/twice", "hello")] {
        client.get(target).is(200, body);
    }
    let secret = place.root().join("../secret");
    let secret = secret.canonicalize().unwrap();
    for target in [
        "/outside",
        "/over/secret",
        "/over/root/a.txt",
        "/top/etc/passwd",
        &format!("/top{}", secret.to_str().unwrap()),
        "/absolute",
        "/beside/secret",
        "/loop",
        "/loop/a",
        "/dangling",
        "/magic/etc/passwd",
    ] {
        client.get(target).is(404, "Not Found");
    }
}

fn links_out_are_followed_if_so_chosen(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello")]);
    place.write("../secret", b"secret");
    place.link("../secret", "outside");
    place.link(place.path("a.txt"), "absolute");
    place.link("..", "over");
    let files = Files::new(place.root()).unwrap().follow_links_out(true).listing(true);
    let server = adapter.serve(&files);
    let mut client = Client::of(&server);
    client.get("/outside").is(200, "secret");
    client.get("/absolute").is(200, "hello");
    client.get("/over/secret").is(200, "secret");
    assert!(client.get("/over/").text().contains("href=\"secret\""));
    // What the path says by itself is another matter.
    client.get("/../secret").is(404, "Not Found");
}

fn what_is_no_file_is_not_there(adapter: Adapter) {
    let place = Place::with(&[("sub/a", "")]);
    place.pipe("pipe");
    place.link("/dev/zero", "device");
    let _socket = UnixListener::bind(place.path("socket")).unwrap();
    for follow in [false, true] {
        let files = Files::new(place.root()).unwrap().listing(true).follow_links_out(follow);
        let server = adapter.serve(&files);
        let mut client = Client::of(&server);
        for target in ["/pipe", "/socket", "/device", "/none", "/sub/a/"] {
            client.get(target).is(404, "Not Found");
        }
        let page = client.get("/");
        assert_eq!(page.text().matches("<td><a").count(), 1, "{}", page.text());
    }
}

fn hidden_files_are_not_there_unless_so_chosen(adapter: Adapter) {
    let names = [".a", ".git/config", "sub/.b", ".well-known/c", "sub/.well-known/d"];
    let place = Place::with(&names.map(|name| (name, "x")));
    let files = Files::new(place.root()).unwrap().listing(true);
    for (hidden, statuses) in [(false, [404, 404, 404, 200, 404]), (true, [200; 5])] {
        let server = adapter.serve(&files.clone().hidden(hidden));
        let mut client = Client::of(&server);
        for (name, status) in names.iter().zip(statuses) {
            assert_eq!(client.get(&format!("/{name}")).status(), status, "{name}");
        }
        assert_eq!(client.get("/").text().contains(".git"), hidden);
    }
}

fn unreadable_files_are_forbidden(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("sub/b.txt", "there")]);
    for path in ["a.txt", "sub"] {
        fs::set_permissions(place.path(path), Permissions::from_mode(0o000)).unwrap();
    }
    // To some users nothing is forbidden.
    let is_allowed = fs::read(place.path("a.txt")).is_ok();
    let server = adapter.serve(&Files::new(place.root()).unwrap().listing(true));
    let mut client = Client::of(&server);
    for (target, status) in [("/a.txt", 200), ("/sub/", 200), ("/sub/b.txt", 200)] {
        assert_eq!(client.get(target).status(), if is_allowed { status } else { 403 }, "{target}");
    }
    fs::set_permissions(place.path("sub"), Permissions::from_mode(0o700)).unwrap();
}

/// It may be entered, and so what is in it is there for whoever knows its name.
fn a_directory_that_may_not_be_listed_has_its_files(adapter: Adapter) {
    let place = Place::with(&[("sub/index.html", "index"), ("bare/a.txt", "hello")]);
    for path in ["sub", "bare"] {
        fs::set_permissions(place.path(path), Permissions::from_mode(0o311)).unwrap();
    }
    // To some users nothing is forbidden.
    let is_allowed = fs::read_dir(place.path("bare")).is_ok();
    let server = adapter.serve(&Files::new(place.root()).unwrap().listing(true));
    let mut client = Client::of(&server);
    client.get("/sub/").is(200, "index");
    client.get("/bare/a.txt").is(200, "hello");
    for target in ["/sub", "/bare"] {
        assert_eq!(client.get(target).status(), 301, "{target}");
    }
    assert_eq!(client.get("/bare/").status(), if is_allowed { 200 } else { 403 });
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    Client::of(&server).get("/bare/").is(404, "Not Found");
    for path in ["sub", "bare"] {
        fs::set_permissions(place.path(path), Permissions::from_mode(0o700)).unwrap();
    }
}

fn a_prefix_is_not_part_of_the_path(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("index.html", "index")]);
    let files = Files::new(place.root()).unwrap();
    for prefix in ["/files/", "files", "/files"] {
        let server = adapter.serve(&files.clone().at(prefix));
        let mut client = Client::of(&server);
        client.get("/files/a.txt").is(200, "hello");
        client.get("/files/").is(200, "index");
        for target in ["/a.txt", "/", "/filesa.txt", "/files//a.txt", "/other/a.txt", "/files/../files/a.txt"] {
            client.get(target).is(404, "Not Found");
        }
        let answer = client.get("/files?a=b");
        assert_eq!((answer.status(), answer.head.has("location")), (301, "./files/?a=b"));
    }
}

/// However it is written, there and here.
fn a_prefix_is_compared_as_it_is_decoded(adapter: Adapter) {
    let place = Place::with(&[("a.txt", "hello"), ("index.html", "index")]);
    let files = Files::new(place.root()).unwrap();
    for prefix in ["/my files/~joe/", "/my%20files/%7ejoe"] {
        let server = adapter.serve(&files.clone().at(prefix));
        let mut client = Client::of(&server);
        for target in ["/my%20files/~joe", "/my%20files/%7Ejoe", "/m%79%20files/%7e%6Aoe"] {
            client.get(&format!("{target}/a.txt")).is(200, "hello");
            client.get(&format!("{target}/")).is(200, "index");
            assert_eq!(client.get(target).status(), 301, "{target}");
        }
        for target in ["/my%2520files/~joe/a.txt", "/my%20files%2F~joe/a.txt", "/my+files/~joe/a.txt", "/my%20files/"] {
            client.get(target).is(404, "Not Found");
        }
    }
}

fn only_a_directory_can_be_served(_: Adapter) {
    let place = Place::with(&[("a.txt", "hello")]);
    assert!(Files::new(place.path("a.txt")).is_err());
    assert!(Files::new(place.path("none")).is_err());
}
