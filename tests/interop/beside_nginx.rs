//! The example servers beside nginx, as servers of the same directory: request by request, the answers say
//! the same, but for what is listed with its reason.

use super::curl::Answer;
use super::nginx::Nginx;
use super::report::{ensure, same};
use super::wire::Wire;
use super::{Group, Server};

/// A request, and in what the answers to it differ, and why.
struct Case {
    name: &'static str,
    method: &'static str,
    /// Below `/files/`.
    path: &'static str,
    /// `ETAG` in a value is the tag that the server gave the file itself.
    fields: &'static [(&'static str, &'static str)],
    differs: &'static [&'static str],
}

const fn get(name: &'static str, path: &'static str, fields: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, method: "GET", path, fields, differs: &[] }
}

impl Case {
    const fn by(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    /// Why is said in CONFORMANCE.md, under the name of the case.
    const fn differs(self, in_what: &'static [&'static str]) -> Self {
        Self { differs: in_what, ..self }
    }
}

const CASES: [Case; 54] = [
    get("a file", "hello.txt", &[]),
    get("its head", "hello.txt", &[]).by("HEAD"),
    get("a page", "page.html?query", &[]),
    get("JSON", "data.json", &[]),
    get("a style sheet", "with%20space.css", &[]),
    get("a script", "gr%c3%bc%C3%9Fe.js", &[]).differs(&["content-type"]),
    get("an empty file", "empty.png", &[]),
    get("a large file", "large.bin", &[]),
    get("a name without an extension", "sub/no-extension", &[]),
    get("an index", "index/", &[]),
    get("no file", "none", &[]),
    get("a file taken for a directory", "hello.txt/", &[]),
    get("a file taken for a directory with a file", "hello.txt/x", &[]),
    get("a directory without its slash", "sub?a=b", &[]),
    get("a directory without an index", "sub/", &[]).differs(&["status"]),
    get("a pipe", "pipe", &[]),
    get("one octet", "hello.txt", &[("Range", "bytes=0-0")]),
    get("from a place on", "hello.txt", &[("Range", "bytes=7-")]),
    get("the end", "hello.txt", &[("Range", "bytes=-5")]),
    get("more than the end", "hello.txt", &[("Range", "bytes=-500")]),
    get("beyond the end", "hello.txt", &[("Range", "bytes=7-500")]),
    get("behind the end", "hello.txt", &[("Range", "bytes=500-")]),
    get("no octets", "hello.txt", &[("Range", "bytes=-0")]),
    get("a range that ends before it begins", "hello.txt", &[("Range", "bytes=5-2")]).differs(&["status"]),
    get("another unit", "hello.txt", &[("Range", "lines=0-0")]),
    get("two ranges", "large.bin", &[("Range", "bytes=0-1,1000-1004")]),
    get("a range within and one behind", "hello.txt", &[("Range", "bytes=0-1,500-")]),
    get("ranges that overlap", "large.bin", &[("Range", "bytes=0-9,5-19")]).differs(&[
        "body",
        "content-length",
        "content-range",
        "content-type",
    ]),
    get("a range in the head", "hello.txt", &[("Range", "bytes=0-0")]).by("HEAD").differs(&["status"]),
    get("of an empty file", "empty.png", &[("Range", "bytes=0-")]).differs(&["status"]),
    get("its own tag", "hello.txt", &[("If-None-Match", "ETAG")]),
    get("its own tag, weak, among others", "hello.txt", &[("If-None-Match", "\"a\", W/ETAG")]),
    get("another tag", "hello.txt", &[("If-None-Match", "\"a\"")]),
    get("any tag", "hello.txt", &[("If-None-Match", "*")]),
    get("its own date", "hello.txt", &[("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")]),
    get("a later date", "hello.txt", &[("If-Modified-Since", "Mon, 07 Nov 1994 08:49:37 GMT")]),
    get("an earlier date", "hello.txt", &[("If-Modified-Since", "Sat, 05 Nov 1994 08:49:37 GMT")]),
    get("no date", "hello.txt", &[("If-Modified-Since", "yesterday")]),
    get("its own tag has to match", "hello.txt", &[("If-Match", "ETAG")]),
    get("another tag has to match", "hello.txt", &[("If-Match", "\"a\"")]),
    get("a date that has passed", "hello.txt", &[("If-Unmodified-Since", "Sat, 05 Nov 1994 08:49:37 GMT")]),
    get("a range of the same", "hello.txt", &[("Range", "bytes=0-1"), ("If-Range", "ETAG")]),
    get("a range of another", "hello.txt", &[("Range", "bytes=0-1"), ("If-Range", "\"a\"")]),
    get(
        "a range of the same date",
        "hello.txt",
        &[("Range", "bytes=0-1"), ("If-Range", "Sun, 06 Nov 1994 08:49:37 GMT")],
    ),
    get("a coding", "style.css", &[("Accept-Encoding", "gzip")]).differs(&["accept-ranges"]),
    get("a coding that is not wanted", "style.css", &[("Accept-Encoding", "gzip;q=0")]),
    get("a range of a coding", "style.css", &[("Accept-Encoding", "gzip"), ("Range", "bytes=1-2")])
        .differs(&["status"]),
    get("a method", "hello.txt", &[]).by("DELETE"),
    get("OPTIONS", "hello.txt", &[]).by("OPTIONS").differs(&["status"]),
    get("dot segments", "sub/../hello.txt", &[]).differs(&["status"]),
    get("an empty segment", "sub//no-extension", &[]).differs(&["status"]),
    get("an encoded slash", "sub%2fno-extension", &[]).differs(&["status"]),
    get("a malformed escape", "%zz", &[]),
    get("a link that leads out", "outside.txt", &[]).differs(&["status"]),
];

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let root = group.site.root().to_string_lossy().into_owned();
    let location = format!(
        "location /files/ {{
            alias '{root}/';
            include /etc/nginx/mime.types;
            default_type application/octet-stream;
            charset utf-8;
            charset_types text/css text/plain;
            if_modified_since before;
            gzip_static on;
            gzip_vary on;
        }}"
    );
    let report = &mut *group.report;
    let nginx = match Nginx::start(group.site, "", &location) {
        Ok(nginx) => nginx,
        Err(error) => return report.check("starting nginx", Err(error)),
    };
    for case in CASES {
        let compared = ask(&case, &server.origin)
            .and_then(|ours| ask(&case, &nginx.origin).and_then(|theirs| compare(&case, &ours, &theirs)));
        report.check(case.name, compared);
    }
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../CONFORMANCE.md")).unwrap_or_default();
    for case in CASES.iter().filter(|case| !case.differs.is_empty()) {
        let row = format!("\n| {} | ", case.name);
        report.check(
            &format!("{}: the difference has its reason", case.name),
            ensure(table.contains(&row), || "CONFORMANCE.md has no row for it".into()),
        );
    }
    // It has complained of what it did not find.
    drop(nginx);
}

fn ask(case: &Case, origin: &str) -> Result<Answer, String> {
    let mut wire = Wire::connect(origin)?;
    let target = format!("/files/{}", case.path);
    let mut request = format!("{} {target} HTTP/1.1\r\nHost: a\r\n", case.method);
    for (name, value) in case.fields {
        let value = if value.contains("ETAG") {
            wire.send(format!("HEAD {target} HTTP/1.1\r\nHost: a\r\n\r\n"))?;
            let tag = wire.answer("HEAD")?.header("etag").ok_or("no tag")?;
            value.replace("ETAG", &tag)
        } else {
            (*value).to_owned()
        };
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    wire.send(request + "\r\n")?;
    wire.answer(case.method)
}

/// What is compared of an answer. A refusal says the same if its status does.
fn aspects(answer: &Answer) -> Vec<(&'static str, String)> {
    let boundary = answer.header("content-type").and_then(|value| Some(value.split_once("boundary=")?.1.to_owned()));
    let plain = |text: &str| {
        let text = text.to_ascii_lowercase().replace("\r\n--", "--");
        boundary.iter().fold(text, |text, boundary| text.replace(boundary.as_str(), "BOUNDARY"))
    };
    let mut aspects = vec![("status", answer.status.to_string())];
    if answer.status >= 400 && answer.status != 416 {
        return aspects;
    }
    aspects.push(("content-range", answer.header("content-range").unwrap_or_default()));
    if answer.status == 301 {
        aspects.push(("location", location(answer)));
    }
    if !matches!(answer.status, 200 | 206) {
        return aspects;
    }
    for name in ["content-type", "content-encoding", "last-modified", "vary", "accept-ranges"] {
        // A part of the whole says that there are parts. Of what is not coded nginx does not say what it could
        // have been chosen by.
        let is_implied = match name {
            "accept-ranges" => answer.status == 206,
            "vary" => answer.header("content-encoding").is_none(),
            _ => false,
        };
        let value = if is_implied { String::new() } else { answer.header(name).unwrap_or_default() };
        aspects.push((name, plain(&value)));
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    // Boundaries are of different lengths.
    let length = if boundary.is_some() { String::new() } else { answer.header("content-length").unwrap_or_default() };
    aspects.extend([("content-length", length), ("body", plain(&body))]);
    aspects
}

/// Where a redirect from `/files/…` leads, host left out.
fn location(answer: &Answer) -> String {
    let location = answer.header("location").unwrap_or_default();
    let path = location
        .split_once("://")
        .map_or(location.as_str(), |(_, rest)| rest.split_once('/').map_or("", |rest| rest.1));
    path.trim_start_matches("./").trim_start_matches('/').trim_start_matches("files/").to_owned()
}

fn compare(case: &Case, ours: &Answer, theirs: &Answer) -> Result<(), String> {
    let (ours, theirs) = (aspects(ours), aspects(theirs));
    let value = |aspects: &[(&str, String)], name: &str| {
        aspects.iter().find(|aspect| aspect.0 == name).map(|aspect| aspect.1.clone())
    };
    let names = ours.iter().chain(&theirs).map(|aspect| aspect.0);
    let mut found: Vec<_> = names.filter(|name| value(&ours, name) != value(&theirs, name)).collect();
    found.sort_unstable();
    found.dedup();
    // With another status all else may be other, too.
    if found.contains(&"status") {
        found = vec!["status"];
    }
    let mut expected = case.differs.to_vec();
    expected.sort_unstable();
    let shown: Vec<_> = found.iter().map(|name| (*name, value(&ours, name), value(&theirs, name))).collect();
    same("what differs", &found, &expected).map_err(|reason| format!("{reason}: ours and theirs are {shown:.300?}"))
}
